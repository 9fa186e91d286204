//! What holds for the tables as a whole, and how ids are found.

use std::collections::BTreeSet;

use super::*;

fn names(checks: &[&Check]) -> Vec<&'static str> {
    checks.iter().map(|check| check.name).collect()
}

#[test]
fn every_check_has_one_entry() {
    let mut entries = BTreeSet::new();
    for row in rows() {
        assert!(entries.insert(row.check), "{} has two entries", row.check);
    }
    for name in registry::names() {
        assert!(entries.contains(name), "{name} has no entry; one without ids says that no tool has it");
    }
}

#[test]
fn tables_are_in_order_and_name_no_id_twice() {
    for table in TABLES {
        assert!(table.is_sorted_by_key(|row| row.check), "{table:?}");
        for row in *table {
            let ids: BTreeSet<(Tool, &str)> = row.peers.iter().map(|peer| (peer.tool, peer.id)).collect();
            assert_eq!(ids.len(), row.peers.len(), "{}", row.check);
        }
    }
}

#[test]
fn ids_have_the_shape_of_their_tool() {
    for (peer, _) in index() {
        let digits = |prefix| {
            let rest: Option<&str> = peer.id.strip_prefix(prefix);
            rest.filter(|rest| rest.chars().all(|c| c.is_ascii_digit())).map_or(0, str::len)
        };
        let right = match peer.tool {
            Tool::Checkov => digits("CKV_K8S_") + digits("CKV2_K8S_") > 0,
            Tool::Kubescape => digits("C-") == 4,
            Tool::Popeye => digits("POP-") >= 3,
            Tool::Trivy => digits("KSV-") >= 4,
            _ => peer.id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'),
        };
        assert!(right && !peer.id.is_empty(), "{peer:?}");
    }
}

#[test]
fn tools_are_in_order() {
    let lower = |tool: &Tool| tool.as_str().to_lowercase();
    assert!(Tool::ALL.is_sorted_by_key(lower) && Tool::ALL.is_sorted());
}

#[test]
fn an_id_is_found_whatever_its_case() {
    for id in ["C-0016", "c-0016", "ckv_k8s_20", "PRIVILEGEESCALATIONALLOWED"] {
        assert_eq!(names(&find(id)), ["allow-privilege-escalation"], "{id}");
    }
    assert_eq!(find("C-9999").len() + find("").len() + find("16").len(), 0);
}

#[test]
fn the_number_of_trivy_is_found_in_every_spelling() {
    for id in ["KSV-0012", "KSV012", "ksv012", "AVD-KSV-0012", "avd-ksv-0012"] {
        assert_eq!(names(&find(id)), ["run-as-non-root"], "{id}");
    }
    for id in ["KSV", "KSV-", "KSV-12x", "12"] {
        assert_eq!(names(&find(id)), [""; 0], "{id}");
    }
}

#[test]
fn an_id_of_several_checks_finds_them_all() {
    assert_eq!(names(&find("disallow-host-namespaces")), ["host-ipc", "host-network", "host-pid"]);
}

#[test]
fn ids_are_sorted_by_their_number() {
    let ids = |check| of(check).iter().map(|peer| peer.id).collect::<Vec<_>>();
    assert_eq!(ids("drop-net-raw")[..2], ["CKV_K8S_7", "CKV_K8S_28"]);
    let index = index();
    assert!(index.is_sorted_by_key(|(peer, _)| peer.order()));
    assert!(index.iter().all(|(peer, checks)| checks.iter().all(|check| of(check.name).contains(peer))));
}
