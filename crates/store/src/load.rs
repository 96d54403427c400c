//! Reads things by their keys: for decisions, and for doors to show.

use std::collections::BTreeMap;

use waybill_domain::{
    Account, Address, AddressId, Amount, Amounts, Comment, CommentId, Composition, Customer, Details, Document, Done,
    Invoice, InvoiceId, InvoiceLine, InvoiceLineId, InvoiceState, Item, ItemId, Kind, LineAccount, LineAmounts, Money,
    Order, OrderId, Permissions, Places, Position, Product, ProductId, Quantity, Rate, Shipment, ShipmentId,
    ShipmentLine, ShipmentLineId, Sku, Source, SourceCode, SourceItem, SourceItemId, Stage, State, Stock, StockId,
    StockRules, Store, StoreId, Subject, TenantId, Timestamp, Token, Track, TrackId, User, UserId, Website, WebsiteId,
};

use crate::sql::{Row, Value};
use crate::sqlite::Sqlite;
use crate::{Error, Result, extra};

/// All websites, stores, sources, stocks and links.
pub(crate) fn places(sqlite: &Sqlite, tenant: TenantId) -> Result<Places> {
    let of_tenant = [Value::Int(tenant.0)];
    let mut places = Places::default();
    for mut row in sqlite.rows("select id, code, name, currency, stock from websites where tenant = ?1", &of_tenant)? {
        let website = Website {
            id: WebsiteId(row.int()),
            code: row.text(),
            name: row.text(),
            currency: row.text(),
            stock: StockId(row.int()),
        };
        places.websites.insert(website.id, website);
    }
    let stores = "select id, website, code, name, group_name, currency, locale from stores where tenant = ?1";
    for mut row in sqlite.rows(stores, &of_tenant)? {
        let store = Store {
            id: StoreId(row.int()),
            website: WebsiteId(row.int()),
            code: row.text(),
            name: row.text(),
            group: row.text(),
            currency: row.text(),
            locale: row.text(),
        };
        places.stores.insert(store.id, store);
    }
    for mut row in sqlite.rows("select id, name from stocks where tenant = ?1", &of_tenant)? {
        let stock = Stock { id: StockId(row.int()), name: row.text() };
        places.stocks.insert(stock.id, stock);
    }
    let sources = "select code, name, enabled, country, postcode, region, region_id, city, street, latitude, \
        longitude, contact_name, email, phone, fax, description, default_carriers, carriers, pickup, pickup_name, \
        pickup_description from sources where tenant = ?1";
    for row in sqlite.rows(sources, &of_tenant)? {
        let source = source(row);
        places.sources.insert(source.code.clone(), source);
    }
    let links = "select stock, source, priority from stock_source_links where tenant = ?1";
    for mut row in sqlite.rows(links, &of_tenant)? {
        places.links.insert((StockId(row.int()), SourceCode(row.text())), row.int());
    }
    Ok(places)
}

fn source(mut row: Row) -> Source {
    Source {
        code: SourceCode(row.text()),
        name: row.text(),
        enabled: row.flag(),
        country: row.text(),
        postcode: row.text(),
        region: row.text_or_null(),
        region_id: row.int_or_null(),
        city: row.text_or_null(),
        street: row.text_or_null(),
        position: match (row.int_or_null(), row.int_or_null()) {
            (Some(latitude), Some(longitude)) => Some(Position { latitude, longitude }),
            (None, _) | (_, None) => None,
        },
        contact_name: row.text_or_null(),
        email: row.text_or_null(),
        phone: row.text_or_null(),
        fax: row.text_or_null(),
        description: row.text_or_null(),
        default_carriers: row.flag(),
        carriers: row
            .text()
            .split(',')
            .filter_map(|pair| pair.rsplit_once(':'))
            .filter_map(|(carrier, position)| Some((carrier.to_owned(), position.parse().ok()?)))
            .collect(),
        pickup: row.flag(),
        pickup_name: row.text_or_null(),
        pickup_description: row.text_or_null(),
    }
}

const PRODUCT: &str = "select sku, id, kind, name, price, weight, enabled, managed, backorders, threshold, min_sale, \
    max_sale, increments, decimals, price_on_children, ships_separately, websites, created_at, updated_at \
    from products where tenant = ?1 and sku_key = ?2";

