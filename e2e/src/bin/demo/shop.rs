//! The sample application of `deploy/samples`: putting it there, mending it, and waiting for verdicts.
//!
//! It must not know which workloads there are, or what is wrong with them: the API server and the
//! operator are asked. Next: `verdicts.rs` shows what they say.

use std::time::Duration;

use rcgen::{CertificateParams, DnType, KeyPair};
use seaworthy_e2e::{condition, condition_message, is_judged, try_eventually};
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    place::{Place, SHOP, file},
    verdicts::Verdict,
};

/// The policy that a pipeline of the shop waits for.
pub(crate) const POLICY: &str = "shop-production";
/// How a workload's gain is told.
const GAINED: &str = "ReadinessGained";

const SOON: Duration = Duration::from_secs(30);

/// How the shop stands.
pub(crate) struct Standing {
    /// Ready of the policy: status and reason, then the message.
    pub(crate) ready: (String, String),
    /// Workloads that the policy counts.
    pub(crate) counted: u64,
    pub(crate) verdicts: Vec<Verdict>,
}

/// Applies the sample application as it is: what is wrong with it included.
pub(crate) async fn open(place: &Place) -> Result<(), Failure> {
    place.kubectl(&["apply", "--server-side", "-f", &file("deploy/samples/00-namespace.yaml")]).await?;
    // Before a namespace has this account, no Pod is admitted in it.
    let account = format!("/api/v1/namespaces/{SHOP}/serviceaccounts/default");
    try_eventually(SOON, "the namespace's service account", async || place.get(&account).await).await?;
    place.apply(&secret()?.to_string()).await?;
    place.kubectl(&["apply", "--server-side", "-f", &file("deploy/samples")]).await.map(drop)
}

/// Applies what mends it.
pub(crate) async fn mend(place: &Place) -> Result<(), Failure> {
    place.kubectl(&["apply", "--server-side", "-f", &file("deploy/samples/fixes")]).await.map(drop)
}

/// The certificate that the Ingress names, as `deploy/samples/README.md` makes it.
fn secret() -> Result<Value, Failure> {
    let mut params = CertificateParams::new(vec!["shop.example".to_owned()])?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "shop.example");
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let day = |date: jiff::civil::Date| {
        let number = |part: i8| u8::try_from(part).unwrap_or(1);
        rcgen::date_time_ymd(date.year().into(), number(date.month()), number(date.day()))
    };
    params.not_before = day(today);
    params.not_after = day(today.saturating_add(jiff::Span::new().days(90)));
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok(json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {"name": "shop-tls", "namespace": SHOP},
        "stringData": {"tls.crt": certificate.pem(), "tls.key": key.serialize_pem()},
    }))
}

/// Waits until the policy and a report of each workload speak of what is there now, and the policy says
/// this.
pub(crate) async fn judged(place: &Place, ready: &str) -> Result<Standing, Failure> {
    let awaited = format!("the policy {POLICY} says Ready={ready}, and each workload has its report");
    let standing = try_eventually(SOON, &awaited, async || {
        let standing = look(place).await?;
        let (status, message) = &standing.ready;
        if status.split(' ').next() == Some(ready) && !status.ends_with("NoWorkloads") {
            Ok(standing)
        } else {
            Err(format!("{status}: {message}"))
        }
    });
    Ok(standing.await?)
}

async fn look(place: &Place) -> Result<Standing, String> {
    let own = format!("/apis/seaworthy.dev/v1alpha1/namespaces/{SHOP}");
    let policy = place.get(&format!("{own}/readinesspolicies/{POLICY}")).await?;
    if !is_judged(&policy) {
        return Err(format!("{POLICY} is not judged yet"));
    }
    let reports = place.list(&format!("{own}/readinessreports")).await?;
    let verdicts: Vec<Verdict> = reports.iter().map(Verdict::of).collect();
    for workload in workloads(place).await? {
        let text = |path: &str| workload.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let (uid, generation) =
            (text("/metadata/uid"), workload.pointer("/metadata/generation").and_then(Value::as_i64));
        if !verdicts.iter().any(|verdict| verdict.uid == uid && verdict.generation == generation) {
            return Err(format!("no report yet on {}", text("/metadata/name")));
        }
    }
    let counted = policy.pointer("/status/workloads/total").and_then(Value::as_u64).unwrap_or_default();
    let ready = (condition(&policy, "Ready"), condition_message(&policy, "Ready"));
    Ok(Standing { ready, counted, verdicts })
}

/// The workloads that have a report at once; a bare Pod or Job gets its own after a minute of life.
async fn workloads(place: &Place) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    for plural in ["apps/v1/deployments", "apps/v1/statefulsets", "apps/v1/daemonsets", "batch/v1/cronjobs"] {
        let (api, plural) = plural.rsplit_once('/').unwrap_or_default();
        all.extend(place.list(&format!("/apis/{api}/namespaces/{SHOP}/{plural}")).await?);
    }
    Ok(all)
}

/// Waits until an Event tells of each workload that became ready.
pub(crate) async fn told(place: &Place, gains: usize) -> Result<(), Failure> {
    let path = format!("/apis/events.k8s.io/v1/namespaces/{SHOP}/events?fieldSelector=reason={GAINED}");
    try_eventually(SOON, &format!("{gains} Events {GAINED}"), async || {
        let told = place.list(&path).await?.len();
        if told >= gains { Ok(()) } else { Err(format!("{told} Events")) }
    })
    .await?;
    Ok(())
}
