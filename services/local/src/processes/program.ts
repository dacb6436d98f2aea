import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError } from '../setup-error.ts';
import { type Child, type Command, spawnChild } from './child.ts';

export interface ProgramSpec {
  readonly name: string;
  readonly command: Command;
  readonly logFile: string;
  /** Resolves once the program serves. It is given up by `signal`, and called again after each start. */
  readonly ready: (signal: AbortSignal) => Promise<void>;
}

const readyTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;

/** A child process that can be stopped, killed and started again, always with the same command and log file. */
export class Program implements AsyncDisposable {
  readonly #spec: ProgramSpec;
  readonly #crashListeners: ((how: string) => void)[] = [];
  #child: Child | undefined;
  #stopped = false;
  #logStart = 0;

  constructor(spec: ProgramSpec) {
    this.#spec = spec;
  }

  get name(): string {
    return this.#spec.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** True after it was asked to stop, until it is started again. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /**
   * Starts the program unless it runs, and waits until it is ready. Rejects with the end of its log if it ends, and with
   * the reason of `signal` if it is given up before; it is to be stopped then too.
   */
  async start(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#child === undefined) {
      this.#stopped = false;
      mkdirSync(dirname(this.#spec.logFile), { recursive: true });
      this.#logStart = statSync(this.#spec.logFile, { throwIfNoEntry: false })?.size ?? 0;
      const child = spawnChild(this.#spec.command, this.#spec.logFile);
      this.#child = child;
      void child.exited.then((how) => {
        this.#child = undefined;
        if (!this.#stopped) for (const listener of this.#crashListeners) listener(how);
      });
    }
    await this.ready(signal);
  }

  /** Waits until the running program serves. */
  async ready(signal?: AbortSignal): Promise<void> {
    const child = this.#child;
    if (child === undefined) throw new Error(`${this.name} is not running`);
    const abort = new AbortController();
    const timeout = AbortSignal.timeout(readyTimeoutMs);
    const ended = child.exited.then((how) => {
      throw new SetupError(`${this.name} ended with ${how} before it was ready${this.#logTail()}`);
    });
    try {
      const given = signal === undefined ? [] : [signal];
      await Promise.race([this.#spec.ready(AbortSignal.any([abort.signal, timeout, ...given])), ended]);
    } catch (error) {
      signal?.throwIfAborted();
      if (!timeout.aborted) throw error;
      const message = `${this.name} was not ready after ${readyTimeoutMs / 1000} s${this.#logTail()}`;
      throw new SetupError(message, { cause: error });
    } finally {
      abort.abort();
    }
  }

  /** Asks the program to end (SIGTERM), and kills it when it does not. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#stopped = true;
    if (child === undefined) return;
    child.kill('SIGTERM');
    const giveUp = new AbortController();
    const killLater = sleep(stopTimeoutMs, undefined, { signal: giveUp.signal }).then(
      () => {
        child.kill('SIGKILL');
      },
      () => undefined,
    );
    await child.exited;
    giveUp.abort();
    await killLater;
  }

  /** Sends a signal as an accident would; after SIGKILL it waits for the end. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    child?.kill(signal);
    if (signal === 'SIGKILL') await child?.exited;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Calls `listener` with how the program ended, whenever it ends without being asked to. */
  onCrash(listener: (how: string) => void): void {
    this.#crashListeners.push(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The last lines that it logged since its start, as an addition to an error message. */
  #logTail(): string {
    const all = readFileSync(this.#spec.logFile).subarray(this.#logStart).toString().split('\n');
    const lines = all.filter((line) => line.trim() !== '' && !line.trim().startsWith('at ')).slice(-8);
    return [`; ${this.#spec.logFile} ends with`, ...lines.map((line) => `    ${line.slice(0, 400)}`)].join(
      '\n',
    );
  }
}
