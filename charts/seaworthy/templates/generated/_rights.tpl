{{- /* Made from src/render/manifests by tests/generated.rs; do not edit. */ -}}
{{- /* Rules of what the operator reads, and of what it writes. */ -}}
{{- define "seaworthy.rules" -}}
- apiGroups:
  - ""
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.lifecycle $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - configmaps
  {{- end }}
  {{- if or $.Values.rbac.families.availability $.Values.rbac.families.resources }}
  - limitranges
  {{- end }}
  - namespaces
  {{- if or $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - nodes
  {{- end }}
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.secrets $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - persistentvolumeclaims
  {{- end }}
  {{- if or $.Values.rbac.families.security }}
  - persistentvolumes
  {{- end }}
  - pods
  - replicationcontrollers
  {{- if or $.Values.rbac.families.resources }}
  - resourcequotas
  {{- end }}
  {{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.images $.Values.rbac.families.configuration }}
  - serviceaccounts
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.probes $.Values.rbac.families.lifecycle $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - services
  {{- end }}
  verbs:
  - list
  - watch
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network }}
- apiGroups:
  - admissionregistration.k8s.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network }}
  - mutatingwebhookconfigurations
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network }}
  - validatingwebhookconfigurations
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.tls }}
- apiGroups:
  - apiextensions.k8s.io
  resources:
  {{- if or $.Values.rbac.families.tls }}
  - customresourcedefinitions
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.tls }}
- apiGroups:
  - apiregistration.k8s.io
  resources:
  {{- if or $.Values.rbac.families.tls }}
  - apiservices
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
- apiGroups:
  - apps
  resources:
  {{- if or $.Values.rbac.families.availability }}
  - controllerrevisions
  {{- end }}
  - daemonsets
  - deployments
  - replicasets
  - statefulsets
  verbs:
  - list
  - watch
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
- apiGroups:
  - autoscaling
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - horizontalpodautoscalers
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
- apiGroups:
  - autoscaling.k8s.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - verticalpodautoscalers
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
- apiGroups:
  - batch
  resources:
  - cronjobs
  - jobs
  verbs:
  - list
  - watch
{{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
- apiGroups:
  - cilium.io
  resources:
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - ciliumclusterwidenetworkpolicies
  {{- end }}
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - ciliumnetworkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.tls }}
- apiGroups:
  - consul.hashicorp.com
  resources:
  {{- if or $.Values.rbac.families.tls }}
  - meshes
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
- apiGroups:
  - crd.projectcalico.org
  resources:
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - globalnetworkpolicies
  {{- end }}
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - networkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.network }}
- apiGroups:
  - discovery.k8s.io
  resources:
  {{- if or $.Values.rbac.families.network }}
  - endpointslices
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - gateway.envoyproxy.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - backendtrafficpolicies
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - securitypolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - gateway.networking.k8s.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.configuration }}
  - backendtlspolicies
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - gateways
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - grpcroutes
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - httproutes
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - referencegrants
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - tcproutes
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - tlsroutes
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - udproutes
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
- apiGroups:
  - keda.sh
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - scaledobjects
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - linkerd.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - serviceprofiles
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - networking.istio.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - destinationrules
  {{- end }}
  {{- if or $.Values.rbac.families.tls $.Values.rbac.families.network }}
  - gateways
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - virtualservices
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.security $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - networking.k8s.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network }}
  - ingressclasses
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - ingresses
  {{- end }}
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - networkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.configuration }}
- apiGroups:
  - node.k8s.io
  resources:
  {{- if or $.Values.rbac.families.configuration }}
  - runtimeclasses
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
- apiGroups:
  - policy
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - poddisruptionbudgets
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
- apiGroups:
  - policy.networking.k8s.io
  resources:
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - adminnetworkpolicies
  {{- end }}
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - baselineadminnetworkpolicies
  {{- end }}
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - clusternetworkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
- apiGroups:
  - projectcalico.org
  resources:
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - globalnetworkpolicies
  {{- end }}
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - networkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - rbac.authorization.k8s.io
  resources:
  {{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.network }}
  - clusterrolebindings
  {{- end }}
  {{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.network }}
  - clusterroles
  {{- end }}
  {{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.configuration }}
  - rolebindings
  {{- end }}
  {{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.configuration }}
  - roles
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.configuration }}
- apiGroups:
  - scheduling.k8s.io
  resources:
  {{- if or $.Values.rbac.families.configuration }}
  - priorityclasses
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.availability }}
- apiGroups:
  - secrets-store.csi.x-k8s.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.availability }}
  - secretproviderclasses
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - security.istio.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - authorizationpolicies
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.configuration }}
  - peerauthentications
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.availability }}
- apiGroups:
  - storage.k8s.io
  resources:
  {{- if or $.Values.rbac.families.availability }}
  - storageclasses
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - traefik.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - middlewares
  {{- end }}
  {{- if or $.Values.rbac.families.tls }}
  - tlsoptions
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.lifecycle $.Values.rbac.families.configuration }}
- apiGroups:
  - velero.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.lifecycle $.Values.rbac.families.configuration }}
  - schedules
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
- apiGroups:
  - seaworthy.dev
  resources:
  - clusterreadinesspolicies
  - readinesspolicies
  verbs:
  - list
  - watch
