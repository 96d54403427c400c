//! Laws of numbers and of source selection.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::testing::{Shop, count};
use crate::{Amount, Carry, Command, Quantity, Sku, StockId, priority_order, select};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_amount_is_read_as_it_is_shown(value in -1_000_000_000_000_000_i64..=1_000_000_000_000_000) {
        prop_assert_eq!(Amount::parse(&Amount(value).to_string()), Ok(Amount(value)));
    }

    #[test]
    fn any_text_is_a_number_or_refused(text in "[-+0-9.eE ]{0,24}|\\PC{0,12}") {
        if let Ok(amount) = Amount::parse(&text) {
            prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
        }
    }

    #[test]
    fn a_carry_is_never_more_than_half_a_unit_off(
        parts in vec((0_i64..10_000_000, 1_i64..100_000), 1..30),
        digits in prop::sample::select(vec![0_u8, 2, 3]),
    ) {
        let mut carry = Carry::default();
        let of = Quantity(100_000);
        let unit = 10_i128.pow(4 - u32::from(digits));
        let (mut given, mut exact) = (0_i128, 0_i128);
        for (whole, part) in parts {
            given += i128::from(carry.prorate(Amount(whole), Quantity(part), of, digits).0) * i128::from(of.0);
            exact += i128::from(whole) * i128::from(part);
            prop_assert!(2 * (given - exact).abs() <= unit * i128::from(of.0) + 2);
        }
    }

    #[test]
    fn a_selection_takes_what_there_is_and_no_more_than_is_needed(
        there in vec((0_usize..3, 0_usize..3, 0_i64..9, any::<bool>()), 0..9),
        wanted in vec((0_usize..4, -1_i64..15), 1..4),
    ) {
        const SKUS: [&str; 4] = ["A", "B", "C", "D"];
        let mut shop = Shop::open();
        shop.say("source far name=Far country=US postcode=1");
        for (sku, source, pieces, in_stock) in there {
            let source = ["default", "east", "far"][source];
            let counted = crate::Count { in_stock, ..count(SKUS[sku], source, Quantity::whole(pieces)) };
            prop_assert!(shop.act(&Command::SaveSourceItems(vec![counted])).is_ok());
        }
        let wanted: BTreeMap<Sku, Quantity> =
            wanted.into_iter().map(|(sku, pieces)| (Sku::new(SKUS[sku]), Quantity::whole(pieces))).collect();
        wanted.keys().for_each(|sku| shop.know(sku));
        let order = priority_order(shop.set.places(), StockId::DEFAULT);
        let asked: Vec<(Sku, Quantity)> = wanted.clone().into_iter().collect();
        let selection = select(&shop.set, &order, &asked);
        let mut enough = true;
        for (sku, wanted) in wanted {
            let rows: Vec<_> = selection.rows.iter().filter(|row| row.sku == sku).collect();
            let available: Quantity = rows.iter().map(|row| row.available).sum();
            let taken: Quantity = rows.iter().map(|row| row.deduct).sum();
            prop_assert!(rows.iter().all(|row| Quantity::ZERO <= row.deduct && row.deduct <= row.available));
            prop_assert_eq!(taken, available.min(wanted.floored()));
            enough &= available >= wanted;
        }
        prop_assert_eq!(selection.shippable, enough);
    }
}
