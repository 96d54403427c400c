//! The documents of orders: shipments, invoices and credit memos, and what they sum to.

use std::collections::BTreeMap;

use waybill_domain::{
    Adjustments, Amount, CreditMemo, CreditMemoId, CreditMemoLine, CreditMemoLineId, CreditMemoState, Credited,
    Departed, Invoice, InvoiceId, InvoiceLine, InvoiceLineId, InvoiceState, ItemId, LineAmounts, OrderId, Paid,
    Quantity, Shipment, ShipmentId, ShipmentLine, ShipmentLineId, Sku, SourceCode, StoreId, Timestamp, Track, TrackId,
};

use super::first;
use super::orders::{amounts_of, line_amounts_of, money};
use crate::database::Thing;
use crate::sql::Row;
use crate::{Error, Result, extra};

/// A shipment with its lines and tracks: tenant and id.
pub(crate) static SHIPMENT: Thing<3, Option<Shipment>> = Thing {
    texts: [
        "select id, order_id, sequence, store, number, source, total, ready_at, left_at, paid, invoice, costs, deducted, \
         extra, created_at, updated_at from shipments where tenant = ?1 and id = ?2",
        "select id, item, quantity, extra from shipment_lines where tenant = ?1 and shipment = ?2 order by id",
        "select id, shipment, order_id, number, title, carrier, description, weight, quantity, created_at \
         from tracks where tenant = ?1 and shipment = ?2 order by id",
    ],
    read: |[head, lines, tracks]| {
        let Some(mut row) = first(head) else {
            return Ok(None);
        };
        Ok(Some(Shipment {
            id: ShipmentId(row.int()),
            order: OrderId(row.int()),
            sequence: row.int(),
            store: StoreId(row.int()),
            number: row.text(),
            source: SourceCode(row.text()),
            total: Quantity(row.int()),
            ready_at: row.int_or_null().map(Timestamp),
            left_at: row.int_or_null().map(Timestamp),
            paid: match (row.int(), row.int_or_null()) {
                (0, _) => Paid::No,
                (_, None) => Paid::Elsewhere,
                (_, Some(invoice)) => Paid::By(InvoiceId(invoice)),
            },
            costs: row.flag(),
            deducted: row.flag(),
            extra: extra::read(&row.text()),
            created_at: Timestamp(row.int()),
            updated_at: Timestamp(row.int()),
            lines: lines.into_iter().map(shipment_line_of).collect(),
            tracks: tracks.into_iter().map(track_of).collect(),
        }))
    },
};

fn shipment_line_of(mut row: Row) -> ShipmentLine {
    ShipmentLine {
        id: ShipmentLineId(row.int()),
        item: ItemId(row.int()),
        quantity: Quantity(row.int()),
        extra: extra::read(&row.text()),
    }
}

/// A tracking number: tenant and id.
pub(crate) static TRACK: Thing<1, Option<Track>> = Thing {
    texts: ["select id, shipment, order_id, number, title, carrier, description, weight, quantity, created_at \
             from tracks where tenant = ?1 and id = ?2"],
    read: |[rows]| Ok(first(rows).map(track_of)),
};

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

/// An invoice with its lines: tenant and id.
pub(crate) static INVOICE: Thing<2, Option<Invoice>> = Thing {
    texts: [
        "select id, order_id, store, number, state, transaction_id, quantity, created_at, updated_at, subtotal, \
         base_subtotal, subtotal_incl_tax, base_subtotal_incl_tax, discount, base_discount, shipping, base_shipping, \
         shipping_incl_tax, base_shipping_incl_tax, shipping_discount, base_shipping_discount, shipping_tax, \
         base_shipping_tax, tax, base_tax, compensation, base_compensation, shipping_compensation, \
         base_shipping_compensation, cost, base_cost, total, base_total from invoices where tenant = ?1 and id = ?2",
        "select id, item, quantity, row_total is not null, coalesce(row_total, 0), coalesce(base_row_total, 0), \
         coalesce(row_incl_tax, 0), coalesce(base_row_incl_tax, 0), coalesce(tax, 0), coalesce(base_tax, 0), \
         coalesce(discount, 0), coalesce(base_discount, 0), coalesce(compensation, 0), \
         coalesce(base_compensation, 0) from invoice_lines where tenant = ?1 and invoice = ?2 order by id",
    ],
    read: |[head, lines]| {
        let Some(row) = first(head) else {
            return Ok(None);
        };
        let mut invoice = invoice_of(row)?;
        invoice.lines = lines.into_iter().map(invoice_line_of).collect();
        Ok(Some(invoice))
    },
};

fn invoice_of(mut row: Row) -> Result<Invoice> {
    Ok(Invoice {
        id: InvoiceId(row.int()),
        order: OrderId(row.int()),
        store: StoreId(row.int()),
        number: row.text(),
        state: InvoiceState::from_number(row.int())
            .ok_or_else(|| Error::Corrupt("an invoice has an unknown state".to_owned()))?,
        transaction: row.text_or_null(),
        total: Quantity(row.int()),
        created_at: Timestamp(row.int()),
        updated_at: Timestamp(row.int()),
        amounts: amounts_of(&mut row),
        lines: Vec::new(),
    })
}

fn invoice_line_of(mut row: Row) -> InvoiceLine {
    let (id, item, quantity, amounts) = document_line_of(&mut row);
    InvoiceLine { id: InvoiceLineId(id), item, quantity, amounts }
}

