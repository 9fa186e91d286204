//! The Helm charts agree with the code and with themselves, as far as that shows without Helm; what Helm makes
//! of them is tested in `e2e/tests/helm_*`.
//!
//! `BLESS=1 cargo test --test chart` writes the tables of values in their READMEs anew.
#![cfg(feature = "shell")]
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use seaworthy::catalogue::{Family, NEWEST_PROFILE_VERSION, Profile};
use serde_json::Value;

use support::{values, yaml};

mod support {
    pub(crate) mod values;
    pub(crate) mod yaml;
}

const CHARTS: [&str; 2] = ["seaworthy", "seaworthy-policies"];

fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn text(relative: &str) -> String {
    fs::read_to_string(path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

fn document(relative: &str) -> Value {
    yaml::documents(&text(relative)).remove(0)
}

fn values_of(chart: &str) -> Value {
    document(&format!("charts/{chart}/values.yaml"))
}

fn schema_of(chart: &str) -> Value {
    serde_json::from_str(&text(&format!("charts/{chart}/values.schema.json"))).unwrap()
}

fn keys(map: &Value) -> BTreeSet<&str> {
    map.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn readmes_list_every_value() {
    const BEGIN: &str = "<!-- Made from values.yaml by tests/chart.rs; do not edit. -->\n";
    for chart in CHARTS {
        let name = format!("charts/{chart}/README.md");
        let found = text(&name);
        let (head, _) = found.split_once(BEGIN).expect("the README has the mark of the table");
        let table = values::table(&text(&format!("charts/{chart}/values.yaml")), &values_of(chart));
        let expected = format!("{head}{BEGIN}{table}");
        if env::var_os("BLESS").is_some() {
            fs::write(path(&name), &expected).unwrap();
        } else {
            assert!(found == expected, "{name} does not say what values.yaml does; `BLESS=1` writes it");
        }
    }
}

#[test]
fn every_value_is_in_the_schema_and_nothing_else_is() {
    for chart in CHARTS {
        let schema = schema_of(chart);
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        let mut differ = Vec::new();
        compare(&values_of(chart), &schema, &schema, "", &mut differ);
        // A parent chart's condition; and what Kubernetes has and nobody needs to start from.
        let known = ["/enabled", "/resources/claims"];
        differ.retain(|one| !known.contains(&one.as_str()));
        if chart == "seaworthy-policies" {
            // A policy may say again whatever the defaults say.
            differ.retain(|one| !one.starts_with("/policies/"));
        }
        assert_eq!(differ, [""; 0], "{chart}");
    }
}

/// Collects the paths that only one of the two has.
fn compare(values: &Value, schema: &Value, root: &Value, at: &str, differ: &mut Vec<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let (Some(properties), Some(values)) = (schema["properties"].as_object(), values.as_object()) else {
        return;
    };
    assert_eq!(schema["additionalProperties"], false, "{at} takes anything");
    for key in properties.keys().chain(values.keys()).collect::<BTreeSet<_>>() {
        let at = format!("{at}/{key}");
        match (values.get(key), properties.get(key)) {
            (Some(value), Some(property)) => compare(value, property, root, &at, differ),
            // An empty map whose keys the schema knows is a value of its own.
            _ if values.is_empty() => {}
            _ => differ.push(at),
        }
    }
}

#[test]
fn charts_are_of_the_version_of_the_code() {
    for chart in CHARTS {
        let about = document(&format!("charts/{chart}/Chart.yaml"));
        for field in ["version", "appVersion"] {
            assert_eq!(about[field], env!("CARGO_PKG_VERSION"), "{chart}: {field}");
        }
        assert_eq!(about["name"], *chart);
    }
}

/// `make oldest` runs the suite on it.
#[test]
fn the_oldest_kubernetes_has_its_control_plane() {
    for chart in CHARTS {
        let about = document(&format!("charts/{chart}/Chart.yaml"));
        let version = about["kubeVersion"].as_str().unwrap();
        let minor = version.trim_start_matches(">=").trim_end_matches("-0").trim_end_matches(".0");
        let module = text(&format!("e2e/controlplane-{minor}/go.mod"));
        assert!(module.contains(&format!("k8s.io/kubernetes v{minor}.")), "{version}");
        assert!(text("docs/install.md").contains(&format!("Kubernetes {minor} or newer")), "{version}");
    }
}

#[test]
fn every_family_has_its_switch() {
    let families: BTreeSet<&str> = Family::ALL.iter().map(|family| family.as_str()).collect();
    let values = values_of("seaworthy");
    let switches = &values["rbac"]["families"];
    assert_eq!(keys(switches), families);
    assert!(switches.as_object().unwrap().values().all(|switch| *switch == true), "{switches}");
}

#[test]
fn the_operator_is_told_which_families_are_off() {
    let told = text("charts/seaworthy/templates/deployment.yaml");
    let flag = r#"printf "--families-off=%s""#;
    assert_eq!(told.matches(flag).count(), 1, "{told}");
    assert!(told.contains(r#"{{- with include "seaworthy.familiesOff" . }}"#), "{told}");
    let listed = text("charts/seaworthy/templates/_helpers.tpl");
    assert!(listed.contains("range $family, $on := .Values.rbac.families"), "{listed}");
}

#[test]
fn policies_are_those_of_the_profiles() {
    let profiles: BTreeSet<String> =
        Profile::ALL.iter().map(|profile| profile.as_str().to_lowercase()).collect();
    let values = values_of("seaworthy-policies");
    assert_eq!(keys(&values["policies"]), profiles.iter().map(String::as_str).collect());
    let defaults = &values["defaults"];
    assert_eq!(defaults["profileVersion"], NEWEST_PROFILE_VERSION, "a new release starts with the newest");
    assert_eq!((&defaults["enforcement"], &defaults["readyWhen"]), (&"Audit".into(), &"Evaluated".into()));
}

#[test]
fn every_alert_has_its_page_and_its_name_in_the_schema() {
    let alerts = document("charts/seaworthy/files/alerts.yaml");
    let rules = alerts["rules"].as_array().unwrap();
    let names: BTreeSet<&str> = rules.iter().map(|rule| rule["alert"].as_str().unwrap()).collect();
    assert_eq!(names.len(), rules.len());
    let pages: BTreeSet<String> = fs::read_dir(path("docs/runbooks"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(pages, names.iter().map(|name| format!("{name}.md")).collect());
    for name in &names {
        assert!(text(&format!("docs/runbooks/{name}.md")).starts_with(&format!("# {name}\n")), "{name}");
    }
    let schema = schema_of("seaworthy");
    let known = &schema["properties"]["prometheusRule"]["properties"]["disabled"]["items"]["enum"];
    let known: BTreeSet<&str> = known.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(known, names);
}

#[test]
fn alerts_dashboard_and_runbooks_name_metrics_and_labels_that_there_are() {
    let metrics: BTreeMap<&str, &[&str]> =
        seaworthy::ops::metrics::METRICS.iter().map(|metric| (metric.name, metric.labels)).collect();
    let alerts = text("charts/seaworthy/files/alerts.yaml");
    let dashboard = text("charts/seaworthy/files/dashboard.json");
    let pages: String = fs::read_dir(path("docs/runbooks"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    let mut named = BTreeSet::new();
    for text in [&alerts, &dashboard, &pages] {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        named.extend(
            words.filter(|word| word.starts_with("seaworthy_")).map(|word| word.trim_end_matches("_bucket")),
        );
    }
    let unknown: Vec<_> = named.iter().filter(|name| !metrics.contains_key(*name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let labels: BTreeSet<&str> =
        metrics.values().flat_map(|labels| labels.iter().copied()).chain(["le"]).collect();
    for text in [&alerts, &dashboard] {
        for (_, rest) in text.match_indices(" by (").map(|(at, found)| text.split_at(at + found.len())) {
            let (used, _) = rest.split_once(')').unwrap();
            assert!(used.split(", ").all(|label| labels.contains(label)), "{used}");
        }
    }
    serde_json::from_str::<Value>(&dashboard).unwrap();
}

#[test]
fn nothing_in_the_templates_is_random_asks_the_cluster_or_runs_by_itself() {
    for chart in CHARTS {
        for file in templates(&path(&format!("charts/{chart}/templates"))) {
            let template = fs::read_to_string(&file).unwrap();
            let forbidden = [
                "lookup ",
                "rand",
                "genCA",
                "genSelf",
                "genSigned",
                "uuidv4",
                " now ",
                "WebhookConfiguration",
            ];
            for word in forbidden {
                assert!(!template.contains(word), "{}: {word}", file.display());
            }
            let hooks = template.matches("helm.sh/hook:").count();
            assert_eq!(hooks, template.matches("helm.sh/hook: test\n").count(), "{}", file.display());
        }
    }
}

fn templates(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(templates(&entry.path()));
        } else if !entry.file_name().to_string_lossy().starts_with("crd-") {
            found.push(entry.path());
        }
    }
    found
}
