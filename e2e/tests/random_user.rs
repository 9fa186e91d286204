//! The operator as a user that the cluster made up, as OpenShift runs whatever names nobody: it judges, denies at
//! admission and writes no file. And pods without ids are let in where the Restricted standard is enforced.
#![cfg(test)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use seaworthy::cli::load::{Bounds, yaml};
use seaworthy_e2e::{
    Cluster, HELM_MAJORS, Helm, OPERATOR_ACCOUNT, OPERATOR_NAMESPACE, Operator, OperatorOptions, Output,
    Port, chart_path, condition, eventually, seaworthy_binary, skip,
    workloads::{flawed_pod, memory_limits_only, policy, workload},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const SOON: Duration = Duration::from_mins(1);

/// Of a range of 10,000 ids as OpenShift gives them to a namespace, no account's of any machine, and another for each run of
/// these tests: they look for files of it.
fn user() -> String {
    (1_000_720_000 + std::process::id() % 10_000).to_string()
}

/// What becomes that user in its own place: of group 0, as on OpenShift, and never more than that.
fn becoming() -> Vec<String> {
    let user = format!("--reuid={}", user());
    let words = ["setpriv", &user, "--regid=0", "--clear-groups", "--no-new-privs", "--inh-caps=-all"];
    words.map(str::to_owned).to_vec()
}

/// Why no process can be run as another user here, if none can.
fn obstacle() -> Option<String> {
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() != 0) {
        return Some("only root may run a process as another user".to_owned());
    }
    let becoming = becoming();
    let output = Command::new(&becoming[0]).args(&becoming[1..]).args(["id", "-u"]).output();
    match output {
        Ok(output) if String::from_utf8_lossy(&output.stdout).trim() == user() => None,
        Ok(output) => Some(format!("setpriv: {}", String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) => Some(format!("setpriv: {error}")),
    }
}

/// A folder that anybody may read and only root may write, with all that the operator needs: itself, the token of its
/// service account and the authority of the API server.
struct Stage {
    folder: TempDir,
    binary: PathBuf,
    kubeconfig: PathBuf,
}

impl Stage {
    async fn of(cluster: &Cluster) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let issued =
            cluster.plane().kubeconfig_for_service_account(OPERATOR_NAMESPACE, OPERATOR_ACCOUNT).await;
        let mut config: Value = serde_json::from_slice(&fs::read(issued.unwrap()).unwrap()).unwrap();
        let authority = &mut config["clusters"][0]["cluster"]["certificate-authority"];
        fs::copy(authority.as_str().unwrap(), at("ca.crt")).unwrap();
        *authority = at("ca.crt").display().to_string().into();
        fs::write(at("kubeconfig"), config.to_string()).unwrap();
        fs::copy(seaworthy_binary().unwrap(), at("seaworthy")).unwrap();
        for (name, mode) in [("ca.crt", 0o444), ("kubeconfig", 0o444), ("seaworthy", 0o555), ("", 0o555)] {
            fs::set_permissions(at(name), Permissions::from_mode(mode)).unwrap();
        }
        Self { binary: at("seaworthy"), kubeconfig: at("kubeconfig"), folder }
    }

    /// The operator as that user, in the folder that it cannot write.
    fn operator(&self, cluster: &Cluster, health: &Port, webhook: &Port) -> Operator {
        let folder = self.folder.path().display();
        let mut arguments = becoming();
        let program = arguments.remove(0);
        arguments.extend(["env".to_owned(), format!("--chdir={folder}"), format!("TMPDIR={folder}")]);
        arguments.extend([format!("HOME={folder}"), self.binary.display().to_string()]);
        arguments.extend(["controller", "--namespace", OPERATOR_NAMESPACE].map(str::to_owned));
        arguments.push(format!("--health-address=127.0.0.1:{}", health.number()));
        arguments.push(format!("--webhook-address=127.0.0.1:{}", webhook.number()));
        arguments.push(format!("--webhook-url=https://127.0.0.1:{}", webhook.number()));
        let options = OperatorOptions {
            binary: Some(program.into()),
            arguments,
            kubeconfig: Some(self.kubeconfig.clone()),
            health_port: Some(health.number()),
            ..OperatorOptions::default()
        };
        Operator::start(cluster.plane(), options).unwrap()
    }
}

