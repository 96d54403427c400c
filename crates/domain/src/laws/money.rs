//! Parts of an order's money sum to it (invariant D3).

use proptest::collection::vec;
use proptest::prelude::*;

use super::History;
use crate::testing::{Shop, draft, line};
use crate::{
    Account, Amount, Amounts, Command, CreditMemo, CreditMemoState, DraftItem, GatewayAnswer, Invoice, InvoiceId,
    InvoiceOrder, InvoiceState, LineAmounts, Money, Notify, OperationState, Order, OrderId, Outcome, Quantity, Rate,
    Receipt, RefundOrder, Sent, currency_digits, split,
};

/// A component by name.
type Component<Of> = (&'static str, fn(&Of) -> Money);

const COMPONENTS: [Component<Amounts>; 9] = [
    ("subtotal", |of| of.subtotal),
    ("discount", |of| of.discount),
    ("shipping", |of| of.shipping),
    ("shipping discount", |of| of.shipping_discount),
    ("shipping tax", |of| of.shipping_tax),
    ("tax", |of| of.tax),
    ("compensation", |of| of.compensation),
    ("shipping compensation", |of| of.shipping_compensation),
    ("total", |of| of.total),
];

const LINE_COMPONENTS: [Component<LineAmounts>; 5] = [
    ("row", |of| of.row),
    ("row with tax", |of| of.row_incl_tax),
    ("tax", |of| of.tax),
    ("discount", |of| of.discount),
    ("compensation", |of| of.compensation),
];

/// Whether an amount has no more digits than its currency.
fn fits(money: Money, order: &Order) -> bool {
    let Money { amount, base } = money;
    amount == amount.round(currency_digits(&order.currency))
        && base == base.round(currency_digits(&order.base_currency))
}

/// Whether a part is between nothing and the whole.
fn within(part: Money, whole: Money) -> bool {
    let one = |part: Amount, whole: Amount| (part.0 <= whole.0.max(0)) && part.0 >= whole.0.min(0);
    one(part.amount, whole.amount) && one(part.base, whole.base)
}

/// What is wrong with the invoices of an order, so far.
fn faults(shop: &Shop, id: OrderId) -> Vec<String> {
    let order = shop.get(id);
    let Account { ordered, invoiced, canceled, lines, .. } = shop.set.account(id);
    let invoices = shop.set.invoices.values().flatten().filter(|invoice| invoice.order == id);
    let invoices: Vec<&Invoice> = invoices.filter(|invoice| invoice.state != InvoiceState::Canceled).collect();
    let fits = |money: Money| fits(money, order);
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: String| {
        if !holds {
            faults.push(what);
        }
    };
    for (name, of) in COMPONENTS {
        let sum: Money = invoices.iter().map(|invoice| of(&invoice.amounts)).sum();
        must(sum == of(invoiced), format!("{name} of the invoices is {sum:?}, not {:?}", of(invoiced)));
        must(within(sum, of(ordered)), format!("{name} is more than was ordered: {sum:?} of {:?}", of(ordered)));
        for invoice in &invoices {
            must(fits(of(&invoice.amounts)), format!("{name} of {} has too many digits", invoice.number));
        }
    }
    let of_state = |state: InvoiceState| -> Money {
        invoices.iter().filter(|invoice| invoice.state == state).map(|invoice| invoice.amounts.total).sum()
    };
    // Discounts are below nothing where they are ordered and invoiced, and above it where they are canceled.
    for (name, of) in COMPONENTS {
        let canceled = if name == "discount" { -of(canceled) } else { of(canceled) };
        let done = of(invoiced) + canceled;
        must(within(done, of(ordered)), format!("{name}: {done:?} invoiced and canceled of {:?}", of(ordered)));
    }
    let (paid, due) = (of_state(InvoiceState::Paid), of_state(InvoiceState::Open));
    must(order.paid == paid, format!("paid is {:?}, not {paid:?}", order.paid));
    must(order.due_again == due.amount, format!("due again is {:?}, not {due:?}", order.due_again));
    for invoice in &invoices {
        let sum = |of: fn(&LineAmounts) -> Money| -> Money {
            invoice.lines.iter().filter_map(|line| line.amounts.as_ref()).map(of).sum()
        };
        let amounts = &invoice.amounts;
        must(sum(|of| of.row) == amounts.subtotal, format!("lines of {} are not its subtotal", invoice.number));
        must(sum(|of| of.row_incl_tax) == amounts.subtotal_incl_tax, format!("lines of {} incl", invoice.number));
        must(sum(|of| of.tax) + amounts.shipping_tax == amounts.tax, format!("taxes of {}", invoice.number));
        let discount = -(sum(|of| of.discount) + amounts.shipping_discount);
        must(discount == amounts.discount, format!("discounts of {}", invoice.number));
    }
    for item in order.items.iter().filter(|item| !order.is_dummy_for_money(item)) {
        let line = &lines[&item.id];
        for (name, of) in LINE_COMPONENTS {
            let done = of(&line.invoiced) + of(&line.canceled);
            must(within(done, of(&line.ordered)), format!("{name} of {} is more than was ordered", item.sku));
            let finished = order.to_invoice(item) == Quantity::ZERO;
            must(!finished || done == of(&line.ordered), format!("{name} of {}: {done:?} in the end", item.sku));
        }
    }
    faults
}

/// What is wrong with the credit memos of an order, so far.
fn faults_of_memos(shop: &Shop, id: OrderId) -> Vec<String> {
    let order = shop.get(id);
    let account = shop.set.account(id);
    let memos: Vec<&CreditMemo> = shop.set.credit_memos.values().flatten().filter(|memo| memo.order == id).collect();
    let fits = |money: Money| fits(money, order);
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: String| {
        if !holds {
            faults.push(what);
        }
    };
    let is_mixed = memos.iter().any(|memo| memo.invoice.is_some()) && memos.iter().any(|memo| memo.invoice.is_none());
    for (name, of) in COMPONENTS {
        let sum: Money = memos.iter().map(|memo| of(&memo.amounts)).sum();
        must(sum == of(&account.refunded), format!("{name} of the memos is {sum:?}, not {:?}", of(&account.refunded)));
        // Beyond its components an invoice has nothing, a credit memo has its adjustments.
        let is_within = name == "total" || within(sum, of(&account.invoiced));
        must(is_within, format!("{name}: {sum:?} refunded of {:?}", of(&account.invoiced)));
        for memo in &memos {
            must(fits(of(&memo.amounts)), format!("{name} of {} has too many digits", memo.number));
        }
    }
    must(order.refunded == account.refunded.total, format!("refunded is {:?}", order.refunded));
    // What was paid may have failed since.
    let invoiced = account.invoiced.total;
    must(within(order.refunded, invoiced), format!("{:?} refunded of {invoiced:?}", order.refunded));
    for memo in &memos {
        let sum = |of: fn(&LineAmounts) -> Money| -> Money {
            memo.lines.iter().filter_map(|line| line.amounts.as_ref()).map(of).sum()
        };
        let amounts = &memo.amounts;
        must(sum(|of| of.row) == amounts.subtotal, format!("lines of {} are not its subtotal", memo.number));
        must(sum(|of| of.tax) + amounts.shipping_tax == amounts.tax, format!("taxes of {}", memo.number));
        let discount = -(sum(|of| of.discount) + amounts.shipping_discount);
        must(discount == amounts.discount, format!("discounts of {}", memo.number));
        must(amounts.sum() + memo.adjustments.sum() == amounts.total, format!("total of {}", memo.number));
    }
    for item in order.items.iter().filter(|item| !order.is_dummy_for_money(item)) {
        let line = &account.lines[&item.id];
        for (name, of) in LINE_COMPONENTS {
            let (refunded, invoiced) = (of(&line.refunded), of(&line.invoiced));
            must(within(refunded, invoiced), format!("{name} of {} is more than was invoiced", item.sku));
            let finished = order.to_refund(item) == Quantity::ZERO;
            // Where some memos are of invoices and some of the order, nobody knows which invoice the latter took from.
            must(
                !finished || is_mixed || refunded == invoiced,
                format!("{name} of {}: {refunded:?} in the end", item.sku),
            );
        }
    }
    faults
}

impl History {
    /// What documents say a gateway moved is what it said (invariants M1, M2).
    pub(super) fn check_payments(&self) {
        for order in self.orders() {
            let Some(payment) = self.shop.set.payment(order) else {
                continue;
            };
            let invoices = self.shop.set.invoices.values().flatten();
            let captured: Money = invoices
                .filter(|invoice| invoice.order == order && invoice.transaction.is_some())
                .map(|invoice| invoice.amounts.total)
                .sum();
            let memos = self.shop.set.credit_memos.values().flatten().filter(|memo| memo.order == order && memo.online);
            // One whose money has come back is open.
            let gone = memos.filter(|memo| memo.state == CreditMemoState::Refunded);
            let refunded: Money = gone.map(|memo| memo.amounts.total).sum();
            self.check(captured.amount == payment.captured && refunded.amount == payment.refunded, payment);
            let ever_captured = payment.captured + payment.failed;
            self.check(payment.captured <= payment.authorised && payment.refunded <= ever_captured, payment);
            let operations = self.shop.set.operations.values().flatten().filter(|found| found.order == order);
            let open = operations.filter(|found| found.state == OperationState::Open).count();
            self.check(open == usize::from(self.shop.get(order).operation.is_some()), open);
        }
    }

    pub(super) fn check_credit_memos(&self) {
        for order in self.orders() {
            let faults = faults_of_memos(&self.shop, order);
            self.check(faults.is_empty(), faults);
        }
    }

    pub(super) fn check_invoices(&self) {
        for order in self.orders() {
            let faults = faults(&self.shop, order);
            self.check(faults.is_empty(), faults);
        }
    }
}

/// An order in numbers.
#[derive(Clone, Debug)]
struct Priced {
    /// Price, pieces, discount and tax in percent; no line has parts.
    lines: Vec<(i64, i64, i64, i64)>,
    /// Amount, tax and discount in percent.
    shipping: (i64, i64, i64),
    currency: &'static str,
    base: &'static str,
    rate: i64,
    decimal: bool,
}

/// Orders of fewer lines than this.
fn priced(lines: usize) -> impl Strategy<Value = Priced> {
    let currency = || prop::sample::select(vec!["USD", "JPY", "KWD"]);
    (
        vec((1_i64..1_000_000, 1_i64..90_000, 0_i64..30, 0_i64..30), 1..lines),
        (0_i64..100_000, 0_i64..20, 0_i64..20),
        currency(),
        currency(),
        1_000_000_i64..20_000_000_000,
        any::<bool>(),
    )
        .prop_map(|(lines, shipping, currency, base, rate, decimal)| Priced {
            lines,
            shipping,
            currency,
            base,
            rate,
            decimal,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_parts_of_an_order_sum_to_it_in_any_currency(
        priced in priced(5),
        parts in vec((0_usize..5, 1_i64..40_000), 0..12),
        cancel in any::<bool>(),
    ) {
        let mut shop = Shop::open();
        let order = take(&mut shop, &priced, "checkmo");
        for (position, quantity) in parts {
            let lines = vec![(shop.item(order, position % priced.lines.len()), Quantity(quantity))];
            let _ = shop.act(&Command::Invoice(InvoiceOrder { order, lines, shipping: crate::Shipping::WithFirst, capture: false, comment: None, notify: Notify::No }));
            prop_assert_eq!(faults(&shop, order), Vec::<String>::new());
        }
        let rest = if cancel {
            Command::CancelOrder(order)
        } else {
            Command::Invoice(InvoiceOrder { order, lines: Vec::new(), shipping: crate::Shipping::WithFirst, capture: false, comment: None, notify: Notify::No })
        };
        let _ = shop.act(&rest);
        prop_assert_eq!(faults(&shop, order), Vec::<String>::new());
        let account = shop.set.account(order);
        for (name, of) in COMPONENTS {
            prop_assert!(cancel || of(&account.invoiced) == of(&account.ordered), "{}", name);
        }
        if cancel {
            let sum = account.invoiced.total + account.canceled.total;
            prop_assert!(sum == account.ordered.total || account.canceled == Amounts::default(), "{:?}", account);
        }
    }

    #[test]
    fn whatever_is_given_back_in_parts_sums_to_what_was_paid(
        priced in priced(4),
        parts in vec((any::<bool>(), 0_usize..5, 1_i64..40_000, 0_i64..3), 0..16),
    ) {
        let mut shop = Shop::open();
        let order = take(&mut shop, &priced, "checkmo");
        for (is_invoice, position, quantity, of_shipping) in parts {
            let quantity = if priced.decimal { Quantity(quantity) } else { Quantity::whole(1 + quantity / 10_000) };
            let lines = vec![(shop.item(order, position % priced.lines.len()), quantity)];
            let _ = if is_invoice {
                shop.act(&Command::Invoice(InvoiceOrder { order, lines, shipping: crate::Shipping::WithFirst, capture: false, comment: None, notify: Notify::No }))
            } else {
                let shipping = Some(Amount(priced.shipping.0 * of_shipping / 10));
                shop.act(&Command::Refund(RefundOrder { order, lines, shipping, ..RefundOrder::default() }))
            };
            prop_assert_eq!(faults_of_memos(&shop, order), Vec::<String>::new());
        }
        let _ = shop.act(&Command::Invoice(InvoiceOrder { order, lines: Vec::new(), shipping: crate::Shipping::WithFirst, capture: false, comment: None, notify: Notify::No }));
        let _ = shop.act(&Command::Refund(RefundOrder { order, ..RefundOrder::default() }));
        prop_assert_eq!(faults_of_memos(&shop, order), Vec::<String>::new());
        let account = shop.set.account(order);
        for (name, of) in COMPONENTS {
            // A part of the shipping can be all of it in a currency of larger units, and then nothing is left to give.
            prop_assert!(of(&account.refunded).amount == of(&account.ordered).amount, "{}: {:?}", name, account);
        }
    }

    #[test]
    fn what_was_captured_in_parts_can_be_given_back_invoice_by_invoice(
        priced in priced(4),
        parts in vec((0_usize..5, 1_i64..40_000), 0..8),
        in_two in vec((0_usize..5, 1_i64..40_000), 0..4),
        shift in 0_usize..8,
    ) {
        let mut shop = Shop::open();
        let order = take(&mut shop, &priced, "stripe");
        settle_all(&mut shop, order);
        let everything = (usize::MAX, 0);
        for (position, quantity) in parts.into_iter().chain([everything]) {
            let lines = match position {
                usize::MAX => Vec::new(),
                position => vec![(shop.item(order, position % priced.lines.len()), Quantity(quantity))],
            };
            let _ = shop.act(&Command::Invoice(InvoiceOrder { order, lines, shipping: crate::Shipping::WithFirst, capture: true, comment: None, notify: Notify::No }));
            settle_all(&mut shop, order);
        }
        let mut invoices: Vec<InvoiceId> = shop.set.invoices.keys().copied().collect();
        let count = invoices.len().max(1);
        invoices.rotate_left(shift % count);
        let give_back = |shop: &mut Shop, invoice, lines| {
            let ask = RefundOrder { order, invoice: Some(invoice), lines, online: true, ..RefundOrder::default() };
            let asked = shop.act(&Command::Refund(ask));
            settle_all(shop, order);
            asked
        };
        for (position, quantity) in in_two {
            if let Some(invoice) = invoices.get(position % count).copied() {
                let line = (shop.item(order, position % priced.lines.len()), Quantity(quantity));
                let _ = give_back(&mut shop, invoice, vec![line]);
            }
        }
        for invoice in invoices {
            let left = shop.set.invoice(invoice).expect("it was made").amounts.total - shop.set.credited(invoice).total;
            let asked = give_back(&mut shop, invoice, Vec::new());
            prop_assert!(asked.is_ok() || left.amount == Amount::ZERO, "{asked:?}, {left:?}");
        }
        prop_assert_eq!(faults_of_memos(&shop, order), Vec::<String>::new());
        let (order, payment) = (shop.get(order), shop.set.payment(order));
        prop_assert!(order.refunded.amount == order.paid.amount, "{order:?}");
        prop_assert!(payment.is_none_or(|payment| payment.captured == payment.refunded));
    }

    #[test]
    fn no_order_is_too_large_to_be_decided(
        lines in vec((-1_i64..=1_000_000_000_000_000, -1_i64..=1_000_000_000_000, any::<bool>()), 1..60),
        part in 1_i64..=1_000_000_000_000,
    ) {
        let mut shop = Shop::open();
        let items = lines.iter().map(|(price, quantity, dear)| DraftItem {
            decimal: Some(true),
            quantity: Some(Quantity(*quantity)),
            price: Sent { amount: Some(Amount(if *dear { *price } else { 1_000 })), base: None },
            tax: Sent { amount: Some(Amount(*price)), base: None },
            ..line("S", 1, 0)
        });
        if let Ok(order) = shop.order(items.collect()) {
            let lines = vec![(shop.item(order, 0), Quantity(part))];
            let _ = shop.act(&Command::Invoice(InvoiceOrder { order, lines, shipping: crate::Shipping::WithFirst, capture: false, comment: None, notify: Notify::No }));
            let _ = shop.act(&Command::CancelOrder(order));
            prop_assert_eq!(faults(&shop, order), Vec::<String>::new());
        }
    }

    #[test]
    fn a_split_sums_and_is_fair(
        whole in -1_000_000_000_i64..1_000_000_000,
        weights in vec(0_i64..1_000_000, 1..20),
        digits in prop::sample::select(vec![0_u8, 2, 3, 4]),
    ) {
        let parts = split(Amount(whole), &weights, digits);
        prop_assert_eq!(parts.iter().copied().sum::<Amount>(), Amount(whole));
        let unit = 10_i128.pow(4 - u32::from(digits));
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        // Each but the first, which takes what is finer than the unit, is within a unit of its exact share.
        for (part, weight) in parts.iter().zip(&weights).skip(1).filter(|_| total > 0) {
            let off = i128::from(part.0) * total - i128::from(whole) * i128::from(*weight);
            prop_assert!(off.abs() <= 2 * unit * total, "{:?} of {:?}", part, weights);
            prop_assert_eq!(i128::from(part.0) % unit, 0);
            prop_assert!(*weight > 0 || part.0 == 0);
        }
    }
}

/// The gateway says yes to what is open.
fn settle_all(shop: &mut Shop, order: OrderId) {
    if let Some(operation) = shop.get(order).operation {
        let amount = shop.set.operation(operation).expect("it was begun").amount;
        let receipt = Receipt { reference: format!("ref{operation}"), amount, until: None };
        let settle = Command::Settle { order, operation, answer: GatewayAnswer::Done(receipt) };
        shop.act(&settle).expect("an answer is taken");
    }
}

fn take(shop: &mut Shop, priced: &Priced, method: &str) -> OrderId {
    let Priced { lines, shipping, currency, base, rate, decimal } = priced;
    let (shipping, shipping_tax, shipping_discount) = *shipping;
    let digits = currency_digits(currency);
    let rounded = |amount: i64| Sent { amount: Some(Amount(amount).round(digits)), base: None };
    let items = lines
        .iter()
        .enumerate()
        .map(|(index, (price, pieces, discount, tax))| {
            let price = Amount(*price).round(digits);
            let quantity = if *decimal { Quantity(*pieces) } else { Quantity::whole(1 + pieces / 10_000) };
            let row = price.times(quantity).expect("it is small");
            DraftItem {
                decimal: Some(*decimal),
                quantity: Some(quantity),
                price: Sent { amount: Some(price), base: None },
                discount: rounded(row.0 * discount / 100),
                tax: rounded(row.0 * tax / 100),
                compensation: rounded(row.0 * discount * tax / 10_000),
                ..line(&format!("S{index}"), 1, 0)
            }
        })
        .collect();
    let mut ask = draft(items);
    ask.currency = Some((*currency).to_owned());
    ask.base_currency = Some((*base).to_owned());
    ask.rate = Some(Rate(*rate));
    ask.method = Some(method.to_owned());
    ask.pay.authorisation = (method == "stripe").then(|| "pi_1".to_owned());
    ask.sent.shipping = rounded(shipping);
    ask.sent.shipping_tax = rounded(shipping * shipping_tax / 100);
    ask.sent.shipping_discount = rounded(shipping * shipping_discount / 100);
    match shop.act(&Command::AcceptOrder(Box::new(ask))) {
        Ok(Outcome::Order(order)) => order,
        other => panic!("{other:?}"),
    }
}
