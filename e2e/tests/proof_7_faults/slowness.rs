//! Answers that come late, in drops, or not at all, from the start on.

use std::time::Duration;

use seaworthy_e2e::proxy::{Action, On, Rule};

use super::rig::{Cluster, SOON, deployment, happened, stateful_set};

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_an_initial_list_slower_than_the_watch_timeout() {
    let cluster = Cluster::start().await;
    for number in 0..8 {
        cluster.apply(&deployment(&format!("good-{number}"), true)).await;
    }
    // Eight pages of one object each take longer than the watch timeout of 5 s, and so does their sum.
    let slow = Action::Delay(Duration::from_millis(900));
    let slow = cluster.proxy.inject(Rule::new(On::list("deployments"), slow));
    let rig = cluster.operate(&["--page-size", "1"]);
    rig.not_ready("deployments: not listed yet").await;
    rig.judged("good-7", "True").await;
    assert!(slow.end() >= 8);
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_server_that_accepts_and_never_answers_a_list() {
    let cluster = Cluster::start().await;
    cluster.apply(&deployment("good-unlisted", true)).await;
    cluster.apply(&stateful_set("bad-listed", false)).await;
    let silent = cluster.proxy.inject(Rule::new(On::list("deployments"), Action::NeverAnswer));
    let rig = cluster.operate(&[]);
    rig.not_ready("deployments: not listed yet").await;
    // It must not stop the others for ever: after two watch timeouts it is stale.
    rig.not_ready("deployments: stale").await;
    seaworthy_e2e::eventually(SOON, "the other kind is judged", async || {
        rig.report("statefulset", "bad-listed").await
    })
    .await;
    assert!(rig.report("deployment", "good-unlisted").await.is_err());
    assert!(silent.end() >= 2);
    rig.judged("good-unlisted", "True").await;
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_slow_bodies_and_delays_everywhere() {
    let cluster = Cluster::start().await;
    cluster.apply(&deployment("good-slow", true)).await;
    // 400 bytes a second: this list takes longer than a call may.
    let drip = Action::SlowBody(100, Duration::from_millis(250));
    let drip = cluster.proxy.inject(Rule::new(On::list("deployments"), drip).times(2));
    let late = Rule::new(On::anything(), Action::Delay(Duration::from_millis(200)));
    let late = cluster.proxy.inject(late);
    let rig = cluster.operate(&[]);
    rig.judged("good-slow", "True").await;
    happened(&late, 10).await;
    assert_eq!(drip.end(), 2);
    assert!(late.end() >= 10);
    rig.converged().await;
}
