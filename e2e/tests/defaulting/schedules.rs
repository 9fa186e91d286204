//! The check `cronjob-schedule`, against what the server takes of a CronJob.
//!
//! Left out: whether a schedule comes. The server takes one that never does.

use seaworthy::{
    catalogue::WorkloadSubject,
    checks::find,
    engine::judge::judge,
    inventory::{Inventory, Kind, Object, decode::decode, lookup::Coverage},
};
use serde_json::{Map, Value, json};

use super::{Server, random::Choices};

const SEED: u64 = 4;
const MADE: usize = 300;

/// Schedules that are odd in one way each.
const ODD: &[&str] = &[
    "",
    " ",
    "0 3 * * *",
    " 0  3 * * * ",
    "* * * *",
    "* * * * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 7",
    "* * * * Sun-MON",
    "* * * jan,Feb *",
    "5-1 * * * *",
    "1-2-3 * * * *",
    "*/0 * * * *",
    "*/2/3 * * * *",
    "*/99 * * * *",
    "*-9 * * * *",
    "?-x/5 * * * *",
    "10/5 * * * *",
    ", * * * *",
    ",1, * * * *",
    "+5 * * * *",
    "-1 * * * *",
    "1.5 * * * *",
    "0x1 * * * *",
    "* jan * * *",
    "0 0 30 2 *",
    "@daily",
    "@Daily",
    "@daily ",
    " @daily",
    "@reboot",
    "@every 1h30m",
    "@every  1h",
    "@every 1.5h",
    "@every -5s",
    "@every 0",
    "@every",
    "@every 5",
    "@every 1h-5m",
    "@every 9999999h",
    "@every 1\u{b5}s",
    "@every .5s",
    "@every .s",
    "@every 1d",
    "TZ=UTC 0 3 * * *",
    "CRON_TZ=UTC 0 3 * * *",
    "0 3 * * TZ",
];

const ZONES: &[&str] = &[
    "",
    "UTC",
    "Etc/UTC",
    "GMT",
    "Europe/Zurich",
    "europe/zurich",
    "America/Argentina/Ushuaia",
    "US/Pacific",
    "Local",
    "local",
    "Europe/Bern",
    "Etc/GMT+5",
    "+02:00",
    "../UTC",
    "Europe/../UTC",
    "/UTC",
    "Europe/",
    "EST5EDT",
    "CET",
];

pub(crate) async fn schedules_are_read_as_by_the_server(server: &Server) -> Vec<String> {
    let mut choices = Choices::seeded(SEED);
    let made: Vec<String> = (0..MADE).map(|_| schedule(&mut choices)).collect();
    let schedules = ODD.iter().copied().chain(made.iter().map(String::as_str)).map(|one| (one, None));
    let zones = ZONES.iter().map(|zone| ("@daily", Some(*zone)));
    let sent: Vec<Value> = schedules.chain(zones).map(cron_job).collect();
    let answers = server.dry_runs("/apis/batch/v1/namespaces/plain/cronjobs", &sent).await;
    let (mut taken, mut differences) = (0, Vec::new());
    for (sent, answer) in sent.iter().zip(answers) {
        let ours = refusal(sent);
        taken += usize::from(answer.is_ok());
        if ours.is_some() != answer.is_err() {
            let theirs = answer.err();
            differences.push(format!("{}\n  ours: {ours:?}\n  the server: {theirs:?}", sent["spec"]));
        }
    }
    let refused = sent.len() - taken;
    assert!(taken >= MADE / 6 && refused >= MADE / 6, "{taken} taken, {refused} refused");
    differences
}

/// Five fields of parts that are sometimes wrong.
fn schedule(choices: &mut Choices) -> String {
    let parts = [
        "*", "?", "0", "1", "6", "12", "31", "1-5", "*/2", "3/4", "1,2", "2-30/3", "mon", "jan", "7", "59",
        "a",
    ]
    .map(Value::from);
    let common = ["*", "1", "2-5", "*/3", "1,4"].map(Value::from);
    let field = |choices: &mut Choices| {
        let from = if choices.percent(35) { &parts[..] } else { &common[..] };
        choices.one_of(from).as_str().unwrap().to_owned()
    };
    (0..5).map(|_| field(choices)).collect::<Vec<_>>().join(" ")
}

fn cron_job((schedule, zone): (&str, Option<&str>)) -> Value {
    let pod =
        json!({"restartPolicy": "Never", "containers": [{"name": "app", "image": "registry.example/app:1"}]});
    json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c", "namespace": "plain"},
        "spec": {"schedule": schedule, "timeZone": zone, "jobTemplate": {"spec": {"template": {"spec": pod}}}},
    })
}

/// What the check has against it, unless that is only that it never comes.
fn refusal(object: &Value) -> Option<String> {
    let Ok(Object::Workload(workload)) = decode(Kind::CronJob, &object.to_string()) else {
        panic!("{object}")
    };
    let check = find("cronjob-schedule").unwrap();
    let compiled = (check.compile)(&Map::new()).unwrap();
    let inventory = Inventory::with_coverage(Coverage::Complete);
    let namespace = inventory.namespace("plain");
    let now = jiff::Timestamp::UNIX_EPOCH;
    let judged = judge(check, &compiled, &WorkloadSubject { workload: &workload, namespace, now });
    let messages = judged.findings.into_iter().map(|found| found.message);
    messages.into_iter().find(|message| !message.ends_with("never comes"))
}