/// The product of a sku.
pub(crate) fn product(sqlite: &Sqlite, tenant: TenantId, sku: &Sku) -> Result<Option<Product>> {
    sqlite.rows(PRODUCT, &[tenant.0.into(), sku.key().into()])?.into_iter().next().map(product_of).transpose()
}

fn product_of(mut row: Row) -> Result<Product> {
    let quantity = |value: Option<i64>| value.map(Quantity);
    Ok(Product {
        sku: Sku::new(&row.text()),
        id: ProductId(row.int()),
        kind: named("kind of product", &row.text(), Kind::parse)?,
        name: row.text(),
        price: Amount(row.int()),
        weight: row.int_or_null().map(Amount),
        enabled: row.flag(),
        stock: StockRules {
            managed: row.int_or_null().map(|flag| flag != 0),
            backorders: row.int_or_null().map(|flag| flag != 0),
            threshold: quantity(row.int_or_null()),
            min_sale: quantity(row.int_or_null()),
            max_sale: quantity(row.int_or_null()),
            increments: quantity(row.int_or_null()),
            decimal: row.flag(),
        },
        composition: Composition { price_on_children: row.flag(), ships_separately: row.flag() },
        websites: row.text().split(',').filter_map(|id| id.parse().ok().map(WebsiteId)).collect(),
        created_at: Timestamp(row.int()),
        updated_at: Timestamp(row.int()),
    })
}

/// A product's further attributes: name and JSON text.
pub(crate) fn attributes(sqlite: &Sqlite, tenant: TenantId, sku: &Sku) -> Result<Vec<(String, String)>> {
    let text = "select name, value from product_attributes where tenant = ?1 and sku_key = ?2 order by name";
    let rows = sqlite.rows(text, &[tenant.0.into(), sku.key().into()])?;
    Ok(rows.into_iter().map(|mut row| (row.text(), row.text())).collect())
}

/// What lies of a sku at one source.
pub(crate) fn source_item(
    sqlite: &Sqlite,
    tenant: TenantId,
    sku: &Sku,
    source: &SourceCode,
) -> Result<Option<SourceItem>> {
    let text = "select id, source, sku, on_hand, in_stock from source_items \
        where tenant = ?1 and sku_key = ?2 and source = ?3";
    let rows = sqlite.rows(text, &[tenant.0.into(), sku.key().into(), source.0.as_str().into()])?;
    Ok(rows.into_iter().next().map(source_item_of))
}

/// What lies of a sku, wherever.
pub(crate) fn source_items(sqlite: &Sqlite, tenant: TenantId, sku: &Sku) -> Result<Vec<SourceItem>> {
    let text = "select id, source, sku, on_hand, in_stock from source_items where tenant = ?1 and sku_key = ?2";
    let rows = sqlite.rows(text, &[tenant.0.into(), sku.key().into()])?;
    Ok(rows.into_iter().map(source_item_of).collect())
}

pub(crate) fn source_item_of(mut row: Row) -> SourceItem {
    SourceItem {
        id: SourceItemId(row.int()),
        source: SourceCode(row.text()),
        sku: Sku::new(&row.text()),
        on_hand: Quantity(row.int()),
        in_stock: row.flag(),
    }
}

/// What a stock holds of a sku.
pub(crate) fn held(sqlite: &Sqlite, tenant: TenantId, stock: StockId, sku: &Sku) -> Result<Quantity> {
    let text = "select held from stock_levels where tenant = ?1 and stock = ?2 and sku_key = ?3";
    let rows = sqlite.rows(text, &[tenant.0.into(), stock.0.into(), sku.key().into()])?;
    Ok(rows.into_iter().next().map_or(Quantity::ZERO, |mut row| Quantity(row.int())))
}

/// Whether a stock still holds something.
pub(crate) fn holds_anything(sqlite: &Sqlite, tenant: TenantId, stock: StockId) -> Result<bool> {
    let text = "select 1 from stock_levels where tenant = ?1 and stock = ?2 and held > 0 limit 1";
    Ok(!sqlite.rows(text, &[tenant.0.into(), stock.0.into()])?.is_empty())
}

const ORDER: &str = "select id, store, stock, number, state, status, held_state, held_status, is_virtual, currency, \
    base_currency, method, email, grand_total, base_grand_total, paid, base_paid, refunded, base_refunded, created_at, \
    updated_at from orders where tenant = ?1 and id = ?2";

