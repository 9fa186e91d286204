//! One kind without a sign of life, all of them, and the API server gone.

use seaworthy_e2e::proxy::{Action, Answer, On, Rule};

use super::rig::{Rig, SOON, happened, stateful_set};

const STALE: &str = "seaworthy_watch_stale{resource=\"deployments\"}";

async fn goes_stale(rig: &Rig, action: impl Into<Action>) {
    let fault = rig.proxy.inject(Rule::new(On::read("deployments"), action));
    // It begins with the next request; a change ends the watch that is open.
    let cut = rig.proxy.inject(Rule::new(On::watch("deployments"), Action::CutMidEvent).times(1));
    rig.deploy("bad-unseen").await;
    rig.not_ready("deployments: stale").await;
    assert_eq!(rig.metric(STALE).await, Some(1.0));
    rig.judged("good-first", "Unknown").await;
    rig.judged("bad-first", "Unknown").await;
    rig.policy("gate", "Compliant", "Unknown").await;
    rig.apply(&stateful_set("good-beside", true)).await;
    seaworthy_e2e::eventually(SOON, "the other kind is judged", async || {
        rig.report("statefulset", "good-beside").await
    })
    .await;
    assert!(cut.end() == 1 && fault.end() >= 1);
    rig.judged("good-first", "True").await;
    rig.judged("bad-first", "False").await;
    rig.judged("bad-unseen", "False").await;
    assert_eq!(rig.metric(STALE).await, Some(0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_stale_kind_is_unknown_and_the_others_are_judged() {
    let rig = Rig::start().await;
    goes_stale(&rig, Answer::status(500)).await;
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_watch_throttled_with_a_huge_retry_after_is_stale_for_a_while() {
    let rig = Rig::start().await;
    goes_stale(&rig, Answer::status(429).header("retry-after", "86400")).await;
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_when_nothing_shows_life_nothing_is_judged_and_readiness_says_so() {
    let rig = Rig::start().await;
    for action in [Action::Close, Action::NeverAnswer] {
        let fault = rig.proxy.inject(Rule::new(On::anything(), action));
        let cut = rig.proxy.inject(Rule::new(On::watch("deployments"), Action::CutMidEvent).times(1));
        rig.deploy("breaks-meanwhile").await;
        happened(&fault, 1).await;
        rig.not_ready("the API server shows no sign of life").await;
        assert_eq!(rig.operator.get("/livez").await.unwrap().0, 200);
        // The last verdicts stand: an outage is no news about a workload.
        rig.judged("good-first", "True").await;
        assert!(fault.end() >= 1);
        drop(cut);
        rig.judged("breaks-meanwhile", "True").await;
        let deployments = rig.api("apps", "Deployment", "deployments");
        deployments.delete("breaks-meanwhile", &kube::api::DeleteParams::default()).await.unwrap();
    }
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_the_api_server_is_restarted() {
    let mut rig = Rig::start().await;
    rig.deploy("breaks-before").await;
    rig.judged("breaks-before", "True").await;
    rig.plane.restart_api_server().await.unwrap();
    rig.turn("breaks-before").await;
    rig.judged("breaks-before", "False").await;
    // Longer than two watch timeouts.
    rig.plane.stop_api_server().unwrap();
    rig.not_ready("the API server shows no sign of life").await;
    assert_eq!(rig.operator.get("/livez").await.unwrap().0, 200);
    rig.plane.start_api_server().await.unwrap();
    rig.judged("breaks-before", "False").await;
    rig.judged("good-first", "True").await;
    rig.converged().await;
}
