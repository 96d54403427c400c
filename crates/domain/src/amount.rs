//! Money and quantities as integers: ten-thousandths, checked, never floats.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// How many ten-thousandths make one unit.
pub const UNIT: i64 = 10_000;

/// The largest amount and quantity a door may bring in, in units. Products and sums of a few thousand such
/// values stay far inside 64 bits, so arithmetic past the door cannot overflow.
const LARGEST_AMOUNT: i64 = 100_000_000_000 * UNIT;
const LARGEST_QUANTITY: i64 = 100_000_000 * UNIT;

/// Money in ten-thousandths of a currency's major unit. The currency stands beside it, on the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(pub i64);

/// How many of something, in ten-thousandths of a piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(pub i64);

/// An exchange rate, in hundred-millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(pub i64);

/// One value in two currencies: the order's, and the website's base currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Money {
    /// In the order's currency.
    pub amount: Amount,
    /// In the website's base currency.
    pub base: Amount,
}

/// Why a text is not a number that we can keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadNumber {
    /// Not a decimal number at all.
    NotANumber,
    /// Outside what amounts and quantities may be.
    TooLarge,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);

    /// Reads a decimal number; digits past the fourth are rounded half away from zero.
    pub fn parse(text: &str) -> Result<Amount, BadNumber> {
        decimal(text, 4, LARGEST_AMOUNT).map(Amount)
    }

    /// Rounds to a currency's minor unit (`digits` after the point), half away from zero.
    pub fn round(self, digits: u8) -> Amount {
        let unit = minor_unit(digits);
        Amount(divide_half_away(i128::from(self.0), i128::from(unit)) * unit)
    }

    /// This price for so many, unrounded; `None` past what an amount may be.
    pub fn times(self, quantity: Quantity) -> Option<Amount> {
        bounded(divide_half_away_wide(i128::from(self.0) * i128::from(quantity.0), i128::from(UNIT)))
    }

    /// The same value in the other currency; `None` past what an amount may be.
    pub fn converted(self, rate: Rate) -> Option<Amount> {
        bounded(divide_half_away_wide(i128::from(self.0) * i128::from(rate.0), i128::from(Rate::ONE.0)))
    }

    /// Converts back: what this value was before [`Amount::converted`]; `None` past what an amount may be.
    pub fn unconverted(self, rate: Rate) -> Option<Amount> {
        bounded(divide_half_away_wide(i128::from(self.0) * i128::from(Rate::ONE.0), i128::from(rate.0)))
    }

    /// As people in the United States read it, which is how Magento writes its histories: `-$1,234.50`, `¥500`,
    /// `CHF 5.00`.
    pub fn price(self, currency: &str) -> String {
        let mut text = String::new();
        if self.round(currency_digits(currency)).0 < 0 {
            text.push('-');
        }
        match currency_symbol(currency) {
            Some(symbol) => text.push_str(symbol),
            None => {
                text.push_str(currency);
                text.push('\u{a0}');
            }
        }
        text.push_str(&self.digits(currency, ',', '.'));
        text
    }

    /// Without its sign.
    pub fn abs(self) -> Amount {
        Amount(self.0.abs())
    }
}

impl Quantity {
    /// None.
    pub const ZERO: Quantity = Quantity(0);
    /// One piece.
    pub const ONE: Quantity = Quantity(UNIT);

    /// So many whole pieces.
    pub const fn whole(pieces: i64) -> Quantity {
        Quantity(pieces * UNIT)
    }

    /// Reads a decimal number; digits past the fourth are rounded half away from zero.
    pub fn parse(text: &str) -> Result<Quantity, BadNumber> {
        decimal(text, 4, LARGEST_QUANTITY).map(Quantity)
    }

    /// Not below zero.
    pub fn floored(self) -> Quantity {
        self.max(Quantity::ZERO)
    }

    /// Whole pieces only, unless fractions are allowed: what Magento calls `is_qty_decimal`.
    pub fn truncated_unless(self, decimal: bool) -> Quantity {
        if decimal { self } else { Quantity(self.0 / UNIT * UNIT) }
    }

    /// Up to the next whole piece.
    pub(crate) fn rounded_up(self) -> Quantity {
        Quantity((self.0 + UNIT - 1).div_euclid(UNIT) * UNIT)
    }