const ITEMS: &str = "select id, parent, product, sku, name, kind, is_virtual, decimals, locked_invoice, locked_ship, \
    price_on_children, ships_separately, selection, tracked, holds, ordered, canceled, invoiced, shipped, refunded \
    from order_items where tenant = ?1 and order_id = ?2 order by id";

/// An order with its lines.
pub(crate) fn order(sqlite: &Sqlite, tenant: TenantId, id: OrderId) -> Result<Option<Order>> {
    let key = [tenant.0.into(), id.0.into()];
    let Some(row) = sqlite.rows(ORDER, &key)?.into_iter().next() else {
        return Ok(None);
    };
    let mut order = order_of(row)?;
    for row in sqlite.rows(ITEMS, &key)? {
        order.items.push(item_of(row)?);
    }
    Ok(Some(order))
}

fn order_of(mut row: Row) -> Result<Order> {
    Ok(Order {
        id: OrderId(row.int()),
        store: StoreId(row.int()),
        stock: StockId(row.int()),
        number: row.text(),
        stage: Stage {
            state: state(&row.text())?,
            status: row.text_or_null(),
            before_hold: match (row.text_or_null(), row.text_or_null()) {
                (Some(before), status) => Some((state(&before)?, status)),
                (None, _) => None,
            },
        },
        is_virtual: row.flag(),
        currency: row.text(),
        base_currency: row.text(),
        method: row.text_or_null(),
        email: row.text(),
        grand_total: money(&mut row),
        paid: money(&mut row),
        refunded: money(&mut row),
        created_at: Timestamp(row.int()),
        updated_at: Timestamp(row.int()),
        items: Vec::new(),
    })
}

fn item_of(mut row: Row) -> Result<Item> {
    Ok(Item {
        id: ItemId(row.int()),
        parent: row.int_or_null().map(ItemId),
        product: row.int_or_null().map(ProductId),
        sku: Sku::new(&row.text()),
        name: row.text(),
        kind: named("kind of line", &row.text(), Kind::parse)?,
        is_virtual: row.flag(),
        decimal: row.flag(),
        locked_invoice: row.flag(),
        locked_ship: row.flag(),
        composition: Composition { price_on_children: row.flag(), ships_separately: row.flag() },
        selection: Quantity(row.int()),
        tracked: row.flag(),
        holds: row.flag(),
        ordered: Quantity(row.int()),
        done: Done {
            canceled: Quantity(row.int()),
            invoiced: Quantity(row.int()),
            shipped: Quantity(row.int()),
            refunded: Quantity(row.int()),
        },
    })
}

fn state(text: &str) -> Result<State> {
    named("state", text, State::parse)
}

fn named<T>(what: &str, text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    parse(text).ok_or_else(|| Error::Corrupt(format!("{text:?} is no {what}")))
}

fn money(row: &mut Row) -> Money {
    Money { amount: Amount(row.int()), base: Amount(row.int()) }
}

const AMOUNTS: &str = "subtotal, base_subtotal, subtotal_incl_tax, base_subtotal_incl_tax, discount, base_discount, \
    shipping, base_shipping, shipping_incl_tax, base_shipping_incl_tax, shipping_discount, base_shipping_discount, \
    shipping_tax, base_shipping_tax, tax, base_tax, compensation, base_compensation, shipping_compensation, \
    base_shipping_compensation, cost, base_cost, total, base_total";

fn amounts_of(row: &mut Row) -> Amounts {
    Amounts {
        subtotal: money(row),
        subtotal_incl_tax: money(row),
        discount: money(row),
        shipping: money(row),
        shipping_incl_tax: money(row),
        shipping_discount: money(row),
        shipping_tax: money(row),
        tax: money(row),
        compensation: money(row),
        shipping_compensation: money(row),
        cost: money(row),
        total: money(row),
    }
}

fn line_amounts_of(row: &mut Row) -> LineAmounts {
    LineAmounts {
        row: money(row),
        row_incl_tax: money(row),
        tax: money(row),
        discount: money(row),
        compensation: money(row),
    }
}

