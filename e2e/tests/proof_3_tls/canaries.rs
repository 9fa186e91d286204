//! What must never be seen outside of a Secret: every form that the bytes of a key can take.
//!
//! It must not say where to look; [`everything_shown`] says what the operator shows. Next: any test.

use rcgen::KeyPair;
use seaworthy_e2e::{Cluster, Replica};

/// Pieces of keys.
#[derive(Default)]
pub(crate) struct Canaries(Vec<String>);

/// What no key at all may begin with, as PEM and as the data of a Secret.
const HEADS: [&str; 2] = ["PRIVATE KEY", "LS0tLS1CRUdJTiBQUklWQVRF"];

impl Canaries {
    /// A text that is as secret as a key.
    pub(crate) fn text(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }

    /// A key: the lines of its PEM, and its secret number in hex and as Debug prints bytes.
    pub(crate) fn key(&mut self, key: &KeyPair) {
        self.0.extend(key.serialize_pem().lines().filter(|line| !line.contains("---")).map(str::to_owned));
        // Of P-256 in PKCS#8; the public key follows it.
        let number = &key.serialized_der()[36..68];
        for piece in number.chunks(8) {
            let hex: Vec<_> = piece.iter().map(|byte| format!("{byte:02x}")).collect();
            self.0.push(hex.concat());
            let decimals: Vec<_> = piece.iter().map(u8::to_string).collect();
            self.0.push(decimals.join(", "));
            self.0.push(decimals.join(","));
        }
    }

    /// Everything under `tls.key` in any Secret, as the API server has it.
    pub(crate) async fn stored(&mut self, cluster: &Cluster) {
        let list = cluster.get("/api/v1/secrets").await.unwrap().unwrap();
        for secret in list["items"].as_array().unwrap() {
            let data = secret["data"]["tls.key"].as_str().unwrap_or_default();
            let pieces = data.as_bytes().chunks(40).filter(|piece| piece.len() == 40);
            self.0.extend(pieces.map(|piece| String::from_utf8(piece.to_vec()).unwrap()));
        }
    }

    /// Fails if a piece is in a text.
    pub(crate) fn assert_absent(&self, (place, text): (&str, &str)) {
        assert!(self.0.len() > 10, "canaries were set");
        for piece in self.0.iter().map(String::as_str).chain(HEADS) {
            if let Some(at) = text.find(piece) {
                let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
                let line = text[start..].lines().next().unwrap_or_default();
                panic!("{place} holds {piece}: {}", line.chars().take(2000).collect::<String>());
            }
        }
    }

    /// Fails if the operator shows a piece anywhere.
    pub(crate) async fn assert_nothing_is_shown(&self, cluster: &Cluster, replica: &Replica) {
        for (place, text) in everything_shown(cluster, replica).await {
            assert!(!text.is_empty(), "nothing in {place}");
            self.assert_absent((place, &text));
        }
    }
}

/// Every place to which the operator writes.
pub(crate) async fn everything_shown(cluster: &Cluster, replica: &Replica) -> Vec<(&'static str, String)> {
    let all = |path: &'static str| async move {
        let list = cluster.get(path).await.unwrap().unwrap();
        assert!(list["items"].as_array().is_some_and(|items| !items.is_empty()), "nothing at {path}");
        (path, list.to_string())
    };
    vec![
        all("/apis/seaworthy.dev/v1alpha1/readinessreports").await,
        all("/apis/seaworthy.dev/v1alpha1/readinesspolicies").await,
        all("/apis/seaworthy.dev/v1alpha1/clusterreadinesspolicies").await,
        all("/apis/events.k8s.io/v1/events").await,
        all("/apis/coordination.k8s.io/v1/leases").await,
        ("the log", replica.operator.log().unwrap()),
        ("/metrics", replica.operator.get("/metrics").await.unwrap().1),
        ("/readyz", replica.operator.get("/readyz").await.unwrap().1),
        ("/livez", replica.operator.get("/livez").await.unwrap().1),
    ]
}

#[test]
#[should_panic(expected = "the log holds")]
fn a_key_that_is_printed_as_bytes_is_found() {
    let key = KeyPair::generate().unwrap();
    let mut canaries = Canaries::default();
    canaries.key(&key);
    canaries.assert_absent(("the log", "nothing of it"));
    canaries.assert_absent(("the log", &format!("it was {:?}", key.serialized_der())));
}