    /// Whether there is a fraction of a piece.
    pub fn has_fraction(self) -> bool {
        self.0 % UNIT != 0
    }

    /// So many for each of these: pieces of a kit's part times kits. Past what a quantity may be it stays there, so
    /// that whatever a client asks for can be compared with what is left.
    pub fn each(self, kits: Quantity) -> Quantity {
        let product = divide_half_away_wide(i128::from(self.0) * i128::from(kits.0), i128::from(UNIT));
        let most = i128::from(LARGEST_QUANTITY);
        Quantity(narrow(product.clamp(-most, most)))
    }

    /// How many of these there are for each one of `kits`; `None` when there are no kits.
    pub fn per(self, kits: Quantity) -> Option<Quantity> {
        (kits.0 != 0).then(|| Quantity(divide_half_away(i128::from(self.0) * i128::from(UNIT), i128::from(kits.0))))
    }
}

impl Rate {
    /// The rate between a currency and itself.
    pub const ONE: Rate = Rate(100_000_000);

    /// Reads a positive decimal number of at most eight digits after the point.
    pub fn parse(text: &str) -> Result<Rate, BadNumber> {
        match decimal(text, 8, i64::MAX / 4)? {
            rate if rate > 0 => Ok(Rate(rate)),
            _ => Err(BadNumber::NotANumber),
        }
    }
}

impl Money {
    /// Nothing, in both currencies.
    pub const ZERO: Money = Money { amount: Amount::ZERO, base: Amount::ZERO };

    /// The same number in both currencies.
    pub fn same(amount: Amount) -> Money {
        Money { amount, base: amount }
    }

    /// Whether both currencies say nothing.
    pub fn is_zero(self) -> bool {
        self == Money::ZERO
    }

    /// Each currency's smaller value.
    pub fn min(self, other: Money) -> Money {
        Money { amount: self.amount.min(other.amount), base: self.base.min(other.base) }
    }
}

/// The digits after the point of a currency's minor unit (ISO 4217); two for what we do not know.
pub fn currency_digits(code: &str) -> u8 {
    match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// The sign of a currency, for those that have one in American English (CLDR).
pub(crate) fn currency_symbol(code: &str) -> Option<&'static str> {
    Some(match code {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        "AUD" => "A$",
        "BRL" => "R$",
        "CAD" => "CA$",
        "CNY" => "CN¥",
        "HKD" => "HK$",
        "ILS" => "₪",
        "INR" => "₹",
        "KRW" => "₩",
        "MXN" => "MX$",
        "NZD" => "NZ$",
        "PHP" => "₱",
        "TWD" => "NT$",
        "VND" => "₫",
        "XAF" => "FCFA\u{a0}",
        "XOF" => "F\u{202f}CFA\u{a0}",
        _ => return None,
    })
}

/// A remainder that is carried from one rounding to the next, so that parts sum to the whole
/// (contract section 9: one per document and channel).
#[derive(Clone, Copy, Debug, Default)]
pub struct Carry {
    /// In 10⁻¹² of a unit.
    remainder: i128,
}

impl Carry {
    /// `whole × part / of`, rounded to `digits` with what was left over before; the new rest is kept.
    /// A zero value leaves the rest alone.
    pub fn prorate(&mut self, whole: Amount, part: Quantity, of: Quantity, digits: u8) -> Amount {
        if whole.0 == 0 || part.0 == 0 || of.0 == 0 {
            return Amount::ZERO;
        }
        let exact = divide_half_away_wide(i128::from(whole.0) * i128::from(part.0) * FINE, i128::from(of.0));
        let with_rest = exact + self.remainder;
        let unit = i128::from(minor_unit(digits)) * FINE;
        let rounded = divide_half_away_wide(with_rest, unit);
        self.remainder = with_rest - rounded * unit;
        Amount(narrow(rounded * i128::from(minor_unit(digits))))
    }

    /// Turns the rest round: discounts push the other way.
    pub fn negated(self) -> Carry {
        Carry { remainder: -self.remainder }
    }
}

/// How much finer a carry counts than an amount.
const FINE: i128 = 100_000_000;

