//! When the data of a Secret were written: what the server notes beside an object of its writers, and what annotations say.
//!
//! Moments are all that is kept, so that no byte of an annotation with something else in it is. What has not the shape of a
//! note says nothing, and is no fault. It must not judge how old is too old. Next: `metadata`, which names keys.

use std::num::NonZeroI64;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

use super::metadata::{Manager, text};
use crate::inventory::lenient::{StringEntry, list, null_is_default, string_entries};
use crate::inventory::metadata::seconds;
use crate::inventory::small_map::SmallMap;

/// Longest text that is taken for a moment.
const LONGEST: usize = 40;

/// When the data of a Secret were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// When one who owns a part of the data last wrote, in seconds since 1970.
    written: Option<NonZeroI64>,
    /// The moments that annotations hold, in the same unit, by their keys.
    noted: SmallMap<Box<str>, NonZeroI64>,
}

impl Changes {
    /// What writers tell, and the moments that annotations hold.
    pub(super) fn of(managers: &[Manager], noted: impl IntoIterator<Item = (Box<str>, NonZeroI64)>) -> Self {
        let owners = managers.iter().filter(|manager| manager.owns_data());
        let written = owners.filter_map(|manager| manager.written).max();
        Self { written, noted: noted.into_iter().collect() }
    }

    /// When one who owns a part of the data last wrote anything, if that is noted. The data can be older: who owns them
    /// may have changed another field.
    pub fn written(&self) -> Option<Timestamp> {
        timestamp(self.written?)
    }

    /// The moment that an annotation holds, if there is one that holds one.
    pub fn noted(&self, annotation: &str) -> Option<Timestamp> {
        timestamp(*self.noted.get(annotation)?)
    }
}

impl<'de> Deserialize<'de> for Changes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { metadata } = Read::deserialize(deserializer)?;
        let noted = metadata.annotations.iter();
        let noted = noted.filter_map(|(key, value)| Some((key.as_ref().into(), moment(value)?)));
        Ok(Self::of(&metadata.managed_fields, noted))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Read<'a> {
    #[serde(deserialize_with = "null_is_default")]
    metadata: ReadMetadata<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct ReadMetadata<'a> {
    #[serde(deserialize_with = "string_entries")]
    annotations: Vec<StringEntry<'a>>,
    #[serde(deserialize_with = "list")]
    managed_fields: Vec<Manager>,
}

/// A time of a note; none where it is no time.
pub(super) fn noted_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NonZeroI64>, D::Error> {
    Ok(text(deserializer)?.and_then(|text| text.parse::<Timestamp>().ok()).and_then(seconds))
}

/// The moment that a text is, if it is one: a time, or a day, which begins in UTC.
pub(super) fn moment(text: &str) -> Option<NonZeroI64> {
    let text = Some(text.trim()).filter(|text| text.len() <= LONGEST && text.contains('-'))?;
    let day = || Some(text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse::<Timestamp>().ok().or_else(day).and_then(seconds)
}

fn timestamp(seconds: NonZeroI64) -> Option<Timestamp> {
    Timestamp::from_second(seconds.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::decode::decode;
    use crate::inventory::{Kind, Object};

    fn changes(metadata: &str) -> [Changes; 2] {
        let json = format!(r#"{{"metadata":{{"name":"db",{metadata}}}}}"#);
        [Kind::Secret, Kind::SecretMetadata].map(|kind| match decode(kind, json.as_str()).unwrap() {
            Object::Secret(secret) => secret.changes,
            Object::SecretMetadata(secret) => secret.changes,
            other => panic!("{other:?}"),
        })
    }

    fn written(notes: &str) -> Option<String> {
        let [whole, named] = changes(&format!(r#""managedFields":{notes}"#));
        assert_eq!(whole, named);
        whole.written().map(|moment| moment.to_string())
    }

    #[test]
    fn the_last_of_those_who_own_data_counts() {
        let note = |time: &str, fields: &str| format!(r#"{{"time":"{time}","fieldsV1":{fields}}}"#);
        let old = note("2025-01-02T03:04:05Z", r#"{"f:data":{".":{},"f:user":{}}}"#);
        let new = note("2025-03-01T00:00:00Z", r#"{"f:stringData":{"f:password":{}}}"#);
        let labels =
            note("2025-06-01T00:00:00Z", r#"{"f:metadata":{"f:labels":{"f:a":{}}},"f:data":{".":{}}}"#);
        assert_eq!(written(&format!("[{old},{labels}]")).unwrap(), "2025-01-02T03:04:05Z");
        assert_eq!(written(&format!("[{old},{new},{labels}]")).unwrap(), "2025-03-01T00:00:00Z");
        assert_eq!(written(&format!("[{labels}]")), None);
        assert_eq!(written("[]"), None);
    }

    #[test]
    fn what_is_no_time_says_nothing() {
        for time in [r#""soon""#, "null", "7"] {
            let note = format!(r#"[{{"time":{time},"fieldsV1":{{"f:data":{{"f:user":{{}}}}}}}}]"#);
            assert_eq!(written(&note), None, "{time}");
        }
        let json = r#"{"metadata":{"name":"db","managedFields":"none"}}"#;
        let Object::Secret(secret) = decode(Kind::Secret, json).unwrap() else { panic!() };
        assert_eq!(secret.changes, Changes::default(), "whoever writes a file may write anything");
    }

    #[test]
    fn of_annotations_moments_are_kept_and_nothing_else() {
        let both = changes(
            r#""annotations":{"a":"2025-01-02T03:04:05+01:00","b":"2025-01-02","c":"20250102","d":"hunter2-x","e":null,
                "kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"password\":\"aHVudGVyMg==\"}}"}"#,
        );
        assert_eq!(both[0], both[1]);
        let noted = |key: &str| both[1].noted(key).map(|moment| moment.to_string());
        assert_eq!(noted("a").unwrap(), "2025-01-02T02:04:05Z");
        assert_eq!(noted("b").unwrap(), "2025-01-02T00:00:00Z");
        assert_eq!((noted("c"), noted("d"), noted("e"), noted("f")), (None, None, None, None));
        let shown = format!("{:?}", both[1]);
        assert!(!shown.contains("hunter2") && !shown.contains("last-applied"), "{shown}");
    }
}
