//! Published vulnerabilities of what runs on nodes, by the versions that nodes tell.
//!
//! `flaws.json` is the list: of which program, in which versions, what a pod needs to exploit it and where that is
//! described. Of runc no node tells the version. It must not say which nodes a pod is for. Next: [`super::node`].

use std::sync::LazyLock;

use serde::Deserialize;

use super::node::NodeInfo;
use super::version::Version;

static FLAWS: LazyLock<Vec<Flaw>> =
    LazyLock::new(|| serde_json::from_str(include_str!("flaws.json")).unwrap_or_default());

/// A program of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Program {
    /// The kubelet.
    Kubelet,
    /// The kernel.
    Kernel,
    /// containerd, where that is what runs containers.
    Containerd,
}

/// What a pod needs to exploit a vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Need {
    /// Nothing but its image.
    Nothing,
    /// A mount of a part of a volume.
    SubPath,
    /// To be allowed to make user namespaces.
    UserNamespaces,
}

/// Whether a node has a vulnerability, from what is best to what is worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// It has not.
    Absent,
    /// It tells no version.
    NotTold,
    /// Its vendor counts in a way of its own, and may have mended it.
    Possible,
    /// It has.
    Present,
}

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Flaw {
    /// The name of the vulnerability.
    pub id: String,
    program: Program,
    /// What a pod needs to exploit it.
    pub needs: Need,
    /// Versions that have it, each from one up to, and without, another.
    versions: Vec<[Version; 2]>,
    /// Versions that have it in the builds of some distribution only.
    #[serde(default)]
    backported: Vec<[Version; 2]>,
    /// What the program does, as the end of a sentence.
    pub says: String,
    /// Where that is described.
    pub reference: String,
}

