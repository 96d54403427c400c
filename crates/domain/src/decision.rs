//! What a decision gives back, and the few acts that several decisions share.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Act, Change, Comment, CommentId, ConsignmentId, CreditMemoId, Event, IdKind, InvoiceId, LetterId, Moment, Movement,
    OperationId, Order, OrderId, Product, Quantity, Reservation, ShipmentId, Sku, SourceCode, SourceItem, SourceItemId,
    StockId, StoreId, Subject, TrackId, UserId, WorkingSet, note,
};

/// What should become true, and the answer to who asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub changes: Vec<Change>,
    pub outcome: Outcome,
}

/// The answer to who asked, in ids; a door reads and shows the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Nothing could be done, and that is an answer, not a refusal.
    NotPossible(Act),
    /// How many were changed.
    Count(i64),
    Stock(StockId),
    Order(OrderId),
    /// With its running number in its order, where that is at hand; 0 where it is not.
    Shipment {
        id: ShipmentId,
        sequence: i64,
    },
    Invoice(InvoiceId),
    CreditMemo(CreditMemoId),
    /// Somebody else is being asked; the operation says what came of it.
    Awaits(OperationId),
    /// The gateway said no; the operation says why.
    Declined(OperationId),
    Consignment(ConsignmentId),
    Track(TrackId),
    Comment(CommentId),
    /// The customer will be told.
    Letter(LetterId),
    User(UserId),
    /// The name and password did not fit, and that was written down.
    SignInFailed,
}

/// The documents whose numbers have no gaps: they are drawn in the transaction that makes the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    Order,
    Invoice,
    CreditMemo,
}

impl Document {
    /// Its name in the table of counters.
    pub fn as_str(self) -> &'static str {
        match self {
            Document::Order => "order",
            Document::Invoice => "invoice",
            Document::CreditMemo => "creditmemo",
        }
    }
}

/// A remark as a client gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommentDraft {
    pub text: Option<String>,
    pub notified: Option<bool>,
    pub visible_on_front: bool,
}

impl Decision {
    /// Nothing yet.
    pub fn new() -> Decision {
        Decision { changes: Vec::new(), outcome: Outcome::Done }
    }

    /// One change.
    pub fn of(change: Change) -> Decision {
        Decision { changes: vec![change], outcome: Outcome::Done }
    }

