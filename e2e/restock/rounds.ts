import { expect } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { expectExactlyOnce } from './kit/checks.ts';
import type { ControllerProcess } from './kit/controller.ts';
import { type Gate, type Match, type Moment, startGate } from './kit/gate.ts';
import type { World } from './kit/world.ts';

/** One worker, and no renewal of the lease in between: about the same requests in every round. */
export const oneByOne = {
  ...{ RESTOCK_WORKERS: '1', POD_NAME: 'restock-0' },
  ...{ LEASE_MS: '600000', LEASE_RENEW_MS: '500000', LEASE_RETRY_MS: '400000' },
};

/** What a story is told by: each of its two resources is restocked. */
const events = 2;

/** A controller process that is killed and started again, round after round, and has a story to do in each. */
export class Rounds {
  readonly #world: World;
  readonly #controller: ControllerProcess;
  readonly #gate: Gate;
  readonly #settleMs: number | undefined;
  #stories = 0;

  constructor(world: World, controller: ControllerProcess, settleMs?: number) {
    this.#settleMs = settleMs;
    this.#world = world;
    this.#controller = controller;
    this.#gate = startGate(controller.access);
  }

  async start(): Promise<void> {
    await this.#controller.program.start();
  }

  /** The requests that it takes when nothing goes wrong. */
  async tellStory(): Promise<readonly string[]> {
    this.#gate.open();
    await this.#begin();
    await this.#told();
    return [...this.#gate.asked];
  }

  /**
   * Kills the process at a request that it makes in a story, and sees the story come to its end.
   *
   * @returns whether it got there; some stories are told with fewer requests
   */
  async killInStory(match: Match, moment: Moment): Promise<boolean> {
    const stopped = this.#gate.stop(match, moment);
    await this.#begin();
    const isStopped = await Promise.race([stopped.then(() => true), this.#told().then(() => false)]);
    if (isStopped) await this.#killAndCheck();
    return isStopped;
  }

  /** Kills it at a request that it makes when it starts, while a story is to be done. */
  async killInStart(request: string, moment: Moment): Promise<void> {
    const { program } = this.#controller;
    await program.kill('SIGKILL');
    await this.#begin();
    const stopped = this.#gate.stop((one) => one === request, moment);
    // It may not become ready.
    program.start().catch(() => undefined);
    await stopped;
    await this.#killAndCheck();
  }

  /** A restock at once, and one because too few are left. */
  async #begin(): Promise<void> {
    this.#stories += 1;
    await this.#world.load.applyLate(`${this.#stories}`, ['immediate', 'threshold']);
  }

  async #told(): Promise<void> {
    await eventually(
      () => Promise.resolve(this.#gate.asked.filter((request) => request === 'POST events').length >= events),
      { within: 60_000 },
    );
    await expectExactlyOnce(this.#world, this.#settleMs);
  }

  async #killAndCheck(): Promise<void> {
    const { program } = this.#controller;
    const { pid } = program;
    await program.kill('SIGKILL');
    this.#gate.open();
    await program.start();
    expect(program.pid).not.toBe(pid);
    await expectExactlyOnce(this.#world, this.#settleMs);
  }
}
