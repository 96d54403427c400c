//! What must be true after any history, whatever was asked (invariants S, D).

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use crate::testing::{Shop, count, draft, line, ship};
use crate::{
    Amount, Amounts, Change, Command, DraftItem, Invoice, InvoiceOrder, LineAmounts, Money, OrderId, Quantity, Rate,
    Sent, Sku, SourceCode, State, StockId, Timestamp, TrackDraft, currency_digits,
};

const SKUS: [&str; 3] = ["A", "B", "PART"];

/// One wish of a history; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Wish {
    Order { lines: Vec<(u8, i64)>, kit: bool },
    Ship { order: u8, line: u8, pieces: i64, east: bool },
    ShipAll { order: u8 },
    Invoice { order: u8, line: u8, pieces: i64 },
    InvoiceAll { order: u8 },
    Cancel { order: u8 },
    Hold { order: u8 },
    Release { order: u8 },
    Count { sku: u8, east: bool, pieces: i64 },
    Transfer { sku: u8, pieces: i64 },
}

fn wish() -> impl Strategy<Value = Wish> {
    let order = 0_u8..6;
    prop_oneof![
        3 => (vec((0_u8..2, -1_i64..6), 1..4), any::<bool>()).prop_map(|(lines, kit)| Wish::Order { lines, kit }),
        3 => (order.clone(), 0_u8..4, -1_i64..6, any::<bool>())
            .prop_map(|(order, line, pieces, east)| Wish::Ship { order, line, pieces, east }),
        1 => order.clone().prop_map(|order| Wish::ShipAll { order }),
        3 => (order.clone(), 0_u8..4, -1_i64..6).prop_map(|(order, line, pieces)| Wish::Invoice { order, line, pieces }),
        1 => order.clone().prop_map(|order| Wish::InvoiceAll { order }),
        1 => order.clone().prop_map(|order| Wish::Cancel { order }),
        1 => order.clone().prop_map(|order| Wish::Hold { order }),
        1 => order.prop_map(|order| Wish::Release { order }),
        2 => (0_u8..3, any::<bool>(), -1_i64..20).prop_map(|(sku, east, pieces)| Wish::Count { sku, east, pieces }),
        1 => (0_u8..3, 0_i64..5).prop_map(|(sku, pieces)| Wish::Transfer { sku, pieces }),
    ]
}

/// Grants a wish, if it can be.
fn grant(shop: &mut Shop, orders: &mut Vec<OrderId>, wish: &Wish) {
    let find = |orders: &[OrderId], order: u8| (!orders.is_empty()).then(|| orders[usize::from(order) % orders.len()]);
    let command = match wish {
        Wish::Order { lines, kit } => {
            let mut items: Vec<DraftItem> =
                lines.iter().map(|(sku, pieces)| line(SKUS[usize::from(*sku)], *pieces, 10)).collect();
            if *kit {
                items.push(DraftItem { kind: Some("bundle".to_owned()), ..line("KIT", 2, 30) });
                items.push(DraftItem { parent: Some(items.len() - 1), ..line("PART", 4, 0) });
            }
            orders.extend(shop.order(items));
            return;
        }
        Wish::Ship { order, line, pieces, east } => find(orders, *order).map(|order| {
            let position = usize::from(*line) % shop.get(order).items.len();
            let source = if *east { "east" } else { "default" };
            let mut ask = ship(order, vec![(shop.item(order, position), Quantity::whole(*pieces))], source);
            ask.tracks = vec![TrackDraft { number: "T".to_owned(), ..TrackDraft::default() }];
            Command::Ship(ask)
        }),
        Wish::ShipAll { order } => find(orders, *order).map(|order| Command::Ship(ship(order, Vec::new(), "default"))),
        Wish::Invoice { order, line, pieces } => find(orders, *order).map(|order| {
            let position = usize::from(*line) % shop.get(order).items.len();
            let lines = vec![(shop.item(order, position), Quantity::whole(*pieces))];
            Command::Invoice(InvoiceOrder { order, lines, capture: false, comment: None })
        }),
        Wish::InvoiceAll { order } => find(orders, *order)
            .map(|order| Command::Invoice(InvoiceOrder { order, lines: Vec::new(), capture: true, comment: None })),
        Wish::Cancel { order } => find(orders, *order).map(Command::CancelOrder),
        Wish::Hold { order } => find(orders, *order).map(Command::HoldOrder),
        Wish::Release { order } => find(orders, *order).map(Command::ReleaseOrder),
        Wish::Count { sku, east, pieces } => {
            let source = if *east { "east" } else { "default" };
            Some(Command::SaveSourceItems(vec![count(SKUS[usize::from(*sku)], source, Quantity::whole(*pieces))]))
        }
        Wish::Transfer { sku, pieces } => Some(Command::TransferStock {
            origin: SourceCode("default".to_owned()),
            destination: SourceCode("east".to_owned()),
            items: vec![(Sku::new(SKUS[usize::from(*sku)]), Quantity::whole(*pieces))],
        }),
    };
    if let Some(command) = command {
        let over = |shop: &Shop| -> BTreeSet<OrderId> {
            let ended = |state: State| matches!(state, State::Canceled | State::Closed);
            orders.iter().copied().filter(|order| ended(shop.get(*order).stage.state)).collect()
        };
        let ended = over(shop);
        let _ = shop.act(&command);
        assert!(ended.is_subset(&over(shop)), "what is canceled or closed stays so: {command:?}");
    }
}

