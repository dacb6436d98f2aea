{{/* Pod Security "restricted", and more: nothing of this is a value but the ids, which some platforms assign themselves. */}}
{{- define "tradewind.podSecurityContext" -}}
runAsNonRoot: true
{{- with .runAsUser }}
runAsUser: {{ . | int }}
{{- end }}
{{- with .runAsGroup }}
runAsGroup: {{ . | int }}
fsGroup: {{ . | int }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "tradewind.containerSecurityContext" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* (settings): where a pod may run, and with what priority. */}}
{{- define "tradewind.scheduling" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* (root, component, settings): labels and annotations of a pod; the third is merged with its checksums by the caller. */}}
{{- define "tradewind.podMetadata" -}}
{{- $settings := index . 2 -}}
labels:
  {{- /* No versions: a new one of the chart must not restart a database. */}}
  {{- include "tradewind.selector" . | nindent 2 }}
  app.kubernetes.io/part-of: tradewind
  {{- with mustMergeOverwrite (dict) (index . 0).Values.commonLabels $settings.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $settings.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* (root, component, matchLabelKeys?) */}}
{{- define "tradewind.topologySpread" -}}
{{- $selector := include "tradewind.selector" . -}}
{{- $byRevision := index . 2 -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- $selector | nindent 6 }}
  {{- if $byRevision }}
  matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end -}}

{{/* Two probes of a process's own: it lives as soon as it runs, and is ready once it has all that it needs. */}}
{{- define "tradewind.probes" -}}
startupProbe:
  httpGet: { path: /livez, port: metrics }
  periodSeconds: 1
  failureThreshold: 120
readinessProbe:
  httpGet: { path: /readyz, port: metrics }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 3
livenessProbe:
  httpGet: { path: /livez, port: metrics }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}
