//! Test support: Services, Ingresses and Secrets in front of the baseline, and certificates of any period.
//!
//! It must not know any particular check. Next: [`super::testing`].

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::{Value, json};

use crate::catalogue::Check;
use crate::checks::testing::Case;

/// A host that [`ingress`] serves.
pub(super) const HOST: &str = "www.shop.example";

/// Year, month and day.
pub(super) type Day = (i32, u8, u8);

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// The Service that selects the baseline's pods.
pub(super) fn service() -> Value {
    json!({"kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}}})
}

/// An Ingress that sends these hosts to that Service.
pub(super) fn ingress(hosts: &[&str], tls: &Value) -> Value {
    let http = json!({"paths": [{"backend": {"service": {"name": "web"}}}]});
    let rules: Vec<_> = hosts.iter().map(|host| json!({"host": host, "http": http})).collect();
    json!({"kind": "Ingress", "metadata": {"name": "web"}, "spec": {"rules": rules, "tls": tls}})
}

/// The `tls` of an Ingress whose one entry names `web-tls` for [`HOST`].
pub(super) fn tls() -> Value {
    json!([{"hosts": [HOST], "secretName": "web-tls"}])
}

/// The Secret `web-tls` with these two files.
pub(super) fn secret(certificate: &str, key: &str) -> Value {
    json!({"kind": "Secret", "metadata": {"name": "web-tls"}, "type": "kubernetes.io/tls",
        "stringData": {"tls.crt": certificate, "tls.key": key}})
}

/// The baseline behind an Ingress for [`HOST`] with this Secret.
pub(super) fn behind(check: &'static Check, secret: Value) -> Case {
    Case::of(check).with(service()).with(ingress(&[HOST], &tls())).with(secret)
}

/// The same with a Secret that holds this pair.
pub(super) fn with_pair(check: &'static Check, pair: &Pair) -> Case {
    behind(check, secret(&pair.certificate, &pair.key))
}

/// A certificate for these hosts and this period.
pub(super) fn issue(hosts: &[&str], from: Day, to: Day) -> Pair {
    let key = KeyPair::generate().unwrap();
    let certificate = parameters(hosts, from, to).self_signed(&key).unwrap().pem();
    Pair { certificate, key: key.serialize_pem() }
}

/// A leaf for [`HOST`] and the certificate of its issuer, which has a period of its own.
pub(super) fn chain(leaf: (Day, Day), issuer: (Day, Day)) -> (Pair, String) {
    below(&[HOST], leaf, issuer)
}

/// A leaf for these hosts and the certificate of its issuer, which is always called the same.
pub(super) fn issued_for(hosts: &[&str]) -> (Pair, String) {
    let period = ((2025, 6, 1), (2027, 6, 1));
    below(hosts, period, period)
}

fn below(hosts: &[&str], leaf: (Day, Day), issuer: (Day, Day)) -> (Pair, String) {
    let (leaf_key, issuer_key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut above = parameters(&[], issuer.0, issuer.1);
    above.distinguished_name.push(DnType::CommonName, "issuer");
    above.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer_pem = above.self_signed(&issuer_key).unwrap().pem();
    let issuer = Issuer::new(above, issuer_key);
    let mut own = parameters(hosts, leaf.0, leaf.1);
    own.use_authority_key_identifier_extension = true;
    let certificate = own.signed_by(&leaf_key, &issuer).unwrap().pem();
    (Pair { certificate, key: leaf_key.serialize_pem() }, issuer_pem)
}

fn parameters(hosts: &[&str], from: Day, to: Day) -> CertificateParams {
    let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut parameters = CertificateParams::new(hosts).unwrap();
    parameters.not_before = date_time_ymd(from.0, from.1, from.2);
    parameters.not_after = date_time_ymd(to.0, to.1, to.2);
    parameters
}
