import type { Program } from '@tradewind/local/platform';
import { residentMib } from './process-usage.ts';

export interface ProcessFigures {
  readonly name: string;
  /** After the load. */
  readonly residentMib: number;
  /** From the start of the process to its readiness, the rest of the shop running. */
  readonly readyMs: number;
}

/** Memory of all processes first, then each is started anew and timed. */
export async function measureProcesses(
  programs: ReadonlyMap<string, Program>,
  signal: AbortSignal,
): Promise<ProcessFigures[]> {
  const memory = new Map(
    [...programs].map(([name, { pid }]) => [name, pid === undefined ? NaN : residentMib(pid)]),
  );
  const figures: ProcessFigures[] = [];
  for (const [name, program] of programs) {
    signal.throwIfAborted();
    await program.stop();
    const began = performance.now();
    await program.start();
    const readyMs = performance.now() - began;
    figures.push({ name, residentMib: memory.get(name) ?? NaN, readyMs });
  }
  return figures;
}
