import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '../measure/statistics.ts';
import { openConnection, type Connection, type HttpAnswer } from './exchange.ts';

export interface DriveOptions {
  readonly port: number;
  /** Requests at once; each connection sends the next one when it has its answer. */
  readonly connections: number;
  readonly seconds: number;
  readonly next: () => Buffer;
  /** The status that counts; any other one, except `late`, ends the run with an error. */
  readonly expected: number;
  /** The status of an answer that did not come in time: it does not count. */
  readonly late?: number;
  readonly signal: AbortSignal;
  /** Called when the counting begins and when it ends. */
  readonly onWindow?: (state: 'open' | 'closed') => void;
}

export interface Drive {
  readonly perSecond: number;
  readonly count: number;
  /** Answers of the status `late`. */
  readonly late: number;
  /** Milliseconds from the request to the whole answer. */
  readonly p50: number;
  readonly p99: number;
}

/** Load before the counting begins, so that a run that has just started does not look slow. */
const leadInMs = 1_000;

/** Sends requests as fast as they are answered, and counts those answered in the window. */
export async function drive(options: DriveOptions): Promise<Drive> {
  const { port, connections, seconds, signal, onWindow } = options;
  await using stack = new AsyncDisposableStack();
  const counter = createCounter(options);
  const opened = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  for (const connection of opened) stack.use(connection);
  const senders = Promise.all(opened.map((connection) => sendUntilStopped(connection, options, counter)));
  try {
    await Promise.race([senders, delay(leadInMs, undefined, { signal })]);
    counter.open();
    onWindow?.('open');
    const began = performance.now();
    await Promise.race([senders, delay(seconds * 1000, undefined, { signal })]);
    const elapsed = (performance.now() - began) / 1000;
    onWindow?.('closed');
    const times = Float64Array.from(counter.close()).sort();
    return {
      perSecond: times.length / elapsed,
      count: times.length,
      late: counter.late,
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
    };
  } finally {
    counter.stop();
    // What is under way ends first, so that the next run finds the servers idle.
    if (!signal.aborted) await senders;
  }
}

function sendUntilStopped(
  connection: Connection,
  { next }: DriveOptions,
  counter: ReturnType<typeof createCounter>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    const send = () => {
      sentAt = performance.now();
      connection.exchange(next(), done);
    };
    const done = (answer: HttpAnswer | Error) => {
      const problem = counter.count(answer, performance.now() - sentAt);
      if (problem) reject(problem);
      else if (counter.stopped) resolve();
      else send();
    };
    send();
  });
}

function createCounter({ expected, late }: DriveOptions) {
  let times: number[] | undefined;
  let stopped = false;
  let lateAnswers = 0;
  return {
    get late() {
      return lateAnswers;
    },
    get stopped() {
      return stopped;
    },
    open() {
      times = [];
    },
    close() {
      const counted = times ?? [];
      times = undefined;
      return counted;
    },
    stop() {
      stopped = true;
    },
    /** @returns why the run is worth nothing, if it is */
    count(answer: HttpAnswer | Error, ms: number): Error | undefined {
      if (answer instanceof Error) return answer;
      if (answer.status === late) {
        if (times) lateAnswers += 1;
        return undefined;
      }
      if (answer.status !== expected) {
        return new Error(
          `expected ${expected}, got ${answer.status}: ${answer.body.toString().slice(0, 500)}`,
        );
      }
      times?.push(ms);
      return undefined;
    },
  };
}
