//! How much a credit memo gives back (contract section 9.2). Whatever is taken back in parts sums to what was paid: the
//! last part of each component gets what is left of it.

use std::collections::BTreeMap;

use super::{Of, RefundOrder};
use crate::{
    Account, Adjustments, Amount, Amounts, ItemId, LineAmounts, Lines, Money, Order, Quantity, Refusal, Roundings,
    Share, cost, currency_digits, of_lines,
};

/// A credit memo's amounts, and those of its lines that carry money.
pub(super) struct MemoAmounts {
    pub(super) amounts: Amounts,
    pub(super) adjustments: Adjustments,
    pub(super) lines: BTreeMap<ItemId, LineAmounts>,
}

pub(super) fn of(
    order: &Order,
    account: &Account,
    of: Option<Of<'_>>,
    rows: &Lines,
    most: Money,
    ask: &RefundOrder,
) -> Result<MemoAmounts, Vec<Refusal>> {
    let desired = shipping(order, account, of, ask)?;
    let shares: Vec<Share> = rows
        .iter()
        .filter(|(_, quantity)| *quantity > Quantity::ZERO)
        .map(|(id, quantity)| (order.item(*id).expect("rows are lines of this order"), *quantity))
        .filter(|(item, _)| !order.is_dummy_for_money(item))
        .map(|(item, quantity)| {
            let line = &account.lines[&item.id];
            let rest = line.invoiced - line.refunded;
            match of {
                None => Share { item: item.id, quantity, left: order.to_refund(item), rest },
                // An invoice gives back its own money, whatever was given back of others.
                Some(of) => {
                    Share { item: item.id, quantity, left: of.left(item.id), rest: of.worth(item.id).min(&rest) }
                }
            }
        })
        .collect();
    let mut round = Roundings::of(order);
    let lines = round.lines(&shares);
    let mut amounts = of_lines(&lines);
    // What is nothing in the base currency can be something in the order's, and belongs to the invoice that has it.
    if desired > Amount::ZERO || of.is_none_or(|of| !of.invoice.amounts.is_without_shipping()) {
        add_shipping(&mut amounts, account, desired, &mut round);
    }
    amounts.cost = cost(order, account, rows);
    amounts.total = amounts.sum();
    let mut adjustments = adjustments(order, account, ask);
    amounts.total += adjustments.sum();
    // The order's currency follows the base currency, in which the request speaks: what is left of it goes with the
    // rest, and there is never more.
    let excess = amounts.total.amount - most.amount;
    let is_rest = amounts.total.base == most.base && adjustments.positive.base > Amount::ZERO;
    if (is_rest || excess > Amount::ZERO) && adjustments.positive.amount >= excess {
        adjustments.positive.amount -= excess;
        amounts.total.amount = most.amount;
    }
    Ok(MemoAmounts { amounts, adjustments, lines })
}

/// How much of the shipping goes back, without tax, in the base currency.
fn shipping(order: &Order, account: &Account, of: Option<Of<'_>>, ask: &RefundOrder) -> Result<Amount, Vec<Refusal>> {
    let left = charged(account).shipping.base - account.refunded.shipping.base;
    let Some(desired) = ask.shipping else {
        return Ok(of.map_or(left, |of| left.min(of.invoice.amounts.shipping.base)));
    };
    let desired = desired.round(currency_digits(&order.base_currency));
    if account.ordered.shipping.base == Amount::ZERO && desired > Amount::ZERO {
        Err(vec![Refusal::NoShippingToRefund])
    } else if desired > left || desired < Amount::ZERO {
        Err(vec![Refusal::ShippingAbove { most: left, currency: order.base_currency.clone() }])
    } else {
        Ok(desired)
    }
}

/// What was charged for shipping. Of an order without invoices it is all of it, which is then more than was paid.
fn charged(account: &Account) -> &Amounts {
    if account.invoices == 0 { &account.ordered } else { &account.invoiced }
}

/// Adds the shipping with its tax and discount: all that is left of each, or a part in proportion.
fn add_shipping(amounts: &mut Amounts, account: &Account, desired: Amount, round: &mut Roundings) {
    let (ordered, whole, refunded) = (&account.ordered, charged(account), &account.refunded);
    let rest = |component: fn(&Amounts) -> Money| component(whole) - component(refunded);
    if desired == whole.shipping.base - refunded.shipping.base {
        amounts.shipping = rest(|of| of.shipping);
        amounts.shipping_incl_tax = rest(|of| of.shipping_incl_tax);
        amounts.shipping_discount = rest(|of| of.shipping_discount);
        amounts.shipping_tax = rest(|of| of.shipping_tax);
        amounts.shipping_compensation = rest(|of| of.shipping_compensation);
    } else if desired > Amount::ZERO {
        let of = ordered.shipping.base;
        let part = |component: fn(&Amounts) -> Money| round.alone(component(ordered), desired, of, rest(component));
        amounts.shipping = part(|of| of.shipping);
        amounts.shipping_incl_tax = part(|of| of.shipping_incl_tax);
        amounts.shipping_discount = part(|of| of.shipping_discount);
        amounts.shipping_compensation = part(|of| of.shipping_compensation);
        amounts.shipping_tax = round.shipping_tax(ordered.shipping_tax, desired, of, rest(|of| of.shipping_tax));
    }
    amounts.discount = amounts.discount - amounts.shipping_discount;
    amounts.tax += amounts.shipping_tax;
}

fn adjustments(order: &Order, account: &Account, ask: &RefundOrder) -> Adjustments {
    let money = |base: Amount| {
        let base = base.round(currency_digits(&order.base_currency));
        // Past what an amount may be it is more than was ever paid, in either currency.
        let amount = base.converted(account.rate).unwrap_or(base);
        Money { amount: amount.round(currency_digits(&order.currency)), base }
    };
    Adjustments { positive: money(ask.adjustment_positive), negative: money(ask.adjustment_negative) }
}
