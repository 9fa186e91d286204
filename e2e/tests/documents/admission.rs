//! `docs/admission.md`: the first policy that denies, what it says to whom, and the last.

use super::guide::Guide;

#[tokio::test(flavor = "multi_thread")]
async fn admission_answers_as_written() {
    let mut guide = Guide::open("docs/admission.md", 4).await;
    guide.install().await;
    guide.reader.cluster.namespace("shop").await.unwrap();
    let _replica = guide.operator("operator").await;
    guide.read_on(14).await;
    guide.reader.cluster.finish().await.unwrap();
}
