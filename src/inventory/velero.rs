//! Schedules of Velero: when it makes backups.
//!
//! Whether one is paused is not kept: what it says is wrong or right either way. It must not judge. Next: the check
//! `cronjob-schedule`.

use serde::Deserialize;

use super::lenient::null_is_default;
use super::metadata::Metadata;

/// A Schedule, lean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BackupSchedule {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: Metadata,
    /// Spec.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: BackupScheduleSpec,
}

/// `spec` of a Schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BackupScheduleSpec {
    /// When backups are made, in the words of cron.
    #[serde(deserialize_with = "null_is_default")]
    pub schedule: Box<str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_empty_and_what_is_no_text_is_an_error() {
        let read = |json: &str| serde_json::from_str::<BackupSchedule>(json);
        assert_eq!(
            &*read(r#"{"spec":{"schedule":"@daily","paused":true}}"#).unwrap().spec.schedule,
            "@daily"
        );
        for empty in [r#"{"spec":{"schedule":null}}"#, r#"{"spec":null}"#, "{}"] {
            assert_eq!(&*read(empty).unwrap().spec.schedule, "", "{empty}");
        }
        assert!(read(r#"{"spec":{"schedule":7}}"#).is_err());
    }
}
