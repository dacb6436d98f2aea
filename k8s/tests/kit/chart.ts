import { parse } from 'yaml';
import { readText, readYaml } from './repository.ts';

export interface StoreImage {
  readonly repository: string;
  readonly tag: string;
}

export interface ChartValues {
  readonly image: { readonly repository: string };
  /** 80 if there is none, as long as TLS is off. */
  readonly gateway: { readonly service: { readonly port: number | null } };
  readonly workloads: Readonly<Record<string, unknown>>;
  readonly mongodb: { readonly image: StoreImage };
  readonly nats: { readonly image: StoreImage };
  readonly redis: { readonly image: StoreImage };
}

/** What a process is, as the chart knows it. */
export interface Workload {
  /** Whose key it calls others with. */
  readonly caller?: string;
  readonly port?: number;
  readonly calls?: readonly string[];
  readonly stores: readonly string[];
  /** The part of the database's name behind `tradewind_`. */
  readonly database?: string;
  /** It is of no use without Kubernetes. */
  readonly kubernetes?: boolean;
}

export const chart = 'charts/tradewind';

export async function readValues(): Promise<ChartValues> {
  return (await readYaml(`${chart}/values.yaml`)) as ChartValues;
}

/** The table that the chart makes all processes from. */
export async function readWorkloads(): Promise<Readonly<Record<string, Workload>>> {
  return (await readDefinition('tradewind.workloads')) as Readonly<Record<string, Workload>>;
}

/** The variable by which a process is told where another one is. */
export async function readTargetVariables(): Promise<Readonly<Record<string, string>>> {
  return (await readDefinition('tradewind.targetVariables')) as Readonly<Record<string, string>>;
}

async function readDefinition(name: string): Promise<unknown> {
  const text = await readText(`${chart}/templates/_workloads.tpl`);
  const begin = `{{- define "${name}" -}}`;
  const [, rest] = text.split(begin);
  if (rest === undefined) throw new Error(`the chart does not define ${name}`);
  return parse(rest.slice(0, rest.indexOf('{{- end -}}')));
}
