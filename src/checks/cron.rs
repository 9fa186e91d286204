//! The schedule of a CronJob, read as the API server reads them, and whether they ever come.
//!
//! The grammar is that of robfig/cron v3 (`ParseStandard`) without time zones, which the server refuses in a
//! schedule. It must not know the time, nor compute runs: whether there is one does not depend on now. Next:
//! the check `cronjob-schedule`.

use thiserror::Error;

use super::durations::is_duration;

/// What a schedule amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schedule {
    /// Some day it comes.
    Comes,
    /// No day of any year matches, or no hour or minute of the day.
    Never,
}

/// Why a schedule cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum ScheduleError {
    #[error("it is empty")]
    Empty,
    #[error("it has {0} fields, not 5")]
    Fields(usize),
    #[error("`{0}` is not one of the names that begin with @")]
    Descriptor(String),
    #[error("`{0}` is not a duration")]
    Duration(String),
    #[error("{unit}: `{part}` is not a number, a range or a step")]
    Syntax { unit: &'static str, part: String },
    #[error("{unit}: `{part}` is not within {min} to {max}")]
    Range { unit: &'static str, part: String, min: u32, max: u32 },
}

/// One of the five fields.
struct Unit {
    name: &'static str,
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

const MINUTE: Unit = Unit { name: "minute", min: 0, max: 59, names: &[] };
const HOUR: Unit = Unit { name: "hour", min: 0, max: 23, names: &[] };
const DAY: Unit = Unit { name: "day of the month", min: 1, max: 31, names: &[] };
const MONTH: Unit = Unit {
    name: "month",
    min: 1,
    max: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAY: Unit = Unit {
    name: "day of the week",
    min: 0,
    max: 6,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

/// The values that a field allows.
#[derive(Clone, Copy, Debug, Default)]
struct Allowed {
    bits: u64,
    /// Whether one of its parts is `*` or `?`, which leaves the choice of the day to the other day field.
    star: bool,
}

/// Reads a schedule.
pub(super) fn parse(text: &str) -> Result<Schedule, ScheduleError> {
    if text.is_empty() {
        return Err(ScheduleError::Empty);
    }
    if text.starts_with('@') {
        return descriptor(text);
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else {
        return Err(ScheduleError::Fields(fields.len()));
    };
    let minute = MINUTE.read(minute)?;
    let hour = HOUR.read(hour)?;
    let (day, month, weekday) = (DAY.read(day)?, MONTH.read(month)?, WEEKDAY.read(weekday)?);
    let comes = minute.bits != 0 && hour.bits != 0 && has_a_day(day, month, weekday);
    Ok(if comes { Schedule::Comes } else { Schedule::Never })
}

/// Whether some day of some year matches. Of the two day fields both must match when one of them has a star;
/// else one is enough.
fn has_a_day(day: Allowed, month: Allowed, weekday: Allowed) -> bool {
    let longest = |month: u32| match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let months = || (MONTH.min..=MONTH.max).filter(|value| month.bits & (1 << value) != 0);
    let by_day = months().any(|month| (DAY.min..=longest(month)).any(|value| day.bits & (1 << value) != 0));
    // Any date falls on every day of the week in some year.
    let by_weekday = weekday.bits != 0;
    if day.star || weekday.star {
        by_day && by_weekday
    } else {
        (by_day || by_weekday) && months().next().is_some()
    }
}

fn descriptor(text: &str) -> Result<Schedule, ScheduleError> {
    const KNOWN: &[&str] = &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
    match text.strip_prefix("@every ") {
        Some(duration) if is_duration(duration) => Ok(Schedule::Comes),
        Some(duration) => Err(ScheduleError::Duration(shown(duration))),
        None if KNOWN.contains(&text) => Ok(Schedule::Comes),
        None => Err(ScheduleError::Descriptor(shown(text))),
    }
}

impl Unit {
    /// A list of parts; empty ones are passed over, so a list of nothing allows nothing.
    fn read(&self, field: &str) -> Result<Allowed, ScheduleError> {
        let mut allowed = Allowed::default();
        for part in field.split(',').filter(|part| !part.is_empty()) {
            let Allowed { bits, star } = self.part(part)?;
            allowed.bits |= bits;
            allowed.star |= star;
        }
        Ok(allowed)
    }

    /// `*`, `3`, `mon`, `1-5`, each with a step or without.
    fn part(&self, part: &str) -> Result<Allowed, ScheduleError> {
        let syntax = || ScheduleError::Syntax { unit: self.name, part: shown(part) };
        let mut halves = part.split('/');
        let range: Vec<&str> = halves.next().unwrap_or_default().split('-').collect();
        let step = halves.next();
        if halves.next().is_some() {
            return Err(syntax());
        }
        // What follows a star and a hyphen is not looked at.
        let star = matches!(range.first(), Some(&("*" | "?")));
        let (start, mut end) = match range.as_slice() {
            _ if star => (self.min, self.max),
            [one] => self.value(one).map(|value| (value, value)).ok_or_else(syntax)?,
            [low, high] => self.value(low).zip(self.value(high)).ok_or_else(syntax)?,
            _ => return Err(syntax()),
        };
        let step = match step {
            None => 1,
            Some(step) => {
                if range.len() == 1 {
                    end = self.max;
                }
                let step: u64 = step.parse().map_err(|_| syntax())?;
                // Go's own numbers end here.
                if step == 0 || step > i64::MAX.unsigned_abs() {
                    return Err(syntax());
                }
                step
            }
        };
        if start < self.min || end > self.max || start > end {
            return Err(ScheduleError::Range {
                unit: self.name,
                part: shown(part),
                min: self.min,
                max: self.max,
            });
        }
        let step_size = usize::try_from(step).unwrap_or(usize::MAX);
        let bits = (start..=end).step_by(step_size).fold(0, |bits, value| bits | 1_u64 << value);
        Ok(Allowed { bits, star: star && step == 1 })
    }

    fn value(&self, text: &str) -> Option<u32> {
        let lower = text.to_lowercase();
        let named = self.names.iter().position(|name| *name == lower);
        let named = named.and_then(|place| u32::try_from(place).ok()).map(|place| self.min + place);
        named.or_else(|| number(text))
    }
}

/// Decimal digits, with a plus sign or without.
fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// A text as messages show it: cut to what they have room for, and without control characters.
pub(super) fn shown(text: &str) -> String {
    const ROOM: usize = 40;
    let mut shown: String = text.escape_debug().take(ROOM).collect();
    if text.escape_debug().nth(ROOM).is_some() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_takes_is_read() {
        for text in [
            "0 3 * * *",
            "*/15 * * * *",
            "0 0,12 1 */2 *",
            "5 4 * * sun",
            "0 22 * * 1-5",
            "0 0 1 JAN-mar ?",
            "10/5 * * * *",
            "  0   3 * *\t*  ",
            "+5 3 * * *",
            "*-9 * * * *",
            ",1 * * * *",
            "0 0 29 2 *",
            "@daily",
            "@hourly",
            "@every 1h30m",
            "@every 1.5h",
            "@every 1.h.5m",
            "@every 90000ms7us8\u{b5}s9\u{3bc}s10ns",
            "@every -5s",
            "@every 0",
            "*/99 * * * *",
            "*/9223372036854775807 * * * *",
        ] {
            assert_eq!(parse(text), Ok(Schedule::Comes), "{text}");
        }
    }

    #[test]
    fn what_the_server_refuses_is_an_error() {
        for text in [
            "",
            " ",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * 32 * *",
            "* * * 13 *",
            "* * * * 7",
            "5-1 * * * *",
            "1-2-3 * * * *",
            "*/0 * * * *",
            "*/2/3 * * * *",
            "a * * * *",
            "-1 * * * *",
            "* * * * funday",
            "* jan * * *",
            "@Daily",
            "@daily ",
            "@reboot",
            "@every",
            "@every 5",
            "@every five minutes",
            "@every 1h-5m",
            "@every .h",
            "@every 1.2.3h",
            "@every h",
            "@every 5d",
            "@every 9999999h",
            "/5 * * * *",
            "*/9223372036854775808 * * * *",
        ] {
            assert!(parse(text).is_err(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn dates_that_no_year_has_never_come() {
        for text in ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", ", * * * *", "0 0 , * *", "0 0 1 , 1"] {
            assert!(!matches!(parse(text), Ok(Schedule::Comes)), "{text}");
        }
        assert_eq!(parse("0 0 30 2 *"), Ok(Schedule::Never));
    }

    #[test]
    fn a_step_goes_on_to_the_end_only_from_a_single_value() {
        assert_eq!(parse("0 0 30 2/1 *"), Ok(Schedule::Comes));
        assert_eq!(parse("0 0 30 2-2/1 *"), Ok(Schedule::Never));
    }

    #[test]
    fn with_both_days_given_one_is_enough() {
        assert_eq!(parse("0 0 30 2 1"), Ok(Schedule::Comes));
        // A step leaves no star, so the day of the week is given.
        assert_eq!(parse("0 0 30 2 */2"), Ok(Schedule::Comes));
        assert_eq!(parse("0 0 30 2 */1"), Ok(Schedule::Never));
    }

    #[test]
    fn errors_name_the_field_and_what_it_may_hold() {
        let message = parse("0 24 * * *").unwrap_err().to_string();
        assert_eq!(message, "hour: `24` is not within 0 to 23");
        assert_eq!(parse("0 3 * *").unwrap_err().to_string(), "it has 4 fields, not 5");
    }
}