- apiGroups:
  - seaworthy.dev
  resources:
  - clusterreadinesspolicies/status
  - readinesspolicies/status
  verbs:
  - patch
- apiGroups:
  - seaworthy.dev
  resources:
  - readinessreports
  verbs:
  - create
  - delete
  - list
  - patch
  - watch
- apiGroups:
  - events.k8s.io
  resources:
  - events
  verbs:
  - create
{{- end }}

{{- /* The same in one namespace. */ -}}
{{- define "seaworthy.rulesInNamespace" -}}
- apiGroups:
  - ""
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.lifecycle $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - configmaps
  {{- end }}
  {{- if or $.Values.rbac.families.availability $.Values.rbac.families.resources }}
  - limitranges
  {{- end }}
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.secrets $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - persistentvolumeclaims
  {{- end }}
  - pods
  - replicationcontrollers
  {{- if or $.Values.rbac.families.resources }}
  - resourcequotas
  {{- end }}
  {{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.images $.Values.rbac.families.configuration }}
  - serviceaccounts
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.probes $.Values.rbac.families.lifecycle $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - services
  {{- end }}
  verbs:
  - list
  - watch
- apiGroups:
  - apps
  resources:
  {{- if or $.Values.rbac.families.availability }}
  - controllerrevisions
  {{- end }}
  - daemonsets
  - deployments
  - replicasets
  - statefulsets
  verbs:
  - list
  - watch
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
- apiGroups:
  - autoscaling
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - horizontalpodautoscalers
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
- apiGroups:
  - autoscaling.k8s.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - verticalpodautoscalers
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
- apiGroups:
  - batch
  resources:
  - cronjobs
  - jobs
  verbs:
  - list
  - watch
{{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
- apiGroups:
  - cilium.io
  resources:
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - ciliumnetworkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.tls }}
- apiGroups:
  - consul.hashicorp.com
  resources:
  {{- if or $.Values.rbac.families.tls }}
  - meshes
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
- apiGroups:
  - crd.projectcalico.org
  resources:
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - networkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.network }}
- apiGroups:
  - discovery.k8s.io
  resources:
  {{- if or $.Values.rbac.families.network }}
  - endpointslices
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - gateway.envoyproxy.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - backendtrafficpolicies
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - securitypolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - gateway.networking.k8s.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.configuration }}
  - backendtlspolicies
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - gateways
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - grpcroutes
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - httproutes
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - referencegrants
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - tcproutes
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - tlsroutes
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - udproutes
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
- apiGroups:
  - keda.sh
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - scaledobjects
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - linkerd.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - serviceprofiles
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - networking.istio.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - destinationrules
  {{- end }}
  {{- if or $.Values.rbac.families.tls $.Values.rbac.families.network }}
  - gateways
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - virtualservices
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.security $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - networking.k8s.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - ingresses
  {{- end }}
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - networkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
- apiGroups:
  - policy
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - poddisruptionbudgets
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
- apiGroups:
  - projectcalico.org
  resources:
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - networkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.configuration }}
- apiGroups:
  - rbac.authorization.k8s.io
  resources:
  {{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.configuration }}
  - rolebindings
  {{- end }}
  {{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.configuration }}
  - roles
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.availability }}
- apiGroups:
  - secrets-store.csi.x-k8s.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.availability }}
  - secretproviderclasses
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - security.istio.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - authorizationpolicies
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.configuration }}
  - peerauthentications
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
- apiGroups:
  - traefik.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.configuration }}
  - middlewares
  {{- end }}
  {{- if or $.Values.rbac.families.tls }}
  - tlsoptions
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.lifecycle $.Values.rbac.families.configuration }}
- apiGroups:
  - velero.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.lifecycle $.Values.rbac.families.configuration }}
  - schedules
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
- apiGroups:
  - seaworthy.dev
  resources:
  - readinesspolicies
  verbs:
  - list
  - watch
