import { readText } from './repository.ts';

export const dockerfile = 'services/Dockerfile';

export interface Dockerfile {
  /** By name: the instructions of each, one a line, after those of the stage that it is built from. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
  /** The build arguments of any stage. */
  readonly args: ReadonlySet<string>;
}

export async function readDockerfile(): Promise<Dockerfile> {
  const instructions = (await readText(dockerfile))
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line));
  const stages = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of instructions) {
    const [, from = '', name] = /^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(line) ?? [];
    if (from !== '') current = [...(stages.get(from) ?? [])];
    if (name !== undefined) stages.set(name, current);
    current.push(line);
  }
  const args = instructions.flatMap((line) => /^ARG\s+(\w+)/.exec(line)?.[1] ?? []);
  return { stages, args: new Set(args) };
}
