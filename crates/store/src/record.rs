//! Writes down what happened: each [`Change`] becomes rows, and the rows of a batch go set by set.

use waybill_domain::{
    AccessChange, Address, Amounts, Change, Comment, Details, IdKind, Invoice, Item, LineAccount, LineAmounts, Link,
    Money, Order, Permissions, Position, Product, Quantity, Shipment, Source, SourceItem, Stage, TenantId, Timestamp,
    Token, Track, User,
};

use crate::extra;
use crate::sql::{Value, Write, Writes};

static WEBSITE: Write = Write::upsert("websites", &["tenant", "id"], &["code", "name", "currency", "stock"]);
static STORE: Write =
    Write::upsert("stores", &["tenant", "id"], &["website", "code", "name", "group_name", "currency", "locale"]);
static SOURCE: Write = Write::upsert(
    "sources",
    &["tenant", "code"],
    &[
        "name",
        "enabled",
        "country",
        "postcode",
        "region",
        "region_id",
        "city",
        "street",
        "latitude",
        "longitude",
        "contact_name",
        "email",
        "phone",
        "fax",
        "description",
        "default_carriers",
        "carriers",
        "pickup",
        "pickup_name",
        "pickup_description",
    ],
);
static STOCK: Write = Write::upsert("stocks", &["tenant", "id"], &["name"]);
static STOCK_GONE: Write = Write::delete("stocks", &["tenant", "id"]);
static LINKS_OF_STOCK_GONE: Write = Write::delete("stock_source_links", &["tenant", "stock"]);
static LINK: Write = Write::upsert("stock_source_links", &["tenant", "stock", "source"], &["priority"]);
static LINK_GONE: Write = Write::delete("stock_source_links", &["tenant", "stock", "source"]);
static PRODUCT: Write = Write::upsert(
    "products",
    &["tenant", "sku_key"],
    &[
        "sku",
        "id",
        "kind",
        "name",
        "price",
        "weight",
        "enabled",
        "managed",
        "backorders",
        "threshold",
        "min_sale",
        "max_sale",
        "increments",
        "decimals",
        "price_on_children",
        "ships_separately",
        "websites",
        "created_at",
        "updated_at",
    ],
);
static PRODUCT_GONE: Write = Write::delete("products", &["tenant", "sku_key"]);
static ATTRIBUTE: Write = Write::upsert("product_attributes", &["tenant", "sku_key", "name"], &["value"]);
static SOURCE_ITEM: Write =
    Write::insert("source_items", &["tenant", "sku_key", "source"], &["sku", "id", "on_hand", "in_stock"]);
static STOCK_MOVED: Write =
    Write::update("source_items", &["tenant", "sku_key", "source"], &["in_stock"]).adding(&["on_hand"]);
static SOURCE_ITEM_GONE: Write = Write::delete("source_items", &["tenant", "sku_key", "source"]);
static MOVEMENT: Write = Write::insert(
    "stock_movements",
    &["tenant", "id"],
    &["source", "sku_key", "sku", "change", "cause", "document", "at"],
);
static LEVEL: Write = Write::upsert("stock_levels", &["tenant", "stock", "sku_key"], &[]);
static LEVEL_MOVED: Write = Write::update("stock_levels", &["tenant", "stock", "sku_key"], &[]).adding(&["held"]);
static RESERVATION: Write =
    Write::insert("reservations", &["tenant", "id"], &["stock", "sku_key", "sku", "order_id", "change", "event", "at"]);
static NUMBER: Write = Write::upsert("numbers", &["tenant", "store", "document"], &["next"]);
static ORDER: Write = Write::insert(
    "orders",
    &["tenant", "id"],
    &[
        "store",
        "stock",
        "number",
        "state",
        "status",
        "held_state",
        "held_status",
        "is_virtual",
        "currency",
        "base_currency",
        "rate",
        "method",
        "email",
        "grand_total",
        "base_grand_total",
        "paid",
        "base_paid",
        "refunded",
        "base_refunded",
        "created_at",
        "updated_at",
    ],
);
static STAGED: Write =
    Write::update("orders", &["tenant", "id"], &["state", "status", "held_state", "held_status", "updated_at"]);
