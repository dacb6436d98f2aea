import type { Values } from './render.ts';

const existing = { existingSecret: 'made-before' };

/** Installations that differ in all that the templates decide by. */
export const matrix: Readonly<Record<string, Values>> = {
  defaults: {},
  'everything on': {
    jwt: { hs256: true },
    smtp: { host: 'smtp.example.com', port: 465, secure: true, ...existing },
    sms: existing,
    telemetry: { otlpEndpoint: 'http://otel-collector.monitoring:4318' },
    gateway: { service: { type: 'LoadBalancer', annotations: { 'example.com/internal': 'true' } } },
    ingress: { enabled: true, className: 'nginx', hosts: ['shop.example.com'], tlsSecret: 'shop-tls' },
    commonLabels: { team: 'shop' },
    audit: { schedule: '0 4 * * *' },
    networkPolicy: { oidc: { enabled: true } },
    defaults: {
      autoscaling: { enabled: true },
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'spot', operator: 'Exists', effect: 'NoSchedule' }],
      imagePullSecrets: [{ name: 'registry' }],
      priorityClassName: 'shop',
      podAnnotations: { 'example.com/scrape': 'true' },
      podLabels: { tier: 'shop' },
      serviceAccountAnnotations: { 'example.com/role': 'shop' },
    },
    workloads: {
      order: {
        replicas: 4,
        extraEnv: {
          CHECK_STOCK_MS: '100',
          ZONE: { valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
        },
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: {} } },
            ],
          },
        },
      },
    },
  },
  'three of each store': { mongodb: { replicas: 3 }, nats: { replicas: 3 } },
  'external stores': {
    mongodb: { enabled: false, external: existing },
    nats: { enabled: false, external: { url: 'nats://nats.infra:4222' }, auth: existing },
    redis: { enabled: false, external: { address: 'redis.infra:6379' }, auth: existing },
  },
  'external stores without log-in': {
    mongodb: { enabled: false, external: existing },
    nats: { enabled: false, external: { url: 'nats://a.infra:4222,nats://b.infra:4222' } },
    redis: { enabled: false, external: { address: 'redis.infra:6379' }, database: 3 },
  },
  'existing secrets': {
    secrets: existing,
    mongodb: { auth: existing },
    nats: { auth: existing },
    redis: { auth: existing },
  },
  'one namespace, nothing of the cluster': {
    restocks: { watchNamespace: 'store', roles: false },
    crds: { install: false },
  },
  'TLS everywhere': {
    tls: { enabled: true },
    mongodb: { replicas: 3 },
    nats: { replicas: 3 },
    ingress: { enabled: true },
  },
  'TLS by another authority, and to external stores': {
    tls: { enabled: true, ...existing },
    mongodb: { enabled: false, external: existing },
    nats: { enabled: false, external: { url: 'tls://a.infra:4222,tls://b.infra:4222' }, auth: existing },
    redis: { enabled: false, external: { address: 'redis.infra:6379', tls: true } },
  },
  'no restocks': { workloads: { 'restock-controller': { enabled: false } }, crds: { install: false } },
  'ids left to the platform': {
    defaults: { runAsUser: null, runAsGroup: null },
    mongodb: { runAsUser: null, runAsGroup: null },
    nats: { runAsUser: null, runAsGroup: null },
    redis: { runAsUser: null, runAsGroup: null },
  },
  'as little as possible': {
    networkPolicy: { enabled: false },
    tests: { enabled: false },
    audit: { enabled: false },
    crds: { keep: false },
    defaults: {
      topologySpread: false,
      podDisruptionBudget: { enabled: false },
      shutdown: { delaySeconds: 0 },
    },
    gateway: { service: { type: 'NodePort', nodePort: 30080 } },
  },
};

/** What takes definitions that Kubernetes itself does not have. */
export const withGatewayApi: Values = {
  httpRoute: {
    enabled: true,
    parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }],
    hostnames: ['shop.example.com'],
  },
};