- apiGroups:
  - seaworthy.dev
  resources:
  - readinesspolicies/status
  verbs:
  - patch
- apiGroups:
  - seaworthy.dev
  resources:
  - readinessreports
  verbs:
  - create
  - delete
  - list
  - patch
  - watch
- apiGroups:
  - events.k8s.io
  resources:
  - events
  verbs:
  - create
{{- end }}

{{- /* Rules of what it reads that is in no namespace. */ -}}
{{- define "seaworthy.rulesInNone" -}}
- apiGroups:
  - ""
  resources:
  - namespaces
  {{- if or $.Values.rbac.families.availability $.Values.rbac.families.configuration }}
  - nodes
  {{- end }}
  {{- if or $.Values.rbac.families.security }}
  - persistentvolumes
  {{- end }}
  verbs:
  - list
  - watch
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network }}
- apiGroups:
  - admissionregistration.k8s.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network }}
  - mutatingwebhookconfigurations
  {{- end }}
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network }}
  - validatingwebhookconfigurations
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.tls }}
- apiGroups:
  - apiextensions.k8s.io
  resources:
  {{- if or $.Values.rbac.families.tls }}
  - customresourcedefinitions
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.tls }}
- apiGroups:
  - apiregistration.k8s.io
  resources:
  {{- if or $.Values.rbac.families.tls }}
  - apiservices
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
- apiGroups:
  - cilium.io
  resources:
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - ciliumclusterwidenetworkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
- apiGroups:
  - crd.projectcalico.org
  resources:
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - globalnetworkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network }}
- apiGroups:
  - networking.k8s.io
  resources:
  {{- if or $.Values.rbac.families.secrets $.Values.rbac.families.network }}
  - ingressclasses
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.configuration }}
- apiGroups:
  - node.k8s.io
  resources:
  {{- if or $.Values.rbac.families.configuration }}
  - runtimeclasses
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
- apiGroups:
  - policy.networking.k8s.io
  resources:
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - adminnetworkpolicies
  {{- end }}
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - baselineadminnetworkpolicies
  {{- end }}
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - clusternetworkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
- apiGroups:
  - projectcalico.org
  resources:
  {{- if or $.Values.rbac.families.security $.Values.rbac.families.network }}
  - globalnetworkpolicies
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.network }}
- apiGroups:
  - rbac.authorization.k8s.io
  resources:
  {{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.network }}
  - clusterrolebindings
  {{- end }}
  {{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.network }}
  - clusterroles
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.configuration }}
- apiGroups:
  - scheduling.k8s.io
  resources:
  {{- if or $.Values.rbac.families.configuration }}
  - priorityclasses
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- if or $.Values.rbac.families.availability }}
- apiGroups:
  - storage.k8s.io
  resources:
  {{- if or $.Values.rbac.families.availability }}
  - storageclasses
  {{- end }}
  verbs:
  - list
  - watch
{{- end }}
{{- end }}

{{- /* Not empty if some family that is on reads Secrets. */ -}}
{{- define "seaworthy.readsSecrets" -}}
{{- if or $.Values.rbac.families.identity $.Values.rbac.families.secrets $.Values.rbac.families.tls $.Values.rbac.families.network $.Values.rbac.families.lifecycle $.Values.rbac.families.availability }}true{{ end }}
{{- end }}