/// The money of an order that exists.
pub(crate) fn account(sqlite: &Sqlite, tenant: TenantId, order: OrderId) -> Result<Option<Account>> {
    let key = [Value::Int(tenant.0), Value::Int(order.0)];
    let head = "select rate, (select count(*) from invoices where invoices.tenant = ?1 and invoices.order_id = ?2) \
        from orders where tenant = ?1 and id = ?2";
    let Some(mut row) = sqlite.rows(head, &key)?.into_iter().next() else {
        return Ok(None);
    };
    let mut account = Account {
        order,
        rate: Rate(row.int()),
        invoices: row.int(),
        ordered: Amounts::default(),
        invoiced: Amounts::default(),
        canceled: Amounts::default(),
        refunded: Amounts::default(),
        lines: BTreeMap::new(),
    };
    let stages = format!("select stage, {AMOUNTS} from order_amounts where tenant = ?1 and order_id = ?2");
    for mut row in sqlite.rows(&stages, &key)? {
        let stage = row.text();
        *match stage.as_str() {
            "ordered" => &mut account.ordered,
            "invoiced" => &mut account.invoiced,
            "canceled" => &mut account.canceled,
            "refunded" => &mut account.refunded,
            _ => return Err(Error::Corrupt(format!("{stage:?} is no stage of an amount"))),
        } = amounts_of(&mut row);
    }
    let prices = "select item, price, base_price, price_incl_tax, base_price_incl_tax, original_price, \
        base_original_price, cost, base_cost from item_prices where tenant = ?1 and order_id = ?2";
    for mut row in sqlite.rows(prices, &key)? {
        let item = ItemId(row.int());
        let line = LineAccount {
            price: money(&mut row),
            price_incl_tax: money(&mut row),
            original_price: money(&mut row),
            cost: match (row.int_or_null(), row.int_or_null()) {
                (Some(amount), Some(base)) => Some(Money { amount: Amount(amount), base: Amount(base) }),
                (None, _) | (_, None) => None,
            },
            ..LineAccount::default()
        };
        account.lines.insert(item, line);
    }
    let lines = "select item, stage, row_total, base_row_total, row_incl_tax, base_row_incl_tax, tax, base_tax, \
        discount, base_discount, compensation, base_compensation from item_amounts \
        where tenant = ?1 and order_id = ?2";
    for mut row in sqlite.rows(lines, &key)? {
        let line = account.lines.entry(ItemId(row.int())).or_default();
        let stage = row.text();
        *match stage.as_str() {
            "ordered" => &mut line.ordered,
            "invoiced" => &mut line.invoiced,
            "canceled" => &mut line.canceled,
            "refunded" => &mut line.refunded,
            _ => return Err(Error::Corrupt(format!("{stage:?} is no stage of an amount"))),
        } = line_amounts_of(&mut row);
    }
    Ok(Some(account))
}

/// What an order that exists says of itself.
pub(crate) fn details(sqlite: &Sqlite, tenant: TenantId, order: OrderId) -> Result<Option<Details>> {
    let key = [tenant.0.into(), order.0.into()];
    let head = "select customer, firstname, lastname, shipping_method, shipping_description, payment, extra, items \
        from order_details where tenant = ?1 and order_id = ?2";
    let Some(mut row) = sqlite.rows(head, &key)?.into_iter().next() else {
        return Ok(None);
    };
    let mut details = Details {
        customer: Customer { id: row.int_or_null(), firstname: row.text_or_null(), lastname: row.text_or_null() },
        shipping_method: row.text_or_null(),
        shipping_description: row.text_or_null(),
        payment: extra::read(&row.text()),
        extra: extra::read(&row.text()),
        items: extra::read_items(&row.text()),
        billing: None,
        shipping: None,
    };
    let addresses = "select role, id, firstname, lastname, company, street, city, region, region_code, region_id, \
        postcode, country, telephone, email, extra from addresses where tenant = ?1 and order_id = ?2";
    for mut row in sqlite.rows(addresses, &key)? {
        let role = row.text();
        let address = Some(address_of(row));
        match role.as_str() {
            "billing" => details.billing = address,
            "shipping" => details.shipping = address,
            _ => return Err(Error::Corrupt(format!("{role:?} is no role of an address"))),
        }
    }
    Ok(Some(details))
}

fn address_of(mut row: Row) -> Address {
    Address {
        id: AddressId(row.int()),
        firstname: row.text(),
        lastname: row.text(),
        company: row.text_or_null(),
        street: row.text().split('\n').map(str::to_owned).collect(),
        city: row.text(),
        region: row.text_or_null(),
        region_code: row.text_or_null(),
        region_id: row.int_or_null(),
        postcode: row.text(),
        country: row.text(),
        telephone: row.text_or_null(),
        email: row.text_or_null(),
        extra: extra::read(&row.text()),
    }
}

