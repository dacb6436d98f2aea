{{/*
(root, component, facts): the connections of one component, a rule for each edge; everything else is denied by the policy
in network-policies.yaml. Both ends of an edge are made from the same table.
*/}}
{{- define "tradewind.networkPolicy" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $facts := index . 2 -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "tradewind.metadata" (list $root $name) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "tradewind.selector" (list $root $name) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress: {{- include "tradewind.ingressRules" . | trim | nindent 4 | default " []" }}
  egress: {{- include "tradewind.egressRules" . | trim | nindent 4 | default " []" }}
{{- end -}}

{{- define "tradewind.ingressRules" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $facts := index . 2 -}}
{{- $policy := $root.Values.networkPolicy -}}
{{- $callers := include "tradewind.callersOf" $name | fromYamlArray -}}
{{- if eq $name "gateway" }}
- ports: [{ port: 8080, protocol: TCP }]
  {{- with $policy.gateway.from }}
  from:
    {{- toYaml . | nindent 4 }}
    {{- include "tradewind.peer" (list $root "cli") | nindent 4 }}
  {{- end }}
{{- else }}
{{- range $callers }}
{{ include "tradewind.ruleFrom" (list $root . $facts.port) }}
{{- end }}
{{- end }}
{{- if ne $name "cli" }}
{{- /* A rule with an empty list would be open to everybody. */}}
{{- with $policy.prometheus.from }}
- ports: [{ port: 9464, protocol: TCP }]
  from:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "tradewind.egressRules" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $facts := index . 2 -}}
{{- $values := $root.Values -}}
{{- $policy := $values.networkPolicy -}}
{{- $workloads := include "tradewind.workloads" $root | fromYaml -}}
{{- range $facts.calls }}
{{ include "tradewind.ruleTo" (list $root . (get $workloads .).port) }}
{{- end }}
{{- $storePorts := dict "mongodb" 27017 "nats" 4222 "redis" 6379 }}
{{- range $facts.stores }}
{{- if (index $values .).enabled }}
{{ include "tradewind.ruleTo" (list $root . (get $storePorts .)) }}
{{- else }}
{{ include "tradewind.ruleOut" (list (index $policy .).to (index $policy .).ports) }}
{{- end }}
{{- end }}
{{- if and (ne $name "cli") $values.telemetry.otlpEndpoint }}
{{ include "tradewind.ruleOut" (list $policy.otlp.to ($policy.otlp.ports | default (list (include "tradewind.portOf" $values.telemetry.otlpEndpoint | int)))) }}
{{- end }}
{{- if $facts.kubernetes }}
{{ include "tradewind.ruleOut" (list $policy.apiServer.to $policy.apiServer.ports) }}
{{- end }}
{{- if and (eq $name "notification") $values.smtp.host }}
{{ include "tradewind.ruleOut" (list $policy.smtp.to ($policy.smtp.ports | default (list $values.smtp.port))) }}
{{- end }}
{{- if and (eq $name "notification") $values.sms.existingSecret }}
{{ include "tradewind.ruleOut" (list $policy.sms.to $policy.sms.ports) }}
{{- end }}
{{- if and (eq $name "user") $policy.oidc.enabled }}
{{ include "tradewind.ruleOut" (list $policy.oidc.to $policy.oidc.ports) }}
{{- end }}
{{- end -}}

{{/* (root, component): its pods as a peer. */}}
{{- define "tradewind.peer" -}}
- podSelector:
    matchLabels:
      {{- include "tradewind.selector" . | nindent 6 }}
{{- end -}}

{{/* (root, component, port): what a component may call. */}}
{{- define "tradewind.ruleTo" -}}
- ports: [{ port: {{ index . 2 }}, protocol: TCP }]
  to:
    {{- include "tradewind.peer" . | nindent 4 }}
{{- end -}}

{{/* (root, component, port): who may call it. */}}
{{- define "tradewind.ruleFrom" -}}
- ports: [{ port: {{ index . 2 }}, protocol: TCP }]
  from:
    {{- include "tradewind.peer" . | nindent 4 }}
{{- end -}}

{{/* (peers, ports): a way out of the release; without peers to everywhere. */}}
{{- define "tradewind.ruleOut" -}}
- ports:
    {{- range index . 1 }}
    - { port: {{ . | int }}, protocol: TCP }
    {{- end }}
  {{- with index . 0 }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The port of a URL. */}}
{{- define "tradewind.portOf" -}}
{{- $url := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $port | default (ternary "443" "80" (eq $url.scheme "https")) -}}
{{- end -}}

{{/* (root, store): the components that use a store. */}}
{{- define "tradewind.usersOf" -}}
{{- $store := index . 1 -}}
{{- $users := list -}}
{{- $all := include "tradewind.workloads" (index . 0) | fromYaml -}}
{{- $_ := set $all "cli" (include "tradewind.cli" (index . 0) | fromYaml) -}}
{{- range $name, $facts := $all -}}
{{- if has $store $facts.stores }}{{ $users = append $users $name }}{{ end -}}
{{- end -}}
{{- toYaml $users -}}
{{- end -}}

{{/* (root, store, port, port among its own pods or 0): the connections of a store. */}}
{{- define "tradewind.storePolicy" -}}
{{- $root := index . 0 -}}
{{- $store := index . 1 -}}
{{- $port := index . 2 -}}
{{- $peerPort := index . 3 -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "tradewind.metadata" (list $root $store) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "tradewind.selector" (list $root $store) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- range include "tradewind.usersOf" (list $root $store) | fromYamlArray }}
    {{- include "tradewind.ruleFrom" (list $root . $port) | nindent 4 }}
    {{- end }}
    {{- if $peerPort }}
    {{- include "tradewind.ruleFrom" (list $root $store $peerPort) | nindent 4 }}
    {{- end }}
  {{- if $peerPort }}
  egress:
    {{- include "tradewind.ruleTo" (list $root $store $peerPort) | nindent 4 }}
  {{- else }}
  egress: []
  {{- end }}
{{- end -}}
