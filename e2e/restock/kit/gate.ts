import type { Asked } from '@tradewind/restock-controller/kit/fault-proxy.ts';
import type { Access } from './access.ts';

/** By name, and by how many of that name there were since the last opening, this one included. */
export type Match = (request: string, number: number) => boolean;
export type Moment = 'before' | 'after';

/** Where in a controller's outgoing requests somebody waits for it, to the API server and to inventory alike. */
export interface Gate {
  /** Outgoing requests since the last opening, each as `PATCH productrestocks/status` or `AdjustStock`. */
  readonly asked: readonly string[];
  /**
   * The first request that matches is stopped: before it reaches the other side, or after the other side has done it, before
   * its answer is back.
   *
   * @returns resolves with that request once it is stopped
   */
  readonly stop: (match: Match, moment: Moment) => Promise<string>;
  /** Lets through what comes from now on, and counts from one on. */
  readonly open: () => void;
}

interface Trap {
  readonly match: Match;
  readonly moment: Moment;
  readonly reached: (request: string) => void;
}

const never = new Promise<void>(() => undefined);

/** @param access of which it takes both proxies */
export function startGate({ api, inventory }: Access): Gate {
  let asked: string[] = [];
  let trap: Trap | undefined;

  /** What to do with the next request: it is stopped before, its answer is, or neither. */
  function count(request: string): 'before' | (() => Promise<void>) | undefined {
    asked.push(request);
    const number = asked.filter((one) => one === request).length;
    if (trap?.match(request, number) !== true) return undefined;
    const { moment, reached } = trap;
    trap = undefined;
    if (moment === 'after') {
      return async () => {
        reached(request);
        await never;
      };
    }
    reached(request);
    return 'before';
  }

  api.fault = (one) => {
    const stop = count(nameOf(one));
    if (stop === undefined) return undefined;
    return stop === 'before' ? { kind: 'silence' } : { kind: 'late', until: stop };
  };
  inventory.fault = (method) => {
    const stop = count(method);
    if (stop === undefined) return undefined;
    return stop === 'before' ? { kind: 'hold', until: never } : { kind: 'late', until: stop };
  };
  return {
    get asked() {
      return asked;
    },
    stop: (match, moment) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      asked = [];
      trap = { match, moment, reached: resolve };
      return promise;
    },
    open: () => {
      asked = [];
      trap = undefined;
    },
  };
}

/** `LIST productrestocks`, `POST events`: names of resources left out. */
function nameOf({ isWatch, method, path }: Asked): string {
  const [, resource = '', name, subresource] =
    /\/namespaces\/[^/]+\/(.*)/.exec(path)?.[1]?.match(parts) ?? [];
  const verb = isWatch ? 'WATCH' : method === 'GET' && name === undefined ? 'LIST' : method;
  return [verb, subresource === undefined ? resource : `${resource}/${subresource}`].join(' ');
}

const parts = /^([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/;
