//! Orders, what is said of them, and what is paid.

use std::collections::BTreeMap;

use waybill_domain::{
    Account, Address, AddressId, Adjustments, Amount, Amounts, Comment, CommentId, Composition, ConsignmentId,
    CreditMemoId, Customer, DeliveryMethod, Details, DocumentId, Done, ErrandId, FulfilmentOrder, FulfilmentOrderId,
    Gateway, InvoiceId, Item, ItemId, Kind, LineAccount, LineAmounts, Money, Operation, OperationId, OperationState,
    Order, OrderId, Payment, PaymentStage, ProductId, Quantity, Rate, RowStage, ShipmentId, Sku, SourceCode, Stage,
    State, StockId, StoreId, Subject, Timestamp,
};

use super::{first, named};
use crate::database::Thing;
use crate::sql::Row;
use crate::{CarriedOrder, Error, Result, extra, holds, plan};

/// What [`order_of`] reads.
macro_rules! order_columns {
    () => {
        "o.id, o.store, o.stock, o.number, o.state, o.status, o.held_state, o.held_status, o.is_virtual, o.currency, \
         o.base_currency, o.method, o.email, o.grand_total, o.base_grand_total, o.paid, o.base_paid, o.refunded, \
         o.base_refunded, o.due_again, o.kept_back, o.operation, o.shipments, o.consignments, o.holds, o.created_at, \
         o.updated_at, o.redacted_at"
    };
}

/// What [`item_of`] reads.
macro_rules! item_columns {
    () => {
        "i.id, i.parent, i.product, i.sku, i.name, i.kind, i.is_virtual, i.decimals, i.locked_invoice, i.locked_ship, \
         i.price_on_children, i.ships_separately, i.selection, i.tracked, i.holds, i.ordered, i.canceled, i.invoiced, \
         i.shipped, i.refunded, i.unsent"
    };
}

/// What [`details_of`] reads.
macro_rules! details_columns {
    () => {
        "d.customer, d.firstname, d.lastname, d.market, d.shipping_method, d.shipping_description, d.payment, d.extra, \
         d.items"
    };
}

/// What [`address_of`] reads of addresses by this name.
macro_rules! address_columns {
    ($of:literal) => {
        concat!(
            $of,
            ".id, ",
            $of,
            ".firstname, ",
            $of,
            ".lastname, ",
            $of,
            ".company, ",
            $of,
            ".street, ",
            $of,
            ".city, ",
            $of,
            ".region, ",
            $of,
            ".region_code, ",
            $of,
            ".region_id, ",
            $of,
            ".postcode, ",
            $of,
            ".country, ",
            $of,
            ".telephone, ",
            $of,
            ".email, ",
            $of,
            ".extra"
        )
    };
}

/// What locations do of an order, each row with its fulfilment order in front.
const FULFILMENT: &str = "select f.id, f.reference, f.location, f.method, f.extra, f.created_at, f.updated_at, r.item, \
     r.quantity, r.stage, r.shipment, r.reference as row_reference, r.consignments, r.reason, r.cancelled_at, r.has_left \
     from fulfilment_orders f \
     join fulfilment_rows r on r.tenant = f.tenant and r.order_id = f.order_id and r.fulfilment = f.id \
     where f.tenant = ?1 and f.order_id = ?2 order by f.id, r.position";

/// An order with its lines: tenant and id.
pub(crate) static ORDER: Thing<3, Option<Order>> = Thing {
    texts: [
        concat!("select ", order_columns!(), " from orders o where o.tenant = ?1 and o.id = ?2"),
        concat!(
            "select ",
            item_columns!(),
            " from order_items i where i.tenant = ?1 and i.order_id = ?2 order by i.id"
        ),
        FULFILMENT,
    ],
    read: |[head, items, rows]| {
        let Some(mut row) = first(head) else {
            return Ok(None);
        };
        let mut order = order_of(&mut row)?;
        order.items = items.into_iter().map(|mut row| item_of(&mut row)).collect::<Result<_>>()?;
        for row in rows {
            row_of(row, &mut order.fulfilment)?;
        }
        Ok(Some(order))
    },
};

