//! Versions of TLS, as settings of servers name them.
//!
//! It must not judge. Next: [`super::config_map`], which keeps one of a controller's settings.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A version of TLS, or what came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum TlsVersion {
    /// SSL, in whatever version.
    #[serde(rename = "SSL")]
    Ssl,
    /// TLS 1.0.
    #[serde(rename = "1.0")]
    V1_0,
    /// TLS 1.1.
    #[serde(rename = "1.1")]
    V1_1,
    /// TLS 1.2.
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    V1_3,
}

impl TlsVersion {
    /// The version that a word is, as in `TLSv1.2` or `1.2`.
    pub fn parse(word: &str) -> Option<Self> {
        let lower = word.trim().to_ascii_lowercase();
        if matches!(lower.as_str(), "sslv2" | "sslv3") {
            return Some(Self::Ssl);
        }
        let number = lower.strip_prefix("tlsv").or_else(|| lower.strip_prefix("tls")).unwrap_or(&lower);
        match number.trim_start_matches(['_', '-', ' ']) {
            "1" | "1.0" => Some(Self::V1_0),
            "1.1" => Some(Self::V1_1),
            "1.2" => Some(Self::V1_2),
            "1.3" => Some(Self::V1_3),
            _ => None,
        }
    }

    /// The lowest of a list of versions; none if a word of it is no version.
    pub fn lowest(list: &str) -> Option<Self> {
        let words = list.split([' ', '\t', ',']).filter(|word| !word.is_empty());
        let versions: Option<Vec<Self>> = words.map(Self::parse).collect();
        versions?.into_iter().min()
    }

    /// The version that a word of Traefik is, as in `VersionTLS12`.
    pub fn of_traefik(word: &str) -> Option<Self> {
        match word {
            "VersionTLS10" => Some(Self::V1_0),
            "VersionTLS11" => Some(Self::V1_1),
            "VersionTLS12" => Some(Self::V1_2),
            "VersionTLS13" => Some(Self::V1_3),
            _ => None,
        }
    }

    /// The version that a word of Consul is, as in `TLSv1_2`.
    pub fn of_consul(word: &str) -> Option<Self> {
        match word {
            "TLSv1_0" => Some(Self::V1_0),
            "TLSv1_1" => Some(Self::V1_1),
            "TLSv1_2" => Some(Self::V1_2),
            "TLSv1_3" => Some(Self::V1_3),
            _ => None,
        }
    }

    /// The lowest version that a word of Istio stands for, as in `TLSV1_2`. Left to Istio, that is 1.2.
    pub fn of_istio(word: &str) -> Option<Self> {
        match word {
            "TLSV1_0" => Some(Self::V1_0),
            "TLSV1_1" => Some(Self::V1_1),
            "" | "TLS_AUTO" | "TLSV1_2" => Some(Self::V1_2),
            "TLSV1_3" => Some(Self::V1_3),
            _ => None,
        }
    }

    /// The lowest that a security policy of Elastic Load Balancing lets in, by the name that AWS gave it.
    pub fn of_elb_policy(name: &str) -> Option<Self> {
        let rest = name.trim().strip_prefix("ELBSecurityPolicy-")?;
        let begins = |starts: &[&str]| starts.iter().any(|start| rest.starts_with(start));
        if begins(&["TLS13-1-3"]) {
            Some(Self::V1_3)
        } else if begins(&["TLS13-1-2", "TLS-1-2", "FS-1-2"]) {
            Some(Self::V1_2)
        } else if begins(&["TLS13-1-1", "TLS-1-1", "FS-1-1"]) {
            Some(Self::V1_1)
        } else {
            begins(&["TLS13-1-0", "FS-2018-06", "2015-05", "2016-08"]).then_some(Self::V1_0)
        }
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ssl => "SSL",
            Self::V1_0 => "TLS 1.0",
            Self::V1_1 => "TLS 1.1",
            Self::V1_2 => "TLS 1.2",
            Self::V1_3 => "TLS 1.3",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_of_a_list_counts_and_a_word_that_is_none_leaves_it_open() {
        for (list, lowest) in [
            ("TLSv1.2 TLSv1.3", Some(TlsVersion::V1_2)),
            ("TLSv1 TLSv1.1 TLSv1.2", Some(TlsVersion::V1_0)),
            ("TLSv1.3", Some(TlsVersion::V1_3)),
            ("SSLv3,TLSv1.2", Some(TlsVersion::Ssl)),
            ("1.2", Some(TlsVersion::V1_2)),
            ("", None),
            ("TLSv1.2 novel", None),
            ("1.4", None),
        ] {
            assert_eq!(TlsVersion::lowest(list), lowest, "{list}");
        }
    }

    #[test]
    fn every_controller_has_its_own_words() {
        let versions = [TlsVersion::V1_0, TlsVersion::V1_1, TlsVersion::V1_2, TlsVersion::V1_3];
        for (minor, version) in versions.into_iter().enumerate() {
            assert_eq!(TlsVersion::of_traefik(&format!("VersionTLS1{minor}")), Some(version));
            assert_eq!(TlsVersion::of_istio(&format!("TLSV1_{minor}")), Some(version));
        }
        assert_eq!([TlsVersion::of_istio("TLS_AUTO"), TlsVersion::of_istio("")], [Some(TlsVersion::V1_2); 2]);
        assert_eq!((TlsVersion::of_istio("VersionTLS12"), TlsVersion::of_traefik("TLSV1_2")), (None, None));
    }

    #[test]
    fn policies_of_load_balancers_name_their_lowest_version() {
        for (name, version) in [
            ("ELBSecurityPolicy-TLS13-1-2-2021-06", Some(TlsVersion::V1_2)),
            ("ELBSecurityPolicy-TLS13-1-3-2021-06", Some(TlsVersion::V1_3)),
            ("ELBSecurityPolicy-FS-1-2-Res-2020-10", Some(TlsVersion::V1_2)),
            ("ELBSecurityPolicy-TLS-1-1-2017-01", Some(TlsVersion::V1_1)),
            ("ELBSecurityPolicy-2016-08", Some(TlsVersion::V1_0)),
            ("ELBSecurityPolicy-Novel", None),
            ("own", None),
        ] {
            assert_eq!(TlsVersion::of_elb_policy(name), version, "{name}");
        }
    }
}