static PAID: Write = Write::update("orders", &["tenant", "id"], &["paid", "base_paid"]);
static DESCRIBED: Write = Write::update("orders", &["tenant", "id"], &["email", "updated_at"]);
static ITEM: Write = Write::insert(
    "order_items",
    &["tenant", "order_id", "id"],
    &[
        "parent",
        "product",
        "sku",
        "name",
        "kind",
        "is_virtual",
        "decimals",
        "locked_invoice",
        "locked_ship",
        "price_on_children",
        "ships_separately",
        "selection",
        "tracked",
        "holds",
        "ordered",
        "canceled",
        "invoiced",
        "shipped",
        "refunded",
    ],
);
static ITEM_DONE: Write =
    Write::update("order_items", &["tenant", "order_id", "id"], &["canceled", "invoiced", "shipped", "refunded"]);
const AMOUNTS: &[&str] = &[
    "subtotal",
    "base_subtotal",
    "subtotal_incl_tax",
    "base_subtotal_incl_tax",
    "discount",
    "base_discount",
    "shipping",
    "base_shipping",
    "shipping_incl_tax",
    "base_shipping_incl_tax",
    "shipping_discount",
    "base_shipping_discount",
    "shipping_tax",
    "base_shipping_tax",
    "tax",
    "base_tax",
    "compensation",
    "base_compensation",
    "shipping_compensation",
    "base_shipping_compensation",
    "cost",
    "base_cost",
    "total",
    "base_total",
];
static ORDER_AMOUNTS: Write = Write::upsert("order_amounts", &["tenant", "order_id", "stage"], &[]).adding(AMOUNTS);
static PRICES: Write = Write::insert(
    "item_prices",
    &["tenant", "order_id", "item"],
    &[
        "price",
        "base_price",
        "price_incl_tax",
        "base_price_incl_tax",
        "original_price",
        "base_original_price",
        "cost",
        "base_cost",
    ],
);
static ITEM_AMOUNTS: Write = Write::upsert("item_amounts", &["tenant", "order_id", "item", "stage"], &[]).adding(&[
    "row_total",
    "base_row_total",
    "row_incl_tax",
    "base_row_incl_tax",
    "tax",
    "base_tax",
    "discount",
    "base_discount",
    "compensation",
    "base_compensation",
]);
static DETAILS: Write = Write::upsert(
    "order_details",
    &["tenant", "order_id"],
    &["customer", "firstname", "lastname", "shipping_method", "shipping_description", "payment", "extra", "items"],
);
static ADDRESS: Write = Write::upsert(
    "addresses",
    &["tenant", "order_id", "role"],
    &[
        "id",
        "firstname",
        "lastname",
        "company",
        "street",
        "city",
        "region",
        "region_code",
        "region_id",
        "postcode",
        "country",
        "telephone",
        "email",
        "extra",
    ],
);
static COMMENT: Write = Write::insert(
    "comments",
    &["tenant", "subject", "parent", "id"],
    &["text", "status", "notified", "visible_on_front", "entity", "created_at"],
);
static SHIPMENT: Write = Write::insert(
    "shipments",
    &["tenant", "id"],
    &["order_id", "store", "number", "source", "total", "extra", "created_at", "updated_at"],
);
static SHIPMENT_LINE: Write =
    Write::insert("shipment_lines", &["tenant", "shipment", "id"], &["item", "quantity", "extra"]);
static TRACK: Write = Write::insert(
    "tracks",
    &["tenant", "shipment", "id"],
    &["order_id", "number", "title", "carrier", "description", "weight", "quantity", "created_at"],
);
static TRACK_GONE: Write = Write::delete("tracks", &["tenant", "id"]);
static INVOICE: Write = Write::insert(
    "invoices",
    &["tenant", "id"],
    &["order_id", "store", "number", "state", "quantity", "created_at", "updated_at"],
)
.adding(AMOUNTS);
static INVOICE_LINE: Write = Write::insert(
    "invoice_lines",
    &["tenant", "invoice", "id"],
    &[
        "item",
        "quantity",
        "row_total",
        "base_row_total",
        "row_incl_tax",
        "base_row_incl_tax",
        "tax",
        "base_tax",
        "discount",
        "base_discount",
        "compensation",
        "base_compensation",
    ],
);
static USER: Write = Write::upsert(
    "users",
    &["tenant", "name"],
    &["id", "password", "permissions", "active", "failures", "locked_until"],
);
static SIGN_IN: Write = Write::update("users", &["tenant", "id"], &["failures", "locked_until"]);
static TOKEN: Write = Write::insert("tokens", &["hash"], &["tenant", "name", "user_id", "permissions", "expires_at"]);
static AUDIT: Write = Write::insert("audit", &["tenant", "id"], &["at", "who", "act", "subject"]);
static ANSWER: Write =
    Write::insert("answers", &["tenant", "credential", "idempotency_key"], &["fingerprint", "outcome", "at"]);
