{{/*
(root, workload, settings): everything that a process has in the cluster. The one shape of all processes: what differs
comes from the table in _workloads.tpl and from the values.
*/}}
{{- define "tradewind.workload" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $settings := index . 2 -}}
{{- $part := list $root $name -}}
{{- $facts := get (include "tradewind.workloads" $root | fromYaml) $name -}}
{{- $scalable := $settings.autoscaling.enabled -}}
{{- $protocol := eq $name "gateway" | ternary (include "tradewind.web" $root) $facts.protocol -}}
{{- $delay := ternary $settings.shutdown.delaySeconds 0 (hasKey $facts "port") | int -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "tradewind.metadata" $part | nindent 2 }}
  {{- with $settings.serviceAccountAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
---
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "tradewind.metadata" $part | nindent 2 }}
spec:
  {{- if not $scalable }}
  replicas: {{ $settings.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  # Longer than a first start that waits for the stores' images.
  progressDeadlineSeconds: 1200
  strategy:
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  selector:
    matchLabels:
      {{- include "tradewind.selector" $part | nindent 6 }}
  template:
    metadata:
      {{- $sums := dict "checksum/secrets" (include "tradewind.workloadChecksum" (list $root $name $facts)) }}
      {{- $annotations := mustMergeOverwrite (dict) $sums $settings.podAnnotations }}
      {{- $pod := mustMergeOverwrite (mustDeepCopy $settings) (dict "podAnnotations" $annotations) }}
      {{- include "tradewind.podMetadata" (list $root $name $pod) | nindent 6 }}
    spec:
      serviceAccountName: {{ include "tradewind.name" $part }}
      automountServiceAccountToken: {{ $facts.kubernetes | default false }}
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ add $delay $settings.shutdown.graceSeconds 5 }}
      securityContext:
        {{- include "tradewind.podSecurityContext" $settings | nindent 8 }}
      {{- with include "tradewind.scheduling" $settings }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- if $settings.topologySpread }}
      topologySpreadConstraints:
        {{- include "tradewind.topologySpread" (append $part true) | trim | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ $name }}
          image: {{ include "tradewind.image" (list $root.Values.image $root.Chart.AppVersion) }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [{{ $name }}]
          env:
            {{- include "tradewind.environment" . | trim | nindent 12 }}
          ports:
            {{- with $facts.port }}
            - { name: {{ $protocol }}, containerPort: {{ . }} }
            {{- end }}
            - { name: metrics, containerPort: 9464 }
          {{- include "tradewind.probes" $root | nindent 10 }}
          {{- if $delay }}
          lifecycle:
            preStop:
              # It goes on answering until every caller and load balancer has heard that it is leaving.
              sleep: { seconds: {{ $delay }} }
          {{- end }}
          resources:
            {{- toYaml $settings.resources | nindent 12 }}
          securityContext:
            {{- include "tradewind.containerSecurityContext" $root | nindent 12 }}
          volumeMounts:
            - { name: tmp, mountPath: /tmp }
            {{- with include "tradewind.tlsMount" $root }}
            {{- . | nindent 12 }}
            {{- end }}
      volumes:
        - name: tmp
          emptyDir: { sizeLimit: 64Mi }
        {{- with include "tradewind.tlsVolume" (list $root $settings) }}
        {{- . | nindent 8 }}
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "tradewind.metadata" $part | nindent 2 }}
  {{- if eq $name "gateway" }}
  {{- with $root.Values.gateway.service.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
spec:
  {{- if eq $name "gateway" }}
  type: {{ $root.Values.gateway.service.type }}
  {{- else }}
  # Headless: gRPC clients see every pod, and balance over them.
  clusterIP: None
  {{- end }}
  selector:
    {{- include "tradewind.selector" $part | nindent 4 }}
  ports:
    {{- if eq $name "gateway" }}
    - name: {{ $protocol }}
      port: {{ include "tradewind.webPort" $root }}
      targetPort: {{ $protocol }}
      appProtocol: {{ $protocol }}
      {{- with $root.Values.gateway.service.nodePort }}
      nodePort: {{ . }}
      {{- end }}
    {{- else }}
    {{- with $facts.port }}
    - { name: {{ $protocol }}, port: {{ . }}, targetPort: {{ $protocol }}, appProtocol: {{ ternary "https" $protocol $root.Values.tls.enabled }} }
    {{- end }}
    - { name: metrics, port: 9464, targetPort: metrics, appProtocol: http }
    {{- end }}
{{- if $settings.podDisruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "tradewind.metadata" $part | nindent 2 }}
spec:
  maxUnavailable: {{ $settings.podDisruptionBudget.maxUnavailable }}
  # A pod that is broken anyway must not hold up a drain.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "tradewind.selector" $part | nindent 6 }}
{{- end }}
{{- if $scalable }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "tradewind.metadata" $part | nindent 2 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ include "tradewind.name" $part }} }
  minReplicas: {{ $settings.autoscaling.minReplicas }}
  maxReplicas: {{ $settings.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ $settings.autoscaling.targetCPUUtilizationPercentage }}
{{- end }}
{{- if $root.Values.networkPolicy.enabled }}
---
{{ include "tradewind.networkPolicy" (list $root $name $facts) }}
{{- end }}
{{- end -}}

{{/* (root, workload, facts): changes when a secret does that the process is given. */}}
{{- define "tradewind.workloadChecksum" -}}
{{- $root := index . 0 -}}
{{- $sums := list (include "tradewind.secretChecksum" (list $root "")) -}}
{{- $sums = append $sums (include "tradewind.storeChecksum" (list $root (index . 2).stores)) -}}
{{- $sums = append $sums (include "tradewind.tlsChecksum" $root) -}}
{{- if eq (index . 1) "notification" -}}
{{- range compact (list $root.Values.smtp.existingSecret $root.Values.sms.existingSecret) -}}
{{- $sums = append $sums (include "tradewind.existingChecksum" (list $root .)) -}}
{{- end -}}
{{- end -}}
{{- join "," $sums | sha256sum -}}
{{- end -}}
