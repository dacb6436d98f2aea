import { setTimeout as delay } from 'node:timers/promises';
import { Answers } from './answers.ts';
import type { Client, Line } from './client.ts';
import { random, type Random } from './random.ts';

export interface LoadOptions {
  /** The same seed asks for the same orders. */
  readonly seed: number;
  /** Ids of products on sale. */
  readonly products: readonly string[];
  /** What one order asks for; one to three different products unless given. */
  readonly lines?: (dice: Random, products: readonly string[]) => readonly Line[];
  /** At least this many are offered; it goes on until it is told to finish. */
  readonly orders: number;
  /** Clients that wait for an answer each. */
  readonly atOnce: number;
  /** The share of orders that their buyer cancels, from 0 to 1. */
  readonly cancelShare?: number;
  /** The share of orders beside which one of their products is restocked. */
  readonly restockShare?: number;
  /** Offered at most so many a second. */
  readonly perSecond?: number;
  /** How long a client repeats what has no clear answer. */
  readonly patienceMs?: number;
}

export interface Load {
  readonly answers: Answers;
  /** Orders whose first attempt falls into it need no clear answer. */
  readonly window: { readonly open: () => void; readonly close: () => void };
  /** How many orders are accepted. */
  readonly progress: () => number;
  /** Ends once the orders asked for are offered and all have a clear answer. Rejects with what no client should see. */
  readonly finish: () => Promise<Answers>;
}

interface Wish {
  readonly key: string;
  readonly lines: readonly Line[];
  readonly cancel: boolean;
  /** Units for its first product. */
  readonly restock: number;
}

const patience = 60_000;
const pauseMs = 100;

/** Clients that order, cancel and restock, and repeat whatever has no clear answer with the same key. */
export function startLoad(client: Client, options: LoadOptions): Load {
  const answers = new Answers();
  const wishes = wishesOf(options);
  const end = new AbortController();
  const began = performance.now();
  let offered = 0;
  let fault = false;

  async function untilClear<T>(what: string, attempt: () => Promise<T | 'unclear'>): Promise<T> {
    const givenUp = performance.now() + (options.patienceMs ?? patience);
    for (;;) {
      const answer = await attempt();
      if (answer !== 'unclear') return answer;
      if (performance.now() > givenUp) throw new Error(`${what} never had a clear answer`);
      await delay(pauseMs);
    }
  }

  async function fulfil({ key, lines, cancel, restock }: Wish): Promise<void> {
    answers.offered(key, lines);
    const restocked = restock > 0 ? restockBy(key, lines[0]?.productId ?? '', restock) : undefined;
    // Looked at below; until then its failure is not unhandled.
    restocked?.catch(() => undefined);
    const orderId = await untilClear(`order ${key}`, async () => {
      const before = fault;
      const answer = await client.order(key, lines);
      answers.answered(key, answer, before || fault);
      if (answer.kind === 'unclear') return answer.kind;
      return answer.kind === 'accepted' ? answer.orderId : undefined;
    });
    if (cancel && orderId !== undefined) {
      answers.cancelAsked(key);
      const answer = await untilClear(`cancelling ${key}`, () => client.cancel(orderId));
      if (answer === 'cancelled') answers.cancelAcknowledged(key);
    }
    await restocked;
  }

  async function restockBy(key: string, productId: string, units: number): Promise<void> {
    await untilClear(`restocking ${key}`, () => client.restock(`restock-${key}`, productId, units));
    answers.restockDone(productId, units);
  }

  const workers = Array.from({ length: options.atOnce }, async () => {
    while (offered < options.orders || !end.signal.aborted) {
      const turn = offered++;
      const early = began + (turn * 1_000) / (options.perSecond ?? Infinity) - performance.now();
      if (early > 0) await delay(early);
      await fulfil(wishes());
    }
  });
  const finished = Promise.all(workers);
  // Told by finish.
  finished.catch(() => undefined);

  return {
    answers,
    window: {
      open: () => {
        fault = true;
      },
      close: () => {
        fault = false;
      },
    },
    progress: () => answers.accepted,
    finish: async () => {
      end.abort();
      await finished;
      return answers;
    },
  };
}

/** What clients want, one after the other, whoever asks. */
function wishesOf({ seed, products, ...options }: LoadOptions): () => Wish {
  const { lines = someLines, cancelShare = 0, restockShare = 0 } = options;
  const dice = random(seed);
  let number = 0;
  return () => ({
    key: `${seed}-${number++}`,
    lines: lines(dice, products),
    cancel: dice.next() < cancelShare,
    restock: dice.next() < restockShare ? 1 + dice.below(20) : 0,
  });
}

/** One to three different products, one to three units of each. */
function someLines(dice: Random, products: readonly string[]): Line[] {
  const chosen = new Set(Array.from({ length: 1 + dice.below(3) }, () => dice.pick(products)));
  return [...chosen].map((productId) => ({ productId, quantity: 1 + dice.below(3) }));
}