/// Splits `whole` over `weights` in minor units, by the largest remainder: the parts sum to the whole.
/// Without any weight the first part takes everything; without parts there is nothing to give.
pub fn split(whole: Amount, weights: &[i64], digits: u8) -> Vec<Amount> {
    if weights.is_empty() {
        return Vec::new();
    }
    let total: i128 = weights.iter().map(|weight| i128::from((*weight).max(0))).sum();
    if total == 0 {
        let mut parts = vec![Amount::ZERO; weights.len()];
        parts[0] = whole;
        return parts;
    }
    let unit = i128::from(minor_unit(digits));
    let sign = i128::from(whole.0.signum());
    let units = i128::from(whole.0.abs()) / unit;
    let shares: Vec<(i128, i128)> = weights
        .iter()
        .map(|weight| {
            let product = units * i128::from((*weight).max(0));
            (product / total, product % total)
        })
        .collect();
    let mut parts: Vec<i128> = shares.iter().map(|(share, _)| *share).collect();
    let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
    by_remainder.sort_by_key(|index| (std::cmp::Reverse(shares[*index].1), *index));
    let missing = units - parts.iter().sum::<i128>();
    for index in by_remainder.into_iter().take(usize::try_from(missing).expect("there are fewer rests than parts")) {
        parts[index] += 1;
    }
    let mut parts: Vec<Amount> = parts.into_iter().map(|part| Amount(narrow(sign * part * unit))).collect();
    // What is finer than the minor unit goes to the first, so that the sum is right whatever came in.
    let given: Amount = parts.iter().copied().sum();
    parts[0] += whole - given;
    parts
}

fn minor_unit(digits: u8) -> i64 {
    10_i64.pow(4 - u32::from(digits.min(4)))
}

fn bounded(value: i128) -> Option<Amount> {
    let value = i64::try_from(value).ok()?;
    (value.abs() <= LARGEST_AMOUNT).then_some(Amount(value))
}

fn narrow(value: i128) -> i64 {
    i64::try_from(value).expect("parts of a bounded amount fit in 64 bits")
}

fn divide_half_away(value: i128, by: i128) -> i64 {
    narrow(divide_half_away_wide(value, by))
}

fn divide_half_away_wide(value: i128, by: i128) -> i128 {
    let half = by.abs() / 2;
    let sign = value.signum() * by.signum();
    sign * ((value.abs() + half) / by.abs())
}

/// Reads `[-]digits[.digits][e[±]digits]` into an integer of 10^-scale.
fn decimal(text: &str, scale: i32, largest: i64) -> Result<i64, BadNumber> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let exponent: i32 = exponent.parse().map_err(|_| BadNumber::NotANumber)?;
            (mantissa, exponent)
        }
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty()
        || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
    {
        return Err(BadNumber::NotANumber);
    }
    let significant: Vec<u8> = whole.bytes().chain(fraction.bytes()).skip_while(|byte| *byte == b'0').collect();
    if significant.is_empty() {
        return Ok(0);
    }
    // The value is 0.d1d2d3… × 10^point; we keep `point + scale` digits and round by the next one.
    let leading_zeros = whole.len() + fraction.len() - significant.len();
    let point = i64::try_from(whole.len()).map_err(|_| BadNumber::TooLarge)?
        - i64::try_from(leading_zeros).map_err(|_| BadNumber::TooLarge)?
        + i64::from(exponent);
    let keep = point + i64::from(scale);
    if keep > 18 {
        return Err(BadNumber::TooLarge);
    }
    if keep < 0 {
        return Ok(0);
    }
    let keep = usize::try_from(keep).expect("between 0 and 18");
    let mut value: i64 = 0;
    for index in 0..keep {
        let digit = significant.get(index).map_or(0, |byte| i64::from(byte - b'0'));
        value = value * 10 + digit;
    }
    if significant.get(keep).is_some_and(|byte| *byte >= b'5') {
        value += 1;
    }
    if value > largest {
        return Err(BadNumber::TooLarge);
    }
    Ok(if negative { -value } else { value })
}

fn show(value: i64, scale: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let one = 10_u64.pow(scale);
    let absolute = value.unsigned_abs();
    if value < 0 {
        f.write_str("-")?;
    }
    write!(f, "{}", absolute / one)?;
    let fraction = absolute % one;
    if fraction != 0 {
        let digits = format!("{fraction:0width$}", width = scale as usize);
        write!(f, ".{}", digits.trim_end_matches('0'))?;
    }
    Ok(())
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self.0, 4, f)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self.0, 4, f)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self.0, 8, f)
    }
}

