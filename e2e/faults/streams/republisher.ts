import { randomUUID } from 'node:crypto';
import type { Nats } from '@tradewind/shared/nats';
import type { Random } from '../kit/random.ts';

type Message = Parameters<
  NonNullable<NonNullable<Parameters<Nats['connection']['subscribe']>[1]>['callback']>
>[1];

export interface Republisher {
  /** How many copies it has published. */
  readonly copies: () => number;
  /** Publishes what is left; resolves when the streams have stored everything. */
  readonly finish: () => Promise<void>;
}

export interface RepublisherOptions {
  readonly subjects: readonly string[];
  /** How often each message is published again. */
  readonly times: number;
  readonly dice: Random;
  /** Publishes nothing before `finish`. */
  readonly late?: boolean;
}

const bagSize = 30;
const copyHeader = 'Test-Copy';

/** Collects what is published, and publishes it again and again, late and in any order. */
export function republish(
  nats: Nats,
  { subjects, times, dice, late = false }: RepublisherOptions,
): Republisher {
  const bag: Message[] = [];
  const stored: Promise<unknown>[] = [];

  function publishAny(): void {
    const [message] = bag.splice(dice.below(bag.length), 1);
    if (message) stored.push(nats.js.publish(message.subject, message.data, copyOf(message)));
  }

  const subscriptions = subjects.map((subject) =>
    nats.connection.subscribe(subject, {
      callback: (_, message) => {
        if (message.headers?.has(copyHeader) ?? true) return;
        for (let copy = 0; copy < times; copy += 1) bag.push(message);
        while (!late && bag.length > bagSize) publishAny();
      },
    }),
  );
  return {
    copies: () => stored.length,
    finish: async () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
      while (bag.length > 0) publishAny();
      await Promise.all(stored);
    },
  };
}

/** The same event as a new message, whatever has come meanwhile. */
function copyOf({ headers }: Message) {
  headers?.delete('Nats-Expected-Last-Subject-Sequence');
  headers?.set(copyHeader, 'yes');
  return { msgID: randomUUID(), ...(headers ? { headers } : {}) };
}
