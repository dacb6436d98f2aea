import { stderr } from 'node:process';
import { Presets, SingleBar } from 'cli-progress';
import type { Counts } from './run-audit.ts';

const lineEveryMs = 3_000;

export interface Progress extends Disposable {
  /** @param expected about how many documents there are */
  readonly update: (counts: Counts, expected: number) => void;
}

/** A bar on a terminal, else a line every few seconds. */
export function startProgress(write: (line: string) => void): Progress {
  const started = performance.now();
  const rate = (documents: number) => Math.round((documents * 1000) / (performance.now() - started));
  return stderr.isTTY ? bar(rate) : lines(rate, write);
}

export const documentsOf = (counts: Counts): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

function bar(rate: (documents: number) => number): Progress {
  const single = new SingleBar(
    { format: '{bar} {value} of {total} documents, {rate}/s', stream: stderr, hideCursor: true },
    Presets.shades_classic,
  );
  single.start(1, 0, { rate: 0 });
  return {
    update: (counts, expected) => {
      const documents = documentsOf(counts);
      // More than expected where the shop went on.
      single.setTotal(Math.max(expected, documents));
      single.update(documents, { rate: rate(documents) });
    },
    [Symbol.dispose]: () => {
      single.stop();
    },
  };
}

function lines(rate: (documents: number) => number, write: (line: string) => void): Progress {
  let next = performance.now() + lineEveryMs;
  return {
    update: (counts, expected) => {
      if (performance.now() < next) return;
      next = performance.now() + lineEveryMs;
      const documents = documentsOf(counts);
      write(`${documents} of about ${expected} documents, ${rate(documents)}/s`);
    },
    [Symbol.dispose]: () => undefined,
  };
}
