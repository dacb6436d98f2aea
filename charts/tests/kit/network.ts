import type {
  V1LabelSelector,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
} from '@kubernetes/client-node';
import { namespace, type Plain } from './render.ts';

/** One end of a connection: a pod, or an address outside of the cluster. */
export interface Endpoint {
  readonly labels?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  /** IPv4; pods have none here, since no policy names them by it. */
  readonly address?: string;
}

export interface Connection {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
}

/**
 * Whether these policies allow a connection, as a network that enforces them decides: the sender's egress and the
 * receiver's ingress must both allow it, and an end that no policy selects allows everything.
 */
export function allows(policies: readonly Plain<V1NetworkPolicy>[], connection: Connection): boolean {
  const { from, to } = connection;
  return (
    passes(policies, 'Egress', from, to, connection) && passes(policies, 'Ingress', to, from, connection)
  );
}

function passes(
  policies: readonly Plain<V1NetworkPolicy>[],
  direction: 'Ingress' | 'Egress',
  own: Endpoint,
  other: Endpoint,
  { port, protocol = 'TCP' }: Connection,
): boolean {
  const selecting = policies.filter(
    ({ metadata, spec }) =>
      spec?.policyTypes?.includes(direction) === true &&
      own.labels !== undefined &&
      (own.namespace ?? namespace) === metadata?.namespace &&
      selects(spec.podSelector ?? {}, own.labels),
  );
  if (selecting.length === 0) return true;
  const rules = selecting.flatMap(({ spec }) =>
    direction === 'Ingress'
      ? (spec?.ingress ?? []).map((rule) => ({ peers: rule._from ?? fromOf(rule), ports: rule.ports }))
      : (spec?.egress ?? []).map((rule) => ({ peers: rule.to, ports: rule.ports })),
  );
  return rules.some(
    ({ peers, ports }) =>
      (ports === undefined || ports.some((one) => matchesPort(one, port, protocol))) &&
      (peers === undefined || peers.length === 0 || peers.some((peer) => matchesPeer(peer, other))),
  );
}

/** The client library calls the field `_from`, YAML `from`. */
function fromOf(rule: object): readonly Plain<V1NetworkPolicyPeer>[] | undefined {
  return 'from' in rule ? (rule.from as readonly Plain<V1NetworkPolicyPeer>[]) : undefined;
}

function matchesPort(rule: Plain<V1NetworkPolicyPort>, port: number, protocol: string): boolean {
  return (rule.protocol ?? 'TCP') === protocol && (rule.port === undefined || Number(rule.port) === port);
}

function matchesPeer(
  { podSelector, namespaceSelector, ipBlock }: Plain<V1NetworkPolicyPeer>,
  end: Endpoint,
): boolean {
  if (ipBlock) return end.address !== undefined && inBlock(end.address, ipBlock.cidr);
  if (end.labels === undefined) return false;
  const where = end.namespace ?? namespace;
  const inNamespace = namespaceSelector
    ? selects(namespaceSelector, { 'kubernetes.io/metadata.name': where })
    : where === namespace;
  return inNamespace && selects(podSelector ?? {}, end.labels);
}

function selects(selector: Plain<V1LabelSelector>, labels: Readonly<Record<string, string>>): boolean {
  if (selector.matchExpressions) throw new Error('matchExpressions are not evaluated here');
  return Object.entries(selector.matchLabels ?? {}).every(([name, value]) => labels[name] === value);
}

function inBlock(address: string, cidr: string): boolean {
  const [network = '', length = '32'] = cidr.split('/');
  const bits = 32 - Number(length);
  return number(address) >> BigInt(bits) === number(network) >> BigInt(bits);
}

function number(address: string): bigint {
  return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}
