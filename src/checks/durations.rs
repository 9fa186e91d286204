//! Durations as Go writes them: `1h30m`, `1.5h`, `-2s`, `0`.
//!
//! It must take what Go takes, oddities of its overflow
//! included; the end-to-end suite compares them. Next: [`super::cron`].

/// What a duration may amount to in nanoseconds, when it is negative; else one less.
const LIMIT: u64 = 1 << 63;

/// Whether Go reads this as a duration.
pub(super) fn is_duration(text: &str) -> bool {
    length(text).is_some()
}

/// The milliseconds of a duration that is not negative, each that has begun among them; absent for what is none.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let (negative, nanoseconds) = length(text)?;
    (!negative || nanoseconds == 0).then(|| nanoseconds.div_ceil(1_000_000))
}

/// Whether it is negative, and the nanoseconds.
fn length(text: &str) -> Option<(bool, u64)> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return Some((negative, 0));
    }
    let mut total = 0_u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (nanoseconds, tail) = term(rest)?;
        total = total.wrapping_add(nanoseconds);
        if total > LIMIT {
            return None;
        }
        rest = tail;
    }
    (negative || total < LIMIT).then_some((negative, total))
}

/// A number and its unit, and what follows.
fn term(text: &str) -> Option<(u64, &str)> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), digits);
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(end)?;
    let unit = nanoseconds(unit)?;
    let trimmed = whole.trim_start_matches('0');
    let whole: u64 = if trimmed.is_empty() { 0 } else { trimmed.parse().ok()? };
    let amount = whole.checked_mul(unit)?.checked_add(part(fraction, unit));
    let amount = amount.filter(|amount| *amount <= LIMIT)?;
    Some((amount, rest))
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

const fn nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit.as_bytes() {
        b"ns" => 1,
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => 1_000,
        b"ms" => 1_000_000,
        b"s" => 1_000_000_000,
        b"m" => 60_000_000_000,
        b"h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// The digits after a point, of a unit; those that fit no machine word do not count.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Go computes it in a float; it is less than one unit"
)]
fn part(digits: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0_u64, 1.0_f64);
    for digit in digits.bytes() {
        let next = value.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
        if next > LIMIT {
            break;
        }
        (value, scale) = (next, scale * 10.0);
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_takes_is_a_duration() {
        for text in [
            "0",
            "-0",
            "1s",
            "1h30m",
            "1.5h",
            "-1.5h",
            ".5s",
            "5.s",
            "1us",
            "1\u{b5}s",
            "1\u{3bc}s",
            "0.99999999999999999999999h",
            "9223372036854775807ns",
            "-9223372036854775808ns",
            "2562047h47m16.854775807s",
            "000000000000000000000000001s",
        ] {
            assert!(is_duration(text), "{text}");
        }
        for text in [
            "",
            "-",
            "+",
            "00",
            "1",
            "s",
            ".s",
            "1d",
            "1 h",
            "1h-5m",
            "1H",
            "1..5s",
            "9223372036854775808ns",
            "-9223372036854775809ns",
            "2562047h47m16.854775808s",
            "2562047.79999999999999999999999999999999h",
            "2562048h",
            "99999999999999999999h",
            "1_0s",
            "1s1",
        ] {
            assert!(!is_duration(text), "{text}");
        }
    }

    #[test]
    fn what_has_begun_of_a_millisecond_counts_as_one() {
        for (text, expected) in [
            ("1.5s", Some(1_500)),
            ("1h30m", Some(5_400_000)),
            ("1us", Some(1)),
            ("0", Some(0)),
            ("-0s", Some(0)),
            ("+2ms", Some(2)),
            ("-1s", None),
            ("10", None),
            ("", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
