{{/* (root, store, checksums): the template of a store's pods up to its containers. */}}
{{- define "tradewind.storePod" -}}
{{- $root := index . 0 -}}
{{- $store := index . 1 -}}
{{- $settings := index $root.Values $store -}}
{{- $certificate := ternary (dict "checksum/tls" (include "tradewind.tlsChecksum" $root)) dict $root.Values.tls.enabled -}}
{{- $annotations := mustMergeOverwrite (dict) (index . 2) $certificate $settings.podAnnotations -}}
metadata:
  {{- include "tradewind.podMetadata" (list $root $store (dict "podLabels" $settings.podLabels "podAnnotations" $annotations)) | nindent 2 }}
spec:
  automountServiceAccountToken: false
  serviceAccountName: {{ include "tradewind.name" (list $root $store) }}
  enableServiceLinks: false
  securityContext:
    {{- include "tradewind.podSecurityContext" $settings | nindent 4 }}
  {{- with include "tradewind.scheduling" $settings }}
  {{- . | nindent 2 }}
  {{- end }}
  topologySpreadConstraints:
    {{- include "tradewind.topologySpread" (list $root $store false) | trim | nindent 4 }}
{{- end -}}

{{/* (root, store): the objects around a store's pods. */}}
{{- define "tradewind.storeObjects" -}}
{{- $root := index . 0 -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "tradewind.metadata" . | nindent 2 }}
automountServiceAccountToken: false
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "tradewind.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "tradewind.selector" . | nindent 6 }}
{{- end -}}

{{/* (store's settings): the claim of its data volume. Helm leaves claims alone when the release is uninstalled. */}}
{{- define "tradewind.dataClaim" -}}
- metadata:
    name: data
  spec:
    accessModes: [ReadWriteOnce]
    {{- with .persistence.storageClass }}
    storageClassName: {{ . }}
    {{- end }}
    resources:
      requests:
        storage: {{ .persistence.size }}
{{- end -}}
