//! Durations as the Gateway API and the controllers of Ingresses write them.
//!
//! It must not say how long is too long. Next: `network/traffic_resilience.rs`.

/// Milliseconds of a duration of the Gateway API (GEP-2257), such as `10s`, `1m30s` or `500ms`: up to four numbers of up
/// to five digits, each with a unit. Absent for what is none.
pub(super) fn gateway(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total = 0_u64;
    for _ in 0..4 {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || digits > 5 {
            return None;
        }
        let (number, after) = rest.split_at_checked(digits)?;
        let (unit, after) = unit(after)?;
        total += number.parse::<u64>().ok()? * unit;
        rest = after;
        if rest.is_empty() {
            return Some(total);
        }
    }
    None
}

fn unit(text: &str) -> Option<(u64, &str)> {
    let units = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    units.into_iter().find_map(|(name, factor)| Some((factor, text.strip_prefix(name)?)))
}

/// Milliseconds of a controller's setting: a number of this unit by itself, or a duration with units.
pub(super) fn setting(text: &str, unit: u64) -> Option<u64> {
    let text = text.trim();
    text.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).or_else(|| gateway(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        for (text, milliseconds) in [
            ("10s", Some(10_000)),
            ("1m30s", Some(90_000)),
            ("500ms", Some(500)),
            ("1h", Some(3_600_000)),
            ("0s", Some(0)),
            ("1h1m1s1ms", Some(3_661_001)),
            ("1s1s1s1s1s", None),
            ("99999s", Some(99_999_000)),
            ("123456s", None),
            ("10", None),
            ("1.5s", None),
            ("-1s", None),
            ("s", None),
            ("", None),
        ] {
            assert_eq!(gateway(text), milliseconds, "{text}");
        }
    }

    #[test]
    fn settings_may_leave_the_unit_out() {
        assert_eq!(setting(" 60 ", 1_000), Some(60_000));
        assert_eq!(setting("60000", 1), Some(60_000));
        assert_eq!(setting("2m", 1_000), Some(120_000));
        assert_eq!(setting("soon", 1_000), None);
        assert_eq!(setting("18446744073709551615", 1_000), None);
    }
}
