//! `docs/admission.md`: the first policy that denies, what it says to whom, and the last.

use seaworthy_e2e::certificate_definition;

use super::guide::Guide;

#[tokio::test(flavor = "multi_thread")]
async fn admission_answers_as_written() {
    let mut guide = Guide::open("docs/admission.md", 4).await;
    guide.install().await;
    guide.reader.cluster.namespace("shop").await.unwrap();
    // Nobody issues certificates here: what the document asks of cert-manager is held to its definition.
    let definition = certificate_definition().unwrap().display().to_string();
    let cluster = &guide.reader.cluster;
    cluster.kubectl(&["apply", "--server-side", "-f", &definition]).await.unwrap();
    cluster
        .kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "-f", &definition])
        .await
        .unwrap();
    let _replica = guide.operator("operator").await;
    guide.read_on(16).await;
    // Unknown fields are cut off without a word, so what is there is what was meant.
    let path = "/apis/cert-manager.io/v1/namespaces/seaworthy-system/certificates/seaworthy-webhook";
    let certificate = guide.reader.cluster.get(path).await.unwrap().unwrap();
    let written = guide.reader.document.yaml("Certificates").unwrap().remove(0);
    assert_eq!(certificate["spec"], written["spec"]);
    guide.reader.cluster.finish().await.unwrap();
}
