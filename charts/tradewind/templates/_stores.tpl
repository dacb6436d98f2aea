{{/* (root): where the members of the in-cluster MongoDB are. The names resolve in every namespace and cluster domain. */}}
{{- define "tradewind.mongoMembers" -}}
{{- $root := . -}}
{{- $name := include "tradewind.name" (list . "mongodb") -}}
{{- $members := list -}}
{{- range $index := until (int .Values.mongodb.replicas) -}}
{{- $members = append $members (printf "%s-%d.%s.%s.svc:27017" $name $index $name $root.Release.Namespace) -}}
{{- end -}}
{{- join "," $members -}}
{{- end -}}

{{/* (root): the variables by which a process reaches NATS. */}}
{{- define "tradewind.natsEnv" -}}
{{- $auth := .Values.nats.auth -}}
- name: NATS_URL
{{- if .Values.nats.enabled }}
  value: {{ printf "nats://%s:4222" (include "tradewind.name" (list . "nats")) }}
{{- else }}
  value: {{ required "nats.external.url is needed with nats.enabled=false" .Values.nats.external.url | quote }}
{{- end }}
{{- with ternary (min .Values.nats.replicas 3) .Values.nats.external.streamReplicas .Values.nats.enabled }}
- name: NATS_STREAM_REPLICAS
  value: {{ . | quote }}
{{- end }}
{{- if or .Values.nats.enabled $auth.existingSecret }}
- name: NATS_USER
  value: {{ $auth.user | quote }}
- name: NATS_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ include "tradewind.secretName" (list . "nats") }}, key: password }
{{- end }}
{{- end -}}

{{/* (root): the variables by which a process reaches Redis. */}}
{{- define "tradewind.redisEnv" -}}
- name: REDIS_ADDR
{{- if .Values.redis.enabled }}
  value: {{ printf "%s:6379" (include "tradewind.name" (list . "redis")) }}
{{- else }}
  value: {{ required "redis.external.address is needed with redis.enabled=false" .Values.redis.external.address | quote }}
{{- end }}
- name: REDIS_DB
  value: {{ .Values.redis.database | quote }}
{{- if or .Values.redis.enabled .Values.redis.auth.existingSecret }}
- name: REDIS_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ include "tradewind.secretName" (list . "redis") }}, key: password }
{{- end }}
{{- end -}}

{{/* (root, database): the variables by which a process reaches its database; a user of its own may use only that one. */}}
{{- define "tradewind.mongoEnv" -}}
{{- $root := index . 0 -}}
{{- $database := index . 1 -}}
{{- if $root.Values.mongodb.enabled -}}
- name: MONGO_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ include "tradewind.secretName" (list $root "mongodb") }}, key: password-{{ $database }} }
- name: MONGO_URI
  value: {{ printf "mongodb://tradewind_%s:$(MONGO_PASSWORD)@%s/?replicaSet=rs0&authSource=admin" $database (include "tradewind.mongoMembers" $root) | quote }}
{{- else -}}
- name: MONGO_URI
  valueFrom:
    secretKeyRef:
      name: {{ required "mongodb.external.existingSecret is needed with mongodb.enabled=false" $root.Values.mongodb.external.existingSecret }}
      key: uri
{{- end }}
- name: MONGO_DB_NAME
  value: tradewind_{{ $database }}
{{- end -}}

{{/* (root): the Secrets of the stores that a workload uses, for its checksum: (root, stores) */}}
{{- define "tradewind.storeChecksum" -}}
{{- $root := index . 0 -}}
{{- $sums := list -}}
{{- range index . 1 -}}
{{- $store := index $root.Values . -}}
{{- if or $store.enabled $store.auth.existingSecret -}}
{{- $sums = append $sums (include "tradewind.secretChecksum" (list $root .)) -}}
{{- end -}}
{{- end -}}
{{- join "," $sums | sha256sum -}}
{{- end -}}
