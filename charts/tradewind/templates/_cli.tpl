{{/*
(root, {name, args, env, resources, account?}): the spec of a pod in which the command line runs once. With an account it may
speak to the Kubernetes API.
*/}}
{{- define "tradewind.cliPod" -}}
{{- $root := index . 0 -}}
{{- $run := index . 1 -}}
{{- $defaults := $root.Values.defaults -}}
restartPolicy: Never
{{- with $run.account }}
serviceAccountName: {{ . }}
{{- end }}
automountServiceAccountToken: {{ hasKey $run "account" }}
enableServiceLinks: false
securityContext:
  {{- include "tradewind.podSecurityContext" $defaults | nindent 2 }}
{{- with include "tradewind.scheduling" $defaults }}
{{ . }}
{{- end }}
containers:
  - name: {{ $run.name }}
    image: {{ include "tradewind.image" (list $root.Values.image $root.Chart.AppVersion) }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    args:
      {{- toYaml $run.args | nindent 6 }}
    env:
      {{- $run.env | nindent 6 }}
      {{- with include "tradewind.tlsEnv" $root }}
      {{- . | nindent 6 }}
      {{- end }}
    resources:
      {{- toYaml $run.resources | nindent 6 }}
    securityContext:
      {{- include "tradewind.containerSecurityContext" $root | nindent 6 }}
    volumeMounts:
      - { name: tmp, mountPath: /tmp }
      {{- with include "tradewind.tlsMount" $root }}
      {{- . | nindent 6 }}
      {{- end }}
volumes:
  - name: tmp
    emptyDir: { sizeLimit: 64Mi }
  {{- with include "tradewind.tlsVolume" (list $root $defaults) }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end -}}
