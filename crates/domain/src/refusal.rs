//! All the reasons to say no: the last of the four lists. Every door puts them into its own words.

use crate::{
    Amount, ConsignmentId, ConsignmentStage, CreditMemoId, FulfilmentOrderId, FulfilmentStatus, InvoiceId, ItemId,
    OperationId, OrderId, PaymentStage, Quantity, RowStage, ShipmentId, Sku, SourceCode, StockId, Timestamp, TrackId,
};

/// A reason why a command changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    // What is named does not exist.
    /// Also one of another tenant: it looks the same.
    NoSuchOrder(OrderId),
    /// Also one of another tenant.
    NoSuchShipment(ShipmentId),
    /// Also one of another tenant.
    NoSuchOperation(OperationId),
    /// Also one of another tenant, or of another order.
    NoSuchInvoice(InvoiceId),
    /// Also one of another tenant.
    NoSuchCreditMemo(CreditMemoId),
    /// Also one of another tenant.
    NoSuchTrack(TrackId),
    /// Also one of another tenant.
    NoSuchStock(StockId),
    /// Also one of another tenant.
    NoSuchSource(SourceCode),
    /// Also one of another tenant.
    NoSuchProduct(Sku),
    /// By its code.
    NoSuchWebsite(String),
    /// By its code, or its id as text.
    NoSuchStore(String),

    // Acts on an order.
    /// The state stands in the way; `status` is what people see.
    OrderInState { act: Act, status: String },
    /// Nothing on the order is open for this act.
    NothingLeft(Act),
    /// The request names nothing that the act could do.
    NothingAsked(Act),
    /// A line that is not of this order.
    NotOfOrder { act: Act, item: ItemId },
    /// More than is left of the line.
    MoreThanLeft { act: Act, item: ItemId, sku: Sku, name: String, asked: Quantity, left: Quantity },
    /// A fraction of a piece, where pieces are whole.
    NotWhole { sku: Sku, asked: Quantity },
    /// A bundle that ships in parts was named; its parts are what can be shipped.
    ShipPartsInstead { bundle: Sku },
    /// A part was named of a bundle that ships as one.
    ShipBundleInstead { bundle: Sku },
    /// A track without a number.
    TrackWithoutNumber,
    /// Of an invoice more of a line is to be refunded than the order has left of it.
    MoreThanUnrefunded { sku: Sku },
    /// A fraction of a piece is to be refunded, where pieces are whole.
    NotWholeToRefund { sku: Sku },
    /// Another line carries the money of this one.
    CarriesNoMoney { sku: Sku },
    /// What would be given back is below zero.
    NegativeTotal,
    /// More than what was paid and not given back yet.
    MoreThanPaid { left: Amount, currency: String },
    /// More than what is left of the shipping (base currency), or less than none.
    ShippingAbove { most: Amount, currency: String },
    /// The order has no shipping to give back.
    NoShippingToRefund,
    /// The invoice was not paid, is given back already, or its payment method cannot give back.
    InvoiceNotRefundable,
    /// No gateway collected what it is to give back.
    NotCaptured,
    /// The invoice is not due, so there is nothing to collect.
    NothingToCapture,
    /// The invoice is not due, or what it covers was given back.
    NothingToVoid,
    /// Goods are to come back of a line that the credit memo does not have.
    NotOnMemo { sku: Sku },
    /// Goods are to come back of a line that no order has.
    NotOnAnyOrder { item: ItemId },
    /// Also one of another tenant, or of another order.
    NoSuchFulfilment(FulfilmentOrderId),
    /// Also one of another tenant.
    NoSuchConsignment(ConsignmentId),
    /// The fulfilment order has no such line.
    NotInFulfilment { item: ItemId },
    /// None of the line's rows is open for this act; one of them is at this stage.
    RowsInStage { act: Act, item: ItemId, stage: RowStage },
    /// More than the rows that are open for this act have.
    MoreThanRows { item: ItemId, asked: Quantity, left: Quantity },
    /// The fulfilment order, or all of them, has gone too far for this act.
    FulfilmentInState { act: Act, status: FulfilmentStatus },
    /// A kit whose price is on other lines than its parcel is canceled whole, with its order.
    OnlyWithOrder { item: ItemId },
    /// At least so many pieces of a line are paid or fulfilled, or a carrier waits for them.
    LessThanTaken { item: ItemId, least: Quantity },
    /// The line is of a kit, or has a tax or a discount: nobody knows what one piece more of it costs.
    CostUnknown { item: ItemId },
    /// Some pieces of the line were invoiced or cancelled at its price, or are to be.
    PriceStands { item: ItemId },
    /// The shipping was invoiced or cancelled, has a tax or a discount, or no invoice is left that could take it.
    ShippingStands,
    /// A gateway has set aside or taken what the order costs: it cannot cost something else.
    MoneySetAside,
    /// A carrier waits for what is to be changed.
    CarrierWaits { item: ItemId },
    /// A carrier is being asked about the consignment, and has not answered yet.
    CarrierAsked(ConsignmentId),
    /// The order has forgotten whom it was for, and is not told anew.
    Redacted(OrderId),
    /// These two cannot be one.
    CannotMerge,
    /// There is nothing to carry.
    NothingToCarry,
    /// A consignment is no longer open for this act, or not yet.
    ConsignmentIs { act: Act, stage: ConsignmentStage },
    /// It does not go from the one stage to the other.
    ConsignmentCannot { from: ConsignmentStage, to: ConsignmentStage },
    /// Another consignment has the reference, or the tracking number.
    ReferenceTaken { field: &'static str, text: String },
    /// It was made with regard to the order's consignments, and those are others now: whoever asks looks again.
    ConsignmentsChanged,
    /// What the order says of itself, or of its lines, is not what was read: whoever asks looks again.
    DescriptionChanged,
    /// Goods were to leave from where the fulfilment order was, and another location has it now: whoever asks looks again.
    FulfilmentMoved(FulfilmentOrderId),
    /// So many pieces of the line wait for goods: fewer are allocated than were asked for.
    NotAllocated { item: ItemId, sku: Sku, asked: Quantity, allocated: Quantity },
    /// Another shipment carries the order's shipping costs, and they are not taken twice.
    ShippingTaken,
    /// The shipment is no longer open for this act.
    ShipmentIs { act: Act, fact: ShipmentFact },
    /// So much of it is bound to orders.
    AllocatedAt { source: SourceCode, sku: Sku, allocated: Quantity },
    /// The shipment is of another order.
    ShipmentOfOtherOrder { shipment: ShipmentId, order: OrderId },
    /// What the payment method cannot do, or Waybill cannot do with it yet.
    PaymentMethod { method: Option<String> },

    /// A gateway is being asked about the order's money, and has not answered yet.
    PaymentUnderWay { order: OrderId, operation: OperationId },
    /// The gateway said no; in its words.
    Declined { reason: String },
    /// Nothing is set aside that could be taken.
    NotAuthorised { stage: PaymentStage },
    /// What was set aside is free again.
    AuthorisationEnded { at: Timestamp },
    /// So much is due again, as money that had come has failed: what must be paid first does not leave.
    DueAgain { due: Amount, currency: String },
    /// More than what is set aside and not taken yet.
    MoreThanAuthorised { left: Amount, asked: Amount, currency: String },

    // Stock.
    /// The source has no source item of the sku.
    NotStockedAt { source: SourceCode, sku: Sku },
    /// The source has too little.
    NotEnoughAt { source: SourceCode, sku: Sku, asked: Quantity, on_hand: Quantity },
    /// The stock can promise too little.
    NotEnoughToPromise { sku: Sku, asked: Quantity, salable: Quantity },
    /// No source was named, and more than one could be meant.
    SourceNotNamed,
    /// The request is missing a list.
    NothingGiven,
    /// A value that may not be.
    Invalid(Invalid),
    /// The default stock cannot be deleted.
    DefaultStockStays,
    /// Websites sell from the stock.
    StockHasChannels,
    /// The stock still holds goods for orders.
    StockInUse { stock: StockId },
    /// The link touches the default source or stock.
    DefaultLink { delete: bool },
    /// Another source has the name.
    SourceNameTaken(String),
    /// Goods cannot be carried from a source to itself.
    SameSource,
    /// The source to carry goods from does not exist.
    NoSuchOrigin(SourceCode),
    /// The source to carry goods to does not exist.
    NoSuchDestination(SourceCode),
    /// The origin has too little, or nothing was asked for.
    NotEnoughToTransfer { sku: Sku },
    /// The origin has no source item of the sku.
    NothingToTransfer { sku: Sku, source: SourceCode },

    // Orders that come in.
    /// What the client says twice does not agree.
    Contradiction { field: &'static str, sku: Option<Sku>, sent: Amount, computed: Amount },
    /// Something that an order needs is missing or cannot be; the text names it.
    BadOrder(BadOrder),
    /// Another order of the store has the number.
    NumberTaken(String),

    // People.
    /// Name and password do not fit, or the account is locked; which of them is not told.
    SignIn,
}

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Ship,
    Invoice,
    Refund,
    Cancel,
    Hold,
    Release,
    Mail,
    /// Change what is in a shipment.
    Repack,
    /// Take a shipment back.
    Delete,
    /// Bind to a location.
    Allocate,
    /// Give to another location.
    Move,
    Split,
    Merge,
    Fulfil,
    Unfulfil,
    /// Change what is said of it.
    Edit,
    /// Have a carrier asked.
    Confirm,
    /// Forget whom it was for.
    Redact,
}