    /// Adds a change.
    pub fn push(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// With this answer.
    pub fn with(self, outcome: Outcome) -> Decision {
        Decision { outcome, ..self }
    }
}

impl Default for Decision {
    fn default() -> Decision {
        Decision::new()
    }
}

/// The text of a document number: nine digits, with the store in front unless it is the first
/// (contract section 2).
pub fn number_text(store: StoreId, number: i64) -> String {
    if store.0 <= 1 { format!("{number:09}") } else { format!("{store}{number:09}") }
}

/// The running number that a text reads as, such as 7 of `7` and of `000000007`; none where it has other characters or more
/// digits.
pub(crate) fn running_number(store: StoreId, text: &str) -> Option<i64> {
    let prefix = number_text(store, 0);
    let own = text.strip_prefix(&prefix[..prefix.len() - 9]).filter(|rest| rest.len() == 9);
    let digits = own.unwrap_or(text);
    let is_one = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then(|| digits.parse().expect("nine digits are a number"))
}

/// How a running number of a store may be written: as a number, as a document's, and with zeros alone.
pub fn number_texts(store: StoreId, number: i64) -> [String; 3] {
    [number.to_string(), number_text(store, number), format!("{number:09}")]
}

/// The numbers that are the same to those who read them as numbers, as Centra's clients do: a store has one of them.
pub fn numbers_like(store: StoreId, text: &str) -> BTreeSet<String> {
    let alike = |number: i64| number_texts(store, number);
    running_number(store, text).map(alike).into_iter().flatten().chain([text.to_owned()]).collect()
}

/// Draws a store's next document number.
pub(crate) fn number(set: &WorkingSet, store: StoreId, document: Document, decision: &mut Decision) -> String {
    let number = set.next_number(store, document);
    decision.push(Change::NumberDrawn { store, document, next: number + 1 });
    number_text(store, number)
}

/// How much more or less an order holds of each sku after an act, by what its lines say before and after.
pub(crate) fn changed_holds<'a>(before: &'a Order, after: &'a Order) -> BTreeMap<&'a Sku, Quantity> {
    changed(before.held(), after.held())
}

/// How much more or less there is of each after an act.
pub(crate) fn changed<Key: Ord>(
    before: BTreeMap<Key, Quantity>,
    mut after: BTreeMap<Key, Quantity>,
) -> BTreeMap<Key, Quantity> {
    for (key, was) in before {
        *after.entry(key).or_insert(Quantity::ZERO) -= was;
    }
    after
}

/// Writes down what an act made of an order's holds: the difference between what its lines say before and after.
fn release_holds(before: &Order, after: &Order, event: Event, decision: &mut Decision) {
    for (sku, change) in changed_holds(before, after) {
        // Where lines are exchanged, one is cancelled and the other ordered.
        let is_ordered = event == Event::OrderCanceled && change > Quantity::ZERO;
        let event = if is_ordered { Event::OrderPlaced } else { event };
        if change != Quantity::ZERO {
            decision.push(Change::Held(Reservation {
                stock: after.stock,
                sku: sku.clone(),
                order: after.id,
                change,
                event,
            }));
        }
    }
}

/// Takes goods off a source item: at the product's threshold it is out of stock, unless more may be sold than
/// there is (contract section 10.4).
pub(crate) fn leave(item: &SourceItem, movement: Movement, product: Option<&Product>) -> Change {
    let rest = item.on_hand + movement.change;
    let (out_at, backorders) =
        product.map_or((Quantity::ZERO, false), |product| (product.stock.out_at(), product.stock.allows_backorders()));
    let in_stock = item.in_stock && (backorders || rest > out_at);
    Change::StockMoved { movement, in_stock }
}

/// Brings goods to a source item: above the product's threshold it is in stock.
pub(crate) fn arrive(item: &SourceItem, movement: Movement, product: Option<&Product>) -> Change {
    let out_at = product.map_or(Quantity::ZERO, |product| product.stock.out_at());
    let in_stock = item.in_stock || item.on_hand + movement.change > out_at;
    Change::StockMoved { movement, in_stock }
}

/// The source item that goods come back to; one that was taken away since is there again, with nothing on it yet.
pub(crate) fn arrive_at(
    set: &WorkingSet,
    sku: &Sku,
    source: &SourceCode,
    moment: &mut Moment<'_>,
    decision: &mut Decision,
) -> SourceItem {
    set.source_item(sku, source).cloned().unwrap_or_else(|| {
        let item = SourceItem {
            id: SourceItemId(moment.draw(IdKind::SourceItem)),
            source: source.clone(),
            sku: sku.clone(),
            on_hand: Quantity::ZERO,
            allocated: Quantity::ZERO,
            unavailable: Quantity::ZERO,
            in_stock: false,
        };
        decision.push(Change::SourceItemAdded(item.clone()));
        item
    })
}

/// Ends an act on an order: its state follows from what was done, its rows and holds from that.
pub(crate) fn conclude(before: &Order, after: &mut Order, event: Event, moment: &Moment<'_>, decision: &mut Decision) {
    // While a gateway is asked about it, its state waits: what the answer brings about must still be possible then.
    if after.operation.is_none() {
        after.settle();
    }
    after.fit_rows(event.as_str(), moment.now);
    release_holds(before, after, event, decision);
    note(before, after, moment, decision);
    stage(after, moment, decision);
}

/// Writes down where an order stands.
pub(crate) fn stage(order: &Order, moment: &Moment<'_>, decision: &mut Decision) {
    decision.push(Change::Staged {
        order: order.id,
        stage: order.stage.clone(),
        shipments: order.shipments,
        consignments: order.consignments,
        at: moment.now,
    });
}

/// A remark, written now.
pub(crate) fn comment(draft: &CommentDraft, subject: Subject, parent: i64, moment: &mut Moment<'_>) -> Comment {
    let CommentDraft { text, notified, visible_on_front } = draft.clone();
    Comment {
        id: CommentId(moment.draw(IdKind::Comment)),
        subject,
        parent,
        text,
        status: None,
        notified,
        visible_on_front,
        entity: None,
        created_at: moment.now,
    }
}