/// Checked addition and its family for a newtype over an integer.
macro_rules! arithmetic {
    ($($name:ident),*) => {$(
        impl Add for $name {
            type Output = $name;
            fn add(self, other: $name) -> $name {
                $name(self.0.checked_add(other.0).expect("values are bounded at the doors"))
            }
        }
        impl Sub for $name {
            type Output = $name;
            fn sub(self, other: $name) -> $name {
                $name(self.0.checked_sub(other.0).expect("values are bounded at the doors"))
            }
        }
        impl Neg for $name {
            type Output = $name;
            fn neg(self) -> $name {
                $name(-self.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: $name) {
                *self = *self + other;
            }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: $name) {
                *self = *self - other;
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = $name>>(parts: I) -> $name {
                parts.fold($name(0), Add::add)
            }
        }
    )*};
}

arithmetic!(Amount, Quantity);

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money { amount: self.amount + other.amount, base: self.base + other.base }
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money { amount: self.amount - other.amount, base: self.base - other.base }
    }
}

impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money { amount: -self.amount, base: -self.base }
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        *self = *self + other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(parts: I) -> Money {
        parts.fold(Money::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, BadNumber>) {
        let got = Amount::parse(text).map(|amount| amount.to_string());
        assert_eq!(got, expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn reads_decimal_numbers_and_shows_them_short() {
        check("5", Ok("5"));
        check("5.0000", Ok("5"));
        check("-404.40", Ok("-404.4"));
        check(".5", Ok("0.5"));
        check("1e3", Ok("1000"));
        check("1.5e-3", Ok("0.0015"));
        check("0.00005", Ok("0.0001"));
        check("0.000049", Ok("0"));
        check("8.24999", Ok("8.25"));
        check("100000000000", Ok("100000000000"));
    }

    #[test]
    fn refuses_what_is_no_number_or_too_large() {
        for text in ["", "abc", "NaN", "inf", "1.2.3", "1e", "--1", "0x10", "1,5"] {
            check(text, Err(BadNumber::NotANumber));
        }
        for text in ["100000000001", "1e300", "99999999999999999999999999"] {
            check(text, Err(BadNumber::TooLarge));
        }
        check("1e-300", Ok("0"));
    }

    #[test]
    fn rounds_half_away_from_zero_to_the_minor_unit() {
        let round = |value: i64, digits| Amount(value).round(digits).0;
        assert_eq!(round(12_350, 2), 12_400);
        assert_eq!(round(-12_350, 2), -12_400);
        assert_eq!(round(12_349, 2), 12_300);
        assert_eq!(round(15_000, 0), 20_000);
        assert_eq!(round(12_345, 3), 12_350);
    }

    #[test]
    fn a_price_reads_as_people_write_it() {
        let price = |text, currency| Amount::parse(text).expect("it is a number").price(currency);
        assert_eq!(price("1234.5", "USD"), "$1,234.50");
        assert_eq!(price("-0.005", "EUR"), "-€0.01");
        assert_eq!(price("1234567.5", "JPY"), "¥1,234,568");
        assert_eq!(price("3.14159", "KWD"), "KWD\u{a0}3.142");
        assert_eq!(price("999", "CHF"), "CHF\u{a0}999.00");
    }

    #[test]
    fn a_carry_makes_thirds_of_ten_sum_to_ten() {
        let mut carry = Carry::default();
        let part = |carry: &mut Carry| carry.prorate(Amount(100_000), Quantity::ONE, Quantity::whole(3), 2);
        let parts = [part(&mut carry), part(&mut carry), part(&mut carry)];
        assert_eq!(parts.map(|part| part.0), [33_300, 33_400, 33_300]);
    }

    #[test]
    fn a_split_sums_to_the_whole_whatever_the_weights() {
        for (whole, weights, digits) in [
            (Amount(4_044_000), vec![720, 1280, 22], 2),
            (Amount(-1), vec![1, 1], 2),
            (Amount(70_000), vec![1, 1, 1], 0),
            (Amount(100), vec![0, 0], 2),
            (Amount(12_345), vec![5], 3),
        ] {
            let parts = split(whole, &weights, digits);
            assert_eq!(parts.iter().copied().sum::<Amount>(), whole, "{weights:?}");
        }
    }
}
