{{/* (root): the server's configuration. What is secret comes from its environment, in quotes: NATS reads variables as values. */}}
{{- define "tradewind.natsConfig" -}}
{{- $name := include "tradewind.name" (list . "nats") -}}
port: 4222
http_port: 8222
server_name: $SERVER_NAME
pid_file: /run/nats/nats.pid
lame_duck_grace_period: 5s
lame_duck_duration: 30s
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
  routes: [
    {{- range $index := until (int .Values.nats.replicas) }}
    $NATS_ROUTE_{{ $index }}
    {{- end }}
  ]
}
{{- end }}
{{- end -}}