pub(crate) static COUNTER: Write = Write::upsert("counters", &["tenant", "name"], &["next"]);

/// What one command made true, and who asked.
pub struct Record<'a> {
    pub tenant: TenantId,
    pub at: Timestamp,
    pub who: &'a str,
    pub act: &'static str,
    pub subject: Option<String>,
    pub changes: &'a [Change],
    /// The key it was asked under, with the request's fingerprint and the outcome.
    pub answer: Option<crate::Answer<'a>>,
}

/// How many entries (movements, reservations, audit) a record writes: each needs an id.
pub fn entries(record: &Record<'_>) -> usize {
    1 + record.changes.iter().filter(|change| matches!(change, Change::StockMoved { .. } | Change::Held(_))).count()
}

/// The rows of one record; `entry` gives ids for its entries.
pub(crate) fn record<'a>(record: &'a Record<'a>, entry: &mut dyn FnMut() -> i64, writes: &mut Writes<'a>) {
    let Record { tenant, at, who, act, subject, changes, answer } = record;
    let mut rows = Rows { tenant: tenant.0.into(), at: *at, entry, writes };
    for change in *changes {
        rows.change(change);
    }
    let id = (rows.entry)();
    rows.push(&AUDIT, [id.into(), at.0.into(), (*who).into(), (*act).into(), subject.into()]);
    if let Some(crate::Answer { credential, key, fingerprint, outcome }) = answer {
        rows.push(
            &ANSWER,
            [(*credential).into(), (*key).into(), (*fingerprint).into(), outcome.clone().into(), at.0.into()],
        );
    }
}

struct Rows<'w, 'a> {
    tenant: Value<'a>,
    at: Timestamp,
    entry: &'w mut dyn FnMut() -> i64,
    writes: &'w mut Writes<'a>,
}

