{{/* (root, settings of the pod): the certificate as a volume. Without a group of its own the pod could not read a file that others may not. */}}
{{- define "tradewind.tlsVolume" -}}
{{- $root := index . 0 -}}
{{- if $root.Values.tls.enabled -}}
- name: tls
  secret:
    secretName: {{ include "tradewind.secretName" (list $root "tls") }}
    defaultMode: {{ ternary 0440 0444 (ne (index . 1).runAsGroup nil) }}
{{- end -}}
{{- end -}}

{{/* (root) */}}
{{- define "tradewind.tlsMount" -}}
{{- if .Values.tls.enabled -}}
- { name: tls, mountPath: /etc/tradewind/tls, readOnly: true }
{{- end -}}
{{- end -}}

{{/* (root) */}}
{{- define "tradewind.tlsEnv" -}}
{{- if .Values.tls.enabled -}}
- name: TLS_CA_FILE
  value: /etc/tradewind/tls/ca.crt
- name: TLS_CERT_FILE
  value: /etc/tradewind/tls/tls.crt
- name: TLS_KEY_FILE
  value: /etc/tradewind/tls/tls.key
{{- end -}}
{{- end -}}

{{/* (root): the names under which the parts of the release are called, from inside and outside of its namespace. */}}
{{- define "tradewind.tlsNames" -}}
{{- $root := . -}}
{{- $names := list "localhost" -}}
{{- range list "gateway" "user" "inventory" "order" "notification" "mongodb" "nats" "redis" -}}
{{- $name := include "tradewind.name" (list $root .) -}}
{{- $names = concat $names (list $name (printf "%s.%s" $name $root.Release.Namespace) (printf "%s.%s.svc" $name $root.Release.Namespace)) -}}
{{- end -}}
{{- range list "mongodb" "nats-nodes" -}}
{{- $members := printf "*.%s.%s.svc" (include "tradewind.name" (list $root .)) $root.Release.Namespace -}}
{{- $names = append $names $members -}}
{{- $names = append $names (printf "%s.%s" $members $root.Values.clusterDomain) -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{/*
(root): the data of a new certificate for all parts, from an authority that signs this one and is forgotten. Its keys are
those of cert-manager.
*/}}
{{- define "tradewind.newCertificate" -}}
{{- $days := 3650 -}}
{{- $authority := genCAWithKey (printf "%s authority" (include "tradewind.fullname" .)) $days (genPrivateKey "ecdsa") -}}
{{- $names := include "tradewind.tlsNames" . | fromJsonArray -}}
{{- $own := genSignedCertWithKey (include "tradewind.fullname" .) (list "127.0.0.1") $names $days $authority (genPrivateKey "ecdsa") -}}
ca.crt: {{ b64enc $authority.Cert }}
tls.crt: {{ b64enc $own.Cert }}
tls.key: {{ b64enc $own.Key }}
tls-combined.pem: {{ printf "%s%s" $own.Key $own.Cert | b64enc }}
{{- end -}}

{{/* (root): http or https, which is also the name of the gateway's port. */}}
{{- define "tradewind.web" -}}
{{- ternary "https" "http" .Values.tls.enabled -}}
{{- end -}}

{{/* (root): the port of the gateway's Service. */}}
{{- define "tradewind.webPort" -}}
{{- .Values.gateway.service.port | default (ternary 443 80 .Values.tls.enabled) -}}
{{- end -}}

{{/* (root): tells ingress-nginx to speak TLS to the gateway, and to see to its certificate. */}}
{{- define "tradewind.ingressAnnotations" -}}
{{- if .Values.tls.enabled -}}
{{- $prefix := "nginx.ingress.kubernetes.io" }}
{{ $prefix }}/backend-protocol: HTTPS
{{ $prefix }}/proxy-ssl-secret: {{ printf "%s/%s" .Release.Namespace (include "tradewind.secretName" (list . "tls")) }}
{{ $prefix }}/proxy-ssl-verify: 'on'
{{ $prefix }}/proxy-ssl-server-name: 'on'
{{ $prefix }}/proxy-ssl-name: {{ include "tradewind.name" (list . "gateway") }}
{{- end -}}
{{- end -}}
