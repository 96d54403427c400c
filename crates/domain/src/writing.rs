//! How the people of a place write money, quantities and days.

use crate::{Amount, Quantity, Timestamp, UNIT, amount::currency_symbol, currency_digits};

/// A way of writing. Where we do not know a place's own, it is that of English, with days that nobody can misread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// `$1,234.50`, `1.5`, `Nov 21, 2026`
    American,
    /// `1.234,50 €`, `1,5`, `21.11.2026`
    German,
    /// `1 234,50 €`, `1,5`, `21/11/2026`
    French,
    /// `€1,234.50`, `1.5`, `2026-11-21`
    Other,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Writing {
    /// The way of writing at a place, such as `de_AT`.
    pub fn of(locale: &str) -> Writing {
        match (locale, locale.split(['_', '-']).next().unwrap_or_default()) {
            ("en_US", _) => Writing::American,
            (_, "de") => Writing::German,
            (_, "fr") => Writing::French,
            _ => Writing::Other,
        }
    }

    /// An amount in a currency, with as many digits as that has.
    pub fn price(self, amount: Amount, currency: &str) -> String {
        let (group, point) = match self {
            Writing::American | Writing::Other => return amount.price(currency),
            Writing::German => ('.', ','),
            Writing::French => ('\u{202f}', ','),
        };
        let sign = if amount.round(currency_digits(currency)).0 < 0 { "-" } else { "" };
        let number = amount.digits(currency, group, point);
        format!("{sign}{number}\u{a0}{}", currency_symbol(currency).unwrap_or(currency))
    }

    /// A quantity, with no more digits than it needs.
    pub fn quantity(self, quantity: Quantity) -> String {
        let text = quantity.to_string();
        match self {
            Writing::American | Writing::Other => text,
            Writing::German | Writing::French => text.replace('.', ","),
        }
    }

    /// A day, by universal time.
    pub fn day(self, at: Timestamp) -> String {
        let (year, month, day) = at.date();
        match self {
            Writing::American => {
                let name = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"");
                format!("{name} {day}, {year}")
            }
            Writing::German => format!("{day:02}.{month:02}.{year}"),
            Writing::French => format!("{day:02}/{month:02}/{year}"),
            Writing::Other => format!("{year}-{month:02}-{day:02}"),
        }
    }
}

impl Amount {
    /// Without a sign, in a currency's digits.
    pub(crate) fn digits(self, currency: &str, group: char, point: char) -> String {
        let digits = usize::from(currency_digits(currency));
        let rounded = self.round(currency_digits(currency)).0.unsigned_abs();
        let whole = (rounded / UNIT.unsigned_abs()).to_string();
        let mut text = String::new();
        for (index, digit) in whole.char_indices() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                text.push(group);
            }
            text.push(digit);
        }
        if digits > 0 {
            text.push(point);
            text.push_str(&format!("{:04}", rounded % UNIT.unsigned_abs())[..digits]);
        }
        text
    }
}

impl Timestamp {
    /// Year, month and day, by universal time.
    pub fn date(self) -> (i64, i64, i64) {
        // In years that begin in March, so that the leap day comes last.
        let shifted = self.0.div_euclid(86_400_000) + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let (month, year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        (era * 400 + year_of_era + year, month, day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_writes_as_it_is_used_to() {
        let write = |locale: &str, amount: &str, currency: &str| {
            let (writing, amount) = (Writing::of(locale), Amount::parse(amount).expect("it is a number"));
            format!("{} {}", writing.price(amount, currency), writing.day(Timestamp(1_795_237_200_000)))
        };
        assert_eq!(write("en_US", "1234.5", "USD"), "$1,234.50 Nov 21, 2026");
        assert_eq!(write("de_DE", "-1234567.5", "EUR"), "-1.234.567,50\u{a0}€ 21.11.2026");
        assert_eq!(write("de_AT", "0.004", "EUR"), "0,00\u{a0}€ 21.11.2026");
        assert_eq!(write("de_CH", "5", "CHF"), "5,00\u{a0}CHF 21.11.2026");
        assert_eq!(write("fr-FR", "1234.5", "JPY"), "1\u{202f}235\u{a0}¥ 21/11/2026");
        assert_eq!(write("nl_NL", "1234.5", "EUR"), "€1,234.50 2026-11-21");
        let half = Quantity::parse("1.5").expect("it is a number");
        assert_eq!((Writing::German.quantity(half), Writing::American.quantity(half)), ("1,5".into(), "1.5".into()));
    }
}
