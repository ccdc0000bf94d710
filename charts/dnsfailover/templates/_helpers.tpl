{{- define "dnsfailover.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "dnsfailover.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains (include "dnsfailover.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "dnsfailover.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "dnsfailover.selector" -}}
app.kubernetes.io/name: {{ include "dnsfailover.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "dnsfailover.labels" -}}
{{ include "dnsfailover.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "dnsfailover.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "dnsfailover.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "dnsfailover.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "dnsfailover.configMapName" -}}
{{- default (include "dnsfailover.fullname" .) .Values.existingConfigMap -}}
{{- end -}}

{{- define "dnsfailover.claimName" -}}
{{- default (include "dnsfailover.fullname" .) .Values.persistence.existingClaim -}}
{{- end -}}

{{/* The text of failover.yaml: config, with the address that probes and Service reach and the one writable directory. */}}
{{- define "dnsfailover.config" -}}
{{- include "dnsfailover.noSecretInTheClear" (dict "place" "config" "value" .Values.config) -}}
{{- $surroundings := dict "api" (dict "listen" (printf "0.0.0.0:%d" (int .Values.service.port))) "dataDirectory" "/var/lib/dnsfailover/data" -}}
{{- toYaml (mergeOverwrite (deepCopy .Values.config) $surroundings) -}}
{{- end -}}

{{/* Refuses a secret that would stand in a ConfigMap for all to read: the keys that config/REFERENCE.md calls secrets,
     and headers that by their names carry one. A webhook channel's url may hold one too, and need not. */}}
{{- define "dnsfailover.noSecretInTheClear" -}}
{{- $place := .place -}}
{{- $headers := hasSuffix ".headers" .place -}}
{{- $secrets := list "token" "secret" "clientSecret" "signingSecret" "secretAccessKey" "sessionToken" "apiKey" "webhook" "password" "routingKey" -}}
{{- if kindIs "map" .value -}}
{{- range $key, $value := .value -}}
{{- if and (kindIs "string" $value) (or (has $key $secrets) (and $headers (regexMatch "(?i)authorization|cookie|token|secret|passw|key" $key))) -}}
{{- if not (contains "${" $value) -}}
{{- fail (printf "\n%s.%s is a secret and would stand in a ConfigMap in the clear.\nPut it into a Secret, name that in existingSecret, and write \"${file:/run/secrets/dnsfailover/KEY}\" here." $place $key) -}}
{{- end -}}
{{- end -}}
{{- include "dnsfailover.noSecretInTheClear" (dict "place" (printf "%s.%s" $place $key) "value" $value) -}}
{{- end -}}
{{- else if kindIs "slice" .value -}}
{{- range $index, $value := .value -}}
{{- include "dnsfailover.noSecretInTheClear" (dict "place" (printf "%s[%d]" $place $index) "value" $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
