//! Which proxy stands between a command and the API server: the one that kubectl would take.
//!
//! It must not connect, and must not quote an address of a proxy: it may hold a password. Next:
//! [`super::kubeconfig`], which asks.

use std::env;
use std::net::IpAddr;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

/// Where a proxy can come from beside the kubeconfig. The first that is set counts.
const FOR_HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const FOR_HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const EXEMPT: [&str; 2] = ["NO_PROXY", "no_proxy"];
const OF_FILE: &str = "proxy-url of the kubeconfig";

/// Why a proxy cannot be used. Names who asked for it, never its address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProxyError {
    #[error("{0} is no address of a proxy, such as http://proxy.example:3128")]
    Address(&'static str),
    #[error("{0} asks for a proxy of a kind that is not supported: http:// and socks5:// are")]
    Kind(&'static str),
    #[error("{0} holds a user, and a proxy by socks5:// is only asked without one")]
    User(&'static str),
}

/// What variables say; those of this process, or a test's.
pub(super) trait Variables: Fn(&str) -> Option<String> {}
impl<F: Fn(&str) -> Option<String>> Variables for F {}

/// The variables of this process.
pub(super) fn of_process(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// The proxy for a cluster: what its kubeconfig names, else what the environment does, unless that exempts the
/// cluster. Loopback is never asked through a proxy of the environment.
pub(super) fn choose(
    cluster: &Uri,
    of_file: Option<&str>,
    variables: impl Variables,
) -> Result<Option<Uri>, ProxyError> {
    if let Some(address) = of_file.filter(|address| !address.is_empty()) {
        return read(OF_FILE, address).map(Some);
    }
    let names = if cluster.scheme_str() == Some("http") { FOR_HTTP } else { FOR_HTTPS };
    let first = |names: [&'static str; 2]| {
        names.into_iter().find_map(|name| Some((name, variables(name).filter(|text| !text.is_empty())?)))
    };
    let Some((name, address)) = first(names) else { return Ok(None) };
    let exempt = first(EXEMPT).map(|(_, text)| text).unwrap_or_default();
    if is_loopback(cluster) || is_exempt(cluster, &exempt) {
        return Ok(None);
    }
    read(name, &address).map(Some)
}

/// An address without a scheme is one of `http`, as it is to Go.
fn read(origin: &'static str, address: &str) -> Result<Uri, ProxyError> {
    let address = address.trim();
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => "http",
        // The proxy resolves names in either case.
        "socks5" | "socks5h" => "socks5",
        // kube would hold an `https` proxy to the cluster's own authority and show it the user's certificate.
        _ => return Err(ProxyError::Kind(origin)),
    };
    let uri: Uri = format!("{scheme}://{rest}").parse().map_err(|_| ProxyError::Address(origin))?;
    let authority = uri.authority().filter(|authority| !authority.host().is_empty());
    let authority = authority.ok_or(ProxyError::Address(origin))?;
    if scheme == "socks5" && authority.as_str().contains('@') {
        return Err(ProxyError::User(origin));
    }
    Ok(uri)
}

fn host(cluster: &Uri) -> &str {
    cluster.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}

fn is_loopback(cluster: &Uri) -> bool {
    let host = host(cluster);
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn is_exempt(cluster: &Uri, exempt: &str) -> bool {
    let standard = if cluster.scheme_str() == Some("http") { 80 } else { 443 };
    let port = cluster.port_u16().unwrap_or(standard);
    let entries: Vec<&str> = exempt.split(',').filter_map(|entry| entry_for(entry.trim(), port)).collect();
    // Any proxy will do: the question is whether it would be asked.
    let matcher = Matcher::builder().all("http://proxy.invalid").no(entries.join(",")).build();
    matcher.intercept(cluster).is_none()
}

/// An entry as the matcher knows it: `*.example` is `.example`, and one with a port counts for that port alone.
fn entry_for(entry: &str, port: u16) -> Option<&str> {
    let entry = entry.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(entry);
    let is_address = entry.parse::<IpAddr>().is_ok();
    let (name, own) = match entry.rsplit_once(':') {
        Some((name, own)) if !is_address && !own.contains(['/', ']']) => (name, own.parse().ok()?),
        _ => (entry, port),
    };
    let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    (own == port && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "http://proxy.example:3128";

    fn chosen(
        cluster: &str,
        of_file: Option<&str>,
        set: &[(&str, &str)],
    ) -> Result<Option<String>, ProxyError> {
        let variables =
            |name: &str| set.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
        let found = choose(&cluster.parse().unwrap(), of_file, variables)?;
        Ok(found.map(|uri| uri.to_string().trim_end_matches('/').to_owned()))
    }

    fn exempts(no_proxy: &str, cluster: &str) -> bool {
        chosen(cluster, None, &[("HTTPS_PROXY", PROXY), ("NO_PROXY", no_proxy)]).unwrap().is_none()
    }

    #[test]
    fn the_kubeconfig_wins_over_the_environment_and_whatever_that_exempts() {
        let set = [("HTTPS_PROXY", "nonsense://"), ("NO_PROXY", "*")];
        for cluster in ["https://kubernetes.example", "https://127.0.0.1:6443"] {
            assert_eq!(chosen(cluster, Some(PROXY), &set), Ok(Some(PROXY.to_owned())));
        }
        assert_eq!(chosen("https://kubernetes.example", Some(""), &[]), Ok(None));
    }

    #[test]
    fn the_first_variable_that_says_something_counts() {
        let of = |set: &[(&str, &str)]| chosen("https://kubernetes.example", None, set).unwrap();
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("HTTP_PROXY", PROXY), ("ALL_PROXY", PROXY)]), None);
        assert_eq!(of(&[("HTTPS_PROXY", ""), ("https_proxy", PROXY)]).as_deref(), Some(PROXY));
        assert_eq!(of(&[("HTTPS_PROXY", PROXY), ("https_proxy", "http://b")]).as_deref(), Some(PROXY));
        assert_eq!(of(&[("HTTPS_PROXY", PROXY), ("no_proxy", "example")]), None);
        let plain = chosen("http://kubernetes.example", None, &[("http_proxy", PROXY), ("HTTPS_PROXY", "?")]);
        assert_eq!(plain.unwrap().as_deref(), Some(PROXY));
    }

    #[test]
    fn loopback_is_never_asked_through_a_proxy_of_the_environment() {
        for cluster in ["https://localhost:6443", "https://127.9.9.9", "https://[::1]:6443"] {
            assert!(exempts("", cluster), "{cluster}");
        }
        for cluster in ["https://10.0.0.1", "https://localhost.example", "https://[2001:db8::1]"] {
            assert!(!exempts("", cluster), "{cluster}");
        }
    }

    #[test]
    fn what_is_exempt_is_told_by_the_cluster_and_not_by_the_proxy() {
        let cluster = "https://kubernetes.example:6443";
        for no_proxy in [
            "*",
            "other, .example,",
            "*.example",
            "EXAMPLE",
            "kubernetes.example:6443",
            "<local>,a b,kubernetes.example",
        ] {
            assert!(exempts(no_proxy, cluster), "{no_proxy}");
        }
        for no_proxy in
            ["", ",", "proxy.example", "ample", "kubernetes.example:443", "10.0.0.0/8", "example:no"]
        {
            assert!(!exempts(no_proxy, cluster), "{no_proxy}");
        }
        for no_proxy in ["10.1.2.3", "10.0.0.0/8", "10.1.2.3:443"] {
            assert!(exempts(no_proxy, "https://10.1.2.3"), "{no_proxy}");
        }
        for no_proxy in ["2001:db8::1", "2001:db8::/32", "[2001:db8::1]", "[2001:db8::1]:6443"] {
            assert!(exempts(no_proxy, "https://[2001:db8::1]:6443"), "{no_proxy}");
        }
        assert!(!exempts("10.1.2.3:6443,10.2.0.0/16,[2001:db8::1]:1", "https://10.1.2.3"));
    }

    #[test]
    fn an_address_is_read_as_go_reads_it() {
        let seen = |address: &str| read("HTTPS_PROXY", address).map(|uri| uri.to_string());
        assert_eq!(seen("proxy.example:3128").as_deref(), Ok("http://proxy.example:3128/"));
        assert_eq!(seen(" HTTP://10.0.0.1 ").as_deref(), Ok("http://10.0.0.1/"));
        assert_eq!(seen("socks5h://proxy.example:1080").as_deref(), Ok("socks5://proxy.example:1080/"));
        assert_eq!(
            seen("http://ship:sails@proxy.example").as_deref(),
            Ok("http://ship:sails@proxy.example/")
        );
    }

    #[test]
    fn a_bad_address_is_named_by_who_asked_and_never_quoted() {
        let secret = "ship:sails";
        for (address, expected) in [
            (format!("http://{secret}@pro xy"), ProxyError::Address("https_proxy")),
            (format!("http://{secret}@"), ProxyError::Address("https_proxy")),
            ("/a/path".to_owned(), ProxyError::Address("https_proxy")),
            (format!("ftp://{secret}@proxy"), ProxyError::Kind("https_proxy")),
            (format!("https://{secret}@proxy"), ProxyError::Kind("https_proxy")),
            (format!("socks5://{secret}@proxy"), ProxyError::User("https_proxy")),
        ] {
            let error = chosen("https://kubernetes.example", None, &[("https_proxy", &address)]).unwrap_err();
            assert_eq!(error, expected, "{address}");
            let said = format!("{error} {error:?}");
            assert!(said.contains("https_proxy") && !said.contains("sails"), "{said}");
            let error = chosen("https://127.0.0.1", Some(&address), &[]).unwrap_err().to_string();
            assert!(error.starts_with("proxy-url of the kubeconfig"), "{error}");
        }
    }
}
