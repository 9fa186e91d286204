//! Charts and kustomizations as inputs of `seaworthy check`: rendered by the real programs, told where a person finds
//! them.
#![cfg(test)]

mod fixes;
mod suppressions;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use seaworthy_e2e::{HELM_MAJORS, Helm, Ran, chart_path, kubectl_in, seaworthy_binary};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Place of each failed check, by check.
fn places(ran: &Ran) -> BTreeMap<String, String> {
    let place = |finding: &Value| {
        let location = &finding["location"];
        let missing = location["missing"].as_str().map_or_else(String::new, |path| format!(" lacks {path}"));
        let at =
            |key: &str| location[key].as_u64().map_or_else(|| "-".to_owned(), |number| number.to_string());
        format!("{}:{}:{}{missing}", location["file"].as_str().unwrap(), at("line"), at("column"))
    };
    let findings = ran.findings().unwrap();
    findings.iter().map(|found| (found["check"].as_str().unwrap().to_owned(), place(found))).collect()
}

/// What is on PATH: nothing but these.
struct Programs(TempDir);

impl Programs {
    fn helm(major: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        symlink(Helm::find(major).unwrap().program(), folder.path().join("helm")).unwrap();
        Self(folder)
    }

    fn kubectl() -> Self {
        let folder = tempfile::tempdir().unwrap();
        kubectl_in(folder.path()).unwrap();
        Self(folder)
    }

