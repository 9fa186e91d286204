//! The grammar of a quantity, as the API server reads it.
//!
//! It accepts and refuses what the API server does, oddities included (`.` is zero, `.Ei` is refused),
//! because a file must get the verdict that the cluster would give it. It must not round except where
//! the server does. Next: `tests/fixtures/quantities.json`, answers of the server's own code.

use super::{BINARY_LIMIT, Quantity, UNIT};

/// Decimal places that a quantity keeps.
const PLACES: i64 = 9;

/// Decimal digits that always fit 127 bits.
const SAFE_DIGITS: usize = 38;

/// Why a text is not a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// There is no text at all.
    #[error("a quantity must not be empty")]
    Empty,
    /// It is not a number and a suffix.
    #[error("a quantity is a number and an optional suffix, such as 250m, 1.5 or 128Mi")]
    Format,
    /// The suffix is none of the known ones.
    #[error(
        "the suffix is not one of n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei or an exponent such as e3"
    )]
    Suffix,
}

/// A text, taken apart.
struct Parts<'a> {
    negative: bool,
    /// Digits before the point, without leading zeros.
    whole: &'a [u8],
    /// Digits after the point.
    fraction: &'a [u8],
    /// Whether a digit stands on either side of the point.
    has_digit: bool,
    suffix: &'a str,
}

/// What a suffix multiplies by.
#[derive(Clone, Copy)]
enum Suffix {
    Decimal { exponent: i32 },
    Binary { power: u32 },
}

pub(super) fn parse(text: &str) -> Result<Quantity, QuantityError> {
    if text.is_empty() {
        return Err(QuantityError::Empty);
    }
    let parts = split(text)?;
    let suffix = interpret(parts.suffix)?;
    let magnitude = match suffix {
        Suffix::Decimal { exponent } => decimal(&parts, exponent)?,
        Suffix::Binary { power } => binary(&parts, power)?,
    };
    Ok(Quantity::from_nano(if parts.negative { -magnitude } else { magnitude }))
}

fn split(text: &str) -> Result<Parts<'_>, QuantityError> {
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    let (digits, rest) = take_digits(rest);
    let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), take_digits);
    if !is_suffix_shaped(suffix) {
        return Err(QuantityError::Format);
    }
    // A bare sign is zero to the API server; it never gets as far as the digits.
    let bare_sign = digits.is_empty() && rest.is_empty();
    Ok(Parts {
        negative,
        whole: digits.trim_start_matches('0').as_bytes(),
        fraction: fraction.as_bytes(),
        has_digit: bare_sign || !digits.is_empty() || !fraction.is_empty(),
        suffix,
    })
}

fn take_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Letters of any suffix, then a sign, then digits: each part may be missing.
fn is_suffix_shaped(suffix: &str) -> bool {
    let rest = suffix.trim_start_matches(|letter| "eEinumkKMGTP".contains(letter));
    let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    rest.bytes().all(|byte| byte.is_ascii_digit())
}

fn interpret(suffix: &str) -> Result<Suffix, QuantityError> {
    let decimal = |exponent| Ok(Suffix::Decimal { exponent });
    let binary = |power| Ok(Suffix::Binary { power });
    match suffix {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => {
            let digits = suffix.strip_prefix(['e', 'E']).ok_or(QuantityError::Suffix)?;
            let exponent: i64 = digits.parse().map_err(|_| QuantityError::Suffix)?;
            decimal(low_half(exponent))
        }
    }
}

