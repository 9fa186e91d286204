//! Documents like those that teams write: for each application a Deployment, a Service, an Ingress, a PodDisruptionBudget
//! and a HorizontalPodAutoscaler.
//!
//! A third of the applications is hardened, a third partly, a third not at all. The same number gives the same
//! bytes. The bench of the command line and the budget of its memory are about the same documents.

/// Documents of an application.
pub(crate) const EACH: usize = 5;

/// What is done for an application.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    Hardened,
    Partly,
    None,
}

/// The text of one document.
pub(crate) fn document(index: usize) -> String {
    let application = index / EACH;
    let care = match application % 3 {
        0 => Care::Hardened,
        1 => Care::Partly,
        _ => Care::None,
    };
    let name = format!("app-{application}");
    let namespace = format!("team-{}", application / 20);
    match index % EACH {
        0 => deployment(application, &name, &namespace, care),
        1 => head("v1", "Service", &name, &namespace) + &SERVICE.replace("NAME", &name),
        2 => {
            let tls = if care == Care::Hardened { TLS } else { "" };
            let text = head("networking.k8s.io/v1", "Ingress", &name, &namespace);
            text + &INGRESS.replace("TLS\n", tls).replace("NAME", &name)
        }
        3 => head("policy/v1", "PodDisruptionBudget", &name, &namespace) + &BUDGET.replace("NAME", &name),
        _ => {
            let least = if care == Care::None { "1" } else { "2" };
            let text = head("autoscaling/v2", "HorizontalPodAutoscaler", &name, &namespace);
            text + &SCALER.replace("LEAST", least).replace("NAME", &name)
        }
    }
}

fn head(api_version: &str, kind: &str, name: &str, namespace: &str) -> String {
    HEAD.replace("VERSION", api_version)
        .replace("KIND", kind)
        .replace("NAMESPACE", namespace)
        .replace("NAME", name)
}

fn deployment(application: usize, name: &str, namespace: &str, care: Care) -> String {
    let mut text = head("apps/v1", "Deployment", name, namespace);
    text.push_str(if care == Care::Hardened { "spec:\n" } else { "spec:\n  replicas: 1\n" });
    text.push_str(&TEMPLATE.replace("NAME", name));
    if care == Care::Hardened {
        text.push_str(POD_SECURITY);
    }
    let tag = match care {
        Care::Hardened => format!("1.{}.0@sha256:{application:064x}", application % 9),
        Care::Partly => format!("1.{}.0", application % 9),
        Care::None => "latest".to_owned(),
    };
    text.push_str(&CONTAINER.replace("NAMESPACE", namespace).replace("NAME", name).replace("TAG", &tag));
    if care != Care::None {
        text.push_str(REQUESTS);
    }
    if care == Care::Hardened {
        text.push_str(HARDENED);
    }
    text
}

const HEAD: &str = "\
apiVersion: VERSION
kind: KIND
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

const TLS: &str = "  tls:
    - hosts:
        - NAME.example.com
      secretName: NAME-tls
";

const INGRESS: &str = "\
spec:
  ingressClassName: nginx
TLS
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
  minReplicas: LEAST
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

const TEMPLATE: &str = "  selector:
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
";

const POD_SECURITY: &str = "      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        seccompProfile:
          type: RuntimeDefault
      volumes:
        - name: tmp
          emptyDir:
            sizeLimit: 64Mi
";

const CONTAINER: &str = "      containers:
        - name: app
          image: registry.example.com/shop/NAME:TAG
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
";

const REQUESTS: &str = "          resources:
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
            periodSeconds: 5
          livenessProbe:
            httpGet:
              path: /live
              port: http
            periodSeconds: 20
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
