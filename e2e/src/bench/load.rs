//! The objects that the operator is measured over.
//!
//! Pods name a ReplicaSet that is not there as their controller, and no controllers run: what is measured
//! is the operator, not they. It must not hold anything random. Next: [`super::measure`].

use futures::{StreamExt, TryStreamExt, stream};
use kube::Client;
use serde_json::{Value, json};

use crate::{Error, workloads};

/// Workloads in one namespace.
pub const PER_NAMESPACE: usize = 100;
/// Pods of one workload.
const PODS: usize = 3;
/// Writers at once.
const WRITERS: usize = 32;

/// Where the workload of this number lies, and its name.
pub fn place(index: usize) -> (String, String) {
    (format!("bench-{}", index / PER_NAMESPACE), format!("w-{index}"))
}

/// The namespaces of this many workloads.
pub fn namespaces(workloads: usize) -> impl Iterator<Item = String> {
    (0..workloads.div_ceil(PER_NAMESPACE)).map(|index| format!("bench-{index}"))
}

/// What is made ready once: pod specs and a certificate.
pub struct Material {
    good: Value,
    flawed: Value,
    certificate: String,
    key: String,
}

impl Material {
    /// Makes it.
    pub fn new() -> Result<Self, Error> {
        let key = rcgen::KeyPair::generate()?;
        let parameters = rcgen::CertificateParams::new(vec!["*.bench.example".to_owned()])?;
        let certificate = parameters.self_signed(&key)?.pem();
        let (good, flawed) = (workloads::good_pod()?, workloads::flawed_pod()?);
        Ok(Self { good, flawed, certificate, key: key.serialize_pem() })
    }

    /// The pod spec of a workload that is in good order, or of one that is not.
    pub fn pod(&self, good: bool) -> &Value {
        if good { &self.good } else { &self.flawed }
    }

    fn objects(&self, index: usize) -> Vec<(String, Value)> {
        let (namespace, name) = place(index);
        let pod = self.pod(starts_good(index));
        let core = format!("/api/v1/namespaces/{namespace}");
        let mut deployment = workloads::workload("Deployment", (&namespace, &name), pod);
        if let Some(replicas) = deployment.pointer_mut("/spec/replicas") {
            *replicas = 2.into();
        }
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": name },
            "spec": { "clusterIP": "None", "selector": { "app": name }, "ports": [{ "port": 80, "targetPort": "http" }] },
        });
        let mut objects = vec![
            (format!("/apis/apps/v1/namespaces/{namespace}/deployments"), deployment),
            (format!("{core}/services"), service),
            (format!("/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets"), budget(&name)),
            (
                format!("/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"),
                autoscaler(&name),
            ),
        ];
        let owner = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": format!("{name}-1"), "controller": true,
            "uid": format!("00000000-0000-4000-8000-{index:012}"),
        });
        for number in 0..PODS {
            let mut pod = workloads::workload("Pod", (&namespace, &format!("{name}-1-{number}")), pod);
            if let Some(metadata) = pod.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.insert("ownerReferences".to_owned(), json!([owner]));
                metadata.insert("labels".to_owned(), json!({ "app": name }));
            }
            objects.push((format!("{core}/pods"), pod));
        }
        if index % 10 < 3 {
            objects.push((format!("{core}/secrets"), self.secret(&name)));
            objects.push((
                format!("/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses"),
                ingress(&name),
            ));
        }
        objects
    }

    fn secret(&self, name: &str) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "type": "kubernetes.io/tls",
            "stringData": { "tls.crt": self.certificate, "tls.key": self.key },
        })
    }

    /// Creates everything.
    pub async fn create(&self, client: &Client, workloads: usize) -> Result<(), Error> {
        for namespace in namespaces(workloads) {
            let mut object = workloads::namespace(&namespace);
            if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                let enforce = json!({ "pod-security.kubernetes.io/enforce": "restricted" });
                metadata.insert("labels".to_owned(), enforce);
            }
            post(client, "/api/v1/namespaces", &object).await?;
            let policies = format!("/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies");
            post(client, &policies, &workloads::isolated(&namespace)).await?;
        }
        let each = stream::iter(0..workloads).map(|index| async move {
            for (path, object) in self.objects(index) {
                post(client, &path, &object).await?;
            }
            Ok(())
        });
        each.buffer_unordered(WRITERS).try_collect().await
    }
}

/// Whether a workload is in good order when it is created: three of four are.
pub fn starts_good(index: usize) -> bool {
    !index.is_multiple_of(4)
}

fn budget(name: &str) -> Value {
    json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": { "name": name },
        "spec": {
            "minAvailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": { "matchLabels": { "app": name } },
        },
    })
}

fn autoscaler(name: &str) -> Value {
    let target = json!({ "type": "Utilization", "averageUtilization": 80 });
    json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": name },
        "spec": {
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": name },
            "minReplicas": 2, "maxReplicas": 4,
            "metrics": [{ "type": "Resource", "resource": { "name": "cpu", "target": target } }],
        },
    })
}

fn ingress(name: &str) -> Value {
    let host = format!("{name}.bench.example");
    let backend = json!({ "service": { "name": name, "port": { "number": 80 } } });
    let paths = json!([{ "path": "/", "pathType": "Prefix", "backend": backend }]);
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": { "name": name },
        "spec": { "tls": [{ "hosts": [host], "secretName": name }], "rules": [{ "host": host, "http": { "paths": paths } }] },
    })
}

async fn post(client: &Client, path: &str, object: &Value) -> Result<(), Error> {
    send(client, http::Method::POST, (path, "application/json"), object).await.map(drop)
}

/// Sends one request with a JSON body.
pub async fn send(
    client: &Client,
    method: http::Method,
    (path, content_type): (&str, &str),
    body: &Value,
) -> Result<Value, Error> {
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("Content-Type", content_type)
        .body(bytes)
        .map_err(|error| Error::Api(Box::new(kube::Error::HttpError(error))))?;
    Ok(client.request(request).await?)
}
