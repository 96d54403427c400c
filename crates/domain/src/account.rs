//! The money of an order: what was ordered, and what invoices and cancels have made of it so far.

use std::collections::BTreeMap;

use std::ops::{Neg, Sub};

use crate::{Adjustments, ItemId, Money, OrderId, Rate, Revised};

/// The money side of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub order: OrderId,
    /// What the base currency is multiplied by to give the order's.
    pub rate: Rate,
    pub ordered: Amounts,
    pub invoiced: Amounts,
    pub canceled: Amounts,
    pub refunded: Amounts,
    /// How many invoices were made.
    pub invoices: i64,
    /// How many credit memos there are.
    pub credit_memos: i64,
    /// What credit memos gave and kept beyond goods and shipping.
    pub adjustments: Adjustments,
    /// The part of what was refunded that gateways gave back.
    pub refunded_online: Money,
    pub lines: BTreeMap<ItemId, LineAccount>,
}

/// The components of an order's or document's total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    pub subtotal: Money,
    pub subtotal_incl_tax: Money,
    /// Negative, as Magento keeps it.
    pub discount: Money,
    pub shipping: Money,
    pub shipping_incl_tax: Money,
    /// The part of the discount that is on shipping; positive.
    pub shipping_discount: Money,
    pub shipping_tax: Money,
    pub tax: Money,
    /// Tax on the discounted part, when prices include tax.
    pub compensation: Money,
    pub shipping_compensation: Money,
    /// What the goods cost the seller; base currency only.
    pub cost: Money,
    pub total: Money,
}

/// The money of one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineAccount {
    pub price: Money,
    pub price_incl_tax: Money,
    pub original_price: Money,
    /// What one piece costs the seller, when it is known; base currency only.
    pub cost: Option<Money>,
    pub ordered: LineAmounts,
    pub invoiced: LineAmounts,
    pub refunded: LineAmounts,
    pub canceled: LineAmounts,
}

/// The components of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineAmounts {
    pub row: Money,
    pub row_incl_tax: Money,
    pub tax: Money,
    /// Positive.
    pub discount: Money,
    pub compensation: Money,
}

impl Account {
    /// Takes lines as they cost now, those that are new among them, and what that adds to what is ordered.
    pub(crate) fn take_revised(&mut self, lines: &[Revised], amounts: &Amounts) {
        self.ordered.add(amounts);
        self.lines.extend(lines.iter().map(|line| (line.item.id, line.account.clone())));
    }
}

impl Amounts {
    /// The grand total that the components make.
    pub fn sum(&self) -> Money {
        self.subtotal + self.discount + self.shipping + self.tax + self.compensation + self.shipping_compensation
    }

    /// Whether none of it is for shipping.
    pub(crate) fn is_without_shipping(&self) -> bool {
        self.shipping_parts().into_iter().all(Money::is_zero)
    }

    /// What of it is for shipping.
    pub(crate) fn shipping_parts(&self) -> [Money; 5] {
        let Amounts { shipping, shipping_incl_tax, shipping_discount, shipping_tax, shipping_compensation, .. } = *self;
        [shipping, shipping_incl_tax, shipping_discount, shipping_tax, shipping_compensation]
    }

    /// Adds a document's amounts.
    pub fn add(&mut self, other: &Amounts) {
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
        } = *other;
        self.subtotal += subtotal;
        self.subtotal_incl_tax += subtotal_incl_tax;
        self.discount += discount;
        self.shipping += shipping;
        self.shipping_incl_tax += shipping_incl_tax;
        self.shipping_discount += shipping_discount;
        self.shipping_tax += shipping_tax;
        self.tax += tax;
        self.compensation += compensation;
        self.shipping_compensation += shipping_compensation;
        self.cost += cost;
        self.total += total;
    }
}

impl Neg for Amounts {
    type Output = Amounts;
    fn neg(self) -> Amounts {
        Amounts {
            subtotal: -self.subtotal,
            subtotal_incl_tax: -self.subtotal_incl_tax,
            discount: -self.discount,
            shipping: -self.shipping,
            shipping_incl_tax: -self.shipping_incl_tax,
            shipping_discount: -self.shipping_discount,
            shipping_tax: -self.shipping_tax,
            tax: -self.tax,
            compensation: -self.compensation,
            shipping_compensation: -self.shipping_compensation,
            cost: -self.cost,
            total: -self.total,
        }
    }
}

impl Neg for LineAmounts {
    type Output = LineAmounts;
    fn neg(self) -> LineAmounts {
        LineAmounts::default() - self
    }
}

impl Sub for LineAmounts {
    type Output = LineAmounts;
    fn sub(self, other: LineAmounts) -> LineAmounts {
        LineAmounts {
            row: self.row - other.row,
            row_incl_tax: self.row_incl_tax - other.row_incl_tax,
            tax: self.tax - other.tax,
            discount: self.discount - other.discount,
            compensation: self.compensation - other.compensation,
        }
    }
}

impl LineAmounts {
    /// Each component's smaller value.
    pub(crate) fn min(&self, other: &LineAmounts) -> LineAmounts {
        LineAmounts {
            row: self.row.min(other.row),
            row_incl_tax: self.row_incl_tax.min(other.row_incl_tax),
            tax: self.tax.min(other.tax),
            discount: self.discount.min(other.discount),
            compensation: self.compensation.min(other.compensation),
        }
    }

    /// What it costs with tax, before any discount.
    pub(crate) fn full(&self) -> Money {
        self.row + self.tax + self.compensation
    }

    /// Adds a document line's amounts.
    pub fn add(&mut self, other: &LineAmounts) {
        let LineAmounts { row, row_incl_tax, tax, discount, compensation } = *other;
        self.row += row;
        self.row_incl_tax += row_incl_tax;
        self.tax += tax;
        self.discount += discount;
        self.compensation += compensation;
    }
}