fn check_stock(shop: &Shop) {
    let mut moved: BTreeMap<(Sku, SourceCode), Quantity> = BTreeMap::new();
    for change in &shop.changes {
        if let Change::StockMoved { movement, .. } = change {
            let key = (movement.sku.clone(), movement.source.clone());
            *moved.entry(key).or_insert(Quantity::ZERO) += movement.change;
        }
    }
    for (key, item) in &shop.set.source_items {
        let on_hand = item.as_ref().map_or(Quantity::ZERO, |item| item.on_hand);
        assert!(on_hand >= Quantity::ZERO, "{key:?}");
        assert_eq!(moved.get(key).copied().unwrap_or(Quantity::ZERO), on_hand, "{key:?}");
    }
}

fn check_holds(shop: &Shop, orders: &[OrderId]) {
    let mut due: BTreeMap<(StockId, Sku), Quantity> = BTreeMap::new();
    for order in orders.iter().map(|order| shop.get(*order)) {
        for (sku, held) in order.held() {
            *due.entry((order.stock, sku.clone())).or_insert(Quantity::ZERO) += held;
        }
        if order.stage.state == State::Canceled {
            assert_eq!(order.held(), BTreeMap::new());
        }
    }
    for (key, held) in &shop.set.held {
        assert_eq!(due.get(key).copied().unwrap_or(Quantity::ZERO), *held, "{key:?}");
    }
}

fn check_lines(shop: &Shop, orders: &[OrderId]) {
    for item in orders.iter().flat_map(|order| &shop.get(*order).items) {
        let done = item.done;
        let most = item.ordered - done.canceled;
        assert!(Quantity::ZERO <= done.shipped && done.shipped <= most, "{item:?}");
        assert!(done.refunded <= done.invoiced && done.invoiced <= most, "{item:?}");
    }
}