    fn none() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn check(&self, folder: &Path, arguments: &[&str]) -> Ran {
        // A difference stands alone on standard output.
        let format = if arguments.contains(&"--diff") { "json=/dev/null" } else { "json" };
        let output = Command::new(seaworthy_binary().unwrap())
            .args(["check", "-o", format, "--fail-on", "info"])
            .args(arguments)
            .current_dir(folder)
            .env("PATH", self.0.path())
            .output()
            .unwrap();
        output.into()
    }
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include \"web.name\" . }}
  labels:
    {{- include \"web.labels\" . | nindent 4 }}
spec:
  {{- if .Values.replicas }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  template:
    spec:
      containers:
        - name: app
          {{- with .Values.securityContext }}
          securityContext:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          image: {{ .Values.image | quote }}
";

const HELPERS: &str = "\
{{- define \"web.name\" -}}
{{ .Release.Name | trunc 20 }}
{{- end }}
{{- define \"web.labels\" -}}
app: {{ include \"web.name\" . | quote }}
{{- end }}
";

/// A chart with an action over a block, a helper and sets of values.
fn chart(folder: &Path) {
    let values = "image: registry.example/app:latest\nsecurityContext: {runAsUser: 0, privileged: true}\n";
    write(
        folder,
        &[
            ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            ("web/values.yaml", values),
            ("web/templates/_helpers.tpl", HELPERS),
            ("web/templates/deployment.yaml", DEPLOYMENT),
            ("web/ci/one-values.yaml", "replicas: 1\n"),
            ("web/ci/two-values.yaml", "image: registry.example/app:1.0.0\n"),
        ],
    );
}

#[test]
fn findings_in_a_chart_point_at_the_line_of_the_template() {
    for major in HELM_MAJORS {
        let folder = tempfile::tempdir().unwrap();
        chart(folder.path());
        let ran = Programs::helm(major).check(
            folder.path(),
            &["--select", "image-tag,privileged-container,memory-limits,run-as-non-root", "web"],
        );
        assert_eq!((ran.code, ran.err.as_str()), (1, ""), "helm {major}");
        let places = places(&ran);
        let file = "web/templates/deployment.yaml";
        assert_eq!(places["image-tag"], format!("{file}:19:18"), "{places:?}");
        assert_eq!(places["privileged-container"], format!("{file}:17:13"), "{places:?}");
        assert_eq!(
            places["memory-limits"],
            format!("{file}:14:11 lacks resources.limits.memory"),
            "{places:?}"
        );
        assert_eq!(ran.findings().unwrap()[0]["object"]["name"], "web");
        assert_eq!(ran.findings().unwrap()[0]["location"]["rendered"], "web");
    }
}

#[test]
fn a_chart_in_a_folder_is_found_and_its_values_are_those_that_are_given() {
    let folder = tempfile::tempdir().unwrap();
    chart(folder.path());
    write(folder.path(), &[("more.yaml", "image: registry.example/app:2.0.0\n")]);
    let helm = Programs::helm(4);
    let tag = |arguments: &[&str]| {
        let ran = helm.check(folder.path(), &[&["--select", "image-tag", "."], arguments].concat());
        // The file of values, which lies beside the chart.
        assert_eq!(ran.err, "note: 1 document is skipped: not Kubernetes\n", "{arguments:?}");
        ran.code
    };
    assert_eq!(tag(&[]), 1);
    assert_eq!(tag(&["--helm-values", "more.yaml"]), 0);
    assert_eq!(tag(&["--helm-set", "image=registry.example/app:3.0.0"]), 0);
    assert_eq!(tag(&["--kube-version", "1.33.0", "--api-versions", "monitoring.coreos.com/v1"]), 1);
}

#[test]
fn every_set_of_values_of_a_chart_is_judged_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    chart(folder.path());
    let select = ["--select", "image-tag", "--helm-ci-values", "web"];
    let ran = Programs::helm(4).check(folder.path(), &select);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let json = ran.json().unwrap();
    assert_eq!(json["summary"]["workloads"]["total"], 2);
    let findings = ran.findings().unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["location"]["rendered"], "web with ci/one-values.yaml");
}

#[test]
fn findings_of_a_packed_chart_stand_where_those_of_the_chart_do() {
    let folder = tempfile::tempdir().unwrap();
    chart(folder.path());
    let helm = Programs::helm(4);
    let packed = Command::new("helm")
        .env("PATH", helm.0.path())
        .args(["package", "web"])
        .current_dir(folder.path())
        .output();
    assert!(packed.unwrap().status.success());
    let of = |chart: &str| places(&helm.check(folder.path(), &["--profile", "strict", chart]));
    let (packed, plain) = (of("web-1.0.0.tgz"), of("web"));
    assert!(packed["image-tag"].starts_with("web-1.0.0.tgz/templates/deployment.yaml:"), "{packed:?}");
    let renamed =
        packed.iter().map(|(check, place)| (check.clone(), place.replace("web-1.0.0.tgz/", "web/")));
    assert_eq!(renamed.collect::<BTreeMap<_, _>>(), plain);
    assert!(plain.len() > 5 && !packed["image-tag"].ends_with("-:-"), "{plain:?}");
}

#[test]
fn our_own_charts_are_traced_almost_whole() {
    for major in HELM_MAJORS {
        let chart = chart_path("seaworthy");
        let ran = Programs::helm(major).check(Path::new("/"), &["--profile", "strict", &chart]);
        let findings = ran.findings().unwrap();
        let traced = findings.iter().filter(|finding| finding["location"]["line"].is_u64()).count();
        assert!(findings.len() > 10 && traced * 100 >= findings.len() * 93, "{traced} of {}", findings.len());
    }
}

#[test]
fn what_cannot_be_rendered_is_exit_2_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    chart(folder.path());
    let (helm, none) = (Programs::helm(4), Programs::none());
    let refused = |programs: &Programs, arguments: &[&str], message: &str| {
        let ran = programs.check(folder.path(), arguments);
        assert_eq!((ran.code, ran.err.contains(message)), (2, true), "{}", ran.err);
    };
    refused(&none, &["web"], "error: web: helm is not on PATH");
    refused(
        &helm,
        &["--helm-set", "replicas.x=1", "--helm-values", "gone.yaml", "web"],
        "helm says: open gone.yaml",
    );
    refused(
        &helm,
        &["--helm-values", "https://example.com/v.yaml", "web"],
        "is not fetched without --allow-remote",
    );
    let broken = DEPLOYMENT.replace("{{- end }}", "{{- ende }}");
    write(folder.path(), &[("web/templates/deployment.yaml", &broken)]);
    refused(&helm, &["web"], "function \"ende\" not defined");
    let needs = "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n  - {name: db, version: 1.0.0, repository: https://example.com}\n";
    write(folder.path(), &[("web/Chart.yaml", needs)]);
    refused(&helm, &["web"], "error: web: db is not in charts/: run `helm dependency build web`");
    write(folder.path(), &[("k/kustomization.yaml", "resources: []\n")]);
    refused(&none, &["k"], "neither kustomize nor kubectl is on PATH");
}

const BASE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: app
          image: registry.example/app:latest
";

fn kustomization(folder: &Path) {
    let prod = "resources: [../base]\nnamePrefix: prod-\nnamespace: shop\n\
        patches:\n  - target: {kind: Deployment}\n    patch: |\n      - {op: replace, path: /spec/replicas, value: 3}\n";
    write(
        folder,
        &[
            ("base/kustomization.yaml", "resources: [web.yaml]\n"),
            ("base/web.yaml", BASE),
            ("prod/kustomization.yaml", prod),
            ("test/kustomization.yaml", "resources: [../base]\nnamespace: shop\n"),
            ("part/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"),
        ],
    );
}

#[test]
fn findings_in_a_kustomization_name_the_overlay_and_the_file_of_the_base() {
    let folder = tempfile::tempdir().unwrap();
    kustomization(folder.path());
    let kubectl = Programs::kubectl();
    let ran = kubectl.check(folder.path(), &["--select", "image-tag,memory-limits", "prod"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let places = places(&ran);
    assert_eq!(places["image-tag"], "base/web.yaml:11:18");
    // Where it can be put in, is known: the base is a plain file.
    assert_eq!(places["memory-limits"], "base/web.yaml:10:11 lacks resources.limits.memory");
    let finding = &ran.findings().unwrap()[0];
    assert_eq!(
        (&finding["object"]["name"], &finding["location"]["rendered"]),
        (&json!("prod-web"), &json!("prod"))
    );
    // The overlay is told to people, too.
    let output = Command::new(seaworthy_binary().unwrap())
        .args(["check", "--select", "image-tag", "prod"])
        .current_dir(folder.path())
        .env("PATH", kubectl.0.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("base/web.yaml:11:18, rendered by prod"), "{text}");
}

#[test]
fn below_a_folder_the_kustomizations_on_top_are_rendered_each_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    kustomization(folder.path());
    let kubectl = Programs::kubectl();
    let ran = kubectl.check(folder.path(), &["--select", "image-tag", "."]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let json = ran.json().unwrap();
    let findings = ran.findings().unwrap();
    let names: Vec<&str> = findings.iter().map(|found| found["object"]["name"].as_str().unwrap()).collect();
    assert_eq!((names, &json["summary"]["workloads"]["total"]), (vec!["prod-web", "web"], &json!(2)));
    // Two that make the same object are no context of each other.
    write(folder.path(), &[("prod/kustomization.yaml", "resources: [../base]\nnamespace: shop\n")]);
    let ran = kubectl.check(folder.path(), &["--select", "image-tag", "."]);
    assert_eq!((ran.err.as_str(), &ran.json().unwrap()["summary"]["workloads"]["total"]), ("", &json!(2)));
}

#[test]
fn components_and_what_is_remote_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    kustomization(folder.path());
    let kubectl = Programs::kubectl();
    let refused = |input: &str, message: &str| {
        let ran = kubectl.check(folder.path(), &[input]);
        assert_eq!((ran.code, ran.err.contains(message)), (2, true), "{}", ran.err);
    };
    refused("part", "error: part: a Component is no input by itself");
    write(folder.path(), &[("base/kustomization.yaml", "resources: ['https://example.com/a.yaml']\n")]);
    refused("prod", "refers to `https://example.com/a.yaml`, which is not here");
    write(
        folder.path(),
        &[("base/kustomization.yaml", "resources: [web.yaml]\npatches: [{patch: '- x'}]\n")],
    );
    refused("prod", "kubectl says: ");
}