/// The remarks on an order or document, the oldest first.
pub(crate) fn comments(sqlite: &Sqlite, tenant: TenantId, subject: Subject, parent: i64) -> Result<Vec<Comment>> {
    let text = "select id, text, status, notified, visible_on_front, entity, created_at from comments \
        where tenant = ?1 and subject = ?2 and parent = ?3 order by id";
    let rows = sqlite.rows(text, &[tenant.0.into(), subject.as_str().into(), parent.into()])?;
    Ok(rows
        .into_iter()
        .map(|mut row| Comment {
            id: CommentId(row.int()),
            subject,
            parent,
            text: row.text_or_null(),
            status: row.text_or_null(),
            notified: row.int_or_null().map(|flag| flag != 0),
            visible_on_front: row.flag(),
            entity: row.text_or_null(),
            created_at: Timestamp(row.int()),
        })
        .collect())
}

/// A shipment with its lines and tracks.
pub(crate) fn shipment(sqlite: &Sqlite, tenant: TenantId, id: ShipmentId) -> Result<Option<Shipment>> {
    let key = [tenant.0.into(), id.0.into()];
    let head = "select order_id, store, number, source, total, extra, created_at, updated_at from shipments \
        where tenant = ?1 and id = ?2";
    let Some(mut row) = sqlite.rows(head, &key)?.into_iter().next() else {
        return Ok(None);
    };
    let mut shipment = Shipment {
        id,
        order: OrderId(row.int()),
        store: StoreId(row.int()),
        number: row.text(),
        source: SourceCode(row.text()),
        total: Quantity(row.int()),
        extra: extra::read(&row.text()),
        created_at: Timestamp(row.int()),
        updated_at: Timestamp(row.int()),
        lines: Vec::new(),
        tracks: Vec::new(),
    };
    let lines = "select id, item, quantity, extra from shipment_lines where tenant = ?1 and shipment = ?2 order by id";
    for mut row in sqlite.rows(lines, &key)? {
        shipment.lines.push(ShipmentLine {
            id: ShipmentLineId(row.int()),
            item: ItemId(row.int()),
            quantity: Quantity(row.int()),
            extra: extra::read(&row.text()),
        });
    }
    let tracks = format!("{TRACK} where tenant = ?1 and shipment = ?2 order by id");
    for row in sqlite.rows(&tracks, &key)? {
        shipment.tracks.push(track_of(row));
    }
    Ok(Some(shipment))
}

const TRACK: &str =
    "select id, shipment, order_id, number, title, carrier, description, weight, quantity, created_at from tracks";

/// A tracking number.
pub(crate) fn track(sqlite: &Sqlite, tenant: TenantId, id: TrackId) -> Result<Option<Track>> {
    let text = format!("{TRACK} where tenant = ?1 and id = ?2");
    Ok(sqlite.rows(&text, &[tenant.0.into(), id.0.into()])?.into_iter().next().map(track_of))
}

fn track_of(mut row: Row) -> Track {
    Track {
        id: TrackId(row.int()),
        shipment: ShipmentId(row.int()),
        order: OrderId(row.int()),
        number: row.text(),
        title: row.text_or_null(),
        carrier: row.text(),
        description: row.text_or_null(),
        weight: row.int_or_null().map(Amount),
        quantity: row.int_or_null().map(Quantity),
        created_at: Timestamp(row.int()),
    }
}

