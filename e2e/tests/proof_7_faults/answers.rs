//! Writes that the server refuses, or answers too late, or carries out without saying so.

use std::time::Duration;

use seaworthy_e2e::proxy::{Action, Answer, On, Rule};

use super::rig::{Rig, happened};

/// One workload's report meets the fault as often as it is written; another's must not wait for it.
async fn one_report_is_refused(rig: &Rig, name: &str, action: impl Into<Action>) {
    let (refused, other) = (format!("good-{name}"), format!("bad-beside-{name}"));
    let on = On::write("readinessreports").namespace("shop").name(&format!("deployment-{refused}"));
    let fault = rig.proxy.inject(Rule::new(on, action));
    rig.deploy(&refused).await;
    happened(&fault, 1).await;
    rig.deploy(&other).await;
    rig.judged(&other, "False").await;
    assert!(rig.report("deployment", &refused).await.is_err(), "the report got through");
    assert!(fault.end() >= 1);
    rig.judged(&refused, "True").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_write_refused_with_409_410_500_503() {
    let rig = Rig::start().await;
    for code in [409, 410, 500, 503] {
        one_report_is_refused(&rig, &code.to_string(), Answer::status(code)).await;
    }
    // The body need not say what the status line does.
    let html = Answer::status(500).body("<html>out of order</html>");
    one_report_is_refused(&rig, "html", html).await;
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_write_throttled_with_a_huge_retry_after() {
    let rig = Rig::start().await;
    let throttled = Answer::status(429).header("retry-after", "86400");
    one_report_is_refused(&rig, "throttled", throttled).await;
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_write_never_answered_and_one_whose_answer_is_lost() {
    let rig = Rig::start().await;
    one_report_is_refused(&rig, "unanswered", Action::NeverAnswer).await;
    one_report_is_refused(&rig, "closed", Action::Close).await;

    let on = |name: &str| On::write("readinessreports").name(&format!("deployment-{name}"));
    let lost = rig.proxy.inject(Rule::new(on("good-lost"), Action::LoseAnswer(Answer::status(504))).times(3));
    let slow = Action::SlowBody(10, Duration::from_millis(100));
    let slow = rig.proxy.inject(Rule::new(on("good-slow"), slow).times(1));
    rig.deploy("good-lost").await;
    rig.deploy("good-slow").await;
    rig.judged("good-lost", "True").await;
    rig.judged("good-slow", "True").await;
    assert!(lost.end() >= 1 && slow.end() >= 1);
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_policys_status_refused() {
    let rig = Rig::start().await;
    let before = rig.policy("gate", "Compliant", "False").await;
    let on = On::write("readinesspolicies").subresource("status");
    let fault = rig.proxy.inject(Rule::new(on, Answer::status(503)));
    rig.deploy("bad-uncounted").await;
    happened(&fault, 1).await;
    rig.judged("bad-uncounted", "False").await;
    let during = rig.policy("gate", "Compliant", "False").await;
    assert_eq!(during["status"]["workloads"], before["status"]["workloads"]);
    assert!(fault.end() >= 1);
    rig.converged().await;
}