/// An order with all but the consignments that carry it: tenant and id. In as few statements as can be, as one is read before
/// most of what is done to fulfilment orders.
pub(crate) static UNCARRIED_ORDER: Thing<3, Option<CarriedOrder>> = Thing {
    texts: [
        concat!(
            "select ",
            order_columns!(),
            ", ",
            details_columns!(),
            ", ",
            address_columns!("b"),
            ", ",
            address_columns!("s"),
            " from orders o join order_details d on d.tenant = o.tenant and d.order_id = o.id \
             left join addresses b on b.tenant = o.tenant and b.order_id = o.id and b.role = 'billing' \
             left join addresses s on s.tenant = o.tenant and s.order_id = o.id and s.role = 'shipping' \
             where o.tenant = ?1 and o.id = ?2"
        ),
        concat!(
            "select ",
            item_columns!(),
            ", p.price from order_items i \
             left join item_prices p on p.tenant = i.tenant and p.order_id = i.order_id and p.item = i.id \
             where i.tenant = ?1 and i.order_id = ?2 order by i.id"
        ),
        FULFILMENT,
    ],
    read: |[head, items, rows]| {
        let Some(mut row) = first(head) else {
            return Ok(None);
        };
        let mut order = order_of(&mut row)?;
        let mut details = details_of(&mut row);
        details.billing = row.int_or_null().map(|id| address_of(id, &mut row));
        if details.billing.is_none() {
            row.skip(ADDRESS_MEMBERS);
        }
        details.shipping = row.int_or_null().map(|id| address_of(id, &mut row));
        let mut prices = BTreeMap::new();
        for mut row in items {
            let item = item_of(&mut row)?;
            prices.extend(row.int_or_null().map(|price| (item.id, Amount(price))));
            order.items.push(item);
        }
        for row in rows {
            row_of(row, &mut order.fulfilment)?;
        }
        Ok(Some(CarriedOrder { order, prices, details, consignments: Vec::new() }))
    },
};

fn order_of(row: &mut Row) -> Result<Order> {
    let (id, store, stock, number) = (OrderId(row.int()), StoreId(row.int()), StockId(row.int()), row.text());
    let mut stage = Stage {
        state: state(&row.text())?,
        status: row.text_or_null(),
        before_hold: match (row.text_or_null(), row.text_or_null()) {
            (Some(before), status) => Some((state(&before)?, status)),
            (None, _) => None,
        },
        holds: Vec::new(),
    };
    let mut order = Order {
        id,
        store,
        stock,
        number,
        stage: stage.clone(),
        is_virtual: row.flag(),
        currency: row.text(),
        base_currency: row.text(),
        method: row.text_or_null(),
        email: row.text(),
        grand_total: money(row),
        paid: money(row),
        refunded: money(row),
        due_again: Amount(row.int()),
        kept_back: Amount(row.int()),
        operation: row.int_or_null().map(OperationId),
        shipments: row.int(),
        consignments: row.int(),
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        redacted_at: None,
        items: Vec::new(),
        fulfilment: Vec::new(),
    };
    if let Some(text) = row.text_or_null() {
        stage.holds = named("list of holds", &text, holds::read)?;
    }
    order.stage = stage;
    order.created_at = Timestamp(row.int());
    order.updated_at = Timestamp(row.int());
    order.redacted_at = row.int_or_null().map(Timestamp);
    Ok(order)
}

