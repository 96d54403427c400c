//! Credit memos: what was given back, in the manner of invoices.

use crate::{
    Amounts, CreditMemoId, CreditMemoLineId, InvoiceId, ItemId, LineAmounts, Money, OrderId, Quantity, StoreId,
    Timestamp,
};

/// What a customer got back for a part of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditMemo {
    pub id: CreditMemoId,
    pub order: OrderId,
    /// The invoice that it takes back; `None`: of the order as a whole, whichever invoices it has.
    pub invoice: Option<InvoiceId>,
    pub store: StoreId,
    pub number: String,
    pub state: CreditMemoState,
    /// Whether the gateway gave the money back; otherwise somebody did it by other means.
    pub online: bool,
    /// Its total is the components' sum, plus what is given beyond them, less what is kept back.
    pub amounts: Amounts,
    pub adjustments: Adjustments,
    /// Of all its lines, those that carry no money too.
    pub total: Quantity,
    pub lines: Vec<CreditMemoLine>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What is given back beyond the goods and the shipping, and what is kept back from them: both without a sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Adjustments {
    pub positive: Money,
    pub negative: Money,
}

impl Adjustments {
    /// Adds a document's.
    pub fn add(&mut self, other: &Adjustments) {
        let Adjustments { positive, negative } = *other;
        self.positive += positive;
        self.negative += negative;
    }

    /// What they make together.
    pub fn sum(&self) -> Money {
        self.positive - self.negative
    }
}

/// Where a credit memo stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditMemoState {
    /// The money is still here.
    Open,
    /// The money was given back.
    Refunded,
    /// Taken back: no money went.
    Canceled,
}

impl CreditMemoState {
    /// Magento's number for it (contract section 2).
    pub fn number(self) -> i64 {
        match self {
            CreditMemoState::Open => 1,
            CreditMemoState::Refunded => 2,
            CreditMemoState::Canceled => 3,
        }
    }

    /// Reads what [`CreditMemoState::number`] gives.
    pub fn from_number(number: i64) -> Option<CreditMemoState> {
        match number {
            1 => Some(CreditMemoState::Open),
            2 => Some(CreditMemoState::Refunded),
            3 => Some(CreditMemoState::Canceled),
            _ => None,
        }
    }
}

/// A line of a credit memo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditMemoLine {
    pub id: CreditMemoLineId,
    pub item: ItemId,
    pub quantity: Quantity,
    /// `None` where another line carries the money.
    pub amounts: Option<LineAmounts>,
}
