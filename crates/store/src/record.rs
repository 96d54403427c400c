//! Writes down what happened: each [`Change`] becomes rows, and the rows of a batch go set by set.

mod asked;
mod consignment;
mod fulfilment;
mod rows;

use waybill_domain::{Change, CreditMemoState, DocumentId, Link, Quantity, SourceItem, Subject, TenantId, Timestamp};

use crate::plan;
use crate::sql::{Value, Write, Writes};
use crate::tables::{
    ALLOCATED, ANSWER, ANSWER_ANEW, ANSWERS_REDACTED, ATTRIBUTE, AUDIT, COMMENTS_REDACTED, CREDIT_MEMO_STANDS,
    DESCRIBED, INVOICE_STANDS, ITEM_DONE, LEVEL, LEVEL_MOVED, LEVELS_OF_STOCK_GONE, LINK, LINK_GONE,
    LINKS_OF_STOCK_GONE, MOVEMENT, NUMBER, OPERATION_FAILED, OPERATION_REDACTED, PAID, PAID_BY, PLACES_CHANGED,
    PRODUCT_GONE, PRODUCTS_CHANGED, REDACTED, REFUNDED, RESERVATION, SHIPMENT_GONE, SHIPMENT_LINES_GONE,
    SHIPMENT_TRACKS_GONE, SOURCE_ITEM, SOURCE_ITEM_GONE, STAGED, STOCK, STOCK_GONE, STOCK_MOVED, STORE, TRACK_GONE,
    TRACKS_REDACTED, UNAVAILABLE, WEBSITE,
};
use rows::stage_values;

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