impl Act {
    /// All of them.
    pub const ALL: [Act; 18] = [
        Act::Ship,
        Act::Invoice,
        Act::Refund,
        Act::Cancel,
        Act::Hold,
        Act::Release,
        Act::Mail,
        Act::Repack,
        Act::Delete,
        Act::Allocate,
        Act::Move,
        Act::Split,
        Act::Merge,
        Act::Fulfil,
        Act::Unfulfil,
        Act::Edit,
        Act::Confirm,
        Act::Redact,
    ];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Act::Ship => "ship",
            Act::Invoice => "invoice",
            Act::Refund => "refund",
            Act::Cancel => "cancel",
            Act::Hold => "hold",
            Act::Release => "release",
            Act::Mail => "mail",
            Act::Repack => "repack",
            Act::Delete => "delete",
            Act::Allocate => "allocate",
            Act::Move => "move",
            Act::Split => "split",
            Act::Merge => "merge",
            Act::Fulfil => "fulfil",
            Act::Unfulfil => "unfulfil",
            Act::Edit => "edit",
            Act::Confirm => "confirm",
            Act::Redact => "redact",
        }
    }

    /// Reads what [`Act::as_str`] gives.
    pub fn parse(text: &str) -> Option<Act> {
        Act::ALL.into_iter().find(|act| act.as_str() == text)
    }
}

