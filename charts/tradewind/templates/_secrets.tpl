{{/* True where the cluster can be asked: a list of nothing is still a list. */}}
{{- define "tradewind.hasCluster" -}}
{{- if lookup "v1" "Secret" .Release.Namespace "" }}true{{ end -}}
{{- end -}}

{{/* (root, part): the name of the Secret of the shop (part ""), of one of the stores, or of the certificate (part "tls"). */}}
{{- define "tradewind.secretName" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- if eq $part "tls" -}}
{{- $root.Values.tls.existingSecret | default (include "tradewind.name" .) -}}
{{- else if $part -}}
{{- (index $root.Values $part).auth.existingSecret | default (include "tradewind.name" .) -}}
{{- else -}}
{{- $root.Values.secrets.existingSecret | default (include "tradewind.fullname" $root) -}}
{{- end -}}
{{- end -}}

{{/* (root): the Secrets that the chart makes, each with the kinds of its keys. */}}
{{- define "tradewind.generatedSecrets" -}}
{{- if not .Values.secrets.existingSecret }}
"":
  admin-password: password
  {{- range list "gateway" "user" "inventory" "order" "notification" "restock-controller" }}
  service-key-{{ . }}: password
  {{- end }}
  {{- if .Values.jwt.hs256 }}
  jwt-secret: signingKey
  {{- end }}
{{- end }}
{{- if and .Values.mongodb.enabled (not .Values.mongodb.auth.existingSecret) }}
mongodb:
  keyfile: keyfile
  root-password: password
  {{- range list "user" "inventory" "order" "notification" "audit" }}
  password-{{ . }}: password
  {{- end }}
{{- end }}
{{- if and .Values.nats.enabled (not .Values.nats.auth.existingSecret) }}
nats:
  password: password
  route-password: password
{{- end }}
{{- if and .Values.redis.enabled (not .Values.redis.auth.existingSecret) }}
redis:
  password: password
{{- end }}
{{- if and .Values.tls.enabled (not .Values.tls.existingSecret) }}
tls:
  certificate: certificate
{{- end }}
{{- end -}}

{{/*
(root, part, kinds): the data of a generated Secret. What the cluster already has is kept; the rest is made once in a
render, since others ask for it too.
*/}}
{{- define "tradewind.secretData" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- if not (hasKey $root "tradewindSecrets") }}{{ $_ := set $root "tradewindSecrets" dict }}{{ end -}}
{{- if not (hasKey $root.tradewindSecrets $part) -}}
{{- if not (or (include "tradewind.hasCluster" $root) $root.Values.secrets.ephemeral) -}}
{{- include "tradewind.refuseToGenerate" $root -}}
{{- end -}}
{{- $present := lookup "v1" "Secret" $root.Release.Namespace (include "tradewind.secretName" (list $root $part)) | default dict -}}
{{- $data := dict -}}
{{- range $key, $kind := index . 2 -}}
{{- if eq $kind "certificate" }}{{ $data = include "tradewind.newCertificate" $root | fromYaml }}
{{- else if eq $kind "keyfile" }}{{ $_ := set $data $key (randAlphaNum 756 | b64enc) }}
{{- else if eq $kind "signingKey" }}{{ $_ := set $data $key (randAlphaNum 48 | b64enc) }}
{{- else }}{{ $_ := set $data $key (randAlphaNum 32 | b64enc) }}{{ end -}}
{{- end -}}
{{- $_ := mustMergeOverwrite $data ($present.data | default dict) -}}
{{- $_ := set $root.tradewindSecrets $part $data -}}
{{- end -}}
{{- toYaml (get $root.tradewindSecrets $part) -}}
{{- end -}}

{{- define "tradewind.refuseToGenerate" -}}
{{- fail (printf `

Without a cluster nobody can see whether secrets were generated before, and each render would make up others. Do one of:
  - install with helm install or helm upgrade; look beforehand with --dry-run=server
  - name Secrets that exist already, as a Git tool needs it: secrets.existingSecret, mongodb.auth.existingSecret,
    nats.auth.existingSecret, redis.auth.existingSecret, tls.existingSecret with tls.enabled (what they hold is in the chart's README)
  - only to look at the output, and not to apply it: --set secrets.ephemeral=true
`) -}}
{{- end -}}

{{/* (root): the same for the certificate; empty without one. */}}
{{- define "tradewind.tlsChecksum" -}}
{{- if .Values.tls.enabled }}{{ include "tradewind.secretChecksum" (list . "tls") }}{{ end -}}
{{- end -}}

{{/* (root, part): changes when the content of the Secret does, as far as it can be seen. */}}
{{- define "tradewind.secretChecksum" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $kinds := include "tradewind.generatedSecrets" $root | fromYaml -}}
{{- if hasKey $kinds $part -}}
{{- include "tradewind.secretData" (list $root $part (get $kinds $part)) | sha256sum -}}
{{- else -}}
{{- include "tradewind.existingChecksum" (list $root (include "tradewind.secretName" .)) -}}
{{- end -}}
{{- end -}}

{{/* (root, name): the same of a Secret that the chart does not make. */}}
{{- define "tradewind.existingChecksum" -}}
{{- $present := lookup "v1" "Secret" (index . 0).Release.Namespace (index . 1) | default dict -}}
{{- $present.data | default dict | toYaml | sha256sum -}}
{{- end -}}