impl<'a> Rows<'_, 'a> {
    fn push<const N: usize>(&mut self, write: &'static Write, columns: [Value<'a>; N]) {
        let mut row = Vec::with_capacity(N + 1);
        row.push(self.tenant.clone());
        row.extend(columns);
        self.writes.push(write, row);
    }

    fn push_with(&mut self, write: &'static Write, columns: Vec<Value<'a>>) {
        let mut row = columns;
        row.insert(0, self.tenant.clone());
        self.writes.push(write, row);
    }

    fn change(&mut self, change: &'a Change) {
        match change {
            Change::WebsiteSaved(website) => self.push(
                &WEBSITE,
                [
                    website.id.0.into(),
                    website.code.as_str().into(),
                    website.name.as_str().into(),
                    website.currency.as_str().into(),
                    website.stock.0.into(),
                ],
            ),
            Change::StoreSaved(store) => self.push(
                &STORE,
                [
                    store.id.0.into(),
                    store.website.0.into(),
                    store.code.as_str().into(),
                    store.name.as_str().into(),
                    store.group.as_str().into(),
                    store.currency.as_str().into(),
                    store.locale.as_str().into(),
                ],
            ),
            Change::SourceSaved(source) => self.source(source),
            Change::StockSaved(stock) => self.push(&STOCK, [stock.id.0.into(), stock.name.as_str().into()]),
            Change::StockDeleted(stock) => {
                self.push(&LINKS_OF_STOCK_GONE, [stock.0.into()]);
                self.push(&STOCK_GONE, [stock.0.into()]);
            }
            Change::LinkSaved(Link { stock, source, priority }) => {
                self.push(&LINK, [stock.0.into(), source.0.as_str().into(), (*priority).into()]);
            }
            Change::LinkDeleted(stock, source) => {
                self.push(&LINK_GONE, [stock.0.into(), source.0.as_str().into()]);
            }
            Change::ProductSaved(product) => self.product(product),
            Change::ProductDescribed { sku, attribute, value } => {
                self.push(&ATTRIBUTE, [sku.key().into(), attribute.as_str().into(), value.as_str().into()]);
            }
            Change::ProductDeleted(sku) => self.push(&PRODUCT_GONE, [sku.key().into()]),
            Change::SourceItemAdded(SourceItem { id, source, sku, on_hand, in_stock }) => self.push(
                &SOURCE_ITEM,
                [
                    sku.key().into(),
                    source.0.as_str().into(),
                    sku.as_str().into(),
                    id.0.into(),
                    on_hand.0.into(),
                    (*in_stock).into(),
                ],
            ),
            Change::StockMoved { movement, in_stock } => {
                let (cause, document) = movement.cause.name_and_document();
                self.push(
                    &STOCK_MOVED,
                    [
                        movement.sku.key().into(),
                        movement.source.0.as_str().into(),
                        (*in_stock).into(),
                        movement.change.0.into(),
                    ],
                );
                let id = (self.entry)();
                self.push(
                    &MOVEMENT,
                    [
                        id.into(),
                        movement.source.0.as_str().into(),
                        movement.sku.key().into(),
                        movement.sku.as_str().into(),
                        movement.change.0.into(),
                        cause.into(),
                        document.into(),
                        self.at.0.into(),
                    ],
                );
            }
            Change::StockFlagged { source, sku, in_stock } => {
                self.push(&STOCK_MOVED, [sku.key().into(), source.0.as_str().into(), (*in_stock).into(), Value::Int(0)])
            }
            Change::SourceItemRemoved { source, sku } => {
                self.push(&SOURCE_ITEM_GONE, [sku.key().into(), source.0.as_str().into()]);
            }
            Change::Held(reservation) => {
                // What is released was held before, so there is a level already.
                if reservation.change > Quantity::ZERO {
                    self.push(&LEVEL, [reservation.stock.0.into(), reservation.sku.key().into()]);
                }
                self.push(
                    &LEVEL_MOVED,
                    [reservation.stock.0.into(), reservation.sku.key().into(), reservation.change.0.into()],
                );
                let id = (self.entry)();
                self.push(
                    &RESERVATION,
                    [
                        id.into(),
                        reservation.stock.0.into(),
                        reservation.sku.key().into(),
                        reservation.sku.as_str().into(),
                        reservation.order.0.into(),
                        reservation.change.0.into(),
                        reservation.event.as_str().into(),
                        self.at.0.into(),
                    ],
                );
            }
            Change::NumberDrawn { store, document, next } => {
                self.push(&NUMBER, [store.0.into(), document.as_str().into(), (*next).into()]);
            }
            Change::OrderAccepted { order, account, details } => {
                self.order(order, account.rate.0);
                self.amounts(order.id.0, "ordered", &account.ordered);
                for (item, line) in &account.lines {
                    self.line(order.id.0, item.0, line);
                }
                self.details(order.id.0, details);
            }
            Change::Staged { order, stage, at } => {
                let [state, status, held_state, held_status] = stage_values(stage);
                self.push(&STAGED, [order.0.into(), state, status, held_state, held_status, at.0.into()]);
            }
            Change::Described { order, email, details, at } => {
                self.push(&DESCRIBED, [order.0.into(), email.as_str().into(), at.0.into()]);
                self.details(order.0, details);
            }
            Change::ItemDone { order, item, done } => self.push(
                &ITEM_DONE,
                [
                    order.0.into(),
                    item.0.into(),
                    done.canceled.0.into(),
                    done.invoiced.0.into(),
                    done.shipped.0.into(),
                    done.refunded.0.into(),
                ],
            ),
            Change::Paid { order, paid } => {
                self.push(&PAID, [order.0.into(), paid.amount.0.into(), paid.base.0.into()]);
            }
            Change::Invoiced { order, amounts, lines } => {
                self.amounts(order.0, "invoiced", amounts);
                for (item, line) in lines {
                    self.line_amounts(order.0, item.0, "invoiced", line);
                }
            }
            Change::CanceledAmounts { order, amounts, lines } => {
                self.amounts(order.0, "canceled", amounts);
                for (item, line) in lines {
                    self.line_amounts(order.0, item.0, "canceled", line);
                }
            }
            Change::ShipmentMade(shipment) => self.shipment(shipment),
            Change::InvoiceMade(invoice) => self.invoice(invoice),
            Change::TrackAdded(track) => self.track(track),
            Change::TrackRemoved(track) => self.push(&TRACK_GONE, [track.0.into()]),
            Change::Commented(comment) => self.comment(comment),
            Change::Access(change) => self.access(change),
        }
    }

    fn source(&mut self, source: &'a Source) {
        let Source {
            code,
            name,
            enabled,
            country,
            postcode,
            region,
            region_id,
            city,
            street,
            position,
            contact_name,
            email,
            phone,
            fax,
            description,
            default_carriers,
            carriers,
            pickup,
            pickup_name,
            pickup_description,
        } = source;
        let (latitude, longitude) = match position {
            Some(Position { latitude, longitude }) => (Some(*latitude), Some(*longitude)),
            None => (None, None),
        };
        let carriers: Vec<String> =
            carriers.iter().map(|(carrier, position)| format!("{carrier}:{position}")).collect();
        self.push(
            &SOURCE,
            [
                code.0.as_str().into(),
                name.as_str().into(),
                (*enabled).into(),
                country.as_str().into(),
                postcode.as_str().into(),
                region.into(),
                (*region_id).into(),
                city.into(),
                street.into(),
                latitude.into(),
                longitude.into(),
                contact_name.into(),
                email.into(),
                phone.into(),
                fax.into(),
                description.into(),
                (*default_carriers).into(),
                carriers.join(",").into(),
                (*pickup).into(),
                pickup_name.into(),
                pickup_description.into(),
            ],
        );
    }

    fn product(&mut self, product: &'a Product) {
        let Product {
            id,
            sku,
            kind,
            name,
            price,
            weight,
            enabled,
            stock,
            composition,
            websites,
            created_at,
            updated_at,
        } = product;
        let websites: Vec<String> = websites.iter().map(ToString::to_string).collect();
        self.push(
            &PRODUCT,
            [
                sku.key().into(),
                sku.as_str().into(),
                id.0.into(),
                kind.as_str().into(),
                name.as_str().into(),
                price.0.into(),
                weight.map(|weight| weight.0).into(),
                (*enabled).into(),
                stock.managed.into(),
                stock.backorders.into(),
                stock.threshold.map(|quantity| quantity.0).into(),
                stock.min_sale.map(|quantity| quantity.0).into(),
                stock.max_sale.map(|quantity| quantity.0).into(),
                stock.increments.map(|quantity| quantity.0).into(),
                stock.decimal.into(),
                composition.price_on_children.into(),
                composition.ships_separately.into(),
                websites.join(",").into(),
                created_at.0.into(),
                updated_at.0.into(),
            ],
        );
    }

    fn order(&mut self, order: &'a Order, rate: i64) {
        let Order {
            id,
            store,
            stock,
            number,
            stage,
            is_virtual,
            currency,
            base_currency,
            method,
            email,
            grand_total,
            paid,
            refunded,
            created_at,
            updated_at,
            items,
        } = order;
        let [state, status, held_state, held_status] = stage_values(stage);
        self.push(
            &ORDER,
            [
                id.0.into(),
                store.0.into(),
                stock.0.into(),
                number.as_str().into(),
                state,
                status,
                held_state,
                held_status,
                (*is_virtual).into(),
                currency.as_str().into(),
                base_currency.as_str().into(),
                rate.into(),
                method.into(),
                email.as_str().into(),
                grand_total.amount.0.into(),
                grand_total.base.0.into(),
                paid.amount.0.into(),
                paid.base.0.into(),
                refunded.amount.0.into(),
                refunded.base.0.into(),
                created_at.0.into(),
                updated_at.0.into(),
            ],
        );
        for item in items {
            self.item(id.0, item);
        }
    }

    fn item(&mut self, order: i64, item: &'a Item) {
        let Item {
            id,
            parent,
            product,
            sku,
            name,
            kind,
            is_virtual,
            decimal,
            locked_invoice,
            locked_ship,
            composition,
            selection,
            tracked,
            holds,
            ordered,
            done,
        } = item;
        self.push(
            &ITEM,
            [
                order.into(),
                id.0.into(),
                parent.map(|parent| parent.0).into(),
                product.map(|product| product.0).into(),
                sku.as_str().into(),
                name.as_str().into(),
                kind.as_str().into(),
                (*is_virtual).into(),
                (*decimal).into(),
                (*locked_invoice).into(),
                (*locked_ship).into(),
                composition.price_on_children.into(),
                composition.ships_separately.into(),
                selection.0.into(),
                (*tracked).into(),
                (*holds).into(),
                ordered.0.into(),
                done.canceled.0.into(),
                done.invoiced.0.into(),
                done.shipped.0.into(),
                done.refunded.0.into(),
            ],
        );
    }

    fn amounts(&mut self, order: i64, stage: &'static str, amounts: &Amounts) {
        let mut row = vec![order.into(), stage.into()];
        row.extend(amount_values(amounts));
        self.push_with(&ORDER_AMOUNTS, row);
    }

    fn line(&mut self, order: i64, item: i64, line: &LineAccount) {
        let LineAccount { price, price_incl_tax, original_price, cost, ordered, invoiced: _, refunded: _, canceled: _ } =
            line;
        let mut row = vec![order.into(), item.into()];
        for money in [price, price_incl_tax, original_price] {
            row.extend(both(*money));
        }
        row.push(cost.map(|cost| cost.amount.0).into());
        row.push(cost.map(|cost| cost.base.0).into());
        self.push_with(&PRICES, row);
        self.line_amounts(order, item, "ordered", ordered);
    }

    fn line_amounts(&mut self, order: i64, item: i64, stage: &'static str, amounts: &LineAmounts) {
        let mut row = vec![order.into(), item.into(), stage.into()];
        row.extend(line_values(amounts));
        self.push_with(&ITEM_AMOUNTS, row);
    }

    fn details(&mut self, order: i64, details: &'a Details) {
        let Details { customer, billing, shipping, shipping_method, shipping_description, payment, extra: more, items } =
            details;
        self.push(
            &DETAILS,
            [
                order.into(),
                customer.id.into(),
                (&customer.firstname).into(),
                (&customer.lastname).into(),
                shipping_method.into(),
                shipping_description.into(),
                extra::write(payment).into(),
                extra::write(more).into(),
                extra::write_items(items).into(),
            ],
        );
        for (role, address) in [("billing", billing), ("shipping", shipping)] {
            if let Some(address) = address {
                self.address(order, role, address);
            }
        }
    }

    fn address(&mut self, order: i64, role: &'static str, address: &'a Address) {
        let Address {
            id,
            firstname,
            lastname,
            company,
            street,
            city,
            region,
            region_code,
            region_id,
            postcode,
            country,
            telephone,
            email,
            extra: more,
        } = address;
        self.push(
            &ADDRESS,
            [
                order.into(),
                role.into(),
                id.0.into(),
                firstname.as_str().into(),
                lastname.as_str().into(),
                company.into(),
                street.join("\n").into(),
                city.as_str().into(),
                region.into(),
                region_code.into(),
                (*region_id).into(),
                postcode.as_str().into(),
                country.as_str().into(),
                telephone.into(),
                email.into(),
                extra::write(more).into(),
            ],
        );
    }

    fn comment(&mut self, comment: &'a Comment) {
        let Comment { id, subject, parent, text, status, notified, visible_on_front, entity, created_at } = comment;
        self.push(
            &COMMENT,
            [
                subject.as_str().into(),
                (*parent).into(),
                id.0.into(),
                text.into(),
                status.into(),
                (*notified).into(),
                (*visible_on_front).into(),
                entity.into(),
                created_at.0.into(),
            ],
        );
    }

    fn shipment(&mut self, shipment: &'a Shipment) {
        let Shipment { id, order, store, number, source, total, lines, tracks, extra: more, created_at, updated_at } =
            shipment;
        self.push(
            &SHIPMENT,
            [
                id.0.into(),
                order.0.into(),
                store.0.into(),
                number.as_str().into(),
                source.0.as_str().into(),
                total.0.into(),
                extra::write(more).into(),
                created_at.0.into(),
                updated_at.0.into(),
            ],
        );
        for line in lines {
            self.push(
                &SHIPMENT_LINE,
                [
                    id.0.into(),
                    line.id.0.into(),
                    line.item.0.into(),
                    line.quantity.0.into(),
                    extra::write(&line.extra).into(),
                ],
            );
        }
        for track in tracks {
            self.track(track);
        }
    }

    fn track(&mut self, track: &'a Track) {
        let Track { id, shipment, order, number, title, carrier, description, weight, quantity, created_at } = track;
        self.push(
            &TRACK,
            [
                shipment.0.into(),
                id.0.into(),
                order.0.into(),
                number.as_str().into(),
                title.into(),
                carrier.as_str().into(),
                description.into(),
                weight.map(|weight| weight.0).into(),
                quantity.map(|quantity| quantity.0).into(),
                created_at.0.into(),
            ],
        );
    }

    fn invoice(&mut self, invoice: &'a Invoice) {
        let Invoice { id, order, store, number, state, amounts, total, lines, created_at, updated_at } = invoice;
        let mut row = vec![
            id.0.into(),
            order.0.into(),
            store.0.into(),
            number.as_str().into(),
            state.number().into(),
            total.0.into(),
            created_at.0.into(),
            updated_at.0.into(),
        ];
        row.extend(amount_values(amounts));
        self.push_with(&INVOICE, row);
        for line in lines {
            let mut row = vec![id.0.into(), line.id.0.into(), line.item.0.into(), line.quantity.0.into()];
            match &line.amounts {
                Some(amounts) => row.extend(line_values(amounts)),
                None => row.extend(std::iter::repeat_n(Value::Null, 10)),
            }
            self.push_with(&INVOICE_LINE, row);
        }
    }

    fn access(&mut self, change: &'a AccessChange) {
        match change {
            AccessChange::UserSaved(User { id, name, password, permissions, active, failures, locked_until }) => {
                self.push(
                    &USER,
                    [
                        name.as_str().into(),
                        id.0.into(),
                        password.as_str().into(),
                        permissions_text(permissions).into(),
                        (*active).into(),
                        (*failures).into(),
                        locked_until.map(|until| until.0).into(),
                    ],
                );
            }
            AccessChange::TokenIssued(Token { hash, name, user, permissions, expires_at }) => {
                self.writes.push(
                    &TOKEN,
                    vec![
                        hash.as_str().into(),
                        self.tenant.clone(),
                        name.as_str().into(),
                        user.map(|user| user.0).into(),
                        permissions_text(permissions).into(),
                        expires_at.map(|at| at.0).into(),
                    ],
                );
            }
            AccessChange::SignInCounted { user, failures, locked_until } => {
                self.push(&SIGN_IN, [user.0.into(), (*failures).into(), locked_until.map(|until| until.0).into()]);
            }
        }
    }
}

