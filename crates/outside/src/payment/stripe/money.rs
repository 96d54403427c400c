//! Stripe's amounts: integers in units that are nearly, but not always, the currency's minor ones.

use waybill_domain::{Amount, UNIT, currency_digits};

/// An amount as Stripe writes it, or why it cannot be written: rounding it would take another amount than was asked.
pub(super) fn to_stripe(amount: Amount, currency: &str) -> Result<i64, String> {
    let Scale { unit, step } = Scale::of(currency);
    if amount.0 <= 0 || amount.0 % step != 0 {
        return Err(format!("{amount} {currency} is not an amount that Stripe can move"));
    }
    Ok(amount.0 / unit)
}

/// What an amount of Stripe's is; `None` where it is past what we can keep.
pub(super) fn from_stripe(amount: i64, currency: &str) -> Option<Amount> {
    amount.checked_mul(Scale::of(currency).unit).map(Amount)
}

/// Both in ten-thousandths of the currency's major unit.
struct Scale {
    /// What one of Stripe's units is.
    unit: i64,
    /// What Stripe wants amounts to be multiples of.
    step: i64,
}

impl Scale {
    fn of(currency: &str) -> Scale {
        match (currency, currency_digits(currency)) {
            // These have no minor unit any more, and Stripe still counts in hundredths, which have to be nought.
            ("ISK" | "UGX", _) => Scale { unit: UNIT / 100, step: UNIT },
            // Its minor unit is a fifth, which nobody uses; Stripe counts whole ones.
            ("MGA", _) => Scale { unit: UNIT, step: UNIT },
            (_, 0) => Scale { unit: UNIT, step: UNIT },
            // The last digit has to be nought, as the card networks keep two.
            (_, 3) => Scale { unit: UNIT / 1000, step: UNIT / 100 },
            (_, _) => Scale { unit: UNIT / 100, step: UNIT / 100 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(amount: &str, currency: &str, expected: Option<i64>) {
        let amount = Amount::parse(amount).expect("a number");
        let got = to_stripe(amount, currency);
        assert_eq!(got.clone().ok(), expected, "{amount} {currency}");
        if let Ok(got) = got {
            assert_eq!(from_stripe(got, currency), Some(amount), "{amount} {currency}");
        }
    }

    #[test]
    fn amounts_are_counted_as_stripe_counts_them() {
        check("12.34", "EUR", Some(1234));
        check("500", "JPY", Some(500));
        check("5.120", "KWD", Some(5120));
        check("5", "ISK", Some(500));
        check("5", "UGX", Some(500));
        check("5", "MGA", Some(5));
    }

    #[test]
    fn what_stripe_cannot_move_is_not_rounded() {
        check("12.345", "EUR", None);
        check("0.5", "JPY", None);
        check("5.123", "KWD", None);
        check("5.5", "ISK", None);
        check("0", "EUR", None);
        check("-1", "EUR", None);
    }

    #[test]
    fn an_amount_past_all_bounds_is_none() {
        assert_eq!(from_stripe(i64::MAX, "EUR"), None);
    }
}
