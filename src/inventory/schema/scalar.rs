//! Whether a value can be decoded into what is no collection.
//!
//! Each follows its Go type. Whole numbers may be written with a fraction of zero, as `1.0` in YAML, because
//! clients send them as integers. Null is left to whoever asks: it decodes into anything. Next: [`super::walk`].

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Number;

use crate::inventory::quantity::Quantity;
use crate::inventory::tree::Tree;

/// Go's decoder takes any bits behind the last byte.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// What is no collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scalar {
    Text,
    Bool,
    Int32,
    Int64,
    Float,
    Bytes,
    Quantity,
    Time,
    Duration,
    IntOrString,
    Any,
}

impl Scalar {
    /// The one that `kinds.txt` calls this.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::Text,
            "bool" => Self::Bool,
            "int32" => Self::Int32,
            "int64" => Self::Int64,
            "float64" => Self::Float,
            "bytes" => Self::Bytes,
            "quantity" => Self::Quantity,
            "time" | "microtime" => Self::Time,
            "duration" => Self::Duration,
            "intorstring" => Self::IntOrString,
            "any" => Self::Any,
            _ => return None,
        })
    }

    /// What belongs there, in words.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Bool => "true or false",
            Self::Int32 => "an integer of 32 bits",
            Self::Int64 => "an integer of 64 bits",
            Self::Float => "a number",
            Self::Bytes => "bytes in base64",
            Self::Quantity => "a quantity",
            Self::Time => "a time as in RFC 3339",
            Self::Duration => "a duration",
            Self::IntOrString => "a string or an integer of 32 bits",
            Self::Any => "anything",
        }
    }

    /// Whether a value that is not null decodes.
    pub(super) fn takes(self, value: &Tree<'_>) -> bool {
        match (self, value) {
            (Self::Any, _)
            | (Self::Text | Self::IntOrString, Tree::Text(_))
            | (Self::Bool, Tree::Bool(_))
            | (Self::Float | Self::Quantity, Tree::Number(_)) => true,
            (Self::Int32 | Self::IntOrString, Tree::Number(number)) => {
                integer(number).is_some_and(|whole| i32::try_from(whole).is_ok())
            }
            (Self::Int64, Tree::Number(number)) => {
                integer(number).is_some_and(|whole| i64::try_from(whole).is_ok())
            }
            (Self::Bytes, Tree::Text(text)) => is_base64(text),
            (Self::Bytes, Tree::List(bytes)) => bytes.iter().all(is_byte),
            (Self::Quantity, Tree::Text(text)) => text.trim().parse::<Quantity>().is_ok(),
            (Self::Time, Tree::Text(text)) => is_time(text),
            (Self::Duration, Tree::Text(text)) => is_duration(text),
            _ => false,
        }
    }
}

fn integer(number: &Number) -> Option<i128> {
    if let Some(whole) = number.as_i128() {
        return Some(whole);
    }
    // Beyond this a client writes an exponent, which is no integer.
    let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e21)?;
    format!("{float:.0}").parse().ok()
}

fn is_byte(value: &Tree<'_>) -> bool {
    let number = match value {
        Tree::Number(number) => number.as_u64(),
        _ => None,
    };
    value.is_null() || number.is_some_and(|byte| u8::try_from(byte).is_ok())
}

fn is_base64(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    BASE64.decode(digits).is_ok()
}

/// RFC 3339 as Go's `time` takes it: upper-case letters, seconds up to 59, an offset.
fn is_time(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else { return false };
    let Some(place) = rest.find(['Z', '+', '-']) else { return false };
    let Some((clock, zone)) = rest.split_at_checked(place) else { return false };
    is_date(date) && is_clock(clock) && is_zone(zone)
}

fn is_date(text: &str) -> bool {
    let shape = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    shape && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_clock(text: &str) -> bool {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = whole.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    // Go takes an hour of one digit.
    let hours = (1..=2).contains(&hour.len()) && below(hour, 24);
    let two = |text: &str| text.len() == 2 && below(text, 60);
    hours && two(minute) && two(second) && fraction.is_none_or(digits)
}

fn is_zone(text: &str) -> bool {
    let Some(offset) = text.strip_prefix(['+', '-']) else { return text == "Z" };
    let Some((hour, minute)) = offset.split_once(':') else { return false };
    hour.len() == 2 && minute.len() == 2 && below(hour, 25) && below(minute, 61)
}

fn below(text: &str, bound: u8) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse().is_ok_and(|number: u8| number < bound)
}

/// A signed sequence of decimal numbers, each with a unit, as Go's `time` takes it.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut any = false;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let Some((number, unit)) = rest.split_at_checked(digits) else { return false };
        let points = number.matches('.').count();
        if points > 1 || number.len() == points {
            return false;
        }
        let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
        let longest = units.iter().filter(|known| unit.starts_with(*known)).max_by_key(|known| known.len());
        let Some(after) = longest.and_then(|known| unit.strip_prefix(*known)) else { return false };
        rest = after;
        any = true;
    }
    any
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_fit_their_width_and_may_be_written_with_a_fraction_of_zero() {
        for (scalar, value, takes) in [
            (Scalar::Int32, json!(2_147_483_647), true),
            (Scalar::Int32, json!(2_147_483_648_i64), false),
            (Scalar::Int64, json!(2_147_483_648_i64), true),
            (Scalar::Int64, json!(u64::MAX), false),
            (Scalar::Int32, json!(1.0), true),
            (Scalar::Int32, json!(1.5), false),
            (Scalar::Int32, json!("1"), false),
            (Scalar::IntOrString, json!("1"), true),
            (Scalar::IntOrString, json!(1.5), false),
            (Scalar::IntOrString, json!(true), false),
            (Scalar::Float, json!(1.5), true),
        ] {
            assert_eq!(scalar.takes(&value.clone().into()), takes, "{scalar:?} {value}");
        }
    }

    #[test]
    fn quantities_bytes_and_moments_are_read_as_go_does() {
        for (scalar, value, takes) in [
            (Scalar::Quantity, json!(1), true),
            (Scalar::Quantity, json!(" 1Gi "), true),
            (Scalar::Quantity, json!(""), false),
            (Scalar::Quantity, json!("1GB"), false),
            (Scalar::Quantity, json!(false), false),
            (Scalar::Bytes, json!("aGk="), true),
            (Scalar::Bytes, json!("aG\nk=\n"), true),
            (Scalar::Bytes, json!("aGk"), false),
            (Scalar::Bytes, json!("plain text"), false),
            (Scalar::Bytes, json!(""), true),
            (Scalar::Time, json!("2026-01-02T03:04:05Z"), true),
            (Scalar::Time, json!("2026-01-02T03:04:05.123+02:00"), true),
            (Scalar::Time, json!("2026-02-30T03:04:05Z"), false),
            (Scalar::Time, json!("2026-01-02"), false),
            (Scalar::Time, json!("2026-01-02t03:04:05z"), false),
            (Scalar::Time, json!(0), false),
            (Scalar::Duration, json!("1h2m"), true),
            (Scalar::Duration, json!("1.5ms"), true),
            (Scalar::Duration, json!("10"), false),
            (Scalar::Any, json!([]), true),
        ] {
            assert_eq!(scalar.takes(&value.clone().into()), takes, "{scalar:?} {value}");
        }
    }
}