fn stage_values(stage: &Stage) -> [Value<'_>; 4] {
    let (held_state, held_status) = match &stage.before_hold {
        Some((state, status)) => (Some(state.as_str()), status.as_deref()),
        None => (None, None),
    };
    [stage.state.as_str().into(), (&stage.status).into(), held_state.into(), held_status.into()]
}

fn both<'a>(money: Money) -> [Value<'a>; 2] {
    [money.amount.0.into(), money.base.0.into()]
}

/// In the order of `AMOUNTS`.
fn amount_values<'a>(amounts: &Amounts) -> Vec<Value<'a>> {
    let Amounts {
        subtotal,
        subtotal_incl_tax,
        discount,
        shipping,
        shipping_incl_tax,
        shipping_discount,
        shipping_tax,
        tax,
        compensation,
        shipping_compensation,
        cost,
        total,
    } = *amounts;
    [
        subtotal,
        subtotal_incl_tax,
        discount,
        shipping,
        shipping_incl_tax,
        shipping_discount,
        shipping_tax,
        tax,
        compensation,
        shipping_compensation,
        cost,
        total,
    ]
    .into_iter()
    .flat_map(both)
    .collect()
}

fn line_values<'a>(amounts: &LineAmounts) -> Vec<Value<'a>> {
    let LineAmounts { row, row_incl_tax, tax, discount, compensation } = *amounts;
    [row, row_incl_tax, tax, discount, compensation].into_iter().flat_map(both).collect()
}

fn permissions_text(permissions: &Permissions) -> String {
    match permissions {
        Permissions::All => "*".to_owned(),
        Permissions::Some(resources) => resources.join("\n"),
    }
}

/// The counters of ids, and that of entries.
pub fn counter_names() -> impl Iterator<Item = &'static str> {
    IdKind::ALL.into_iter().map(IdKind::name).chain(["entry"])
}
