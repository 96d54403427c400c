//! Consignments: what a carrier carries under one tracking number, and how it is booked (contract `carriyo.md`, sections 2.4
//! and 7; invariants E1 and E3).
//!
//! A consignment is of no order, or of some rows of one of its fulfilment orders. What a carrier says never changes what is
//! true of the goods: those leave with shipments.

use crate::{ConsignmentId, ErrandId, Extra, FulfilmentOrderId, OrderId, Timestamp};

/// Something that a carrier carries, or is to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consignment {
    pub id: ConsignmentId,
    pub order: Option<OrderId>,
    pub fulfilment: Option<FulfilmentOrderId>,
    /// As the shop's own systems call it: no two of a tenant have the same.
    pub reference: String,
    /// What they call its order.
    pub order_reference: String,
    pub stage: ConsignmentStage,
    /// Who carries it.
    pub carrier: Option<Carrier>,
    /// The code of the carrier's account with us; chosen by the shop.
    pub account: Option<String>,
    /// Whether the shop has booked it itself.
    pub prebooked: bool,
    pub tracking: Option<String>,
    pub label: Option<String>,
    /// Whether the carrier has a label for it that was not given back.
    pub labelled: bool,
    /// How often a carrier was asked to book it: each time is a wish of its own.
    pub attempts: i64,
    /// The errand that sees to what the carrier is being asked.
    pub errand: Option<ErrandId>,
    /// It is to be cancelled as soon as it is known what the carrier did.
    pub unwanted: bool,
    pub faults: Vec<BookingFault>,
    /// When it first came to each stage.
    pub milestones: Vec<(ConsignmentStage, Timestamp)>,
    /// What its door wants to see again: addresses, parcels, items.
    pub extra: Extra,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A carrier that we speak to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    /// The shop's own, or one that it books by itself: numbers are given, nobody is asked.
    Own,
    /// The sandbox that is built in.
    Rehearsal,
}

impl Carrier {
    /// All of them.
    pub const ALL: [Carrier; 2] = [Carrier::Own, Carrier::Rehearsal];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Carrier::Own => "own",
            Carrier::Rehearsal => "rehearsal",
        }
    }

    /// Reads what [`Carrier::as_str`] gives.
    pub fn parse(text: &str) -> Option<Carrier> {
        Carrier::ALL.into_iter().find(|carrier| carrier.as_str() == text)
    }
}

/// An account that the shop has with a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierAccount {
    /// What it is called where it is used.
    pub id: String,
    pub name: String,
    pub carrier: Carrier,
    pub active: bool,
    /// What its door wants to see again.
    pub extra: Extra,
    pub created_at: Timestamp,
}

/// Something that is wrong with a booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingFault {
    /// A word for programs, such as `phone_number_missing_error`.
    pub code: String,
    /// What it is about, by its name on the wire.
    pub field: Option<String>,
    pub message: String,
    /// The carrier said it; otherwise we did.
    pub by_carrier: bool,
    /// It stands in the way; otherwise it only warns.
    pub is_error: bool,
}

/// How far a consignment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConsignmentStage {
    /// It is looked at before anybody is asked.
    Draft,
    /// The carrier is being asked.
    Pending,
    Booked,
    /// It cannot be booked as it is.
    Error,
    Cancelled,
    CancelledByCarrier,
    ReadyToShip,
    /// The carrier has it.
    Shipped,
    InTransit,
    OutForDelivery,
    Delivered,
    DeliveryConfirmed,
    FailedCollectionAttempt,
    FailedDeliveryAttempt,
    AwaitingCustomerCollection,
    Delayed,
    Suspended,
    Missing,
    ReadyForReturn,
    ReturnInTransit,
    Returned,
    ReturnConfirmed,
}

impl ConsignmentStage {
    /// All of them.
    pub const ALL: [ConsignmentStage; 22] = [
        ConsignmentStage::Draft,
        ConsignmentStage::Pending,
        ConsignmentStage::Booked,
        ConsignmentStage::Error,
        ConsignmentStage::Cancelled,
        ConsignmentStage::CancelledByCarrier,
        ConsignmentStage::ReadyToShip,
        ConsignmentStage::Shipped,
        ConsignmentStage::InTransit,
        ConsignmentStage::OutForDelivery,
        ConsignmentStage::Delivered,
        ConsignmentStage::DeliveryConfirmed,
        ConsignmentStage::FailedCollectionAttempt,
        ConsignmentStage::FailedDeliveryAttempt,
        ConsignmentStage::AwaitingCustomerCollection,
        ConsignmentStage::Delayed,
        ConsignmentStage::Suspended,
        ConsignmentStage::Missing,
        ConsignmentStage::ReadyForReturn,
        ConsignmentStage::ReturnInTransit,
        ConsignmentStage::Returned,
        ConsignmentStage::ReturnConfirmed,
    ];

