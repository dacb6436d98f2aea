import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Cluster } from '../cluster/index.ts';
import { findHelm } from '../kubernetes/index.ts';
import { untilReady } from './ready.ts';

/** Helm's values, as in values.yaml. */
export type Values = Readonly<Record<string, unknown>>;

export interface ReleaseName {
  readonly namespace: string;
  readonly name: string;
}

export interface ReleaseOptions extends ReleaseName {
  readonly values: readonly Values[];
  /** The chart's folder or archive; by default this repository's. */
  readonly chart?: string;
  /** Receives what Helm warns of, and a line for each part that is ready. */
  readonly report?: (line: string) => void;
}

const ownChart = resolve(import.meta.dirname, '../../../../charts/tradewind');

/**
 * Installs a release, or upgrades it, in a namespace that enforces Pod Security "restricted", and waits until all of it is
 * ready. Later values win. Running it again changes nothing.
 *
 * @throws Error with what Helm said; SetupError naming the pods that did not get ready
 */
export async function installRelease(cluster: Cluster, options: ReleaseOptions): Promise<void> {
  const { namespace, name, values, chart = ownChart, report = () => undefined } = options;
  await restrictedNamespace(cluster, namespace);
  const helm = await findHelm(cluster.kubeconfig);
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-values-'));
  try {
    const files = values.map((_, index) => join(folder, `${index}.json`));
    for (const [index, file] of files.entries())
      await writeFile(file, JSON.stringify(values[index]), { mode: 0o600 });
    const from = files.flatMap((file) => ['--values', file]);
    // The definition of ProductRestock may be left of a release in another namespace.
    const flags = ['--install', '--take-ownership', '--namespace', namespace];
    const { stderr } = await helm('upgrade', name, chart, ...flags, ...from);
    for (const line of stderr.split('\n').filter((text) => text.trim() !== '')) report(`helm: ${line}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await untilReady(cluster.kubectl, { namespace, name }, report);
}

/** Removes a release. Its volumes, its Secrets and the ProductRestocks stay. It is no error when there is none. */
export async function uninstallRelease(cluster: Cluster, { namespace, name }: ReleaseName): Promise<void> {
  const helm = await findHelm(cluster.kubeconfig);
  await helm(
    'uninstall',
    name,
    '--namespace',
    namespace,
    '--ignore-not-found',
    '--wait',
    '--cascade=foreground',
  );
}

async function restrictedNamespace({ kubectl }: Cluster, namespace: string): Promise<void> {
  await kubectl('create', 'namespace', namespace).catch((error: unknown) => {
    if (!String(error).includes('AlreadyExists')) throw error;
  });
  const levels = ['enforce', 'warn', 'audit'].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`);
  await kubectl('label', 'namespace', namespace, '--overwrite', ...levels);
}
