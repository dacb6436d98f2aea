export interface SkaffoldConfig {
  readonly build: {
    readonly local: { readonly push?: boolean };
    readonly artifacts: readonly [Artifact];
  };
  readonly deploy: { readonly helm: { readonly releases: readonly [Release] } };
  readonly portForward: readonly PortForward[];
  readonly profiles: readonly Profile[];
}

interface Artifact {
  readonly image: string;
  readonly docker: { readonly dockerfile: string; readonly target: string };
  readonly sync?: { readonly manual: readonly { readonly src: string; readonly dest: string }[] };
}

interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly chartPath: string;
  readonly valuesFiles?: readonly string[];
  /** By dotted path. */
  readonly setValues?: Readonly<Record<string, string>>;
  readonly setValueTemplates: Readonly<Record<string, string>>;
}

interface PortForward {
  readonly resourceType: string;
  readonly resourceName: string;
  readonly namespace: string;
  readonly port: number;
  readonly localPort: number;
}

interface Profile {
  readonly name: string;
  readonly activation?: readonly { readonly kubeContext?: string }[];
  readonly build?: unknown;
  readonly deploy?: unknown;
  readonly portForward?: readonly PortForward[];
  readonly patches?: readonly Patch[];
}

interface Patch {
  readonly op: 'add' | 'replace' | 'remove';
  /** A JSON pointer. */
  readonly path: string;
  readonly value?: unknown;
}

type Node = Record<string, unknown>;

/** The configuration with a profile: its sections are laid over it, lists replaced; then its patches are applied. */
export function withProfile(config: SkaffoldConfig, name: string): SkaffoldConfig {
  const profile = config.profiles.find((one) => one.name === name);
  if (!profile) throw new Error(`there is no profile ${name}`);
  const { build = {}, deploy = {}, portForward = config.portForward, patches = [] } = profile;
  const result = merged(config, { build, deploy, portForward }) as Node;
  for (const patch of patches) applyPatch(result, patch);
  return result as unknown as SkaffoldConfig;
}

/** Maps are merged, everything else is replaced, as Skaffold and Helm do it. The result shares nothing with either. */
export function merged(base: unknown, over: unknown): unknown {
  if (!isMap(base) || !isMap(over)) return structuredClone(over ?? base);
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries(
    [...keys].map((key) => [key, merged(base[key], key in over ? over[key] : base[key])]),
  );
}

/** `{ 'a.b': value }` as Helm's --set takes it, for keys without dots. */
export function nested(path: string, value: unknown): Node {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Node;
}

/** @throws Error if there is nothing to replace or to remove, or no place to add at */
function applyPatch(root: Node, { op, path, value }: Patch): void {
  const keys = path.split('/').slice(1);
  const last = keys.pop() ?? '';
  const parent = keys.reduce<unknown>((node, key) => (node as Node | undefined)?.[key], root);
  if (typeof parent !== 'object' || parent === null || (op !== 'add' && !(last in parent)))
    throw new Error(`there is no ${path} to ${op}`);
  if (op === 'remove') Reflect.deleteProperty(parent, last);
  else (parent as Node)[last] = structuredClone(value);
}

function isMap(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
