//! Every check there is: one line here makes both the module and its place in [`ALL`].
//!
//! It must not hold anything else about a check. Next: the file of a check.

use std::collections::BTreeSet;

use crate::catalogue::Check;
use crate::inventory::Kind;

macro_rules! registry {
    ($($family:ident: [$($check:ident),* $(,)?]),* $(,)?) => {
        $(
            #[doc = concat!("Checks of the family `", stringify!($family), "`.")]
            mod $family {
                $(pub(super) mod $check;)*
            }
        )*

        /// Every check, in order of family and declaration.
        pub static ALL: &[&Check] = &[$($(&$family::$check::CHECK,)*)*];
    };
}

registry! {
    security: [
        allow_privilege_escalation,
        apparmor_profile,
        capabilities_add_allowlist,
        capabilities_drop_all,
        host_ipc,
        host_network,
        host_pid,
        non_root_groups,
        privileged_container,
        proc_mount_default,
        read_only_root_filesystem,
        run_as_high_uid_gid,
        run_as_non_root,
        run_as_user_not_zero,
        seccomp_profile,
        selinux_options,
    ],
    identity: [service_account_exists],
    secrets: [],
    tls: [ingress_tls, tls_cert_expiry, tls_secret_valid],
    network: [network_policy_coverage],
    probes: [
        liveness_probe, probe_handler_safe, probe_port_valid, probe_timings, probes_distinct, readiness_probe,
        startup_probe,
    ],
    lifecycle: [],
    availability: [pdb_present],
    resources: [
        cpu_limits, cpu_requests, ephemeral_storage, memory_limits, memory_request_equals_limit, memory_requests,
        requests_within_limits,
    ],
    images: [],
    configuration: [],
}

/// The check of this name.
pub fn find(name: &str) -> Option<&'static Check> {
    ALL.iter().copied().find(|check| check.name == name)
}

/// Names of all checks in alphabetical order.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = ALL.iter().map(|check| check.name).collect();
    names.sort_unstable();
    names
}

/// Every kind that some check reads beside workloads.
pub fn reads() -> BTreeSet<Kind> {
    ALL.iter().flat_map(|check| check.reads.iter().copied()).collect()
}