/// What became of a shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShipmentFact {
    /// It has left.
    Sent,
    /// A gateway, or an invoice of its own, took its money.
    Captured,
    /// Its money came by other means.
    Paid,
    /// Something of its lines was given back.
    Refunded,
}

/// A value that may not be, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// Nothing, or blanks only.
    Empty { field: &'static str },
    /// Blanks inside.
    Blanks { field: &'static str },
    /// Blanks around.
    OuterBlanks { field: &'static str },
    /// Below zero.
    Negative { field: &'static str },
    /// Zero or below.
    NotPositive { field: &'static str },
    /// The default source cannot be switched off.
    DefaultSourceDisabled,
    /// Carriers were listed although the shop-wide ones serve the source.
    CarriersNotOwn,
    /// A website that does not exist.
    UnknownWebsite(String),
    /// A source that does not exist.
    UnknownSource(SourceCode),
    /// Longer than it may be.
    TooLong { field: &'static str, most: usize },
}

/// What an order that comes in may not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadOrder {
    /// An order needs lines.
    NoItems,
    /// More lines than an order may have.
    TooManyItems { most: usize },
    /// A line needs a quantity above zero.
    NoQuantity { sku: String },
    /// The line at this position (from zero) has no sku.
    NoSku { position: usize },
    /// Below zero, or too large once multiplied.
    Amount { field: &'static str },
    /// A number that only a document of ours can bring about.
    AlreadyDone { field: String },
    /// Not a state that an order can come in with.
    State(String),
    /// The line names a parent that is not among the lines.
    UnknownParent { sku: String },
    /// A part of a part, or of itself.
    NestedParent { sku: String },
    /// Not the code of a currency.
    Currency(String),
    /// Not a kind of product.
    UnknownKind(String),
    /// Members that an address needs are missing, or its e-mail is none.
    AddressIncomplete { missing: Vec<&'static str>, bad_email: bool },
    /// The update names something that an accepted order no longer changes.
    CannotChange { field: String },
}
