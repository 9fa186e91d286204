//! The generated templates of the Helm chart `charts/seaworthy`: the CRDs, and the rights of each family of
//! checks.
//!
//! It must not hold what people choose: that is in the chart's own templates and values, which a test holds
//! equal to the Kustomize base. Next: [`super::rbac`] for the same rights without a choice.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::rbac;
use crate::catalogue::{Check, Family};
use crate::inventory::Kind;
use crate::render::yaml::to_yaml;
use crate::{api, checks};

const HEADER: &str = "{{- /* Made from src/render/manifests by tests/generated.rs; do not edit. */ -}}\n";

/// What a CRD is labelled and annotated with, in place of nothing. Helm leaves what says `keep` where it is.
const CRD_METADATA: &str = r#"metadata:
  {{- if or .Values.crds.keep .Values.crds.annotations }}
  annotations:
    {{- if .Values.crds.keep }}
    helm.sh/resource-policy: keep
    {{- end }}
    {{- with .Values.crds.annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  labels:
    {{- include "seaworthy.chartLabels" . | nindent 4 }}
"#;

/// Every generated template by name, for the folder `templates/generated` of the chart.
pub fn templates() -> Result<BTreeMap<String, String>, serde_json::Error> {
    let crds = api::schema::crds(&checks::names())?;
    let crds = crds.into_iter().map(|(name, crd)| (format!("crd-{name}"), crd_template(&crd)));
    let rights = ("_rights.tpl".to_owned(), rights(checks::ALL));
    Ok(crds.chain([rights]).collect())
}

fn crd_template(crd: &Value) -> String {
    let text = to_yaml(crd).replace("{{", "{{ \"{{\" }}").replacen("metadata:\n", CRD_METADATA, 1);
    format!("{HEADER}{{{{- if .Values.crds.enabled }}}}\n{text}{{{{- end }}}}\n")
}

/// Who needs a kind: nobody in particular, or these families.
type Families = BTreeSet<Family>;

fn rights(all: &[&Check]) -> String {
    let mut needs: BTreeMap<Kind, Families> = BTreeMap::new();
    for check in all {
        for kind in check.watches() {
            needs.entry(kind).or_default().insert(check.family);
        }
    }
    let always = rbac::watched(&BTreeSet::new());
    let rules = |is_meant: fn(Kind) -> bool| -> String {
        let mut groups: BTreeMap<&str, BTreeMap<&str, Option<Families>>> = BTreeMap::new();
        let watched = rbac::watched(&needs.keys().copied().collect());
        for kind in watched.into_iter().filter(|kind| is_meant(*kind)) {
            // Two kinds may read one resource.
            let is_always = always.iter().any(|own| own.info() == kind.info());
            let families = needs.get(&kind).filter(|_| !is_always).cloned();
            groups.entry(kind.info().group).or_default().insert(kind.info().plural, families);
        }
        groups.iter().map(|(group, plurals)| rule(group, plurals)).collect()
    };
    let own = |rules: [Value; 4]| -> String {
        rules.into_iter().map(|rule| to_yaml(&Value::from(vec![rule]))).collect()
    };
    let everywhere = rules(|_| true) + &own(rbac::own_rules());
    let in_namespaces = rules(|kind| kind.info().namespaced) + &own(rbac::own_rules_in_namespaces());
    let in_none = rules(|kind| !kind.info().namespaced);
    let secrets = needs.get(&Kind::Secret).map_or_else(|| "false".to_owned(), one_of);
    format!(
        "{HEADER}{{{{- /* Rules of what the operator reads, and of what it writes. */ -}}}}\n\
         {{{{- define \"seaworthy.rules\" -}}}}\n{everywhere}{{{{- end }}}}\n\n\
         {{{{- /* The same in one namespace. */ -}}}}\n\
         {{{{- define \"seaworthy.rulesInNamespace\" -}}}}\n{in_namespaces}{{{{- end }}}}\n\n\
         {{{{- /* Rules of what it reads that is in no namespace. */ -}}}}\n\
         {{{{- define \"seaworthy.rulesInNone\" -}}}}\n{in_none}{{{{- end }}}}\n\n\
         {{{{- /* Not empty if some family that is on reads Secrets. */ -}}}}\n\
         {{{{- define \"seaworthy.readsSecrets\" -}}}}\n\
         {{{{- if {secrets} }}}}true{{{{ end }}}}\n{{{{- end }}}}\n"
    )
}

fn rule(group: &str, plurals: &BTreeMap<&str, Option<Families>>) -> String {
    let resources: String = plurals
        .iter()
        .map(|(plural, families)| guarded(families.as_ref(), &format!("  - {plural}\n"), "  "))
        .collect();
    let group = Value::from(vec![group]);
    let text = format!(
        "- apiGroups:\n  {}  resources:\n{resources}  verbs:\n  - list\n  - watch\n",
        to_yaml(&group)
    );
    let every: Option<Vec<&Families>> = plurals.values().map(Option::as_ref).collect();
    let every: Option<Families> = every.map(|sets| sets.into_iter().flatten().copied().collect());
    guarded(every.as_ref(), &text, "")
}

/// Text that is there only while one of the families is on.
fn guarded(families: Option<&Families>, text: &str, indent: &str) -> String {
    families.map_or_else(
        || text.to_owned(),
        |families| format!("{indent}{{{{- if {} }}}}\n{text}{indent}{{{{- end }}}}\n", one_of(families)),
    )
}

fn one_of(families: &Families) -> String {
    let switches: Vec<String> =
        families.iter().map(|family| format!("$.Values.rbac.families.{family}")).collect();
    format!("or {}", switches.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_granted_while_a_family_that_reads_it_is_on() {
        let families = |of: &[Family]| Some(of.iter().copied().collect::<Families>());
        let plurals =
            [("ingresses", families(&[Family::Tls])), ("networkpolicies", families(&[Family::Network]))];
        let conditional = rule("networking.k8s.io", &plurals.into());
        assert!(
            conditional
                .starts_with("{{- if or $.Values.rbac.families.tls $.Values.rbac.families.network }}\n- api"),
            "{conditional}"
        );
        let guarded = "  {{- if or $.Values.rbac.families.tls }}\n  - ingresses\n  {{- end }}\n";
        assert!(conditional.contains(guarded), "{conditional}");
        // What is granted anyway keeps the rule of its group.
        let plurals = [("services", families(&[Family::Tls])), ("pods", None)];
        assert!(
            rule("", &plurals.into()).starts_with("- apiGroups:\n  - \"\"\n  resources:\n  - pods\n  {{- if")
        );
    }

    #[test]
    fn workloads_are_watched_whatever_is_checked_and_secrets_are_granted_apart() {
        let rights = rights(checks::ALL);
        assert!(rights.contains("\n  - deployments\n  - replicasets\n"), "{rights}");
        assert!(!rights.contains("- secrets\n"), "{rights}");
        assert!(rights.contains("or $.Values.rbac.families.secrets $.Values.rbac.families.tls "), "{rights}");
    }

    #[test]
    fn in_a_namespace_nothing_is_granted_that_is_in_none() {
        let rights = rights(checks::ALL);
        let of = |name: &str| {
            let (_, rest) = rights.split_once(&format!("define \"{name}\"")).unwrap();
            rest.split_once("define").unwrap().0.to_owned()
        };
        let (one, none) = (of("seaworthy.rulesInNamespace"), of("seaworthy.rulesInNone"));
        for resource in ["namespaces", "clusterroles", "priorityclasses", "ingressclasses"] {
            assert!(none.contains(&format!("- {resource}\n")), "{resource}: {none}");
            assert!(!one.contains(&format!("- {resource}\n")), "{resource}: {one}");
        }
        assert!(one.contains("- deployments\n") && one.contains("- readinessreports\n"), "{one}");
        assert!(!one.contains("clusterreadinesspolicies"), "{one}");
        assert!(!none.contains("- deployments\n") && !none.contains("seaworthy.dev"), "{none}");
    }

    #[test]
    fn without_checks_no_family_is_named() {
        let rights = rights(&[]);
        assert!(!rights.contains("families"), "{rights}");
        assert!(rights.contains("{{- if false }}true{{ end }}"), "{rights}");
    }

    #[test]
    fn what_a_template_would_run_is_text_in_a_crd() {
        let crd = serde_json::json!({"metadata": {"name": "a"}, "spec": {"description": "{{ x }}"}});
        let template = crd_template(&crd);
        assert!(template.contains("{{ \"{{\" }} x }}"), "{template}");
        assert!(template.contains("helm.sh/resource-policy: keep"), "{template}");
    }
}