/// The API server keeps the low 32 bits of an exponent.
fn low_half(exponent: i64) -> i32 {
    let [a, b, c, d, ..] = exponent.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

fn decimal(parts: &Parts<'_>, exponent: i32) -> Result<i128, QuantityError> {
    let scale = exponent.wrapping_sub(length(parts.fraction));
    // The server has two ways to read a number, and only the one for amounts that fit a machine word
    // takes a point without digits.
    if !parts.has_digit && scale < -9 {
        return Err(QuantityError::Format);
    }
    let digits = [parts.whole, parts.fraction].concat().iter().map(|byte| byte - b'0').collect();
    Ok(to_nano(digits, i64::from(scale)))
}

fn binary(parts: &Parts<'_>, power: u32) -> Result<i128, QuantityError> {
    if !parts.has_digit && power >= 5 {
        return Err(QuantityError::Format);
    }
    let mut digits: Vec<u8> = [parts.whole, parts.fraction].concat().iter().map(|byte| byte - b'0').collect();
    for _ in 0..power {
        digits = times_1024(&digits);
    }
    let nano = to_nano(digits, -i64::from(length(parts.fraction)));
    Ok(nano.min(BINARY_LIMIT * UNIT))
}

fn length(digits: &[u8]) -> i32 {
    i32::try_from(digits.len()).unwrap_or(i32::MAX)
}

/// Long multiplication, most significant digit first.
fn times_1024(digits: &[u8]) -> Vec<u8> {
    let mut product = Vec::with_capacity(digits.len() + 4);
    let mut carry = 0_u32;
    for digit in digits.iter().rev() {
        carry += u32::from(*digit) * 1024;
        product.push(last_digit(carry));
        carry /= 10;
    }
    while carry > 0 {
        product.push(last_digit(carry));
        carry /= 10;
    }
    product.reverse();
    product
}

fn last_digit(number: u32) -> u8 {
    u8::try_from(number % 10).unwrap_or_default()
}

/// `digits × 10^scale` in nano-units: rounded away from zero, capped at 127 bits.
fn to_nano(mut digits: Vec<u8>, scale: i64) -> i128 {
    let shift = scale + PLACES;
    let mut round_up = false;
    if shift < 0 {
        let dropped = usize::try_from(-shift).unwrap_or(usize::MAX);
        let kept = digits.len().saturating_sub(dropped);
        round_up = digits.split_off(kept).iter().any(|digit| *digit != 0);
    }
    let zeros = usize::try_from(shift).unwrap_or(0);
    let start = digits.iter().position(|digit| *digit != 0).unwrap_or(digits.len());
    let significant = digits.split_off(start);
    if significant.is_empty() {
        return i128::from(round_up);
    }
    if significant.len().saturating_add(zeros) > SAFE_DIGITS + 1 {
        return i128::MAX;
    }
    let mut value = 0_i128;
    for digit in significant.into_iter().chain(std::iter::repeat_n(0, zeros)) {
        value = value.saturating_mul(10).saturating_add(i128::from(digit));
    }
    value.saturating_add(i128::from(round_up))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn nano(text: &str) -> Option<i128> {
        text.parse::<Quantity>().ok().map(Quantity::nano)
    }

    #[test]
    fn every_value_equals_that_of_the_servers_own_code() {
        let table: BTreeMap<String, Option<String>> =
            serde_json::from_str(include_str!("../../../tests/fixtures/quantities.json")).unwrap();
        assert!(table.len() > 1000);
        let differing: Vec<_> = table
            .iter()
            .filter(|(text, expected)| nano(text).map(|value| value.to_string()) != **expected)
            .map(|(text, expected)| (text, expected, nano(text)))
            .collect();
        assert!(differing.is_empty(), "{differing:#?}");
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        for (text, error) in [
            ("", QuantityError::Empty),
            (" 1", QuantityError::Format),
            ("1,5", QuantityError::Format),
            ("1 Gi", QuantityError::Format),
            ("1KiB", QuantityError::Format),
            ("½", QuantityError::Format),
            ("1K", QuantityError::Suffix),
            ("1e", QuantityError::Suffix),
            ("1-5", QuantityError::Suffix),
            ("1e9223372036854775808", QuantityError::Suffix),
            (".Ei", QuantityError::Format),
        ] {
            assert_eq!(text.parse::<Quantity>(), Err(error), "{text}");
        }
    }

    #[test]
    fn exponents_of_any_size_are_cheap_and_end_at_the_bounds() {
        assert_eq!(nano("1e2147483647"), Some(i128::MAX));
        assert_eq!(nano("-1e2147483647"), Some(-i128::MAX));
        assert_eq!(nano("1e-2147483648"), Some(1));
        assert_eq!(nano("0e2147483647"), Some(0));
    }

    #[test]
    fn more_precision_than_nano_rounds_away_from_zero() {
        assert_eq!(nano("0.0000000001"), Some(1));
        assert_eq!(nano("-0.0000000001"), Some(-1));
        assert_eq!(nano("1.0000000001Ki"), Some(1_024_000_000_103));
    }

    #[test]
    fn binary_suffixes_are_capped_and_decimal_ones_are_not() {
        assert_eq!(nano("8Ei"), Some(BINARY_LIMIT * UNIT));
        assert_eq!(nano("-8Ei"), Some(-BINARY_LIMIT * UNIT));
        assert_eq!(nano("10E"), Some(10_i128.pow(19) * UNIT));
    }
}
