//! All that can be asked: the first of the four lists.

use crate::{
    AcceptOrder, Access, AmendOrder, Carrier, CarrierAnswer, ChangeFulfilment, CommentDraft, CompleteShipment, Consign,
    ConsignmentAct, ConsignmentId, CreditMemoId, Delivery, Extra, GatewayAnswer, HoldReason, InvoiceId, InvoiceOrder,
    ItemId, LetterId, Link, News, OperationId, OrderId, PaymentDraft, ProductField, Quantity, Redact, RefundOrder,
    RepackShipment, ReviseOrder, ShipOrder, ShipmentId, Sku, SourceCode, SourceField, StockId, TrackDraft, TrackId,
};

/// A wish to change something. What it needs to be decided, `engine/needs.rs` says.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Creates a website, or changes its name and currency; found by its code.
    SaveWebsite { code: String, name: String, currency: String },
    /// Creates a store view, or changes it; found by its code.
    SaveStore { code: String, website: String, name: String, currency: String, locale: String },
    /// Creates a source, or changes what is named of it.
    SaveSource { code: SourceCode, fields: Vec<SourceField> },
    /// Creates a stock, or renames it; `channels` are the codes of the websites that sell from it, and it loses
    /// all others.
    SaveStock { id: Option<StockId>, name: Option<String>, channels: Vec<String> },
    /// Deletes a stock that nothing sells from and that holds nothing.
    DeleteStock(StockId),
    /// Ties sources to stocks, or changes their priority.
    SaveLinks(Vec<Link>),
    /// Unties sources from stocks.
    DeleteLinks(Vec<(StockId, SourceCode)>),
    /// Sets how much lies where.
    SaveSourceItems(Vec<Count>),
    /// Sets or changes how much lies where, and how much of it can be used for nothing.
    AdjustStock(Vec<Adjustment>),
    /// Takes skus off sources; pairs that do not exist are passed over.
    DeleteSourceItems(Vec<(SourceCode, Sku)>),
    /// Puts skus on sources with nothing there yet; pairs that exist stay as they are.
    AssignSources { skus: Vec<Sku>, sources: Vec<SourceCode> },
    /// Takes skus off sources.
    UnassignSources { skus: Vec<Sku>, sources: Vec<SourceCode> },
    /// Carries all that lies at one source to another.
    MoveSource { skus: Vec<Sku>, origin: SourceCode, destination: SourceCode, unassign: bool },
    /// Carries some.
    TransferStock { origin: SourceCode, destination: SourceCode, items: Vec<(Sku, Quantity)> },
    /// Creates a product, or changes what is named of it; `stock` sets the quantity at source `default`.
    SaveProduct {
        sku: Sku,
        fields: Vec<ProductField>,
        /// Further attributes: name and JSON text.
        attributes: Vec<(String, String)>,
        stock: Option<DefaultCount>,
    },
    /// Deletes a product, and takes its sku off all sources.
    DeleteProduct(Sku),
    /// Takes an order in, and holds its stock.
    AcceptOrder(Box<AcceptOrder>),
    /// Changes what an accepted order says of itself.
    AmendOrder(Box<AmendOrder>),
    /// Changes an order's lines: fewer, more, at another price, or others.
    ReviseOrder(Box<ReviseOrder>),
    /// Cancels what is neither invoiced nor shipped, and frees its stock.
    CancelOrder(OrderId),
    /// Stops everything on an order until it is released.
    HoldOrder { order: OrderId, handle: String, reason: HoldReason, note: Option<String> },
    /// Lets a held order go on where it was, as far as this hold is concerned; without a name, as far as any is.
    ReleaseOrder { order: OrderId, handle: Option<String> },
    /// Adds a remark to an order, and sets its status.
    CommentOnOrder { order: OrderId, comment: CommentDraft, status: Option<String>, entity: String },
    /// Says how an accepted order is paid, whose money nobody was asked for yet.
    OpenPayment { order: OrderId, method: String, pay: PaymentDraft },
    /// Invoices an order, in full or in part.
    Invoice(InvoiceOrder),
    /// Ships an order from one source, in full or in part.
    Ship(ShipOrder),
    /// Says how far a shipment is, and has what it takes paid.
    CompleteShipment(CompleteShipment),
    /// Puts other quantities into a shipment that has not left.
    RepackShipment(RepackShipment),
    /// Takes a shipment back that has not left.
    DeleteShipment { order: OrderId, shipment: ShipmentId },
    /// Allocates, moves, splits, merges, cancels or unfulfils what locations do of an order.
    ChangeFulfilment(ChangeFulfilment),
    /// Has an order that is over forget whom it was for.
    Redact(Box<Redact>),
    /// Opens an account with a carrier, or changes it; found by its id.
    SaveCarrierAccount { id: String, name: String, carrier: Carrier, active: bool, extra: Extra },
    /// Has a carrier carry something.
    Consign(Box<Consign>),
    /// Confirms, cancels or moves on a consignment; with the order that it is of.
    ActOnConsignment { order: Option<OrderId>, consignment: ConsignmentId, act: ConsignmentAct },
    /// Takes a carrier's answer.
    SettleConsignment { order: Option<OrderId>, consignment: ConsignmentId, attempt: i64, answer: CarrierAnswer },
    /// Gives money back, in full or in part.
    Refund(RefundOrder),
    /// Takes a gateway's answer.
    Settle { order: OrderId, operation: OperationId, answer: GatewayAnswer },
    /// Takes what a gateway tells us late.
    TakeNews { order: OrderId, operation: OperationId, news: News },
    /// Has a gateway collect an invoice that is due.
    CaptureInvoice { order: OrderId, invoice: InvoiceId },
    /// Takes back an invoice that is due, so that its lines can be invoiced anew or canceled.
    VoidInvoice { order: OrderId, invoice: InvoiceId },
    /// Warns that what is set aside for an order will be free again soon, or with `renew` has it set aside anew.
    MindAuthorisation { order: OrderId, renew: bool },
    /// Somebody tried what smells of an attack: nothing but the audit trail hears of it.
    Suspect { what: &'static str, subject: String },
    /// Adds a remark to a document.
    CommentOnDocument { document: DocumentId, comment: CommentDraft },
    /// Tells the customer of an order by mail, whatever they were told before.
    MailOrder(OrderId),
    /// The same of a document.
    MailDocument(DocumentId),
    /// Takes what became of a letter.
    SettleLetter { letter: LetterId, delivery: Delivery },
    /// Adds a tracking number to a shipment.
    AddTrack { shipment: ShipmentId, order: OrderId, track: TrackDraft },
    /// Takes a tracking number away.
    RemoveTrack(TrackId),
    /// Everything about people and their rights.
    Access(Access),
}

