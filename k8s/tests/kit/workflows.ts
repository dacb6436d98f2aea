export interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string };
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  /** Another workflow in the place of steps. */
  readonly uses?: string;
  readonly 'timeout-minutes'?: number | string;
  readonly strategy?: { readonly matrix: { readonly include: readonly Readonly<Record<string, unknown>>[] } };
  readonly steps?: readonly Step[];
}

export interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export function stepsOf({ jobs }: Workflow): readonly Step[] {
  return Object.values(jobs).flatMap(({ steps = [] }) => steps);
}

/** The targets of all `make` commands, each for every row of its job's matrix. */
export function madeTargets({ jobs }: Workflow): readonly string[] {
  return Object.values(jobs).flatMap(({ strategy, steps = [] }) => {
    const rows = strategy?.matrix.include ?? [{}];
    const commands = rows.flatMap((row) => steps.map(({ run = '' }) => forRow(run, row)));
    return commands.flatMap((run) =>
      [...run.matchAll(/^\s*make +(.+)$/gm)].flatMap(([, targets = '']) => targets.split(/ +/)),
    );
  });
}

function forRow(text: string, row: Readonly<Record<string, unknown>>): string {
  return text.replaceAll(/\$\{\{ matrix\.(\w+) \}\}/g, (_all, name: string) => String(row[name]));
}