/// A row with its fulfilment order in front, as each has at least one.
fn row_of(mut row: Row, fulfilment: &mut Vec<FulfilmentOrder>) -> Result<()> {
    let head = FulfilmentOrder {
        id: FulfilmentOrderId(row.int()),
        reference: row.text_or_null(),
        location: row.text_or_null().map(SourceCode),
        method: named("delivery method", &row.text(), DeliveryMethod::parse)?,
        extra: extra::read(&row.text()),
        created_at: Timestamp(row.int()),
        updated_at: Timestamp(row.int()),
        rows: Vec::new(),
    };
    if fulfilment.last().is_none_or(|last| last.id != head.id) {
        fulfilment.push(head);
    }
    let last = fulfilment.last_mut().expect("it was pushed, or was there");
    last.rows.push(waybill_domain::Row {
        item: ItemId(row.int()),
        quantity: Quantity(row.int()),
        stage: named("stage of a row", &row.text(), RowStage::parse)?,
        shipment: row.int_or_null().map(ShipmentId),
        reference: row.text_or_null(),
        consignments: row.text().split(',').filter_map(|id| id.parse().ok().map(ConsignmentId)).collect(),
        reason: row.text_or_null(),
        cancelled_at: row.int_or_null().map(Timestamp),
        left: row.flag(),
    });
    Ok(())
}

fn item_of(row: &mut Row) -> Result<Item> {
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
            unsent: Quantity(row.int()),
        },
    })
}

fn state(text: &str) -> Result<State> {
    named("state", text, State::parse)
}

pub(super) fn money(row: &mut Row) -> Money {
    Money { amount: Amount(row.int()), base: Amount(row.int()) }
}

