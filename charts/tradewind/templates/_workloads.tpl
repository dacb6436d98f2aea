{{/*
What the processes are, as their code has it: the port on which they serve, whom they call, which stores they use, and the
database that is theirs. Environments, keys and network policies are all made from this one table.
*/}}
{{- define "tradewind.workloads" -}}
gateway:
  caller: gateway
  port: 8080
  protocol: http
  calls: [user, inventory, order, notification]
  stores: [nats, redis]
user:
  caller: user
  port: 50053
  protocol: grpc
  stores: [mongodb, nats, redis]
  database: user
inventory:
  caller: inventory
  port: 50051
  protocol: grpc
  calls: [user]
  stores: [mongodb, nats, redis]
  database: inventory
inventory-consumer:
  caller: inventory
  stores: [mongodb, nats, redis]
  database: inventory
order:
  caller: order
  port: 50052
  protocol: grpc
  calls: [user, inventory]
  stores: [mongodb, nats, redis]
  database: order
notification:
  caller: notification
  port: 50054
  protocol: grpc
  calls: [user]
  stores: [mongodb, nats, redis]
  database: notification
restock-controller:
  caller: restock-controller
  calls: [inventory]
  stores: [nats]
  kubernetes: true
mongodb-setup:
  stores: [mongodb]
{{- end -}}

{{/* The variable by which a process is told where another one is. */}}
{{- define "tradewind.targetVariables" -}}
user: USER_SERVICE
inventory: INVENTORY_SERVICE
order: ORDER_SERVICE
notification: MAILER_SERVICE
{{- end -}}

{{/* What pods may do that are no part of the shop, but look at it: `helm test`, and the CLI as a Job. */}}
{{- define "tradewind.cli" -}}
calls: [gateway]
stores: [mongodb, nats]
kubernetes: {{ (include "tradewind.settings" (list . "restock-controller") | fromYaml).enabled }}
{{- end -}}

{{/* (root, workload): the settings of one workload, over the defaults of all. */}}
{{- define "tradewind.settings" -}}
{{- $root := index . 0 -}}
{{- mustMergeOverwrite (mustDeepCopy $root.Values.defaults) (mustDeepCopy (index $root.Values.workloads (index . 1))) | toYaml -}}
{{- end -}}

{{/* (workload): those who call it. */}}
{{- define "tradewind.callersOf" -}}
{{- $callee := . -}}
{{- $callers := list -}}
{{- range $name, $facts := include "tradewind.workloads" $ | fromYaml -}}
{{- if has $callee ($facts.calls | default list) }}{{ $callers = append $callers $name }}{{ end -}}
{{- end -}}
{{- toYaml $callers -}}
{{- end -}}
