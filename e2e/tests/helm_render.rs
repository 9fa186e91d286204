//! What Helm, of both majors, makes of the charts without a cluster: the same bytes each time, the objects of
//! `deploy/`, manifests that pass our own checks, and a message that helps for values that are wrong.
#![cfg(test)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use seaworthy::cli::load::{Bounds, yaml};
use seaworthy_e2e::{HELM_MAJORS, Helm, chart_path, seaworthy_binary};
use serde_json::Value;

const CHARTS: [&str; 2] = ["seaworthy", "seaworthy-policies"];
/// The digest of an image that nobody made.
const DIGEST: &str = "image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
/// Names that unquoted would be a boolean and a number.
const RELEASES: [&str; 3] = ["seaworthy", "y", "1e3"];

async fn template(helm: &Helm, chart: &str, more: &[&str]) -> String {
    let chart = chart_path(chart);
    let arguments = ["template", "seaworthy", &chart, "--namespace", "seaworthy-system"];
    helm.run(&[&arguments, more].concat()).await.unwrap()
}

fn documents(text: &str) -> Vec<Value> {
    let parse = |text: &str| {
        let parsed = yaml::parse(text, &Bounds::default()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        parsed.inspect(|parsed| assert!(parsed.duplicates.is_empty(), "a key stands twice:\n{text}"))
    };
    text.split("\n---\n")
        .map(|part| part.trim_start_matches("---\n"))
        .filter_map(parse)
        .map(|one| one.value)
        .collect()
}

/// Objects by kind, namespace and name.
fn by_key(objects: Vec<Value>) -> BTreeMap<String, Value> {
    let key = |object: &Value| {
        let metadata = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
        format!("{}/{}/{}", object["kind"].as_str().unwrap(), metadata("namespace"), metadata("name"))
    };
    let count = objects.len();
    let map: BTreeMap<_, _> = objects.into_iter().map(|object| (key(&object), object)).collect();
    assert_eq!(map.len(), count, "two objects of one name");
    map
}

/// A chart's files with values: those for a highly available operator, and those in `ci/`.
fn values_files(chart: &str) -> Vec<PathBuf> {
    let chart = PathBuf::from(chart_path(chart));
    let mut files: Vec<_> =
        fs::read_dir(chart.join("ci")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 1);
    files.extend(Some(chart.join("values-ha.yaml")).filter(|file| file.exists()));
    files.sort();
    files
}

#[tokio::test]
async fn lint_is_content_and_the_same_values_give_the_same_bytes() {
    let helms = HELM_MAJORS.map(|major| Helm::find(major).unwrap());
    for chart in CHARTS {
        let mut choices = vec![Vec::new()];
        choices.extend(
            values_files(chart)
                .into_iter()
                .map(|file| vec!["--values".to_owned(), file.display().to_string()]),
        );
        for values in choices {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let mut of_majors = Vec::new();
            for helm in &helms {
                let path = chart_path(chart);
                helm.run(&[&["lint", "--strict", &path], values.as_slice()].concat()).await.unwrap();
                let once = template(helm, chart, &values).await;
                assert_eq!(once, template(helm, chart, &values).await, "{chart} {values:?}");
                of_majors.push(by_key(documents(&once)));
            }
            assert_eq!(of_majors[0], of_majors[1], "{chart} {values:?}");
        }
    }
}

#[tokio::test]
async fn by_default_the_objects_are_those_of_deploy() {
    for major in HELM_MAJORS {
        let helm = Helm::find(major).unwrap();
        let mut rendered = by_key(documents(
            &template(&helm, "seaworthy", &["--set", "crds.keep=false", "--skip-tests"]).await,
        ));
        rendered.values_mut().for_each(without_release);
        let mut expected = Vec::new();
        for file in ["crds", "rbac", "workload", "network"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../deploy/{file}.yaml"));
            expected.extend(documents(&fs::read_to_string(path).unwrap()));
        }
        let expected = by_key(expected);
        assert_eq!(rendered.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (key, object) in &expected {
            assert_eq!(&rendered[key], object, "{key}");
        }
    }
}

/// Takes off what says which release brought the object.
fn without_release(object: &mut Value) {
    for at in ["/metadata", "/spec/template/metadata"] {
        let Some(metadata) = object.pointer_mut(at).and_then(Value::as_object_mut) else { continue };
        let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) else { continue };
        for label in ["app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "helm.sh/chart"] {
            labels.remove(label);
        }
        if labels.is_empty() {
            metadata.remove("labels");
        }
    }
}

#[tokio::test]
async fn whatever_the_release_is_called_names_and_labels_are_text() {
    let helm = Helm::find(4).unwrap();
    for chart in CHARTS {
        let values = values_files(chart);
        for (release, file) in
            RELEASES.into_iter().flat_map(|release| values.iter().map(move |file| (release, file)))
        {
            let arguments = [
                "template",
                release,
                &chart_path(chart),
                "--namespace",
                "1e3",
                "--values",
                &file.display().to_string(),
            ];
            let text = helm.run(&arguments).await.unwrap();
            for object in documents(&text) {
                assert!(object["metadata"]["name"].is_string(), "{object}");
                let namespace = &object["metadata"]["namespace"];
                // What is granted in listed namespaces lies there.
                let is_known = ["1e3", "shop", "blog"].iter().any(|name| namespace == name);
                assert!(namespace.is_null() || is_known, "{object}");
                for at in ["/metadata", "/spec/template/metadata"] {
                    for map in ["labels", "annotations"] {
                        let map = object.pointer(at).and_then(|metadata| metadata[map].as_object());
                        let odd: Vec<_> =
                            map.into_iter().flatten().filter(|(_, value)| !value.is_string()).collect();
                        assert!(odd.is_empty(), "{release} {}: {odd:?}", file.display());
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn rights_follow_the_switches() {
    let helm = Helm::find(4).unwrap();
    let rules = async |more: &[&str]| -> Vec<Value> {
        let rendered = by_key(documents(&template(&helm, "seaworthy", more).await));
        let rules = rendered
            .iter()
            .filter(|(key, _)| key.contains("Role/"))
            .flat_map(|(_, role)| role["rules"].as_array().unwrap());
        rules.cloned().collect()
    };
    // What is granted of objects by name is the operator's own.
    let resources = async |more: &[&str]| -> BTreeSet<String> {
        let rules = rules(more).await.into_iter().filter(|rule| rule["resourceNames"].is_null());
        let resources: Vec<Value> =
            rules.flat_map(|rule| rule["resources"].as_array().unwrap().clone()).collect();
        resources.iter().map(|resource| resource.as_str().unwrap().to_owned()).collect()
    };
    let all = resources(&[]).await;
    assert!(
        ["secrets", "ingresses", "services", "deployments"].iter().all(|one| all.contains(*one)),
        "{all:?}"
    );

    let without_secrets = resources(&["--set", "secrets.access=none"]).await;
    let lost: Vec<_> = all.difference(&without_secrets).collect();
    assert_eq!(lost, ["secrets"]);

    let own = |rules: Vec<Value>| {
        let named = rules.into_iter().filter(|rule| !rule["resourceNames"].is_null());
        named.map(|rule| rule["resources"][0].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let webhook = own(rules(&[]).await);
    assert_eq!(webhook, ["validatingwebhookconfigurations", "clusterroles", "leases", "secrets"]);
    assert_eq!(own(rules(&["--set", "webhook.enabled=false"]).await), ["leases"]);

    let families =
        seaworthy::catalogue::Family::ALL.iter().map(|family| format!("rbac.families.{family}=false"));
    let families: Vec<String> = families.collect();
    let least = resources(&["--set", &families.join(",")]).await;
    assert!(!least.contains("secrets") && !least.contains("ingresses"), "{least:?}");
    // Workloads are seen whatever is judged of them.
    assert!(
        ["deployments", "pods", "namespaces", "readinessreports"].iter().all(|one| least.contains(*one)),
        "{least:?}"
    );

    let none = resources(&["--set", "rbac.create=false"]).await;
    assert!(none.is_empty(), "{none:?}");
}

#[tokio::test]
async fn values_that_are_wrong_are_refused_with_their_name() {
    let cases = [
        ("seaworthy", "replica=3", "replica"),
        ("seaworthy", "replicas=two", "replicas"),
        ("seaworthy", "image.digest=latest", "digest"),
        ("seaworthy", "image.tag=a b", "tag"),
        ("seaworthy", "crds.install=true", "install"),
        ("seaworthy", "secrets.access=namespace", "access"),
        ("seaworthy", "secrets.access=namespaces", "secrets.namespaces must name"),
        ("seaworthy", "secrets.namespaces={shop}", "secrets.access is not namespaces"),
        ("seaworthy", "rbac.scope=namespace", "scope"),
        ("seaworthy", "rbac.scope=namespaces", "rbac.namespaces must name"),
        ("seaworthy", "rbac.namespaces={shop}", "rbac.scope is not namespaces"),
        ("seaworthy", "rbac.namespaces={Shop}", "namespaces"),
        (
            "seaworthy",
            "rbac.scope=namespaces,rbac.namespaces={shop},secrets.access=namespaces,secrets.namespaces={blog}",
            "secrets.namespaces names blog",
        ),
        ("seaworthy", "rbac.families.ingress=true", "ingress"),
        ("seaworthy", "commonLabels.a=1", "commonLabels"),
        ("seaworthy", "networkPolicy.apiServerPorts={70000}", "apiServerPorts"),
        ("seaworthy", "prometheusRule.disabled={NoSuchAlert}", "disabled"),
        ("seaworthy", "networkPolicy.dnsPorts={dns}", "dnsPorts"),
        ("seaworthy", "runAs.user=0", "user"),
        ("seaworthy", "serviceAccount.create=false", "serviceAccount.name"),
        ("seaworthy-policies", "defaults.enforcement=Enforce", "enforcement"),
        ("seaworthy-policies", "policies.strict.failon=High", "failon"),
        ("seaworthy-policies", "policies.gold.enabled=true", "gold"),
        ("seaworthy-policies", "defaults.profileVersion=0", "profileVersion"),
    ];
    for major in HELM_MAJORS {
        let helm = Helm::find(major).unwrap();
        for (chart, set, named) in cases {
            let output =
                helm.try_run(&["template", "seaworthy", &chart_path(chart), "--set", set]).await.unwrap();
            assert_ne!(output.code, 0, "helm {major}: {chart} takes {set}");
            assert!(output.stderr.contains(named), "helm {major}: {set}: {}", output.stderr);
        }
    }
}

#[tokio::test]
async fn a_cluster_that_is_too_old_is_refused() {
    for major in HELM_MAJORS {
        let helm = Helm::find(major).unwrap();
        for chart in CHARTS {
            let path = chart_path(chart);
            let on = async |version| {
                helm.try_run(&["template", "y", &path, "--kube-version", version]).await.unwrap()
            };
            assert!(on("1.32.9").await.stderr.contains(">=1.33"), "helm {major}: {chart}");
            for supported in ["1.33.0", "v1.34.2-gke.1", "1.37.1"] {
                assert_eq!(on(supported).await.code, 0, "helm {major}: {chart} on {supported}");
            }
        }
    }
}

#[tokio::test]
async fn as_part_of_another_chart_it_takes_what_a_parent_passes() {
    let parent = tempfile::tempdir().unwrap();
    let about = format!(
        "apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n- name: seaworthy\n  version: 0.1.0\n  \
         repository: file://{}\n  condition: seaworthy.enabled\n",
        chart_path("seaworthy")
    );
    fs::write(parent.path().join("Chart.yaml"), about).unwrap();
    let values = "global: {team: platform, any: {thing: 1}}\nseaworthy: {enabled: true, replicas: 1}\n";
    fs::write(parent.path().join("values.yaml"), values).unwrap();
    let path = parent.path().display().to_string();
    for major in HELM_MAJORS {
        let helm = Helm::find(major).unwrap();
        helm.run(&["dependency", "update", &path]).await.unwrap();
        let on = helm.run(&["template", "platform", &path]).await.unwrap();
        assert!(on.contains("name: \"platform-seaworthy\""), "{on}");
        let off =
            helm.run(&["template", "platform", &path, "--set", "seaworthy.enabled=false"]).await.unwrap();
        assert_eq!(documents(&off), [Value::Null; 0]);
    }
}

/// What a policy for an operator says of one that talks to the API server and reads TLS Secrets, and whose
/// namespace is somebody else's to limit.
const ENTITLED: &str = r#"
  {name: automount-sa-token, parameters: {apiClients: {matchLabels: {app.kubernetes.io/name: seaworthy}}}},
  {name: rbac-secrets-access, parameters: {allowSubjects: ["*/seaworthy*"]}},
  {name: workload-takeover-path, parameters: {allowSubjects: ["*/seaworthy*"]}},
  {name: namespace-quota, enabled: false}, {name: namespace-limitrange, enabled: false}"#;

#[tokio::test]
async fn the_chart_passes_our_own_checks_without_a_suppression() {
    let helm = Helm::find(4).unwrap();
    let ha = PathBuf::from(chart_path("seaworthy")).join("values-ha.yaml").display().to_string();
    for (profile, values) in [("Standard", vec![]), ("Strict", vec!["--values", ha.as_str()])] {
        let rendered = template(&helm, "seaworthy", &[&["--set", DIGEST], values.as_slice()].concat()).await;
        // The policy lets nobody waive anything.
        let folder = tempfile::tempdir().unwrap();
        let [manifests, policy] = ["manifests.yaml", "policy.yaml"].map(|name| folder.path().join(name));
        // The namespace is whoever's who installs the chart: the one of `deploy/`.
        let namespace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/namespace.yaml");
        let namespace = fs::read_to_string(namespace).unwrap();
        fs::write(&manifests, format!("{namespace}---\n{rendered}")).unwrap();
        fs::write(
            &policy,
            format!(
                "apiVersion: seaworthy.dev/v1alpha1\nkind: ClusterReadinessPolicy\nmetadata: {{name: own}}\n\
                 spec: {{profile: {profile}, failOn: Info, checks: [{ENTITLED}]}}\n"
            ),
        )
        .unwrap();
        let output = Command::new(seaworthy_binary().unwrap())
            .args(["check", "--complete", "--fail-on-unknown", "--policy"])
            .args([&policy, &manifests])
            .output()
            .unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{profile}: {said}");
    }
}