/// A line of an invoice or a credit memo; without amounts where another line carries the money.
fn document_line_of(row: &mut Row) -> (i64, ItemId, Quantity, Option<LineAmounts>) {
    let (id, item, quantity) = (row.int(), ItemId(row.int()), Quantity(row.int()));
    let carries_money = row.flag();
    let amounts = line_amounts_of(row);
    (id, item, quantity, carries_money.then_some(amounts))
}

/// A credit memo with its lines: tenant and id.
pub(crate) static CREDIT_MEMO: Thing<2, Option<CreditMemo>> = Thing {
    texts: [
        "select id, order_id, invoice, store, number, state, online, quantity, adjustment_positive, \
         base_adjustment_positive, adjustment_negative, base_adjustment_negative, created_at, updated_at, subtotal, \
         base_subtotal, subtotal_incl_tax, base_subtotal_incl_tax, discount, base_discount, shipping, base_shipping, \
         shipping_incl_tax, base_shipping_incl_tax, shipping_discount, base_shipping_discount, shipping_tax, \
         base_shipping_tax, tax, base_tax, compensation, base_compensation, shipping_compensation, \
         base_shipping_compensation, cost, base_cost, total, base_total from credit_memos \
         where tenant = ?1 and id = ?2",
        "select id, item, quantity, row_total is not null, coalesce(row_total, 0), coalesce(base_row_total, 0), \
         coalesce(row_incl_tax, 0), coalesce(base_row_incl_tax, 0), coalesce(tax, 0), coalesce(base_tax, 0), \
         coalesce(discount, 0), coalesce(base_discount, 0), coalesce(compensation, 0), \
         coalesce(base_compensation, 0) from credit_memo_lines where tenant = ?1 and credit_memo = ?2 order by id",
    ],
    read: |[head, lines]| {
        let Some(row) = first(head) else {
            return Ok(None);
        };
        let mut memo = credit_memo_of(row)?;
        memo.lines = lines.into_iter().map(credit_memo_line_of).collect();
        Ok(Some(memo))
    },
};

fn credit_memo_of(mut row: Row) -> Result<CreditMemo> {
    Ok(CreditMemo {
        id: CreditMemoId(row.int()),
        order: OrderId(row.int()),
        invoice: row.int_or_null().map(InvoiceId),
        store: StoreId(row.int()),
        number: row.text(),
        state: CreditMemoState::from_number(row.int())
            .ok_or_else(|| Error::Corrupt("a credit memo has an unknown state".to_owned()))?,
        online: row.flag(),
        total: Quantity(row.int()),
        adjustments: Adjustments { positive: money(&mut row), negative: money(&mut row) },
        created_at: Timestamp(row.int()),
        updated_at: Timestamp(row.int()),
        amounts: amounts_of(&mut row),
        lines: Vec::new(),
    })
}

fn credit_memo_line_of(mut row: Row) -> CreditMemoLine {
    let (id, item, quantity, amounts) = document_line_of(&mut row);
    CreditMemoLine { id: CreditMemoLineId(id), item, quantity, amounts }
}

/// What credit memos took back of an invoice: tenant and invoice.
pub(crate) static CREDITED: Thing<2, Credited> = Thing {
    texts: [
        "select total, base_total from credit_memos where tenant = ?1 and invoice = ?2",
        "select l.id, l.item, l.quantity, l.row_total is not null, coalesce(l.row_total, 0), \
         coalesce(l.base_row_total, 0), coalesce(l.row_incl_tax, 0), coalesce(l.base_row_incl_tax, 0), \
         coalesce(l.tax, 0), coalesce(l.base_tax, 0), coalesce(l.discount, 0), coalesce(l.base_discount, 0), \
         coalesce(l.compensation, 0), coalesce(l.base_compensation, 0) from credit_memos m join credit_memo_lines l \
         on l.tenant = m.tenant and l.credit_memo = m.id where m.tenant = ?1 and m.invoice = ?2",
    ],
    read: |[memos, lines]| {
        let total = memos.into_iter().map(|mut row| money(&mut row)).sum();
        let mut credited = Credited { total, lines: BTreeMap::new() };
        for mut row in lines {
            let (_, item, quantity, amounts) = document_line_of(&mut row);
            credited.add(item, quantity, amounts.as_ref());
        }
        Ok(credited)
    },
};

/// What left sources for an order with its shipments, and what came back: tenant and order.
pub(crate) static DEPARTED: Thing<2, Departed> = Thing {
    texts: [
        "select s.source, l.item, l.quantity from shipments s join shipment_lines l \
         on l.tenant = s.tenant and l.shipment = s.id where s.tenant = ?1 and s.order_id = ?2 and s.deducted = 1",
        "select v.source, v.sku, v.change from credit_memos m join stock_movements v \
         on v.tenant = m.tenant and v.document = m.id and v.cause = 'returned' \
         where m.tenant = ?1 and m.order_id = ?2",
    ],
    read: |[shipped, returned]| {
        let mut departed = Departed::default();
        for mut row in shipped {
            let key = (SourceCode(row.text()), ItemId(row.int()));
            *departed.shipped.entry(key).or_insert(Quantity::ZERO) += Quantity(row.int());
        }
        for mut row in returned {
            let key = (SourceCode(row.text()), Sku::new(&row.text()));
            *departed.returned.entry(key).or_insert(Quantity::ZERO) += Quantity(row.int());
        }
        Ok(departed)
    },
};
