//! Lists and watches that fail: refused, cut, silent, or robbed of an event.

use seaworthy_e2e::proxy::{Action, Answer, On, Rule};

use super::rig::{Rig, happened, stateful_set};

/// One kind's watch meets the fault; a change of that kind must get through in the end, a change of
/// another kind while the fault lasts.
async fn one_watch_fails(rig: &Rig, name: &str, rule: Rule) {
    let (turning, other) = (format!("breaks-{name}"), format!("good-beside-{name}"));
    rig.deploy(&turning).await;
    rig.judged(&turning, "True").await;
    let fault = rig.proxy.inject(rule);
    rig.turn(&turning).await;
    rig.apply(&stateful_set(&other, true)).await;
    seaworthy_e2e::eventually(super::rig::SOON, "the other kind is judged", async || {
        rig.report("statefulset", &other).await
    })
    .await;
    happened(&fault, 1).await;
    rig.judged(&turning, "False").await;
    assert!(fault.end() >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_watch_refused_with_409_410_500_503() {
    let rig = Rig::start().await;
    for code in [409, 410, 500, 503] {
        let rule = Rule::new(On::watch("deployments"), Answer::status(code)).times(2);
        // The watch that is open now ends first, or the change would get through on it.
        let cut = rig.proxy.inject(Rule::new(On::watch("deployments"), Action::CutMidEvent).times(1));
        one_watch_fails(&rig, &code.to_string(), rule).await;
        assert_eq!(cut.end(), 1);
    }
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_list_refused_after_a_watch_expired() {
    let rig = Rig::start().await;
    let refused = Rule::new(On::list("deployments"), Answer::status(503)).times(2);
    let refused = rig.proxy.inject(refused);
    let expired = Rule::new(On::watch("deployments"), Answer::status(410)).times(1);
    one_watch_fails(&rig, "expired", expired).await;
    happened(&refused, 2).await;
    assert_eq!(refused.end(), 2);
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_watch_cut_or_silent() {
    let rig = Rig::start().await;
    let on = || On::watch("deployments");
    one_watch_fails(&rig, "cut", Rule::new(on(), Action::CutMidEvent).times(1)).await;
    one_watch_fails(&rig, "silent", Rule::new(on(), Action::Silence).times(1)).await;
    rig.converged().await;
}

/// An event that the server sent and nobody got: what the object is now counts, not how it came to be.
#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_watch_robbed_of_an_event() {
    let rig = Rig::start().await;
    let swallowed = Rule::new(On::watch("deployments"), Action::swallow("heals-robbed")).times(1);
    let swallowed = rig.proxy.inject(swallowed);
    rig.deploy("heals-robbed").await;
    happened(&swallowed, 1).await;
    assert!(rig.report("deployment", "heals-robbed").await.is_err());
    rig.turn("heals-robbed").await;
    rig.judged("heals-robbed", "True").await;
    assert_eq!(swallowed.end(), 1);
    rig.converged().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_7_a_watch_held_back_delivers_when_it_is_released() {
    let rig = Rig::start().await;
    rig.deploy("breaks-held").await;
    rig.judged("breaks-held", "True").await;
    let held = rig.proxy.inject(Rule::new(On::watch("deployments"), Action::Hold));
    rig.turn("breaks-held").await;
    happened(&held, 1).await;
    rig.apply(&stateful_set("bad-beside-held", false)).await;
    seaworthy_e2e::eventually(super::rig::SOON, "the other kind is judged", async || {
        rig.report("statefulset", "bad-beside-held").await
    })
    .await;
    let report = rig.report("deployment", "breaks-held").await.unwrap();
    assert_eq!(report["status"]["workloadGeneration"], 1, "{report}");
    assert!(held.end() >= 1);
    rig.judged("breaks-held", "False").await;
    rig.converged().await;
}