    /// As it is stored, and as the trade writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            ConsignmentStage::Draft => "draft",
            ConsignmentStage::Pending => "pending",
            ConsignmentStage::Booked => "booked",
            ConsignmentStage::Error => "error",
            ConsignmentStage::Cancelled => "cancelled",
            ConsignmentStage::CancelledByCarrier => "cancelled_by_carrier",
            ConsignmentStage::ReadyToShip => "ready_to_ship",
            ConsignmentStage::Shipped => "shipped",
            ConsignmentStage::InTransit => "in_transit",
            ConsignmentStage::OutForDelivery => "out_for_delivery",
            ConsignmentStage::Delivered => "delivered",
            ConsignmentStage::DeliveryConfirmed => "delivery_confirmed",
            ConsignmentStage::FailedCollectionAttempt => "failed_collection_attempt",
            ConsignmentStage::FailedDeliveryAttempt => "failed_delivery_attempt",
            ConsignmentStage::AwaitingCustomerCollection => "awaiting_customer_collection",
            ConsignmentStage::Delayed => "delayed",
            ConsignmentStage::Suspended => "suspended",
            ConsignmentStage::Missing => "missing",
            ConsignmentStage::ReadyForReturn => "ready_for_return",
            ConsignmentStage::ReturnInTransit => "return_in_transit",
            ConsignmentStage::Returned => "returned",
            ConsignmentStage::ReturnConfirmed => "return_confirmed",
        }
    }

    /// Reads what [`ConsignmentStage::as_str`] gives.
    pub fn parse(text: &str) -> Option<ConsignmentStage> {
        ConsignmentStage::ALL.into_iter().find(|stage| stage.as_str() == text)
    }

    /// Whether it is given up: it carries nothing.
    pub fn is_cancelled(self) -> bool {
        matches!(self, ConsignmentStage::Cancelled | ConsignmentStage::CancelledByCarrier)
    }

    /// Whether the carrier has not got it yet, so that it can be cancelled.
    pub fn is_before_shipped(self) -> bool {
        matches!(
            self,
            ConsignmentStage::Draft
                | ConsignmentStage::Pending
                | ConsignmentStage::Booked
                | ConsignmentStage::Error
                | ConsignmentStage::ReadyToShip
                | ConsignmentStage::FailedCollectionAttempt
        )
    }

    /// Whether it has arrived.
    pub fn is_delivered(self) -> bool {
        matches!(self, ConsignmentStage::Delivered | ConsignmentStage::DeliveryConfirmed)
    }

    /// Whether a person may say that it went from here to there (contract `carriyo.md`, 2.4).
    pub fn may_become(self, to: ConsignmentStage) -> bool {
        use ConsignmentStage as S;
        let underway = [
            S::Shipped,
            S::InTransit,
            S::OutForDelivery,
            S::AwaitingCustomerCollection,
            S::FailedDeliveryAttempt,
            S::ReadyForReturn,
            S::Suspended,
            S::Missing,
            S::Delayed,
        ];
        match to {
            S::ReadyToShip => self == S::Booked,
            S::Shipped => matches!(self, S::Booked | S::ReadyToShip | S::FailedCollectionAttempt),
            S::InTransit => {
                matches!(self, S::Shipped | S::FailedDeliveryAttempt | S::Delayed | S::Suspended | S::Missing)
            }
            S::OutForDelivery => {
                matches!(self, S::Shipped | S::InTransit | S::FailedDeliveryAttempt | S::Suspended | S::Missing)
            }
            S::Delivered => {
                matches!(
                    self,
                    S::Cancelled
                        | S::Shipped
                        | S::InTransit
                        | S::OutForDelivery
                        | S::AwaitingCustomerCollection
                        | S::FailedDeliveryAttempt
                        | S::Suspended
                        | S::Missing
                        | S::Delayed
                        | S::Returned
                        | S::DeliveryConfirmed
                )
            }
            S::DeliveryConfirmed => self == S::Delivered,
            S::ReturnInTransit => underway.contains(&self),
            S::Returned => {
                underway.contains(&self)
                    || matches!(self, S::Cancelled | S::ReturnInTransit | S::Delivered | S::ReturnConfirmed)
            }
            S::ReturnConfirmed => self == S::Returned,
            S::Draft
            | S::Pending
            | S::Booked
            | S::Error
            | S::Cancelled
            | S::CancelledByCarrier
            | S::FailedCollectionAttempt
            | S::FailedDeliveryAttempt
            | S::AwaitingCustomerCollection
            | S::Delayed
            | S::Suspended
            | S::Missing
            | S::ReadyForReturn => false,
        }
    }
}

/// Something to ask of a carrier. Asked again, it is the same to the last byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierRequest {
    /// Our own id of the wish, unique over all tenants and for ever: the carrier's idempotency key.
    pub key: String,
    /// For the people who read the carrier's pages; and the words that the sandbox obeys.
    pub reference: String,
    pub ask: CarrierAsk,
}

/// What a carrier is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CarrierAsk {
    Book,
    /// Give a label back.
    Cancel {
        tracking: String,
    },
}

/// A carrier's answer, as far as we know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CarrierAnswer {
    Booked {
        tracking: String,
        label: String,
    },
    /// The label is given back; or there was none.
    Cancelled,
    Refused {
        faults: Vec<BookingFault>,
    },
    /// No answer, or none that says which.
    Unknown {
        why: String,
    },
}

/// An entry in the ledger of the sandbox carrier: something that it was asked for, and did or did not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierEntry {
    /// What it was asked under.
    pub key: String,
    /// book or cancel
    pub kind: String,
    /// What the consignment is called.
    pub reference: String,
    /// The number of the label that it is about.
    pub tracking: String,
    /// `asked`, `late`, `done` or `refused`
    pub state: String,
    /// How often it was asked for.
    pub asked: i64,
    pub at: Timestamp,
}

impl Consignment {
    /// Whether it counts for the goods that it is to carry.
    pub fn is_live(&self) -> bool {
        !self.stage.is_cancelled() && !self.unwanted
    }

    /// Whether its tracking number is its own: one that was cancelled leaves it to others, unless a carrier has a label
    /// under it that is still to be given back.
    pub fn keeps_number(&self) -> bool {
        !self.stage.is_cancelled() || self.labelled
    }

    /// Comes to a stage.
    pub(crate) fn enter(&mut self, stage: ConsignmentStage, at: Timestamp) {
        self.stage = stage;
        self.updated_at = at;
        if !self.milestones.iter().any(|(other, _)| *other == stage) {
            self.milestones.push((stage, at));
        }
    }
}
