//! The kernel parameters that a pod may set without harm to others, by version of the standards.
//!
//! Next: [`super`], and the check `sysctls-safe`.

use super::version::Version;

/// Names, as they have to be written, and the minor at which each became allowed.
const ALLOWED: &[(&str, u8)] = &[
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_notsent_lowat", 37),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.tcp_wmem", 32),
];

/// Whether a kernel parameter of this name is allowed at this version.
pub(in crate::checks) fn is_allowed(name: &str, version: Version) -> bool {
    ALLOWED.iter().any(|(allowed, since)| *allowed == name && Version::minor(*since) <= version)
}