fn check_numbers(shop: &Shop) {
    let mut numbers: Vec<&str> = shop.set.invoices.values().flatten().map(|invoice| invoice.number.as_str()).collect();
    numbers.sort_unstable();
    let expected: Vec<String> = (1..=numbers.len()).map(|number| format!("{number:09}")).collect();
    assert_eq!(numbers, expected, "invoice numbers have no gaps");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn stock_holds_and_lines_add_up_after_any_history(wishes in vec(wish(), 1..60)) {
        let mut shop = Shop::open().with("A", 12).with("B", 5).with("PART", 9);
        let mut orders = Vec::new();
        for wish in &wishes {
            grant(&mut shop, &mut orders, wish);
            check_stock(&shop);
            check_holds(&shop, &orders);
            check_lines(&shop, &orders);
            check_numbers(&shop);
        }
    }

    #[test]
    fn the_parts_of_an_order_sum_to_it_in_any_currency(
        prices in vec((1_i64..1_000_000, 1_i64..9, 0_i64..30, 0_i64..30), 1..5),
        shipping in 0_i64..100_000,
        currency in prop::sample::select(vec!["USD", "JPY", "KWD"]),
        rate in 1_i64..20_000_000_000,
        decimal in any::<bool>(),
        parts in vec((0_usize..5, 1_i64..40_000), 0..12),
    ) {
        let digits = currency_digits(currency);
        let rounded = |amount: i64| Sent { amount: Some(Amount(amount).round(digits)), base: None };
        let mut shop = Shop::open();
        let items = prices
            .iter()
            .enumerate()
            .map(|(index, (price, pieces, discount, tax))| {
                let price = Amount(*price).round(digits);
                let row = price.times(Quantity::whole(*pieces)).expect("it is small");
                DraftItem {
                    decimal: Some(decimal),
                    price: Sent { amount: Some(price), base: None },
                    discount: rounded(row.0 * discount / 100),
                    tax: rounded(row.0 * tax / 100),
                    ..line(&format!("S{index}"), *pieces, 0)
                }
            })
            .collect();
        let mut ask = draft(items);
        ask.currency = Some(currency.to_owned());
        ask.base_currency = Some("USD".to_owned());
        ask.rate = Some(Rate(rate));
        ask.sent.shipping = rounded(shipping);
        let order = match shop.act(&Command::AcceptOrder(Box::new(ask))) {
            Ok(crate::Outcome::Order(order)) => order,
            other => panic!("{other:?}"),
        };
        for (position, quantity) in parts {
            let item = shop.item(order, position % prices.len());
            let lines = vec![(item, Quantity(quantity))];
            let _ = shop.act(&Command::Invoice(InvoiceOrder { order, lines, capture: false, comment: None }));
        }
        let rest = InvoiceOrder { order, lines: Vec::new(), capture: false, comment: None };
        let _ = shop.act(&Command::Invoice(rest));
        check_sums(&shop, order, digits);
    }
}

/// All invoices together are the order, to the smallest unit, in both currencies.
fn check_sums(shop: &Shop, order: OrderId, digits: u8) {
    let invoices: Vec<&Invoice> = shop.set.invoices.values().flatten().collect();
    let ordered = &shop.set.account(order).ordered;
    let sum = |of: fn(&Amounts) -> Money| -> Money { invoices.iter().map(|invoice| of(&invoice.amounts)).sum() };
    let components: [fn(&Amounts) -> Money; 7] = [
        |of| of.subtotal,
        |of| of.discount,
        |of| of.shipping,
        |of| of.tax,
        |of| of.compensation,
        |of| of.shipping_tax,
        |of| of.total,
    ];
    for (index, component) in components.into_iter().enumerate() {
        assert_eq!(sum(component), component(ordered), "component {index}");
    }
    for invoice in invoices {
        let lines = |of: fn(&LineAmounts) -> Money| -> Money {
            invoice.lines.iter().filter_map(|line| line.amounts.as_ref()).map(of).sum()
        };
        assert_eq!(lines(|of| of.row), invoice.amounts.subtotal);
        let total = invoice.amounts.total;
        assert_eq!((total.amount.round(digits), total.base.round(2)), (total.amount, total.base));
    }
    assert_eq!(shop.get(order).paid, ordered.total);
}

#[test]
fn nothing_of_a_decision_depends_on_the_clock_but_its_times() {
    // A decision is a function: the same question gives the same answer.
    let mut shop = Shop::open().with("A", 5);
    let order = shop.order(vec![line("A", 2, 10)]).expect("there are five");
    let command = Command::Ship(ship(order, Vec::new(), "default"));
    let once = |now| {
        let mut next = 100;
        let mut draw = |_| {
            next += 1;
            next
        };
        crate::decide(&shop.set, &command, &mut crate::Moment::new(Timestamp(now), &mut draw))
    };
    assert_eq!(once(1), once(1));
}