/// How much of a sku lies at a source, as somebody counted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub source: SourceCode,
    pub sku: Sku,
    pub quantity: Quantity,
    pub in_stock: bool,
    /// Whether less than what is bound to orders there is raised to that (contract `centra.md`, 2.3).
    pub raise_to_allocated: bool,
}

/// What becomes of a quantity at a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It is this now.
    To(Quantity),
    /// So much more, or less.
    By(Quantity),
}

impl Level {
    fn of(self, before: Quantity) -> Quantity {
        match self {
            Level::To(quantity) => quantity,
            Level::By(change) => before + change,
        }
    }

    /// What a quantity becomes of which perhaps nothing is said.
    pub(crate) fn after(level: Option<Level>, before: Quantity) -> Quantity {
        level.map_or(before, |level| level.of(before))
    }
}

/// What a system that keeps stock says of a sku at a source; what it does not say stays (contract `carriyo.md`, 2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    pub source: SourceCode,
    pub sku: Sku,
    pub on_hand: Option<Level>,
    pub unavailable: Option<Level>,
}

/// What a product says of its stock at source `default` (contract section 10.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultCount {
    pub quantity: Option<Quantity>,
    pub in_stock: Option<bool>,
}

/// A document of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentId {
    Shipment(ShipmentId),
    Invoice(InvoiceId),
    CreditMemo(CreditMemoId),
}

