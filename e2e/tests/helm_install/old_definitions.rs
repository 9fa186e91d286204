//! A chart as the first release would have packaged it is upgraded to this one: the definitions become this
//! version's, and no object of theirs is lost.

use std::{fs, path::Path};

use seaworthy_e2e::{Helm, Output, chart_path};

use super::rig::Rig;

#[tokio::test(flavor = "multi_thread")]
async fn helm_3_upgrades_old_definitions() {
    upgrade(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn helm_4_upgrades_old_definitions() {
    upgrade(4).await;
}

async fn upgrade(major: u8) {
    let rig = Rig::start(major).await;
    let folder = tempfile::tempdir().unwrap();
    let old = packaged_with_old_definitions(&rig.helm, folder.path()).await;
    rig.upgrade("seaworthy", &old, &[]).await;
    assert_eq!(status_subresource(&rig).await, "old", "the definitions are those of the package");
    rig.shop().await;
    let uid = rig.cluster.policy("shop", "gate").await.unwrap().unwrap()["metadata"]["uid"].clone();

    rig.upgrade_operator(&[]).await;
    rig.replicas_are_ready(2).await;
    assert_eq!(status_subresource(&rig).await, "new");
    // What is served is what is in the repository, to the last field.
    let crds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crds").display().to_string();
    let arguments = ["diff", "--server-side", "--force-conflicts", "-f", &crds];
    let Output { code, stdout, stderr } = rig.cluster.plane().kubectl().run(&arguments).await.unwrap();
    assert_eq!(code, 0, "{stdout}{stderr}");
    let _replica = rig.cluster.operator("operator").await.unwrap();
    rig.shop_is_ready().await;
    assert_eq!(rig.cluster.policy("shop", "gate").await.unwrap().unwrap()["metadata"]["uid"], uid);
    rig.cluster.finish().await.unwrap();
}

/// Which definitions are there: the old ones are marked in their description.
async fn status_subresource(rig: &Rig) -> &'static str {
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/readinesspolicies.seaworthy.dev";
    let crd = rig.cluster.get(path).await.unwrap().unwrap();
    if crd.to_string().contains(OLD) { "old" } else { "new" }
}

/// Tells the two apart even while the release's definitions are still those of the code.
const OLD: &str = "Of the first release. ";

/// This chart with the definitions of release 0.1 as a package of an older version.
async fn packaged_with_old_definitions(helm: &Helm, folder: &Path) -> String {
    let chart = folder.join("seaworthy");
    copy(Path::new(&chart_path("seaworthy")), &chart);
    let about = fs::read_to_string(chart.join("Chart.yaml")).unwrap();
    fs::write(chart.join("Chart.yaml"), about.replacen("\nversion: ", "\nversion: 0.0.1-was.", 1)).unwrap();
    let releases = Path::new(env!("CARGO_MANIFEST_DIR")).join("releases/0.1/crds");
    let mut replaced = 0;
    for entry in fs::read_dir(releases).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let target = chart.join("templates/generated").join(format!("crd-{name}"));
        let present = fs::read_to_string(&target).unwrap();
        // The chart's own metadata around the spec of the release.
        let (head, _) = present.split_once("\nspec:\n").unwrap();
        let old = fs::read_to_string(entry.path()).unwrap();
        let (_, spec) = old.split_once("\nspec:\n").unwrap();
        let spec = spec.replacen("description: ", &format!("description: {OLD}"), 1);
        fs::write(&target, format!("{head}\nspec:\n{spec}{{{{- end }}}}\n")).unwrap();
        replaced += 1;
    }
    assert_eq!(replaced, 3);
    let [chart, folder] = [chart.as_path(), folder].map(|path| path.display().to_string());
    let said = helm.run(&["package", &chart, "--destination", &folder]).await.unwrap();
    let (_, package) = said.trim().split_once(": ").unwrap();
    package.to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
