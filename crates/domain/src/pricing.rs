//! The amounts of an order that comes in: kept where sent, computed where left out, compared where both.

use std::collections::BTreeMap;

use crate::{
    AcceptOrder, Account, Adjustments, Amount, Amounts, BadOrder, DraftItem, Item, LineAccount, LineAmounts, Money,
    Order, Quantity, Rate, Refusal, Sent, SentTotals, Sku, WorkingSet, currency_digits, split,
};

/// Prices an order, or says what contradicts itself.
pub(crate) fn price_order(set: &WorkingSet, order: &Order, ask: &AcceptOrder) -> Result<Account, Vec<Refusal>> {
    let mut desk = Desk {
        rate: rate(order, ask),
        digits: currency_digits(&order.currency),
        base_digits: currency_digits(&order.base_currency),
        refusals: Vec::new(),
    };
    let mut lines: Vec<LineAccount> =
        order.items.iter().zip(&ask.items).map(|(item, draft)| desk.line(set, item, draft)).collect();
    let carries: Vec<bool> = order.items.iter().map(|item| !order.is_dummy_for_money(item)).collect();
    let ordered = desk.totals(ask, &mut lines, &carries);
    if let Some(sent) = ask.sent.quantity
        && sent != order.total_ordered()
    {
        desk.contradiction("total_qty_ordered", None, Amount(sent.0), Amount(order.total_ordered().0));
    }
    if !desk.refusals.is_empty() {
        return Err(desk.refusals);
    }
    Ok(Account {
        order: order.id,
        rate: desk.rate,
        ordered,
        invoiced: Amounts::default(),
        canceled: Amounts::default(),
        refunded: Amounts::default(),
        invoices: 0,
        credit_memos: 0,
        adjustments: Adjustments::default(),
        refunded_online: Money::ZERO,
        lines: order.items.iter().map(|item| item.id).zip(lines).collect::<BTreeMap<_, _>>(),
    })
}

/// The rate between the currencies: as sent, or as the grand totals say, or one.
fn rate(order: &Order, ask: &AcceptOrder) -> Rate {
    if order.currency == order.base_currency {
        return Rate::ONE;
    }
    let from_totals = || match (ask.sent.total.amount, ask.sent.total.base) {
        (Some(amount), Some(base)) if amount.0 > 0 && base.0 > 0 => {
            i64::try_from(i128::from(amount.0) * i128::from(Rate::ONE.0) / i128::from(base.0))
                .ok()
                .filter(|rate| *rate > 0)
                .map(Rate)
        }
        _ => None,
    };
    ask.rate.or_else(from_totals).unwrap_or(Rate::ONE)
}

/// Where amounts are completed and compared.
struct Desk {
    rate: Rate,
    digits: u8,
    base_digits: u8,
    refusals: Vec<Refusal>,
}

impl Desk {
    fn contradiction(&mut self, field: &'static str, sku: Option<&Sku>, sent: Amount, computed: Amount) {
        self.refusals.push(Refusal::Contradiction { field, sku: sku.cloned(), sent, computed });
    }

    fn bad(&mut self, field: &'static str) {
        self.refusals.push(Refusal::BadOrder(BadOrder::Amount { field }));
    }

    fn rounded(&self, money: Money) -> Money {
        Money { amount: money.amount.round(self.digits), base: money.base.round(self.base_digits) }
    }

    /// What was sent, in both currencies; the missing one is converted.
    fn both(&mut self, field: &'static str, sent: Sent) -> Option<Money> {
        let money = match (sent.amount, sent.base) {
            (None, None) => return None,
            (Some(amount), Some(base)) => {
                if self.rate == Rate::ONE && self.digits == self.base_digits && amount != base {
                    self.contradiction(field, None, amount, base);
                }
                Some(Money { amount, base })
            }
            (Some(amount), None) => amount.unconverted(self.rate).map(|base| Money {
                amount,
                base: if self.rate == Rate::ONE { base } else { base.round(self.base_digits) },
            }),
            (None, Some(base)) => base.converted(self.rate).map(|amount| Money {
                amount: if self.rate == Rate::ONE { amount } else { amount.round(self.digits) },
                base,
            }),
        };
        if money.is_none() {
            self.bad(field);
        }
        money
    }

    /// As `both`, rounded to minor units, and not below zero.
    fn positive(&mut self, field: &'static str, sent: Sent) -> Option<Money> {
        let money = self.both(field, sent).map(|money| self.rounded(money))?;
        if money.amount < Amount::ZERO || money.base < Amount::ZERO {
            self.bad(field);
        }
        Some(money)
    }

    fn times(&mut self, field: &'static str, price: Money, quantity: Quantity) -> Money {
        match (price.amount.times(quantity), price.base.times(quantity)) {
            (Some(amount), Some(base)) => Money { amount, base },
            (None, _) | (_, None) => {
                self.bad(field);
                Money::ZERO
            }
        }
    }

