//! What the command line keeps of files, measured on the heap: a budget for each document.
//!
//! The documents are like those of the bench, one a file: for each application a Deployment, a Service, an Ingress, a
//! PodDisruptionBudget and a HorizontalPodAutoscaler. It must not depend on an allocator: bytes asked for are counted,
//! not pages. `SEAWORTHY_HEAP=file cargo test --test memory_files -- --nocapture` prints the figures and leaves a profile
//! by place of allocation, in dhat's format.
#![cfg(feature = "shell")]
#![cfg(test)]

use std::fs;
use std::path::Path;

use clap::Parser;
use seaworthy::cli::check::{self, CheckArguments};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Bytes of heap that are kept of a document once everything is read and judged.
const KEPT: usize = 800;

/// Documents of an application.
const EACH: usize = 5;

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    check: CheckArguments,
}

/// The documents of one application: a third is hardened.
fn documents(application: usize) -> [String; EACH] {
    let hardened = application.is_multiple_of(3);
    let fill = |api_version: &str, kind: &str, spec: &str| {
        let text = format!("apiVersion: {api_version}\nkind: {kind}\n{HEAD}{spec}");
        let named = text.replace("NAMESPACE", &format!("team-{}", application / 20));
        named.replace("NAME", &format!("app-{application}")).replace("DIGEST", &format!("{application:064x}"))
    };
    let deployment = format!("{DEPLOYMENT}{}", if hardened { HARDENED } else { "" });
    [
        fill("apps/v1", "Deployment", &deployment),
        fill("v1", "Service", SERVICE),
        fill("networking.k8s.io/v1", "Ingress", INGRESS),
        fill("policy/v1", "PodDisruptionBudget", BUDGET),
        fill("autoscaling/v2", "HorizontalPodAutoscaler", SCALER),
    ]
}

const HEAD: &str = "\
metadata:
  name: NAME
  namespace: NAMESPACE
  labels:
    app.kubernetes.io/name: NAME
    app.kubernetes.io/instance: NAME
    app.kubernetes.io/version: 1.4.2
    app.kubernetes.io/component: backend
    app.kubernetes.io/part-of: shop
    app.kubernetes.io/managed-by: kustomize
  annotations:
    example.com/owner: team-platform@example.com
    example.com/runbook: https://runbooks.example.com/services/NAME
";

const DEPLOYMENT: &str = "\
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: NAME
      app.kubernetes.io/instance: NAME
  template:
    metadata:
      labels:
        app.kubernetes.io/name: NAME
        app.kubernetes.io/instance: NAME
        app.kubernetes.io/version: 1.4.2
    spec:
      automountServiceAccountToken: false
      volumes:
        - name: tmp
          emptyDir:
            sizeLimit: 64Mi
      containers:
        - name: app
          image: registry.example.com/shop/NAME:1.0.0@sha256:DIGEST
          ports:
            - name: http
              containerPort: 8080
            - name: metrics
              containerPort: 9090
          env:
            - name: LOG_LEVEL
              value: info
            - name: DATABASE_HOST
              value: db.NAMESPACE.svc
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 128Mi
";

const HARDENED: &str = "          readinessProbe:
            httpGet:
              path: /ready
              port: http
          livenessProbe:
            httpGet:
              path: /live
              port: http
          lifecycle:
            preStop:
              sleep:
                seconds: 5
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
          volumeMounts:
            - name: tmp
              mountPath: /tmp
";

const SERVICE: &str = "\
spec:
  type: ClusterIP
  selector:
    app.kubernetes.io/name: NAME
    app.kubernetes.io/instance: NAME
  ports:
    - name: http
      port: 80
      protocol: TCP
      targetPort: http
    - name: metrics
      port: 9090
      protocol: TCP
      targetPort: metrics
";

const INGRESS: &str = "\
spec:
  ingressClassName: nginx
  tls:
    - hosts:
        - NAME.example.com
      secretName: NAME-tls
  rules:
    - host: NAME.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: NAME
                port:
                  name: http
";

const BUDGET: &str = "\
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: NAME
      app.kubernetes.io/instance: NAME
";

const SCALER: &str = "\
spec:
  minReplicas: 2
  maxReplicas: 10
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: NAME
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 80
";

/// Bytes of heap that are kept after a run over so many applications, and those at its height.
fn run(applications: usize, folder: &Path) -> (usize, usize) {
    let folder = folder.join(applications.to_string());
    fs::create_dir(&folder).unwrap();
    for application in 0..applications {
        for (index, text) in documents(application).iter().enumerate() {
            fs::write(folder.join(format!("{application:06}-{index}.yaml")), text).unwrap();
        }
    }
    let options = ["check", "--no-config", "--profile", "Strict", "--output", "json=/dev/null"];
    let arguments = options.map(Into::into).into_iter().chain([folder.into_os_string()]);
    let Arguments { check } = Arguments::parse_from(arguments);
    let before = dhat::HeapStats::get().curr_bytes;
    // What is read stays when it ends: the process would end next.
    check::run(&check);
    let after = dhat::HeapStats::get();
    (after.curr_bytes - before, after.max_bytes - before)
}

#[test]
fn what_is_kept_of_a_document_is_within_its_budget() {
    let builder = dhat::Profiler::builder();
    let _profiler = match std::env::var_os("SEAWORTHY_HEAP") {
        Some(file) => builder.file_name(file).trim_backtraces(Some(40)).build(),
        None => builder.testing().build(),
    };
    let folder = tempfile::tempdir().unwrap();
    let (small, large) = (100, 600);
    // What is made once only is there after the first.
    run(1, folder.path());
    let (at_small, at_large) = (run(small, folder.path()), run(large, folder.path()));
    let each =
        |small_bytes: usize, large_bytes: usize| (large_bytes - small_bytes) / ((large - small) * EACH);
    let (kept, height) = (each(at_small.0, at_large.0), each(at_small.1, at_large.1));
    // How much of what is told waits to be written at the height is up to the cores: it is not bounded here.
    let told = format!("bytes of heap for each document: {kept} kept, {height} at the height");
    println!("{told}");
    assert!(kept <= KEPT, "{told}");
}
