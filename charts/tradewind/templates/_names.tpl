{{- define "tradewind.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* (root, component): the name of a part's objects. */}}
{{- define "tradewind.name" -}}
{{- $root := index . 0 -}}
{{- printf "%s-%s" (include "tradewind.fullname" $root) (index . 1) -}}
{{- end -}}

{{/* (root, component): the labels that never change, since selectors are made of them. */}}
{{- define "tradewind.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ default $root.Chart.Name $root.Values.nameOverride }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* (root, component) */}}
{{- define "tradewind.labels" -}}
{{- $root := index . 0 -}}
{{ include "tradewind.selector" . }}
app.kubernetes.io/part-of: tradewind
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* (root, component): the metadata of an object that is named after its part. */}}
{{- define "tradewind.metadata" -}}
name: {{ include "tradewind.name" . }}
namespace: {{ (index . 0).Release.Namespace }}
labels:
  {{- include "tradewind.labels" . | nindent 2 }}
{{- end -}}

{{/* An image of the values, by its digest if there is one: (image, tag if it names none) */}}
{{- define "tradewind.image" -}}
{{- $image := index . 0 -}}
{{- if $image.digest -}}
{{ printf "%s@%s" $image.repository $image.digest }}
{{- else -}}
{{ printf "%s:%s" $image.repository ($image.tag | default (index . 1)) }}
{{- end -}}
{{- end -}}