    fn line(&mut self, set: &WorkingSet, item: &Item, draft: &DraftItem) -> LineAccount {
        let catalogue = Sent {
            amount: None,
            base: set.product(&item.sku).filter(|_| item.parent.is_none()).map(|product| product.price),
        };
        let sent_row = self.positive("row_total", draft.row);
        let price = match (self.both("price", draft.price), sent_row) {
            (Some(price), _) => price,
            (None, Some(row)) => per_piece(row, item.ordered),
            (None, None) => self.both("price", catalogue).unwrap_or(Money::ZERO),
        };
        if price.amount < Amount::ZERO || price.base < Amount::ZERO {
            self.bad("price");
        }
        let exact = self.times("row_total", price, item.ordered);
        let row = sent_row.unwrap_or_else(|| self.rounded(exact));
        // A price that was rounded for showing may be off by half a minor unit a piece.
        let unit = 10_i64.pow(4 - u32::from(self.digits.min(4)));
        let off = item.ordered.0 / crate::UNIT * unit / 2 + unit;
        if (row.amount - exact.amount).abs().0 > off {
            self.contradiction("row_total", Some(&item.sku), row.amount, exact.amount.round(self.digits));
        }
        let tax = self.positive("tax_amount", draft.tax).unwrap_or(Money::ZERO);
        let discount = self.positive("discount_amount", draft.discount).unwrap_or(Money::ZERO);
        let compensation = self.positive("discount_tax_compensation_amount", draft.compensation).unwrap_or(Money::ZERO);
        let full = LineAmounts { row, tax, compensation, ..LineAmounts::default() }.full();
        let discount = at_most(discount, draft.discount, full);
        if discount.amount > Amount::ZERO && discount.amount > full.amount {
            self.contradiction("discount_amount", Some(&item.sku), discount.amount, row.amount);
        }
        let row_incl_tax = self.positive("row_total_incl_tax", draft.row_incl_tax).unwrap_or(full);
        LineAccount {
            price,
            price_incl_tax: self
                .both("price_incl_tax", draft.price_incl_tax)
                .unwrap_or_else(|| if tax.is_zero() { price } else { per_piece(row_incl_tax, item.ordered) }),
            original_price: self.both("original_price", draft.original_price).unwrap_or(price),
            cost: self.both("base_cost", draft.cost),
            ordered: LineAmounts { row, row_incl_tax, tax, discount, compensation },
            ..LineAccount::default()
        }
    }

    /// The order's totals. Components that only the order names are split over its lines, so that documents can
    /// be made of parts.
    fn totals(&mut self, ask: &AcceptOrder, lines: &mut [LineAccount], carries: &[bool]) -> Amounts {
        let sent = &ask.sent;
        let shipping = self.positive("shipping_amount", sent.shipping).unwrap_or(Money::ZERO);
        let shipping_compensation = self
            .positive("shipping_discount_tax_compensation_amount", sent.shipping_compensation)
            .unwrap_or(Money::ZERO);
        let shipping_tax = self.taxes(sent, lines, carries, shipping);
        let full_shipping = shipping + shipping_tax + shipping_compensation;
        let shipping_discount = self.discounts(sent, lines, carries, full_shipping);

        let subtotal = sum(lines, carries, |line| line.ordered.row);
        self.compare("subtotal", sent.subtotal, subtotal);
        let discount = -(sum(lines, carries, |line| line.ordered.discount) + shipping_discount);
        if !is_surcharge(sent.discount) {
            self.compare("discount_amount", sent.discount, discount);
        }
        let tax = sum(lines, carries, |line| line.ordered.tax) + shipping_tax;
        self.compare("tax_amount", sent.tax, tax);
        let compensation = sum(lines, carries, |line| line.ordered.compensation);
        self.compare("discount_tax_compensation_amount", sent.compensation, compensation);

        let mut amounts = Amounts {
            subtotal,
            subtotal_incl_tax: self
                .positive("subtotal_incl_tax", sent.subtotal_incl_tax)
                .unwrap_or_else(|| sum(lines, carries, |line| line.ordered.full())),
            discount,
            shipping,
            shipping_incl_tax: self
                .positive("shipping_incl_tax", sent.shipping_incl_tax)
                .unwrap_or(shipping + shipping_tax),
            shipping_discount,
            shipping_tax,
            tax,
            compensation,
            shipping_compensation,
            cost: Money::ZERO,
            total: Money::ZERO,
        };
        amounts.total = amounts.sum();
        self.compare("grand_total", sent.total, amounts.total);
        self.compare("total_due", sent.total_due, amounts.total);
        if amounts.total.amount < Amount::ZERO || amounts.total.base < Amount::ZERO {
            self.bad("grand_total");
        }
        amounts
    }