/// Lines of an order and how many of each; an empty list means all that is left.
pub type Lines = Vec<(ItemId, Quantity)>;

impl Command {
    /// Its name in the audit trail, and the order or document that it is about.
    pub fn name_and_subject(&self) -> (&'static str, Option<String>) {
        match self {
            Command::SaveWebsite { code, .. } => ("save website", Some(code.clone())),
            Command::SaveStore { code, .. } => ("save store", Some(code.clone())),
            Command::SaveSource { code, .. } => ("save source", Some(code.0.clone())),
            Command::SaveStock { id, .. } => ("save stock", id.map(|id| id.to_string())),
            Command::DeleteStock(id) => ("delete stock", Some(id.to_string())),
            Command::SaveLinks(_) => ("save links", None),
            Command::DeleteLinks(_) => ("delete links", None),
            Command::SaveSourceItems(_) => ("save source items", None),
            Command::AdjustStock(_) => ("adjust stock", None),
            Command::DeleteSourceItems(_) => ("delete source items", None),
            Command::AssignSources { .. } => ("assign sources", None),
            Command::UnassignSources { .. } => ("unassign sources", None),
            Command::MoveSource { origin, .. } => ("move source", Some(origin.0.clone())),
            Command::TransferStock { origin, .. } => ("transfer stock", Some(origin.0.clone())),
            Command::SaveProduct { sku, .. } => ("save product", Some(sku.to_string())),
            Command::DeleteProduct(sku) => ("delete product", Some(sku.to_string())),
            Command::AcceptOrder(_) => ("accept order", None),
            Command::AmendOrder(ask) => ("amend order", Some(ask.order.to_string())),
            Command::ReviseOrder(ask) => ("change order lines", Some(ask.order.to_string())),
            Command::CancelOrder(order) => ("cancel order", Some(order.to_string())),
            Command::HoldOrder { order, .. } => ("hold order", Some(order.to_string())),
            Command::ReleaseOrder { order, .. } => ("release order", Some(order.to_string())),
            Command::CommentOnOrder { order, .. } => ("comment on order", Some(order.to_string())),
            Command::OpenPayment { order, .. } => ("open payment", Some(order.to_string())),
            Command::Invoice(ask) => ("invoice order", Some(ask.order.to_string())),
            Command::Ship(ask) => ("ship order", Some(ask.order.to_string())),
            Command::CompleteShipment(ask) => ("complete shipment", Some(ask.shipment.to_string())),
            Command::RepackShipment(ask) => ("repack shipment", Some(ask.shipment.to_string())),
            Command::DeleteShipment { shipment, .. } => ("delete shipment", Some(shipment.to_string())),
            Command::ChangeFulfilment(ask) => (ask.act.name(), Some(ask.order.to_string())),
            Command::Redact(ask) => ("redact order", Some(ask.order.to_string())),
            Command::SaveCarrierAccount { id, .. } => ("save carrier account", Some(id.clone())),
            Command::Consign(ask) => ("consign", ask.of.as_ref().map(|(order, ..)| order.to_string())),
            Command::ActOnConsignment { consignment, act, .. } => (act.name(), Some(consignment.to_string())),
            Command::SettleConsignment { consignment, .. } => ("settle consignment", Some(consignment.to_string())),
            Command::Refund(ask) => ("refund order", Some(ask.order.to_string())),
            Command::Settle { operation, .. } => ("settle payment", Some(operation.to_string())),
            Command::TakeNews { operation, .. } => ("take news of payment", Some(operation.to_string())),
            Command::CaptureInvoice { invoice, .. } => ("capture invoice", Some(invoice.to_string())),
            Command::VoidInvoice { invoice, .. } => ("void invoice", Some(invoice.to_string())),
            Command::MindAuthorisation { order, .. } => ("mind authorisation", Some(order.to_string())),
            Command::Suspect { what, subject } => (what, Some(subject.clone())),
            Command::CommentOnDocument { document, .. } => match document {
                DocumentId::Shipment(id) => ("comment on shipment", Some(id.to_string())),
                DocumentId::Invoice(id) => ("comment on invoice", Some(id.to_string())),
                DocumentId::CreditMemo(id) => ("comment on credit memo", Some(id.to_string())),
            },
            Command::MailOrder(order) => ("mail order", Some(order.to_string())),
            Command::MailDocument(document) => match document {
                DocumentId::Shipment(id) => ("mail shipment", Some(id.to_string())),
                DocumentId::Invoice(id) => ("mail invoice", Some(id.to_string())),
                DocumentId::CreditMemo(id) => ("mail credit memo", Some(id.to_string())),
            },
            Command::SettleLetter { letter, .. } => ("settle letter", Some(letter.to_string())),
            Command::AddTrack { shipment, .. } => ("add track", Some(shipment.to_string())),
            Command::RemoveTrack(track) => ("remove track", Some(track.to_string())),
            Command::Access(access) => access.name_and_subject(),
        }
    }

