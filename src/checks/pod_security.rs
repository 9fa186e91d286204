//! Which checks together say what a check of Pod Security Admission says, and with which parameters.
//!
//! For whatever compares Seaworthy with the API server, or with a Pod Security Standard as a whole. It
//! must not judge. The newest version of the standards is meant (1.37). Next: [`super::registry`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A level of the Pod Security Standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Level {
    /// Refuses what is known to give more rights.
    Baseline,
    /// Refuses what is not known to give none; includes [`Level::Baseline`].
    Restricted,
}

/// One check of Pod Security Admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// Its id there.
    pub id: &'static str,
    /// Lowest level at which it runs.
    pub level: Level,
    /// Checks, with their parameters as JSON: it refuses a pod exactly when one of these fails. Where the
    /// pod is in the node's network `host-network` fails, and `host-ports` leaves it at that.
    pub checks: &'static [(&'static str, &'static str)],
}

/// Every check of Pod Security Admission, by id.
pub const CONTROLS: &[Control] = &[
    restricted("allowPrivilegeEscalation", &[("allow-privilege-escalation", "{}")]),
    baseline("appArmorProfile", &[("apparmor-profile", "{}")]),
    baseline("capabilities_baseline", &[("capabilities-add-allowlist", DEFAULT_CAPABILITIES)]),
    restricted(
        "capabilities_restricted",
        &[("capabilities-add-allowlist", "{}"), ("capabilities-drop-all", "{}")],
    ),
    baseline("hostNamespaces", &[("host-ipc", "{}"), ("host-network", "{}"), ("host-pid", "{}")]),
    baseline("hostPathVolumes", &[("host-path-volumes", "{}")]),
    baseline("hostPorts", &[("host-ports", "{}")]),
    baseline("hostProbesAndHostLifecycle", &[("host-probes-lifecycle", "{}")]),
    baseline("privileged", &[("privileged-container", "{}")]),
    baseline("procMount", &[("proc-mount-default", r#"{"relaxUserNamespaces":true}"#)]),
    restricted("procMount_restricted", &[("proc-mount-default", "{}")]),
    restricted("restrictedVolumes", &[("volume-types-restricted", "{}")]),
    restricted("runAsNonRoot", &[("run-as-non-root", "{}")]),
    restricted("runAsUser", &[("run-as-user-not-zero", "{}")]),
    baseline("seccompProfile_baseline", &[("seccomp-profile", r#"{"requireSet":false}"#)]),
    restricted("seccompProfile_restricted", &[("seccomp-profile", "{}")]),
    baseline("seLinuxOptions", &[("selinux-options", "{}")]),
    baseline("sysctls", &[("sysctls-safe", "{}")]),
    baseline("windowsHostProcess", &[("windows-host-process", "{}")]),
];

/// The capabilities that the Baseline standard lets a container add.
const DEFAULT_CAPABILITIES: &str = r#"{"allowed":["AUDIT_WRITE","CHOWN","DAC_OVERRIDE","FOWNER","FSETID","KILL","MKNOD","NET_BIND_SERVICE","SETFCAP","SETGID","SETPCAP","SETUID","SYS_CHROOT"]}"#;

const fn baseline(id: &'static str, checks: &'static [(&'static str, &'static str)]) -> Control {
    Control { id, level: Level::Baseline, checks }
}

const fn restricted(id: &'static str, checks: &'static [(&'static str, &'static str)]) -> Control {
    Control { id, level: Level::Restricted, checks }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalogue::profile::{NEWEST_PROFILE_VERSION, Profile};
    use crate::catalogue::{Check, Outcome};
    use crate::checks::find;
    use crate::checks::testing::Case;

    fn checks(control: &Control) -> impl Iterator<Item = (&'static Check, Value)> {
        control.checks.iter().map(|(name, parameters)| {
            let check = find(name).unwrap_or_else(|| panic!("no check {name}"));
            (check, serde_json::from_str(parameters).unwrap())
        })
    }

    #[test]
    fn controls_are_sorted_and_each_names_checks_that_the_baseline_fixture_passes() {
        let ids: Vec<_> = CONTROLS.iter().map(|control| control.id.to_lowercase()).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        for (check, parameters) in CONTROLS.iter().flat_map(checks) {
            let case = Case::of(check).parameters(parameters);
            assert_eq!(case.outcome(), Outcome::Pass, "{}", check.name);
        }
    }

    #[test]
    fn baseline_controls_have_the_parameters_of_the_baseline_profile() {
        for control in CONTROLS.iter().filter(|control| control.level == Level::Baseline) {
            for (check, parameters) in checks(control) {
                let membership = check.membership(Profile::Baseline, NEWEST_PROFILE_VERSION);
                if let Some(given) = membership.and_then(|membership| membership.parameters) {
                    assert_eq!(parameters, serde_json::from_str::<Value>(given).unwrap(), "{}", check.name);
                }
            }
        }
    }

    #[test]
    fn restricted_controls_have_the_parameters_of_the_strict_profile() {
        for control in CONTROLS.iter().filter(|control| control.level == Level::Restricted) {
            for (check, parameters) in checks(control) {
                let membership = check.membership(Profile::Strict, NEWEST_PROFILE_VERSION).unwrap();
                assert_eq!((membership.parameters, parameters), (None, json!({})), "{}", check.name);
            }
        }
    }
}
