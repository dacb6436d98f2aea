import { stderr } from 'node:process';
import { MultiBar, Presets } from 'cli-progress';
import type { Context } from '../context.ts';
import type { Note } from './draft.ts';
import type { ImportObserver } from './run-import.ts';
import { describeSummary, ImportSummary } from './summary.ts';

const maxWarnings = 100;
const lineEveryMs = 3_000;

/** Tells people how an import goes: a bar on a terminal, else a line every few seconds; notes as they come. */
export interface ImportReport extends ImportObserver, Disposable {
  finish(what: string): void;
  /** Says how far it came, when it came anywhere. */
  stopEarly(): void;
}

export function startReport(file: string, context: Pick<Context, 'print' | 'warn'>): ImportReport {
  const meter = stderr.isTTY ? bar() : lines(context.warn);
  const started = performance.now();
  let last = new ImportSummary();
  let warnings = 0;
  const finish = (what: string) => {
    meter.stop();
    context.print(`${file} ${what}: ${describeSummary(last, (performance.now() - started) / 1000)}`);
  };
  return {
    note(note) {
      if (note.kind === 'warning') warnings += 1;
      if (warnings <= maxWarnings || note.kind !== 'warning')
        meter.write(`${file}:${note.line}: ${describe(note)}`);
      if (warnings === maxWarnings + 1) meter.write(`${file}: further warnings are only counted`);
    },
    progress(summary, bytesRead, bytes) {
      last = summary;
      meter.update(summary.rows, bytes === 0 ? 1 : bytesRead / bytes);
    },
    finish,
    stopEarly() {
      if (last.rows > 0) finish('not imported to its end; import it again to go on');
    },
    [Symbol.dispose]() {
      meter.stop();
    },
  };
}

const describe = ({ kind, message }: Note) =>
  kind === 'skipped' ? `left out: ${message}` : `${kind}: ${message}`;

interface Meter {
  write(line: string): void;
  update(rows: number, share: number): void;
  stop(): void;
}

function bar(): Meter {
  const bars = new MultiBar(
    { format: '{bar} {percentage}% of the file, {rows} products', stream: stderr, hideCursor: true },
    Presets.shades_classic,
  );
  const single = bars.create(1000, 0, { rows: 0 });
  return {
    write: (line) => {
      bars.log(`${line}\n`);
    },
    update: (rows, share) => {
      single.update(Math.round(share * 1000), { rows });
    },
    stop: () => {
      bars.stop();
    },
  };
}

function lines(write: (line: string) => void): Meter {
  let next = performance.now() + lineEveryMs;
  return {
    write,
    update(rows, share) {
      if (performance.now() < next) return;
      next = performance.now() + lineEveryMs;
      write(`${rows} products, ${Math.round(share * 100)}% of the file`);
    },
    stop: () => undefined,
  };
}