    /// The tax on shipping; what only the order names goes to the lines.
    fn taxes(&mut self, sent: &SentTotals, lines: &mut [LineAccount], carries: &[bool], shipping: Money) -> Money {
        let total = self.positive("tax_amount", sent.tax);
        let line_tax = sum(lines, carries, |line| line.ordered.tax);
        let shipping_tax = match self.positive("shipping_tax_amount", sent.shipping_tax) {
            Some(tax) => tax,
            // What is not on the lines is on shipping, when there is any.
            None => match total {
                Some(total) if !line_tax.is_zero() && !shipping.is_zero() && total.amount > line_tax.amount => {
                    floored(total - line_tax)
                }
                Some(_) | None => Money::ZERO,
            },
        };
        if let Some(total) = total
            && line_tax.is_zero()
        {
            self.spread(floored(total - shipping_tax), sent.tax, lines, carries, |line, part| line.ordered.tax = part);
        }
        shipping_tax
    }

    /// The discount on shipping; what only the order names goes to the lines.
    fn discounts(
        &mut self,
        sent: &SentTotals,
        lines: &mut [LineAccount],
        carries: &[bool],
        full_shipping: Money,
    ) -> Money {
        let on_shipping = self.positive("shipping_discount_amount", sent.shipping_discount).unwrap_or(Money::ZERO);
        let on_shipping = at_most(on_shipping, sent.shipping_discount, full_shipping);
        let total = self.both("discount_amount", sent.discount).map(|money| self.rounded(money));
        if is_surcharge(sent.discount) {
            self.bad("discount_amount");
        }
        if let Some(total) = total
            && sum(lines, carries, |line| line.ordered.discount).is_zero()
        {
            self.spread(floored(-total - on_shipping), sent.discount, lines, carries, |line, part| {
                line.ordered.discount = at_most(part, sent.discount, line.ordered.full());
            });
        }
        on_shipping
    }

    /// What was sent must be what the parts make. Where the base was converted for us, only the order's currency
    /// can be compared.
    fn compare(&mut self, field: &'static str, sent: Sent, computed: Money) {
        let sent_amount = sent.amount.map(|amount| amount.round(self.digits));
        if let Some(amount) = sent_amount.filter(|amount| *amount != computed.amount) {
            self.contradiction(field, None, amount, computed.amount);
            return;
        }
        let sent_base = sent.base.map(|base| base.round(self.base_digits));
        if let Some(base) = sent_base.filter(|base| *base != computed.base)
            && (self.rate == Rate::ONE || sent_amount.is_none())
        {
            self.contradiction(field, None, base, computed.base);
        }
    }

    /// Gives each line that carries money its part of an amount, by what it costs.
    fn spread(
        &self,
        whole: Money,
        sent: Sent,
        lines: &mut [LineAccount],
        carries: &[bool],
        give: impl Fn(&mut LineAccount, Money),
    ) {
        let weights: Vec<i64> = lines
            .iter()
            .zip(carries)
            .map(|(line, carries)| if *carries { line.ordered.row.amount.0 } else { 0 })
            .collect();
        // Lines that cost nothing share alike.
        let costless = weights.iter().all(|weight| *weight == 0);
        let weights: Vec<i64> =
            if costless { carries.iter().map(|carries| i64::from(*carries)).collect() } else { weights };
        let amounts = split(whole.amount, &weights, self.digits);
        let bases = if sent.base.is_some() || self.rate == Rate::ONE {
            split(whole.base, &weights, self.base_digits)
        } else {
            let convert = |amount: &Amount| amount.unconverted(self.rate).unwrap_or(Amount::ZERO);
            amounts.iter().map(|amount| convert(amount).round(self.base_digits)).collect()
        };
        for ((line, amount), base) in lines.iter_mut().zip(amounts).zip(bases) {
            give(line, Money { amount, base });
        }
    }
}

fn sum(lines: &[LineAccount], carries: &[bool], of: impl Fn(&LineAccount) -> Money) -> Money {
    lines.iter().zip(carries).filter(|(_, carries)| **carries).map(|(line, _)| of(line)).sum()
}

/// A discount is written below zero; above, it would add to the price.
fn is_surcharge(sent: Sent) -> bool {
    [sent.amount, sent.base].into_iter().flatten().any(|amount| amount > Amount::ZERO)
}

/// A discount whose base amount was converted, and not sent, takes no more than what it is on: roundings of several
/// amounts may differ by a minor unit.
fn at_most(discount: Money, sent: Sent, full: Money) -> Money {
    if sent.base.is_some() { discount } else { Money { base: discount.base.min(full.base), ..discount } }
}

/// Not below zero, in either currency: what would be is found to contradict the total.
fn floored(money: Money) -> Money {
    Money { amount: money.amount.max(Amount::ZERO), base: money.base.max(Amount::ZERO) }
}

fn per_piece(row: Money, quantity: Quantity) -> Money {
    let one = |whole: Amount| {
        let value = i128::from(whole.0) * i128::from(crate::UNIT) / i128::from(quantity.0.max(1));
        Amount(i64::try_from(value).unwrap_or(whole.0))
    };
    Money { amount: one(row.amount), base: one(row.base) }
}
