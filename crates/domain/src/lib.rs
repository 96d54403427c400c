//! Waybill's domain **decides**: plain functions over plain data, without clock, randomness, I/O or dependencies.
//!
//! Four lists are its table of contents: [`Command`] (all that can be asked), [`Change`] (all that can happen to our
//! data), [`Errand`] (all that may be asked of the outside) and [`Refusal`] (all the reasons to say no). A decision
//! takes what is known as a [`WorkingSet`], and gives back changes or refusals.

mod accept;
mod access;
mod account;
mod allocate;
mod amount;
mod cancel;
mod carry;
mod change;
mod command;
mod complete;
mod consignment;
mod counts;
mod credit_memo;
mod decide;
mod decision;
mod details;
mod due;
mod errand;
mod fulfil;
mod fulfilment;
mod id;
mod invoice;
#[cfg(test)]
mod laws;
mod letter;
mod news;
mod operation;
mod order;
mod pack;
mod payment;
mod place;
mod places;
mod pricing;
mod product;
mod proration;
mod redact;
mod refund;
mod refusal;
mod repack;
mod revise;
#[cfg(test)]
mod rules;
mod selection;
mod ship;
mod shipment;
mod stock;
#[cfg(test)]
mod testing;
mod working_set;
mod writing;

pub use accept::{
    AcceptOrder, Addresses, Allocation, AmendOrder, DraftAddress, DraftItem, HoldDraft, Sent, SentTotals,
};
pub use access::{
    Access, AccessBook, AccessChange, LOCK_MS, MOST_FAILURES, Permissions, TOKEN_MS, Token, TokenDraft, User,
};
pub use account::{Account, Amounts, LineAccount, LineAmounts};
pub use allocate::{AllocationRule, FulfilmentDraft};
pub use amount::{Amount, BadNumber, Carry, Money, Quantity, Rate, UNIT, currency_digits, split};
pub use carry::{Consign, ConsignmentAct, ConsignmentDraft, MOST_REFERENCES, references};
pub use change::Change;
pub use command::{Adjustment, Command, Count, DefaultCount, DocumentId, Level, Lines};
pub use complete::CompleteShipment;
pub use consignment::{
    BookingFault, Carrier, CarrierAccount, CarrierAnswer, CarrierAsk, CarrierEntry, CarrierRequest, Consignment,
    ConsignmentStage,
};
pub use credit_memo::{Adjustments, CreditMemo, CreditMemoLine, CreditMemoState};
pub use decide::decide;
pub use decision::{CommentDraft, Decision, Document, Outcome, number_text, number_texts, numbers_like};
pub use details::{Address, Comment, Customer, Details, Subject};
pub use errand::Errand;
pub use fulfil::{ChangeFulfilment, FulfilmentAct, FulfilmentEdit};
pub use fulfilment::{DeliveryMethod, FulfilmentOrder, FulfilmentStatus, Row, RowStage};
pub use id::{
    AddressId, CommentId, ConsignmentId, CreditMemoId, CreditMemoLineId, ErrandId, FulfilmentOrderId, IdKind,
    InvoiceId, InvoiceLineId, ItemId, LetterId, Moment, OperationId, OrderId, ProductId, ShipmentId, ShipmentLineId,
    Sku, SourceCode, SourceItemId, StockId, StoreId, TenantId, Timestamp, TrackId, UserId, WebsiteId,
};
pub use invoice::{Invoice, InvoiceLine, InvoiceOrder, InvoiceState, Shipping};
pub use letter::{Delivery, Letter, LetterKind, LetterState, Notify};
pub use news::News;
pub use order::{Done, Hold, HoldReason, Item, Order, Progress, Stage, State};
pub use pack::Demand;
pub use payment::{
    Gateway, GatewayAnswer, GatewayAsk, GatewayRequest, LedgerEntry, Method, Operation, OperationState, Payment,
    PaymentDraft, PaymentStage, Receipt, Wish, WishKind,
};
pub use place::{Extra, Link, Position, Source, SourceField, Stock, Store, Website};
pub use product::{Composition, Kind, Product, ProductField, StockRules};
pub use redact::Redact;
pub use refund::{Departed, RefundOrder};
pub use refusal::{Act, BadOrder, Invalid, Refusal, ShipmentFact};
pub use repack::RepackShipment;
pub use revise::{LineWish, Placing, ReviseOrder, Revised};
pub use selection::{Algorithm, Selected, Selection, distance_order, metres_between, priority_order, select};
pub use ship::{Capture, Costs, Departure, Excess, ShipOrder, SourceChoice};
pub use shipment::{Paid, Shipment, ShipmentLine, Track, TrackDraft};
pub use stock::{Cause, Event, Movement, Reservation, SourceItem, salable};
pub use working_set::{Credited, Places, WorkingSet};
pub use writing::Writing;

pub(crate) use accept::currency_code;
pub(crate) use allocate::allocate_at;
pub(crate) use decision::{
    arrive, arrive_at, changed, changed_holds, comment, conclude, leave, number, running_number, stage,
};
pub(crate) use fulfilment::{note, note_bound};
pub(crate) use invoice::{cost, explained, take_by_priority};
pub(crate) use letter::{order_of, tell_of_comment, tell_of_document};
pub(crate) use operation::{
    begin, bring_back, capturable, not_elsewhere, not_under_way, nothing_due_again, stop, tell,
};
pub(crate) use pack::{Only, Packed, bind, move_on, pack, unpack};
pub(crate) use places::code_faults;
pub(crate) use pricing::price_order;
pub(crate) use proration::{Roundings, Share, of_lines};
pub(crate) use redact::not_redacted;
pub(crate) use refund::first_that_knows;