/// The rows of one record; `entry` gives ids for its entries. Gives the id of its entry in the audit trail.
pub(crate) fn record<'a>(record: &'a Record<'a>, entry: &mut dyn FnMut() -> i64, writes: &mut Writes<'a>) -> i64 {
    let Record { tenant, at, who, act, subject, changes, answer } = record;
    let mut rows = Rows { tenant: tenant.0.into(), at: *at, entry, writes };
    for change in *changes {
        rows.change(change);
    }
    let id = (rows.entry)();
    rows.push(&AUDIT, [id.into(), at.0.into(), (*who).into(), (*act).into(), subject.into()]);
    if let Some(crate::Answer { credential, key, fingerprint, outcome, order, anew }) = answer {
        let order = order.map(|order| order.0).into();
        let row =
            [(*credential).into(), (*key).into(), (*fingerprint).into(), outcome.clone().into(), order, at.0.into()];
        if *anew {
            let [credential, key, fingerprint, outcome, order, at] = row;
            rows.push(&ANSWER_ANEW, [credential, key, fingerprint, outcome, order, at, Value::Null]);
        } else {
            rows.push(&ANSWER, row);
        }
    }
    id
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

    /// Who keeps places in memory is to read them again.
    fn places_changed(&mut self) {
        self.writes.push(&PLACES_CHANGED, vec![self.tenant.clone(), Value::Int(1)]);
    }

    /// What was remarked on an order and its documents, what their tracks are called, and what doors answered about it.
    fn redacted(&mut self, order: i64, documents: &[DocumentId], at: Timestamp) {
        self.push(&REDACTED, [order.into(), at.0.into()]);
        self.push(&COMMENTS_REDACTED, [Subject::Order.as_str().into(), order.into(), Value::Null]);
        for document in documents {
            let (subject, id) = match document {
                DocumentId::Shipment(id) => (Subject::Shipment, id.0),
                DocumentId::Invoice(id) => (Subject::Invoice, id.0),
                DocumentId::CreditMemo(id) => (Subject::CreditMemo, id.0),
            };
            self.push(&COMMENTS_REDACTED, [subject.as_str().into(), id.into(), Value::Null]);
            if subject == Subject::Shipment {
                self.push(&TRACKS_REDACTED, [id.into(), Value::Null, Value::Null]);
            }
        }
        self.push(&ANSWERS_REDACTED, [order.into(), "".into()]);
    }

    /// Who keeps products in memory is to read them again.
    fn products_changed(&mut self) {
        self.writes.push(&PRODUCTS_CHANGED, vec![self.tenant.clone(), Value::Int(1)]);
    }

    fn change(&mut self, change: &'a Change) {
        match change {
            Change::WebsiteSaved(website) => {
                self.places_changed();
                self.push(
                    &WEBSITE,
                    [
                        website.id.0.into(),
                        website.code.as_str().into(),
                        website.name.as_str().into(),
                        website.currency.as_str().into(),
                        website.stock.0.into(),
                    ],
                );
            }
            Change::StoreSaved(store) => {
                self.places_changed();
                self.push(
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
                );
            }
            Change::SourceSaved(source) => {
                self.places_changed();
                self.source(source);
            }
            Change::StockSaved(stock) => {
                self.places_changed();
                self.push(&STOCK, [stock.id.0.into(), stock.name.as_str().into()]);
            }
            Change::StockDeleted(stock) => {
                self.places_changed();
                self.push(&LINKS_OF_STOCK_GONE, [stock.0.into()]);
                self.push(&LEVELS_OF_STOCK_GONE, [stock.0.into(), Value::Int(0)]);
                self.push(&STOCK_GONE, [stock.0.into()]);
            }
            Change::LinkSaved(Link { stock, source, priority }) => {
                self.places_changed();
                self.push(&LINK, [stock.0.into(), source.0.as_str().into(), (*priority).into()]);
            }
            Change::LinkDeleted(stock, source) => {
                self.places_changed();
                self.push(&LINK_GONE, [stock.0.into(), source.0.as_str().into()]);
            }
            Change::ProductSaved(product) => {
                self.products_changed();
                self.product(product);
            }
            Change::ProductDescribed { sku, attribute, value } => {
                self.push(&ATTRIBUTE, [sku.key().into(), attribute.as_str().into(), value.as_str().into()]);
            }
            Change::ProductDeleted(sku) => {
                self.products_changed();
                self.push(&PRODUCT_GONE, [sku.key().into()]);
            }
            // Nothing is bound to a new one, and all of it can be used.
            Change::SourceItemAdded(SourceItem {
                id,
                source,
                sku,
                on_hand,
                allocated: _,
                unavailable: _,
                in_stock,
            }) => self.push(
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
            Change::Allocated { source, sku, change } => {
                self.push(&ALLOCATED, [sku.key().into(), source.0.as_str().into(), change.0.into()]);
            }
            Change::Unavailable { source, sku, quantity } => {
                self.push(&UNAVAILABLE, [sku.key().into(), source.0.as_str().into(), quantity.0.into()]);
            }
            Change::NumberDrawn { store, document, next } => {
                self.push(&NUMBER, [store.0.into(), document.as_str().into(), (*next).into()]);
            }
            Change::OrderAccepted { order, account, details } => {
                self.order(order, account.rate.0);
                for fulfilment in &order.fulfilment {
                    self.fulfilment(order.id.0, fulfilment, 0);
                }
                self.amounts(order.id.0, "ordered", &account.ordered);
                for (item, line) in &account.lines {
                    self.line(order.id.0, item.0, line);
                }
                self.details(order.id.0, details);
            }
            Change::Staged { order, stage, shipments, consignments, at } => {
                let [state, status, held_state, held_status, holds] = stage_values(stage);
                self.push(
                    &STAGED,
                    [
                        order.0.into(),
                        state,
                        status,
                        held_state,
                        held_status,
                        holds,
                        (*shipments).into(),
                        (*consignments).into(),
                        at.0.into(),
                    ],
                );
            }
            Change::Fulfilment { order, saved, gone } => {
                for fulfilment in gone {
                    self.fulfilment_gone(order.0, fulfilment.0);
                }
                for (fulfilment, had) in saved {
                    self.fulfilment(order.0, fulfilment, *had);
                }
            }
            Change::PaidBy { order, method } => self.push(&PAID_BY, [order.0.into(), method.as_str().into()]),
            Change::Described { order, email, details, at } => {
                self.push(&DESCRIBED, [order.0.into(), email.as_str().into(), at.0.into()]);
                self.details(order.0, details);
            }
            Change::Revised { order, lines, amounts } => self.revised(order.0, lines, amounts),
            Change::ItemDone { order, item, done } => self.push(
                &ITEM_DONE,
                [
                    order.0.into(),
                    item.0.into(),
                    done.canceled.0.into(),
                    done.invoiced.0.into(),
                    done.shipped.0.into(),
                    done.refunded.0.into(),
                    done.unsent.0.into(),
                ],
            ),
            Change::Paid { order, paid, due_again } => {
                self.push(&PAID, [order.0.into(), paid.amount.0.into(), paid.base.0.into(), due_again.0.into()]);
            }
            Change::Invoiced { order, amounts, lines } => {
                self.amounts(order.0, "invoiced", amounts);
                for (item, line) in lines {
                    self.line_amounts(order.0, item.0, "invoiced", line);
                }
            }
            Change::Refunded { order, refunded, kept_back, amounts, lines } => {
                self.push(
                    &REFUNDED,
                    [order.0.into(), refunded.amount.0.into(), refunded.base.0.into(), kept_back.0.into()],
                );
                self.amounts(order.0, "refunded", amounts);
                for (item, line) in lines {
                    self.line_amounts(order.0, item.0, "refunded", line);
                }
            }
            Change::CanceledAmounts { order, amounts, lines } => {
                self.amounts(order.0, "canceled", amounts);
                for (item, line) in lines {
                    self.line_amounts(order.0, item.0, "canceled", line);
                }
            }
            Change::ShipmentMade(shipment) => self.shipment(shipment),
            Change::ShipmentSaved { shipment, gone } => self.shipment_saved(shipment, gone),
            Change::ShipmentGone { order: _, shipment } => {
                self.push(&SHIPMENT_TRACKS_GONE, [shipment.0.into()]);
                self.push(&SHIPMENT_LINES_GONE, [shipment.0.into()]);
                self.push(&SHIPMENT_GONE, [shipment.0.into()]);
            }
            Change::CarrierAccountSaved(account) => self.carrier_account(account),
            Change::ConsignmentMade(consignment) => self.consignment(consignment, true),
            Change::ConsignmentSaved(consignment) => self.consignment(consignment, false),
            Change::InvoiceMade(invoice) => self.invoice(invoice),
            Change::CreditMemoMade(memo) => self.credit_memo(memo),
            Change::PaymentSaved(payment) => self.payment(payment),
            Change::OperationBegun(operation) => self.operation(operation),
            Change::OperationSettled(operation) => self.operation_settled(operation),
            Change::LetterWanted(letter) => self.letter(letter),
            Change::LetterSettled(letter) => self.letter_settled(letter),
            Change::OperationFailed(operation) => self.push(
                &OPERATION_FAILED,
                [operation.id.0.into(), operation.state.as_str().into(), (&operation.reason).into()],
            ),
            Change::InvoiceStands { order: _, invoice, state, transaction, at } => {
                self.push(&INVOICE_STANDS, [invoice.0.into(), state.number().into(), transaction.into(), at.0.into()]);
            }
            Change::CreditMemoOpen { order: _, memo, at } => {
                let state = CreditMemoState::Open.number();
                self.push(&CREDIT_MEMO_STANDS, [memo.0.into(), state.into(), at.0.into()]);
            }
            Change::TrackAdded(track) => self.track(track),
            Change::TrackRemoved(track) => self.push(&TRACK_GONE, [track.0.into()]),
            Change::OperationRedacted(operation) => self.push(
                &OPERATION_REDACTED,
                [operation.id.0.into(), plan::write(&operation.wish).into(), (&operation.reason).into()],
            ),
            Change::Redacted { order, documents, at } => self.redacted(order.0, documents, *at),
            Change::Commented(comment) => self.comment(comment),
            Change::Access(change) => self.access(change),
        }
    }
}
