import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type {
  KubernetesObject,
  V1ClusterRole,
  V1ConfigMap,
  V1CronJob,
  V1CustomResourceDefinition,
  V1Deployment,
  V1Ingress,
  V1NetworkPolicy,
  V1Pod,
  V1PodDisruptionBudget,
  V1Role,
  V1Secret,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
  V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node';
import { findBinary } from '@tradewind/local/kubernetes';
import { parseAllDocuments } from 'yaml';
import { chart } from '../../derived-files.ts';

const run = promisify(execFile);

/** What a class of the client library describes, as plain data. */
export type Plain<T> = T extends readonly (infer Item)[]
  ? readonly Plain<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]: Plain<T[Field]> }
    : T;

/** A Kubernetes object as the chart rendered it. */
export type Manifest = KubernetesObject & {
  readonly kind: string;
  readonly metadata: { readonly name: string };
};

/** The kinds that tests look into. */
export interface Kinds {
  readonly Deployment: Plain<V1Deployment>;
  readonly StatefulSet: Plain<V1StatefulSet>;
  readonly CronJob: Plain<V1CronJob>;
  readonly Pod: Plain<V1Pod>;
  readonly Service: Plain<V1Service>;
  readonly Secret: Plain<V1Secret>;
  readonly ConfigMap: Plain<V1ConfigMap>;
  readonly NetworkPolicy: Plain<V1NetworkPolicy>;
  readonly PodDisruptionBudget: Plain<V1PodDisruptionBudget>;
  readonly HorizontalPodAutoscaler: Plain<V2HorizontalPodAutoscaler>;
  readonly ServiceAccount: Plain<V1ServiceAccount>;
  readonly Role: Plain<V1Role>;
  readonly ClusterRole: Plain<V1ClusterRole>;
  readonly Ingress: Plain<V1Ingress>;
  readonly CustomResourceDefinition: Plain<V1CustomResourceDefinition>;
  readonly HTTPRoute: KubernetesObject & { readonly spec: unknown };
  readonly BackendTLSPolicy: KubernetesObject & { readonly spec: unknown };
}

export type Values = Readonly<Record<string, unknown>>;

export const release = 'shop';
export const namespace = 'store';
/** The oldest version that the chart wants. */
const oldestKubernetes = '1.31.0';

let helm: Promise<string> | undefined;

/** What `helm template` makes of the chart with these values, over ephemeral secrets. Rejects with what Helm says. */
export async function renderText(values: Values = {}, options: readonly string[] = []): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-chart-'));
  try {
    const file = join(folder, 'values.json');
    await writeFile(file, JSON.stringify(values));
    const where = ['--namespace', namespace, '--kube-version', oldestKubernetes];
    const args = ['template', release, chart, ...where, '--values', file, ...options];
    const { stdout } = await run(await (helm ??= findBinary('helm')), args, { maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The same as objects, with secrets that are made up. */
export async function render(values: Values = {}): Promise<readonly Manifest[]> {
  const text = await renderText(values, ['--set', 'secrets.ephemeral=true']);
  return parseAllDocuments(text).flatMap((document) => {
    const content: unknown = document.toJS();
    return content === null ? [] : [content as Manifest];
  });
}

/** All objects of a kind. */
export function all<Kind extends keyof Kinds>(
  manifests: readonly Manifest[],
  kind: Kind,
): readonly Kinds[Kind][] {
  return manifests.filter(
    (one) => one.kind === kind,
  ) as readonly KubernetesObject[] as readonly Kinds[Kind][];
}

/** The object of this kind and name; it must be there. */
export function pick<Kind extends keyof Kinds>(
  manifests: readonly Manifest[],
  kind: Kind,
  name: string,
): Kinds[Kind] {
  const found = all(manifests, kind).find((one) => one.metadata?.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}