    /// The order that it names; one that names a document of it, or makes it, is about an order that it does not name.
    pub fn order(&self) -> Option<OrderId> {
        match self {
            Command::AmendOrder(ask) => Some(ask.order),
            Command::ReviseOrder(ask) => Some(ask.order),
            Command::Invoice(ask) => Some(ask.order),
            Command::Ship(ask) => Some(ask.order),
            Command::CompleteShipment(ask) => Some(ask.order),
            Command::RepackShipment(ask) => Some(ask.order),
            Command::ChangeFulfilment(ask) => Some(ask.order),
            Command::Redact(ask) => Some(ask.order),
            Command::Consign(ask) => ask.of.as_ref().map(|(order, ..)| *order),
            Command::ActOnConsignment { order, .. } | Command::SettleConsignment { order, .. } => *order,
            Command::Refund(ask) => Some(ask.order),
            Command::CancelOrder(order)
            | Command::MailOrder(order)
            | Command::HoldOrder { order, .. }
            | Command::ReleaseOrder { order, .. }
            | Command::DeleteShipment { order, .. }
            | Command::OpenPayment { order, .. }
            | Command::MindAuthorisation { order, .. }
            | Command::Settle { order, .. }
            | Command::TakeNews { order, .. }
            | Command::CaptureInvoice { order, .. }
            | Command::VoidInvoice { order, .. }
            | Command::AddTrack { order, .. }
            | Command::CommentOnOrder { order, .. } => Some(*order),
            Command::AcceptOrder(_)
            | Command::SaveCarrierAccount { .. }
            | Command::SaveWebsite { .. }
            | Command::SaveStore { .. }
            | Command::SaveSource { .. }
            | Command::SaveStock { .. }
            | Command::DeleteStock(_)
            | Command::SaveLinks(_)
            | Command::DeleteLinks(_)
            | Command::SaveSourceItems(_)
            | Command::AdjustStock(_)
            | Command::DeleteSourceItems(_)
            | Command::AssignSources { .. }
            | Command::UnassignSources { .. }
            | Command::MoveSource { .. }
            | Command::TransferStock { .. }
            | Command::SaveProduct { .. }
            | Command::DeleteProduct(_)
            | Command::Suspect { .. }
            | Command::CommentOnDocument { .. }
            | Command::MailDocument(_)
            | Command::SettleLetter { .. }
            | Command::RemoveTrack(_)
            | Command::Access(_) => None,
        }
    }
}