/// An invoice with its lines.
pub(crate) fn invoice(sqlite: &Sqlite, tenant: TenantId, id: InvoiceId) -> Result<Option<Invoice>> {
    let key = [tenant.0.into(), id.0.into()];
    let head = format!(
        "select order_id, store, number, state, quantity, created_at, updated_at, {AMOUNTS} from invoices \
         where tenant = ?1 and id = ?2"
    );
    let Some(mut row) = sqlite.rows(&head, &key)?.into_iter().next() else {
        return Ok(None);
    };
    let mut invoice = Invoice {
        id,
        order: OrderId(row.int()),
        store: StoreId(row.int()),
        number: row.text(),
        state: InvoiceState::from_number(row.int())
            .ok_or_else(|| Error::Corrupt(format!("invoice {id} has an unknown state")))?,
        total: Quantity(row.int()),
        created_at: Timestamp(row.int()),
        updated_at: Timestamp(row.int()),
        amounts: amounts_of(&mut row),
        lines: Vec::new(),
    };
    let lines = "select id, item, quantity, row_total is not null, coalesce(row_total, 0), \
        coalesce(base_row_total, 0), coalesce(row_incl_tax, 0), coalesce(base_row_incl_tax, 0), coalesce(tax, 0), \
        coalesce(base_tax, 0), coalesce(discount, 0), coalesce(base_discount, 0), coalesce(compensation, 0), \
        coalesce(base_compensation, 0) from invoice_lines where tenant = ?1 and invoice = ?2 order by id";
    for mut row in sqlite.rows(lines, &key)? {
        let (id, item, quantity) = (InvoiceLineId(row.int()), ItemId(row.int()), Quantity(row.int()));
        let carries_money = row.flag();
        let amounts = line_amounts_of(&mut row);
        invoice.lines.push(InvoiceLine { id, item, quantity, amounts: carries_money.then_some(amounts) });
    }
    Ok(Some(invoice))
}

/// The next number of a store's documents.
pub(crate) fn next_number(sqlite: &Sqlite, tenant: TenantId, store: StoreId, document: Document) -> Result<i64> {
    let text = "select next from numbers where tenant = ?1 and store = ?2 and document = ?3";
    let rows = sqlite.rows(text, &[tenant.0.into(), store.0.into(), document.as_str().into()])?;
    Ok(rows.into_iter().next().map_or(1, |mut row| row.int()))
}

/// Whether an order of this number exists.
pub(crate) fn number_taken(sqlite: &Sqlite, tenant: TenantId, store: StoreId, number: &str) -> Result<bool> {
    let text = "select 1 from orders where tenant = ?1 and number = ?2 and store = ?3";
    Ok(!sqlite.rows(text, &[tenant.0.into(), number.into(), store.0.into()])?.is_empty())
}

/// The user of this name.
pub(crate) fn user(sqlite: &Sqlite, tenant: TenantId, name: &str) -> Result<Option<User>> {
    let text = "select id, name, password, permissions, active, failures, locked_until from users \
        where tenant = ?1 and name = ?2";
    let rows = sqlite.rows(text, &[tenant.0.into(), name.into()])?;
    Ok(rows.into_iter().next().map(|mut row| User {
        id: UserId(row.int()),
        name: row.text(),
        password: row.text(),
        permissions: permissions(&row.text()),
        active: row.flag(),
        failures: row.int(),
        locked_until: row.int_or_null().map(Timestamp),
    }))
}

/// Whether there is any user.
pub(crate) fn has_users(sqlite: &Sqlite, tenant: TenantId) -> Result<bool> {
    Ok(!sqlite.rows("select 1 from users where tenant = ?1 limit 1", &[tenant.0.into()])?.is_empty())
}

/// The tenant and the token behind a hash; rights are those of its user as they are now.
pub(crate) fn token(sqlite: &Sqlite, hash: &str) -> Result<Option<(TenantId, Token)>> {
    let text = "select tokens.tenant, tokens.name, tokens.user_id, coalesce(users.permissions, tokens.permissions), \
        tokens.expires_at from tokens left join users on users.tenant = tokens.tenant and users.id = tokens.user_id \
        where tokens.hash = ?1 and coalesce(users.active, 1) = 1";
    let rows = sqlite.rows(text, &[hash.into()])?;
    Ok(rows.into_iter().next().map(|mut row| {
        let tenant = TenantId(row.int());
        let token = Token {
            hash: hash.to_owned(),
            name: row.text(),
            user: row.int_or_null().map(UserId),
            permissions: permissions(&row.text()),
            expires_at: row.int_or_null().map(Timestamp),
        };
        (tenant, token)
    }))
}

fn permissions(text: &str) -> Permissions {
    match text {
        "*" => Permissions::All,
        text => Permissions::Some(text.lines().map(str::to_owned).collect()),
    }
}

/// The tenant of this name.
pub(crate) fn tenant(sqlite: &Sqlite, name: &str) -> Result<Option<TenantId>> {
    let rows = sqlite.rows("select id from tenants where name = ?1", &[name.into()])?;
    Ok(rows.into_iter().next().map(|mut row| TenantId(row.int())))
}