impl Flaw {
    /// The list.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        FLAWS.iter()
    }

    /// What the program is called.
    pub const fn program(&self) -> &'static str {
        match self.program {
            Program::Kubelet => "kubelet",
            Program::Kernel => "kernel",
            Program::Containerd => "containerd",
        }
    }

    /// Whether a node that tells this of itself has it. All are of Linux.
    pub fn on(&self, node: &NodeInfo) -> Presence {
        if &*node.operating_system == "windows" {
            return Presence::Absent;
        }
        let told = match self.program {
            Program::Kubelet => &*node.kubelet_version,
            Program::Kernel => &*node.kernel_version,
            Program::Containerd => match node.container_runtime_version.split_once("://") {
                Some(("containerd", version)) => version,
                Some(_) => return Presence::Absent,
                None => "",
            },
        };
        self.in_version(told)
    }

    fn in_version(&self, told: &str) -> Presence {
        if told.is_empty() {
            return Presence::NotTold;
        }
        let Some((version, suffix)) = Version::leading(told) else { return Presence::Possible };
        let is_in =
            |ranges: &[[Version; 2]]| ranges.iter().any(|[first, fixed]| (*first..*fixed).contains(&version));
        match (is_in(&self.versions), suffix.is_empty()) {
            (true, true) => Presence::Present,
            (true, false) => Presence::Possible,
            (false, false) if is_in(&self.backported) => Presence::Possible,
            (false, _) => Presence::Absent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(id: &str, told: &str) -> Presence {
        let flaw = Flaw::all().find(|flaw| flaw.id == id).unwrap();
        let mut node = NodeInfo { operating_system: "linux".into(), ..NodeInfo::default() };
        let field = match flaw.program {
            Program::Kubelet => &mut node.kubelet_version,
            Program::Kernel => &mut node.kernel_version,
            Program::Containerd => &mut node.container_runtime_version,
        };
        *field = told.into();
        flaw.on(&node)
    }

    #[test]
    fn every_entry_is_read_and_says_which_versions_and_where_that_is_described() {
        let entries: Vec<serde_json::Value> = serde_json::from_str(include_str!("flaws.json")).unwrap();
        assert_eq!(Flaw::all().count(), entries.len());
        for flaw in Flaw::all() {
            assert!(flaw.reference.starts_with("https://") && !flaw.versions.is_empty(), "{}", flaw.id);
            let ranges = flaw.versions.iter().chain(&flaw.backported);
            assert!(ranges.clone().all(|[first, fixed]| first < fixed), "{}", flaw.id);
        }
    }

    #[test]
    fn every_line_of_versions_has_its_first_one_without_the_flaw() {
        for (id, last, first) in [
            ("CVE-2021-25741", "v1.19.14", "v1.19.15"),
            ("CVE-2021-25741", "v1.20.10", "v1.20.11"),
            ("CVE-2021-25741", "v1.21.4", "v1.21.5"),
            ("CVE-2021-25741", "v1.22.1", "v1.22.2"),
            ("CVE-2022-0185", "5.4.172", "5.4.173"),
            ("CVE-2022-0185", "5.10.92", "5.10.93"),
            ("CVE-2022-0185", "5.15.15", "5.15.16"),
            ("CVE-2022-0185", "5.16.1", "5.16.2"),
            ("CVE-2022-0185", "5.1.0", "5.0.21"),
            ("CVE-2022-23648", "containerd://1.4.12", "containerd://1.4.13"),
            ("CVE-2022-23648", "containerd://1.5.9", "containerd://1.5.10"),
            ("CVE-2022-23648", "containerd://1.6.0", "containerd://1.6.1"),
        ] {
            assert_eq!([on(id, last), on(id, first)], [Presence::Present, Presence::Absent], "{id}: {last}");
        }
        assert_eq!(on("CVE-2021-25741", "v1.18.20"), Presence::Present, "nobody mends it there");
        assert_eq!(on("CVE-2022-0185", "5.13.19"), Presence::Present, "nor there");
        assert_eq!(on("CVE-2022-0185", "6.1.0"), Presence::Absent);
    }

    #[test]
    fn a_vendors_version_says_only_that_the_flaw_is_not_there() {
        for (id, possible, absent) in [
            ("CVE-2021-25741", "v1.22.1-gke.100", "v1.22.2-gke.100"),
            ("CVE-2021-25741", "v1.21.2-eks-c1718fb", "v1.21.5-eks-bc4871b"),
            ("CVE-2021-25741", "v1.20.9+k3s1", "v1.23.1+k3s1"),
            ("CVE-2022-0185", "5.4.0-90-generic", "5.19.0-1010-aws"),
            ("CVE-2022-0185", "5.10.90+", "4.14.248-189.473.amzn2.x86_64"),
            ("CVE-2022-0185", "4.18.0-348.el8.x86_64", "3.10.0-1160.el7.x86_64"),
            ("CVE-2022-23648", "containerd://1.5.9-0ubuntu3", "containerd://1.6.2-k3s1"),
        ] {
            assert_eq!(
                [on(id, possible), on(id, absent)],
                [Presence::Possible, Presence::Absent],
                "{id}: {possible}"
            );
        }
        assert_eq!(on("CVE-2022-0185", "4.18.0"), Presence::Absent, "it came with 5.1");
        assert_eq!(on("CVE-2022-0185", "unknown"), Presence::Possible);
    }

    #[test]
    fn another_runtime_or_system_has_no_such_flaw_and_what_is_not_told_is_not_known() {
        let runtime = |told: &str| on("CVE-2022-23648", told);
        assert_eq!([runtime("docker://20.10.7"), runtime("cri-o://1.21.0")], [Presence::Absent; 2]);
        assert_eq!([runtime(""), runtime("containerd://")], [Presence::NotTold; 2]);
        assert_eq!([on("CVE-2021-25741", ""), on("CVE-2022-0185", "")], [Presence::NotTold; 2]);
        let windows = NodeInfo { operating_system: "windows".into(), ..NodeInfo::default() };
        assert!(Flaw::all().all(|flaw| flaw.on(&windows) == Presence::Absent));
    }
}
