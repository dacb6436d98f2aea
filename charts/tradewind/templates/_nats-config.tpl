{{/* (root): the server's configuration. What is secret comes from its environment, in quotes: NATS reads variables as values. */}}
{{- define "tradewind.natsConfig" -}}
{{- $name := include "tradewind.name" (list . "nats") -}}
port: 4222
http_port: 8222
server_name: $SERVER_NAME
pid_file: /run/nats/nats.pid
lame_duck_grace_period: 5s
lame_duck_duration: 30s
{{- with include "tradewind.natsTls" . }}
{{ . }}
{{- end }}
jetstream {
  store_dir: /data
  max_memory_store: 64MiB
  max_file_store: {{ .Values.nats.maxFileStore }}
}
authorization {
  user: $NATS_USER
  password: $NATS_PASSWORD
}
{{- if gt (int .Values.nats.replicas) 1 }}
cluster {
  name: {{ $name }}
  port: 6222
  authorization {
    user: routes
    password: $NATS_ROUTE_PASSWORD
  }
  {{- with include "tradewind.natsTls" . }}
  {{- . | nindent 2 }}
  {{- end }}
  routes: [
    {{- range $index := until (int .Values.nats.replicas) }}
    $NATS_ROUTE_{{ $index }}
    {{- end }}
  ]
}
{{- end }}
{{- end -}}

{{/* (root): clients prove themselves by a password, and need no certificate; nodes do, which NATS always asks for. */}}
{{- define "tradewind.natsTls" -}}
{{- if .Values.tls.enabled -}}
tls {
  cert_file: /etc/tradewind/tls/tls.crt
  key_file: /etc/tradewind/tls/tls.key
  ca_file: /etc/tradewind/tls/ca.crt
  # Half a second is the default, and too short for a busy node.
  timeout: 5
}
{{- end -}}
{{- end -}}
