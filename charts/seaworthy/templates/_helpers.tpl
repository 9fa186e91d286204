{{- /* Names and labels. The selector names no release: it is immutable, and one cluster has one operator. */ -}}

{{- define "seaworthy.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- /* Short enough for the suffixes of this chart. */ -}}
{{- define "seaworthy.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "seaworthy.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "seaworthy.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "seaworthy.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "seaworthy.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name must be set when serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- /* What says that an object came with this release; nothing selects by it. */ -}}
{{- define "seaworthy.chartLabels" -}}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "seaworthy.labels" -}}
app.kubernetes.io/name: {{ include "seaworthy.name" . | quote }}
app.kubernetes.io/part-of: seaworthy
{{ include "seaworthy.chartLabels" . }}
{{- end }}

{{- define "seaworthy.selectorLabels" -}}
app.kubernetes.io/name: {{ include "seaworthy.name" . | quote }}
app.kubernetes.io/component: controller
{{- end }}

{{- /* The chart's version is not among them: with it, every release would replace the pods. */ -}}
{{- define "seaworthy.podLabels" -}}
{{ include "seaworthy.selectorLabels" . }}
app.kubernetes.io/part-of: seaworthy
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
data-classification: internal
{{- with mergeOverwrite dict .Values.commonLabels .Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Whether only listed namespaces are looked at; says what is wrong with the lists. */ -}}
{{- define "seaworthy.namespaced" -}}
{{- if eq .Values.rbac.scope "namespaces" }}
{{- if not .Values.rbac.namespaces }}
{{- fail "rbac.namespaces must name at least one namespace when rbac.scope is namespaces" }}
{{- end }}true
{{- else if .Values.rbac.namespaces }}
{{- fail "rbac.namespaces is set, and rbac.scope is not namespaces" }}
{{- end }}
{{- end }}

{{- /* The namespaces whose Secrets may be read, as a list in JSON; empty for none, or for all at once. */ -}}
{{- define "seaworthy.secretNamespaces" -}}
{{- $listed := list }}
{{- if eq .Values.secrets.access "namespaces" }}
{{- if not .Values.secrets.namespaces }}
{{- fail "secrets.namespaces must name at least one namespace when secrets.access is namespaces" }}
{{- end }}
{{- $listed = .Values.secrets.namespaces }}
{{- if include "seaworthy.namespaced" . }}
{{- range $listed }}
{{- if not (has . $.Values.rbac.namespaces) }}
{{- fail (printf "secrets.namespaces names %s, which rbac.namespaces does not" .) }}
{{- end }}
{{- end }}
{{- end }}
{{- else if .Values.secrets.namespaces }}
{{- fail "secrets.namespaces is set, and secrets.access is not namespaces" }}
{{- else if and (eq .Values.secrets.access "cluster") (include "seaworthy.namespaced" .) }}
{{- $listed = .Values.rbac.namespaces }}
{{- end }}
{{- ternary $listed list (not (empty (include "seaworthy.readsSecrets" .))) | toJson }}
{{- end }}

{{- /* The families of checks that are switched off, with commas; empty if none is. */ -}}
{{- define "seaworthy.familiesOff" -}}
{{- $off := list }}
{{- range $family, $on := .Values.rbac.families }}
{{- if not $on }}
{{- $off = append $off $family }}
{{- end }}
{{- end }}
{{- join "," $off }}
{{- end }}

{{- /* Not empty if there is a webhook: its registration is the cluster's. */ -}}
{{- define "seaworthy.webhook" -}}
{{- if and .Values.webhook.enabled (or (not (include "seaworthy.namespaced" .)) .Values.webhook.clusterRole) }}true{{ end }}
{{- end }}

{{- define "seaworthy.image" -}}
{{- $image := .Values.image }}
{{- if $image.digest }}
{{- printf "%s/%s@%s" $image.registry $image.repository $image.digest }}
{{- else }}
{{- printf "%s/%s:%s" $image.registry $image.repository (default .Chart.AppVersion $image.tag) }}
{{- end }}
{{- end }}

{{- define "seaworthy.podSecurityContext" -}}
runAsNonRoot: true
{{- with default dict .Values.runAs }}
{{- /* A number of a values file is a float to Helm, which would write a large one as 1e+09. */}}
{{- with .user }}
runAsUser: {{ int64 . }}
{{- end }}
{{- with .group }}
runAsGroup: {{ int64 . }}
fsGroup: {{ int64 . }}
{{- end }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "seaworthy.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "seaworthy.priorityClassName" -}}
{{- if .Values.priorityClass.create }}
{{- default (include "seaworthy.fullname" .) .Values.priorityClassName }}
{{- else }}
{{- .Values.priorityClassName }}
{{- end }}
{{- end }}

{{- /* Who made it and where to read on; `annotations` overlays it, the first three with a team of one's own. */ -}}
{{- define "seaworthy.annotations" -}}
{{- $home := "https://seaworthy.dev" }}
{{- $made := dict
  "seaworthy.dev/team" "seaworthy"
  "seaworthy.dev/contact" (printf "%s/contact" $home)
  "seaworthy.dev/escalation" (printf "%s/contact" $home)
  "seaworthy.dev/commit" (printf "v%s" .Chart.AppVersion)
  "seaworthy.dev/builder" (printf "%s/releases" $home)
  "seaworthy.dev/change" (printf "%s/releases/v%s" $home .Chart.AppVersion)
  "seaworthy.dev/runbook" (printf "%s/docs/metrics" $home)
  "seaworthy.dev/architecture" (printf "%s/docs/architecture" $home)
  "seaworthy.dev/deployment" (printf "%s/docs/gitops" $home)
  "seaworthy.dev/troubleshooting" (printf "%s/docs/metrics" $home)
  "seaworthy.dev/api" (printf "%s/docs/checks" $home)
  "seaworthy.dev/on-call" (printf "%s/contact" $home)
}}
{{- toYaml (mergeOverwrite $made .Values.annotations) }}
{{- end }}
