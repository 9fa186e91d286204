//! The admission webhook: there when a policy warns or denies, and with a certificate that holds.
//!
//! It must not register anything: the operator does. Next: [`crate::webhook`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::{Cluster, LiveError, text};
use super::Sign;
use crate::inventory::Kind;
use crate::inventory::certificate::CaBundle;
use crate::ops::resource::{ResourceRef, VALIDATING_WEBHOOK_CONFIGURATIONS};
use crate::render::manifests::NAME;

/// The operator renews long before this.
const RENEWED_BY: SignedDuration = SignedDuration::from_hours(24);

/// Whether the API server asks the operator, and can.
pub(super) async fn look(cluster: &Cluster, is_enforced: bool) -> Result<Vec<Sign>, LiveError> {
    let there = match cluster.get(VALIDATING_WEBHOOK_CONFIGURATIONS.object(None, NAME)).await {
        Ok(Some(there)) => there,
        Ok(None) if is_enforced => {
            let fix = "start the operator with its webhook (with listed namespaces: webhook.clusterRole of the chart), or look at its logs";
            let what = "a policy warns or denies, and there is no webhook: nothing is enforced";
            return Ok(vec![Sign::wrong(what, fix)]);
        }
        Ok(None) => {
            return Ok(vec![Sign::Fine("no policy warns or denies, and there is no webhook".to_owned())]);
        }
        Err(error) => return Ok(vec![Sign::hidden(error)?]),
    };
    let mut signs = vec![certificate(&there, Timestamp::now())];
    let service = "/webhooks/0/clientConfig/service";
    let [namespace, name] = ["namespace", "name"].map(|part| text(&there, &format!("{service}/{part}")));
    if !name.is_empty() {
        let services: ResourceRef = Kind::Service.info().into();
        match cluster.get(services.object(Some(namespace), name)).await {
            Ok(Some(_)) => {}
            Ok(None) => {
                let what =
                    format!("the webhook's Service {namespace}/{name} is not there: nothing is enforced");
                signs.push(Sign::wrong(
                    what,
                    "kubectl apply --server-side -f deploy/network.yaml, or helm upgrade",
                ));
            }
            Err(error) => signs.push(Sign::hidden(error)?),
        }
    }
    Ok(signs)
}

fn certificate(configuration: &Value, now: Timestamp) -> Sign {
    let encoded = text(configuration, "/webhooks/0/clientConfig/caBundle");
    let bundle = STANDARD.decode(encoded).ok().map(|pem| CaBundle::parse(&pem));
    let fix = "restart the operator: it renews the certificate and this bundle";
    let Some(last) = bundle.and_then(|bundle| bundle.certificates.iter().map(|one| one.not_after).max())
    else {
        return Sign::wrong("the webhook's caBundle holds no certificate: nothing is enforced", fix);
    };
    if last <= now {
        return Sign::wrong(format!("the webhook's certificate ended on {last}: nothing is enforced"), fix);
    }
    if last <= now + RENEWED_BY {
        return Sign::wrong(format!("the webhook's certificate ends on {last}, and was not renewed"), fix);
    }
    Sign::Fine(format!("the webhook's certificate holds until {last}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_certificate_that_ends_is_a_problem_before_it_does() {
        let pem = include_bytes!("../../../../tests/fixtures/tls/rsa2048.crt");
        let end = CaBundle::parse(pem).certificates[0].not_after;
        let bundle = STANDARD.encode(pem);
        let of = |bundle: &str| json!({"webhooks": [{"clientConfig": {"caBundle": bundle}}]});
        let at = |hours| certificate(&of(&bundle), end - SignedDuration::from_hours(hours));
        assert!(matches!(at(48), Sign::Fine(_)));
        let said = |sign| match sign {
            Sign::Wrong(what, _) => what,
            other => panic!("{other:?}"),
        };
        assert!(said(at(23)).contains("was not renewed"));
        assert!(said(at(-1)).contains("ended on"));
        assert!(said(certificate(&of(""), end)).contains("no certificate"));
    }
}
