//! What the API server takes as a label's key and value.
//!
//! It must not know about selectors. Next: [`super::LabelSelector::compile`].

/// Longest name of a key, and longest value.
const NAME_LENGTH: usize = 63;

/// Longest DNS subdomain before the `/` of a key.
const PREFIX_LENGTH: usize = 253;

/// Whether this may be a label's key.
pub fn is_label_key(key: &str) -> bool {
    match key.split_once('/') {
        None => is_name(key),
        Some((prefix, name)) => is_subdomain(prefix) && is_name(name),
    }
}

/// Whether this may be a label's value.
pub fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_name(value)
}

fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() <= NAME_LENGTH
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whether this may be the name of most objects: a DNS subdomain (RFC 1123).
pub fn is_subdomain(text: &str) -> bool {
    text.len() <= PREFIX_LENGTH && text.as_bytes().split(|byte| *byte == b'.').all(is_label)
}

/// Whether this is a part of a DNS subdomain, whatever its length: the server bounds the whole subdomain but
/// not its labels.
pub fn is_dns_label(label: &str) -> bool {
    is_label(label.as_bytes())
}

fn is_label(label: &[u8]) -> bool {
    let end = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    label.first().is_some_and(end)
        && label.last().is_some_and(end)
        && label.iter().all(|byte| end(byte) || *byte == b'-')
}

/// Whether a text is what the server takes as the name of a container's port (RFC 6335, in lower case).
pub fn is_service_name(name: &str) -> bool {
    name.len() <= 15
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let long = "a".repeat(64);
        let prefix = format!("{}.{}", "a".repeat(126), "b".repeat(126));
        for good in
            ["a", "A", "app.kubernetes.io/name", "a_b-c.D", "1", "x/1", &long[1..], &format!("{prefix}/x")]
        {
            assert!(is_label_key(good), "{good}");
        }
        for bad in [
            "", "/", "a/", "/a", "a/b/c", "-a", "a-", "a b", "ä", "A.io/x", "a..b/x", "-a/x", "a-/x",
            "a.-b/x", &long,
        ] {
            assert!(!is_label_key(bad), "{bad}");
        }
        assert!(!is_label_key(&format!("{prefix}c/x")));
    }

    #[test]
    fn values() {
        let long = "a".repeat(64);
        for good in ["", "a", "v1.2_3-4", &long[1..]] {
            assert!(is_label_value(good), "{good}");
        }
        for bad in ["-", "a/b", ".a", "a_", "a b", "é", "a\n", &long] {
            assert!(!is_label_value(bad), "{bad}");
        }
    }
}
