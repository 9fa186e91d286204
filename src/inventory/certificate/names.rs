//! Which hosts a certificate's names cover.
//!
//! It must not look at the common name: no client has for years. Next: [`super::TlsMaterial::covers`].

use core::net::IpAddr;

/// Whether one of these subject alternative names, in lower case, covers `host`.
///
/// A wildcard stands for exactly one whole label, the left-most. A host that is itself a wildcard, as in an
/// Ingress, asks for every such name at once, so only the same wildcard covers it.
pub fn covers<N: AsRef<str>>(dns_names: &[N], ip_addresses: &[IpAddr], host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if let Ok(address) = bare_address(&host).parse::<IpAddr>() {
        return ip_addresses.contains(&address);
    }
    let usable = |text: &str| !text.is_empty() && !text.contains('*');
    if let Some(parent) = host.strip_prefix("*.") {
        return usable(parent) && dns_names.iter().any(|name| name.as_ref() == host);
    }
    let parent = host.split_once('.').filter(|(first, parent)| !first.is_empty() && !parent.is_empty());
    let by_wildcard = |name: &str| {
        name.strip_prefix("*.").is_some_and(|covered| parent.is_some_and(|(_, parent)| parent == covered))
    };
    usable(&host) && dns_names.iter().map(AsRef::as_ref).any(|name| name == host || by_wildcard(name))
}

/// An IPv6 address without the brackets that URLs put around it.
fn bare_address(host: &str) -> &str {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cover_what_clients_accept() {
        let names =
            ["example.com", "*.example.com", "*.a.test", "f*.b.test", "x.*.b.test", "*"].map(str::to_owned);
        let addresses = ["192.0.2.1", "2001:db8::1"].map(|text| text.parse().unwrap());
        for (host, expected) in [
            ("example.com", true),
            ("EXAMPLE.com.", true),
            ("www.example.com", true),
            ("a.www.example.com", false),
            (".example.com", false),
            ("*.example.com", true),
            ("*.Example.com", true),
            ("*.www.example.com", false),
            ("a.test", false),
            ("b.a.test", true),
            ("foo.b.test", false),
            ("x.y.b.test", false),
            ("f*.b.test", false),
            ("x.*.b.test", false),
            ("localhost", false),
            ("com", false),
            ("*", false),
            ("*.", false),
            ("", false),
            (".", false),
            ("192.0.2.1", true),
            ("192.0.2.2", false),
            ("2001:DB8:0::1", true),
            ("[2001:db8::1]", true),
        ] {
            assert_eq!(covers(&names, &addresses, host), expected, "{host}");
        }
    }

    #[test]
    fn an_address_is_no_dns_name() {
        assert!(!covers(&["192.0.2.1".to_owned(), "*.0.2.1".to_owned()], &[], "192.0.2.1"));
    }

    #[test]
    fn a_wildcard_host_is_not_covered_by_plain_names() {
        assert!(!covers(&["www.example.com".to_owned(), "example.com".to_owned()], &[], "*.example.com"));
    }
}
