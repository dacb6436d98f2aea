{{/*
(root): where the members of the in-cluster MongoDB are. By its full name a pod finds itself in its /etc/hosts, before any
DNS server knows it again after a restart: a mongod that does not find itself takes itself for removed, for ever if it is
the only one.
*/}}
{{- define "tradewind.mongoMembers" -}}
{{- $root := . -}}
{{- $name := include "tradewind.name" (list . "mongodb") -}}
{{- $members := list -}}
{{- range $index := until (int .Values.mongodb.replicas) -}}
{{- $members = append $members (printf "%s-%d.%s.%s.svc.%s:27017" $name $index $name $root.Release.Namespace $root.Values.clusterDomain) -}}
{{- end -}}
{{- join "," $members -}}
{{- end -}}

{{/* (root): the variables by which a process reaches NATS. */}}
{{- define "tradewind.natsEnv" -}}
{{- $auth := .Values.nats.auth -}}
- name: NATS_URL
{{- if .Values.nats.enabled }}
  value: {{ printf "%s://%s:4222" (ternary "tls" "nats" .Values.tls.enabled) (include "tradewind.name" (list . "nats")) }}
{{- else }}
  value: {{ include "tradewind.externalNats" . | quote }}
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

{{- define "tradewind.externalNats" -}}
{{- $url := required "nats.external.url is needed with nats.enabled=false" .Values.nats.external.url -}}
{{- if .Values.tls.enabled -}}
{{- range splitList "," $url -}}
{{- if not (hasPrefix "tls://" .) }}{{ fail "with tls.enabled every address of nats.external.url must begin with tls://" }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $url -}}
{{- end -}}

{{/* (root): the variables by which a process reaches Redis. */}}
{{- define "tradewind.redisEnv" -}}
- name: REDIS_ADDR
{{- if .Values.redis.enabled }}
  value: {{ printf "%s:6379" (include "tradewind.name" (list . "redis")) }}
{{- else }}
  value: {{ required "redis.external.address is needed with redis.enabled=false" .Values.redis.external.address | quote }}
{{- end }}
- name: REDIS_TLS
  value: {{ or .Values.tls.enabled (and (not .Values.redis.enabled) .Values.redis.external.tls) | quote }}
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
  value: {{ printf "mongodb://tradewind_%s:$(MONGO_PASSWORD)@%s/?replicaSet=rs0&authSource=admin%s" $database (include "tradewind.mongoMembers" $root) (ternary "&tls=true" "" $root.Values.tls.enabled) | quote }}
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
{{- if and (eq . "mongodb") (not $store.enabled) -}}
{{- $sums = append $sums (include "tradewind.existingChecksum" (list $root $store.external.existingSecret)) -}}
{{- else if or $store.enabled $store.auth.existingSecret -}}
{{- $sums = append $sums (include "tradewind.secretChecksum" (list $root .)) -}}
{{- end -}}
{{- end -}}
{{- join "," $sums | sha256sum -}}
{{- end -}}
