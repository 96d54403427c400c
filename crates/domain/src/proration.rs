//! How a document's lines get their part of an order's money, to the smallest unit (contract section 9).

use std::collections::BTreeMap;

use crate::{Amount, Amounts, Carry, ItemId, LineAmounts, Money, Order, Quantity, currency_digits};

/// A line of a document, and what it is a part of.
pub(crate) struct Share {
    pub(crate) item: ItemId,
    /// How many of the line are on the document.
    pub(crate) quantity: Quantity,
    /// How many could be.
    pub(crate) left: Quantity,
    /// What those are worth: a document that has all of them gets all of it, so that parts sum to the whole.
    pub(crate) rest: LineAmounts,
}

/// The roundings of one document: one carry for each channel.
pub(crate) struct Roundings {
    digits: u8,
    base_digits: u8,
    regular: Carry,
    base: Carry,
    including: Carry,
    including_base: Carry,
}

impl Roundings {
    /// Those of a new document, which has rounded nothing yet.
    pub(crate) fn of(order: &Order) -> Roundings {
        Roundings {
            digits: currency_digits(&order.currency),
            base_digits: currency_digits(&order.base_currency),
            regular: Carry::default(),
            base: Carry::default(),
            including: Carry::default(),
            including_base: Carry::default(),
        }
    }

    /// The amounts of the document's lines. The channels are shared, so components are collected one after the other
    /// over all lines: rows, discounts, taxes.
    pub(crate) fn lines(&mut self, shares: &[Share]) -> BTreeMap<ItemId, LineAmounts> {
        let mut parts: BTreeMap<ItemId, LineAmounts> = BTreeMap::new();
        for share in shares {
            let part = parts.entry(share.item).or_default();
            part.row = self.line(share, share.rest.row, Roundings::regular);
            part.row_incl_tax = self.line(share, share.rest.row_incl_tax, Roundings::including);
        }
        for share in shares {
            parts.entry(share.item).or_default().discount = self.line(share, share.rest.discount, Roundings::discount);
        }
        for share in shares {
            let part = parts.entry(share.item).or_default();
            part.tax = self.line(share, share.rest.tax, Roundings::regular);
            part.compensation = self.line(share, share.rest.compensation, Roundings::regular);
        }
        parts
    }

    /// A line's part of one of its components: all of it when nothing of the line is left over.
    fn line(
        &mut self,
        share: &Share,
        rest: Money,
        part: fn(&mut Roundings, Money, Quantity, Quantity) -> Money,
    ) -> Money {
        if share.quantity == share.left { rest } else { part(self, rest, share.quantity, share.left) }
    }

    fn regular(&mut self, whole: Money, part: Quantity, of: Quantity) -> Money {
        Money {
            amount: self.regular.prorate(whole.amount, part, of, self.digits),
            base: self.base.prorate(whole.base, part, of, self.base_digits),
        }
    }

    fn including(&mut self, whole: Money, part: Quantity, of: Quantity) -> Money {
        Money {
            amount: self.including.prorate(whole.amount, part, of, self.digits),
            base: self.including_base.prorate(whole.base, part, of, self.base_digits),
        }
    }

    /// As `regular`, with what is left over pushing the other way.
    fn discount(&mut self, whole: Money, part: Quantity, of: Quantity) -> Money {
        self.regular = self.regular.negated();
        self.base = self.base.negated();
        let discount = self.regular(whole, part, of);
        self.regular = self.regular.negated();
        self.base = self.base.negated();
        discount
    }

    /// The tax on a part of the shipping, which shares its channel with the lines' taxes; at most `rest`.
    pub(crate) fn shipping_tax(&mut self, whole: Money, part: Amount, of: Amount, rest: Money) -> Money {
        self.regular(whole, Quantity(part.0), Quantity(of.0)).min(rest)
    }

    /// A part of a component, rounded by itself; at most `rest`.
    pub(crate) fn alone(&self, whole: Money, part: Amount, of: Amount, rest: Money) -> Money {
        let (part, of) = (Quantity(part.0), Quantity(of.0));
        let rounded = Money {
            amount: Carry::default().prorate(whole.amount, part, of, self.digits),
            base: Carry::default().prorate(whole.base, part, of, self.base_digits),
        };
        rounded.min(rest)
    }
}

/// A document's amounts, as far as its lines make them.
pub(crate) fn of_lines(parts: &BTreeMap<ItemId, LineAmounts>) -> Amounts {
    let mut amounts = Amounts::default();
    for part in parts.values() {
        amounts.subtotal += part.row;
        amounts.subtotal_incl_tax += part.row_incl_tax;
        amounts.discount = amounts.discount - part.discount;
        amounts.tax += part.tax;
        amounts.compensation += part.compensation;
    }
    amounts
}