/// Files of that user where anybody may write.
fn files() -> String {
    let places = ["/tmp", "/var/tmp", "/dev/shm"].into_iter().filter(|place| Path::new(place).exists());
    // What others delete meanwhile is a complaint on standard error and nothing else.
    let output = Command::new("find").args(places).args(["-uid", &user()]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Such a file would be found, and none can be made where the operator runs.
fn a_file_would_be_seen(stage: &Stage) {
    let becoming = becoming();
    let touch = |path: &Path| {
        Command::new(&becoming[0]).args(&becoming[1..]).arg("touch").arg(path).status().unwrap().success()
    };
    assert!(!touch(&stage.folder.path().join("file")));
    let seen = Path::new("/tmp").join(stage.folder.path().file_name().unwrap()).with_extension("seen");
    assert!(touch(&seen));
    assert_eq!(files().trim(), seen.display().to_string());
    fs::remove_file(seen).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn as_a_user_that_the_cluster_made_up_it_judges_and_denies_and_writes_no_file() {
    if let Some(why) = obstacle() {
        return skip("as_a_user_that_the_cluster_made_up_it_judges_and_denies_and_writes_no_file", &why);
    }
    let cluster = Cluster::start().await.unwrap();
    cluster.namespace("shop").await.unwrap();
    let stage = Stage::of(&cluster).await;
    a_file_would_be_seen(&stage);
    let [health, webhook] = [Port::reserve().unwrap(), Port::reserve().unwrap()];
    let mut operator = stage.operator(&cluster, &health, &webhook);
    operator.wait_ready(SOON).await.unwrap();
    let owner = fs::metadata(format!("/proc/{}", operator.pid())).unwrap().uid();
    assert_eq!(owner.to_string(), user());

    let flawed = workload("Deployment", ("shop", "web"), &flawed_pod().unwrap());
    cluster.apply(std::slice::from_ref(&flawed)).await.unwrap();
    let mut gate = memory_limits_only();
    gate["enforcement"] = json!("Deny");
    cluster.apply(&[policy("shop", "gate", &gate)]).await.unwrap();
    eventually(SOON, "the verdict", async || {
        let report = cluster.report("shop", "deployment-web").await.unwrap().ok_or("none")?;
        let said = condition(&report, "Ready");
        if said == "False ChecksFailed" { Ok(()) } else { Err(said) }
    })
    .await;
    let mut another = flawed;
    another["metadata"]["name"] = json!("another");
    eventually(SOON, "the refusal", async || {
        let Output { code, stderr, .. } = dry_run(&cluster, &another).await;
        if code != 0 && stderr.contains("memory-limits") { Ok(()) } else { Err(stderr) }
    })
    .await;
    assert_eq!(files(), "");
    assert_eq!(operator.terminate(SOON).await.unwrap(), 0);
    cluster.finish().await.unwrap();
}

async fn dry_run(cluster: &Cluster, object: &Value) -> Output {
    let command = ["create", "--dry-run=server", "-f", "-"];
    cluster.plane().kubectl().run_with_input(&command, &object.to_string()).await.unwrap()
}

/// Every pod of the chart, as one that could be created: of the Deployment, and of `helm test`.
async fn pods(helm: &Helm, values: &[&str]) -> Vec<Value> {
    let chart = chart_path("seaworthy");
    // The account is that of `deploy/`; the class is not installed here.
    let command =
        ["template", "seaworthy", &chart, "-n", OPERATOR_NAMESPACE, "--set", "priorityClass.create=false"];
    let text = helm.run(&[&command, values].concat()).await.unwrap();
    let objects = text.split("\n---\n").filter_map(|part| {
        yaml::parse(part.trim_start_matches("---\n"), &Bounds::default()).unwrap().map(|one| one.value)
    });
    let pod = |spec: &Value, name: &str| {
        json!({"apiVersion": "v1", "kind": "Pod", "spec": spec,
            "metadata": {"name": name, "namespace": OPERATOR_NAMESPACE}})
    };
    objects
        .filter_map(|object| match object["kind"].as_str()? {
            "Deployment" => Some(pod(&object["spec"]["template"]["spec"], "controller")),
            "Pod" => Some(pod(&object["spec"], "test")),
            _ => None,
        })
        .collect()
}

/// The ids that a pod names, of itself or of a container.
fn ids(pod: &Value) -> usize {
    let text = pod.to_string();
    ["runAsUser", "runAsGroup", "fsGroup", "supplementalGroups"]
        .iter()
        .filter(|id| text.contains(*id))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_with_and_without_ids_are_let_in_by_the_restricted_standard() {
    // Its namespace enforces the standard.
    let cluster = Cluster::bare(seaworthy_e2e::Options::default()).await.unwrap();
    cluster.install().await.unwrap();
    let openshift = format!("{}/ci/openshift-values.yaml", chart_path("seaworthy"));
    for major in HELM_MAJORS {
        let helm = Helm::find(major).unwrap();
        for (values, named) in [(vec![], 3), (vec!["--values", openshift.as_str()], 0)] {
            let pods = pods(&helm, &values).await;
            assert_eq!(pods.len(), 2, "{values:?}");
            for mut pod in pods {
                assert_eq!(ids(&pod), named, "{pod}");
                let output = dry_run(&cluster, &pod).await;
                assert_eq!(output.code, 0, "helm {major}: {values:?}: {}", output.stderr);
                // It does look.
                pod["spec"]["securityContext"]["runAsNonRoot"] = json!(false);
                let output = dry_run(&cluster, &pod).await;
                assert!(output.stderr.contains("violates PodSecurity"), "{}", output.stderr);
            }
        }
        // A number of a file is a float to Helm.
        for pod in pods(&helm, &["--set-json", &format!("runAs={{\"user\":{}}}", user())]).await {
            let context = &pod["spec"]["securityContext"];
            assert_eq!(context["runAsUser"].to_string(), user(), "helm {major}: {context}");
            assert_eq!((&context["runAsGroup"], &context["fsGroup"]), (&json!(65532), &json!(65532)));
        }
    }
}
