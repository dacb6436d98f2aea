{{/*
(root, workload, settings): the environment of a process. A variable that others are made of comes before them, as
Kubernetes wants it; what extraEnv names takes the place of the chart's own.
*/}}
{{- define "tradewind.environment" -}}
{{- $extra := (index . 2).extraEnv -}}
{{- range include "tradewind.ownEnvironment" . | fromYamlArray }}
{{- if not (hasKey $extra .name) }}
- {{ toYaml . | nindent 2 | trim }}
{{- end }}
{{- end }}
{{- range $name, $value := $extra }}
- name: {{ $name }}
  {{- if kindIs "map" $value }}
  {{- toYaml $value | nindent 2 }}
  {{- else }}
  value: {{ $value | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "tradewind.ownEnvironment" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $settings := index . 2 -}}
{{- $values := $root.Values -}}
{{- $facts := get (include "tradewind.workloads" $root | fromYaml) $name -}}
{{- $secret := include "tradewind.secretName" (list $root "") -}}
- name: LOG_LEVEL
  value: {{ $settings.logLevel }}
- name: METRICS_PORT
  value: "9464"
- name: SHUTDOWN_GRACE_MS
  value: {{ mul $settings.shutdown.graceSeconds 1000 | quote }}
{{- with $facts.port }}
- name: PORT
  value: {{ . | quote }}
{{- end }}
{{- with $values.telemetry.otlpEndpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- with include "tradewind.tlsEnv" $root }}
{{ . }}
{{- end }}
{{- if $facts.database }}
{{ include "tradewind.mongoEnv" (list $root $facts.database) }}
{{- end }}
{{- if has "nats" $facts.stores }}
{{ include "tradewind.natsEnv" $root }}
{{- end }}
{{- if has "redis" $facts.stores }}
{{ include "tradewind.redisEnv" $root }}
{{- end }}
{{- if $facts.calls }}
- name: SERVICE_KEY
  valueFrom:
    secretKeyRef: { name: {{ $secret }}, key: service-key-{{ $facts.caller }} }
{{- end }}
{{- $variables := include "tradewind.targetVariables" $root | fromYaml }}
{{- $workloads := include "tradewind.workloads" $root | fromYaml }}
{{- range $facts.calls }}
- name: {{ get $variables . }}
  value: {{ printf "dns:///%s:%v" (include "tradewind.name" (list $root .)) (get $workloads .).port }}
{{- end }}
{{- if eq ($facts.protocol | default "") "grpc" }}
{{- $pairs := list }}
{{- range include "tradewind.callersOf" $name | fromYamlArray }}
{{- $variable := printf "CALLER_KEY_%s" (. | upper | replace "-" "_") }}
{{- $pairs = append $pairs (printf "%s=$(%s)" . $variable) }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef: { name: {{ $secret }}, key: service-key-{{ . }} }
{{- end }}
- name: CALLER_KEYS
  value: {{ join "," $pairs | quote }}
{{- end }}
{{- if and $values.jwt.hs256 $facts.protocol }}
- name: JWT_SECRET
  valueFrom:
    secretKeyRef: { name: {{ $secret }}, key: jwt-secret }
{{- end }}
{{- if eq $name "gateway" }}
- name: CORS_ORIGINS
  value: {{ $values.gateway.corsOrigins | quote }}
- name: DECISION_WAIT_MS
  value: {{ $values.gateway.decisionWaitMs | quote }}
{{- else if eq $name "user" }}
- name: ADMIN_EMAIL
  value: {{ $values.admin.email | quote }}
- name: ADMIN_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ $secret }}, key: admin-password }
{{- else if eq $name "notification" }}
{{ include "tradewind.notificationEnv" $root }}
{{- else if eq $name "restock-controller" }}
- name: POD_NAME
  valueFrom:
    fieldRef: { fieldPath: metadata.name }
- name: POD_NAMESPACE
  valueFrom:
    fieldRef: { fieldPath: metadata.namespace }
- name: LEASE_NAME
  value: {{ include "tradewind.name" (list $root $name) }}
- name: WATCH_NAMESPACE
  value: {{ $values.restocks.watchNamespace | quote }}
{{- else if eq $name "mongodb-setup" }}
{{ include "tradewind.mongodbSetupEnv" $root }}
{{- end }}
{{- end -}}

{{- define "tradewind.mongodbSetupEnv" -}}
{{- $secret := include "tradewind.secretName" (list . "mongodb") -}}
- name: MONGO_MEMBERS
  value: {{ include "tradewind.mongoMembers" . }}
- name: MONGO_REPLICA_SET
  value: rs0
- name: MONGO_KEY
  valueFrom:
    secretKeyRef: { name: {{ $secret }}, key: keyfile }
{{- range list "root" "audit" "user" "inventory" "order" "notification" }}
- name: PASSWORD_{{ upper . }}
  valueFrom:
    secretKeyRef: { name: {{ $secret }}, key: {{ ternary "root-password" (printf "password-%s" .) (eq . "root") }} }
{{- end }}
- name: MONGO_ADMINS
  value: root=$(PASSWORD_ROOT)
- name: MONGO_OWNERS
  value: tradewind_user=$(PASSWORD_USER),tradewind_inventory=$(PASSWORD_INVENTORY),tradewind_order=$(PASSWORD_ORDER),tradewind_notification=$(PASSWORD_NOTIFICATION)
- name: MONGO_READERS
  value: tradewind_audit=$(PASSWORD_AUDIT)
{{- end -}}

{{- define "tradewind.notificationEnv" -}}
{{- with .Values.smtp.host -}}
- name: SMTP_HOST
  value: {{ . | quote }}
- name: SMTP_PORT
  value: {{ $.Values.smtp.port | quote }}
{{ end -}}
- name: SMTP_SECURE
  value: {{ .Values.smtp.secure | quote }}
- name: MAIL_FROM
  value: {{ .Values.smtp.from | quote }}
{{- with .Values.smtp.existingSecret }}
- name: SMTP_USERNAME
  valueFrom:
    secretKeyRef: { name: {{ . }}, key: username }
- name: SMTP_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ . }}, key: password }
{{- end }}
{{- with .Values.sms.existingSecret }}
- name: SMS_WEBHOOK_URL
  valueFrom:
    secretKeyRef: { name: {{ . }}, key: webhook-url }
{{- end }}
{{- end -}}