pub(super) fn amounts_of(row: &mut Row) -> Amounts {
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

pub(super) fn line_amounts_of(row: &mut Row) -> LineAmounts {
    LineAmounts {
        row: money(row),
        row_incl_tax: money(row),
        tax: money(row),
        discount: money(row),
        compensation: money(row),
    }
}

/// The order that a line is of: tenant and line.
pub(crate) static ORDER_OF_ITEM: Thing<1, Option<OrderId>> = Thing {
    texts: ["select order_id from order_items where tenant = ?1 and id = ?2"],
    read: |[rows]| Ok(first(rows).map(|mut row| OrderId(row.int()))),
};

/// An order by its number: tenant, store, and three ways to write it, of which the first that there is counts.
pub(crate) static ORDER_OF_NAME: Thing<1, Option<OrderId>> = Thing {
    texts: ["select id from orders where tenant = ?1 and store = ?2 and number in (?3, ?4, ?5) \
         order by number = ?3 desc, number = ?4 desc"],
    read: |[rows]| Ok(first(rows).map(|mut row| OrderId(row.int()))),
};

/// The money of an order: tenant and id.
pub(crate) static ACCOUNT: Thing<5, Option<Account>> = Thing {
    texts: [
        "select id, rate, (select count(*) from invoices where invoices.tenant = ?1 and invoices.order_id = ?2) \
         from orders where tenant = ?1 and id = ?2",
        "select online, adjustment_positive, base_adjustment_positive, adjustment_negative, base_adjustment_negative, \
         total, base_total from credit_memos where tenant = ?1 and order_id = ?2",
        "select stage, subtotal, base_subtotal, subtotal_incl_tax, base_subtotal_incl_tax, discount, base_discount, \
         shipping, base_shipping, shipping_incl_tax, base_shipping_incl_tax, shipping_discount, \
         base_shipping_discount, shipping_tax, base_shipping_tax, tax, base_tax, compensation, base_compensation, \
         shipping_compensation, base_shipping_compensation, cost, base_cost, total, base_total from order_amounts \
         where tenant = ?1 and order_id = ?2",
        "select item, price, base_price, price_incl_tax, base_price_incl_tax, original_price, base_original_price, \
         cost, base_cost from item_prices where tenant = ?1 and order_id = ?2",
        "select item, stage, row_total, base_row_total, row_incl_tax, base_row_incl_tax, tax, base_tax, discount, \
         base_discount, compensation, base_compensation from item_amounts where tenant = ?1 and order_id = ?2",
    ],
    read: account,
};

fn account([head, memos, stages, prices, lines]: [Vec<Row>; 5]) -> Result<Option<Account>> {
    let Some(mut row) = first(head) else {
        return Ok(None);
    };
    let mut account = Account {
        order: OrderId(row.int()),
        rate: Rate(row.int()),
        invoices: row.int(),
        credit_memos: 0,
        adjustments: Adjustments::default(),
        refunded_online: Money::ZERO,
        ordered: Amounts::default(),
        invoiced: Amounts::default(),
        canceled: Amounts::default(),
        refunded: Amounts::default(),
        lines: BTreeMap::new(),
    };
    for mut row in memos {
        let online = row.flag();
        account.credit_memos += 1;
        account.adjustments.add(&Adjustments { positive: money(&mut row), negative: money(&mut row) });
        if online {
            account.refunded_online += money(&mut row);
        }
    }
    for mut row in stages {
        let stage = row.text();
        *match stage.as_str() {
            "ordered" => &mut account.ordered,
            "invoiced" => &mut account.invoiced,
            "canceled" => &mut account.canceled,
            "refunded" => &mut account.refunded,
            _ => return Err(Error::Corrupt(format!("{stage:?} is no stage of an amount"))),
        } = amounts_of(&mut row);
    }
    for mut row in prices {
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
    for mut row in lines {
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

/// What an order says of itself: tenant and id.
pub(crate) static DETAILS: Thing<2, Option<Details>> = Thing {
    texts: [
        concat!("select ", details_columns!(), " from order_details d where d.tenant = ?1 and d.order_id = ?2"),
        concat!("select a.role, ", address_columns!("a"), " from addresses a where a.tenant = ?1 and a.order_id = ?2"),
    ],
    read: details,
};

fn details([head, addresses]: [Vec<Row>; 2]) -> Result<Option<Details>> {
    let Some(mut row) = first(head) else {
        return Ok(None);
    };
    let mut details = details_of(&mut row);
    for mut row in addresses {
        let role = row.text();
        let id = row.int();
        let address = Some(address_of(id, &mut row));
        match role.as_str() {
            "billing" => details.billing = address,
            "shipping" => details.shipping = address,
            _ => return Err(Error::Corrupt(format!("{role:?} is no role of an address"))),
        }
    }
    Ok(Some(details))
}

/// Without the addresses.
fn details_of(row: &mut Row) -> Details {
    Details {
        customer: Customer { id: row.int_or_null(), firstname: row.text_or_null(), lastname: row.text_or_null() },
        market: row.int_or_null(),
        shipping_method: row.text_or_null(),
        shipping_description: row.text_or_null(),
        payment: extra::read(&row.text()),
        extra: extra::read(&row.text()),
        items: extra::read_items(&row.text()),
        billing: None,
        shipping: None,
    }
}

/// How many columns an address has after its id.
const ADDRESS_MEMBERS: usize = 13;

/// The address of this id, by the columns that follow.
fn address_of(id: i64, row: &mut Row) -> Address {
    Address {
        id: AddressId(id),
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

/// The remarks on an order or document, the oldest first: tenant, subject and the id of what is remarked on.
pub(crate) static COMMENTS: Thing<1, Vec<Comment>> = Thing {
    texts: ["select id, subject, parent, text, status, notified, visible_on_front, entity, created_at from comments \
             where tenant = ?1 and subject = ?2 and parent = ?3 order by id"],
    read: |[rows]| rows.into_iter().map(comment_of).collect(),
};

/// Whether a letter was sent that tells of an order or document: tenant, what it is, and its id.
pub(crate) static MAILED: Thing<1, bool> = Thing {
    texts: ["select 1 from letters where tenant = ?1 and kind = ?2 and event = ?3 and state = 'sent'"],
    read: |[rows]| Ok(!rows.is_empty()),
};

fn comment_of(mut row: Row) -> Result<Comment> {
    Ok(Comment {
        id: CommentId(row.int()),
        subject: named("subject of a comment", &row.text(), Subject::parse)?,
        parent: row.int(),
        text: row.text_or_null(),
        status: row.text_or_null(),
        notified: row.int_or_null().map(|flag| flag != 0),
        visible_on_front: row.flag(),
        entity: row.text_or_null(),
        created_at: Timestamp(row.int()),
    })
}

/// An order's number and currency: tenant and order.
pub(crate) static NUMBER_AND_CURRENCY: Thing<1, Option<(String, String)>> = Thing {
    texts: ["select number, currency from orders where tenant = ?1 and id = ?2"],
    read: |[rows]| Ok(first(rows).map(|mut row| (row.text(), row.text()))),
};

/// An order's money at its gateway: tenant and order.
pub(crate) static PAYMENT: Thing<1, Option<Payment>> = Thing {
    texts: ["select order_id, gateway, instrument, customer, stage, authorisation, authorised, until, captured, \
             failed, refunded, warned from payments where tenant = ?1 and order_id = ?2"],
    read: |[rows]| {
        let payment = |mut row: Row| {
            Ok(Payment {
                order: OrderId(row.int()),
                gateway: named("gateway", &row.text(), Gateway::parse)?,
                instrument: row.text_or_null(),
                customer: row.text_or_null(),
                stage: named("stage of a payment", &row.text(), PaymentStage::parse)?,
                authorisation: row.text_or_null(),
                authorised: Amount(row.int()),
                until: row.int_or_null().map(Timestamp),
                captured: Amount(row.int()),
                failed: Amount(row.int()),
                refunded: Amount(row.int()),
                warned: row.flag(),
            })
        };
        first(rows).map(payment).transpose()
    },
};

/// Something that was asked of a gateway: tenant and id.
pub(crate) static OPERATION: Thing<1, Option<Operation>> = Thing {
    texts: ["select id, order_id, errand, kind, plan, amount, of_reference, is_last, state, reference, shipment, \
             invoice, credit_memo, reason, created_at, settled_at from operations where tenant = ?1 and id = ?2"],
    read: |[rows]| first(rows).map(operation_of).transpose(),
};

fn operation_of(mut row: Row) -> Result<Operation> {
    let (id, order, errand) = (OperationId(row.int()), OrderId(row.int()), ErrandId(row.int()));
    let (kind, plan) = (row.text(), row.text());
    let (amount, of, last) = (Amount(row.int()), row.text_or_null(), row.flag());
    let state = named("state of an operation", &row.text(), OperationState::parse)?;
    let reference = row.text_or_null();
    let documents = (row.int_or_null(), row.int_or_null(), row.int_or_null());
    Ok(Operation {
        id,
        order,
        errand,
        wish: plan::read(&kind, &plan, order)?,
        amount,
        of,
        last,
        state,
        reference,
        made: match (state, documents) {
            (OperationState::Open | OperationState::Refused, _) | (_, (None, None, None)) => None,
            (_, (Some(shipment), _, _)) => Some(DocumentId::Shipment(ShipmentId(shipment))),
            (_, (None, Some(invoice), _)) => Some(DocumentId::Invoice(InvoiceId(invoice))),
            (_, (None, None, Some(memo))) => Some(DocumentId::CreditMemo(CreditMemoId(memo))),
        },
        invoice: documents.1.map(InvoiceId),
        reason: row.text_or_null(),
        created_at: Timestamp(row.int()),
        settled_at: row.int_or_null().map(Timestamp),
    })
}

/// The sku of a line of any order: tenant and line.
pub(crate) static SKU_OF_ITEM: Thing<1, Option<Sku>> = Thing {
    texts: ["select sku from order_items where tenant = ?1 and id = ?2"],
    read: |[rows]| Ok(first(rows).map(|mut row| Sku::new(&row.text()))),
};
