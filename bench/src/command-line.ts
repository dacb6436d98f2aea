import { InvalidArgumentError } from 'commander';

/** What a benchmark has of the person who runs it. */
export interface Context {
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  /** Receives a line now and then. */
  readonly report: (line: string) => void;
}

/** Runs a benchmark to its end, or until Ctrl-C: then the exit code says so. */
export async function untilStopped(run: (context: Context) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Once: a second Ctrl-C ends the process at once, and what it started ends with it.
    process.once(signal, () => {
      report('stopping');
      stop.abort();
    });
  }
  try {
    await run({ signal: stop.signal, report });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.exitCode = 130;
  }
}

/** Reads an option that counts. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be 1 or more.');
  return value;
}

/** Reads an option that names some of what there is. */
export const someOf =
  <Name extends string>(names: readonly Name[]) =>
  (text: string): Name[] =>
    text.split(',').map((part) => {
      const name = names.find((known) => known === part.trim());
      if (!name) throw new InvalidArgumentError(`There is no ${part}.`);
      return name;
    });

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
