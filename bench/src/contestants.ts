import { drive } from './load/drive.ts';
import { requestBytes } from './load/request.ts';
import { countCpu, sum } from './measure/process-usage.ts';
import type { BatchedWrites } from './rivals/batched-writes.ts';
import { listPath, type BenchShop } from './shop.ts';

export const contestantNames = [
  'bare product',
  'product',
  'bare list',
  'list',
  'batched writes',
  'orders',
  'hot product',
] as const;

export type ContestantName = (typeof contestantNames)[number];

/** What one turn of one contestant gave. */
export interface Sample {
  readonly perSecond: number;
  /** Milliseconds; absent where nothing waits for one answer. */
  readonly p50?: number;
  readonly p99?: number;
  /** Of the servers' CPU for each of them, all processes together; the load generator's is not in it. */
  readonly cpuMicros?: number;
  /** Orders that were still PENDING when the gateway had waited as long as it does. */
  readonly late?: number;
}

export type Contestant = (seconds: number, signal: AbortSignal) => Promise<Sample>;

export interface Rivals {
  readonly bare: { readonly port: number; readonly pid: number };
  readonly batched: BatchedWrites;
}

/** Enough to keep one server process busy. */
const readers = 32;
/** Buyers at once: a shop that is busy, as batches need it. */
const buyers = 256;

/** Everything that is measured, each ready to run for one turn. */
export function contestants(shop: BenchShop, { bare, batched }: Rivals): Record<ContestantName, Contestant> {
  const { gateway } = shop.ports;
  const barePids = new Map([['bare', bare.pid]]);
  const [firstToken] = shop.tokens;
  const list = [requestBytes({ method: 'GET', path: listPath, ...withToken(firstToken) })];
  const reads = shop.products.map(({ id }, index) =>
    requestBytes({ method: 'GET', path: `/api/products/${id}`, ...withToken(tokenAt(shop, index)) }),
  );
  const load =
    (port: number, requests: readonly Buffer[], connections: number, expected: number, pids = pidsOf(shop)) =>
    async (seconds: number, signal: AbortSignal): Promise<Sample> => {
      let cpu = countCpu(pids);
      let used = NaN;
      const { count, late, perSecond, p50, p99 } = await drive({
        ...{ port, connections, seconds, expected, late: 202, signal, next: cycle(requests) },
        onWindow: (state) => {
          if (state === 'open') cpu = countCpu(pids);
          else used = sum(cpu().values());
        },
      });
      return { perSecond, p50, p99, late, cpuMicros: (used / count) * 1e6 };
    };
  return {
    'bare product': load(bare.port, reads, readers, 200, barePids),
    product: load(gateway, reads, readers, 200),
    'bare list': load(bare.port, list, readers, 200, barePids),
    list: load(gateway, list, readers, 200),
    'batched writes': async (seconds, signal) => ({ perSecond: await batched.run(seconds, signal) }),
    orders: load(gateway, orders(shop, shop.products.length), buyers, 201),
    'hot product': load(gateway, orders(shop, 1), buyers, 201),
  };
}

/** Orders of one unit over so many products, in turn. */
function orders({ products, tokens }: BenchShop, productCount: number): Buffer[] {
  return products.slice(0, Math.max(productCount, 1)).flatMap(({ id }) =>
    tokens.map((token) => {
      const json = { items: [{ product_id: id, quantity: 1 }] };
      return requestBytes({ method: 'POST', path: '/api/orders', token, json });
    }),
  );
}

export const pidsOf = ({ programs }: Pick<BenchShop, 'programs'>): Map<string, number> =>
  new Map([...programs].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid] as const])));

const tokenAt = ({ tokens }: BenchShop, index: number) => tokens[index % tokens.length];

const withToken = (token: string | undefined) => (token === undefined ? {} : { token });

/** In strides, so that neighbours in time are not neighbours in the list. */
function cycle(requests: readonly Buffer[]): () => Buffer {
  let index = 0;
  const stride = requests.length % 7 === 0 ? 11 : 7;
  return () => {
    index = (index + stride) % requests.length;
    return requests[index] ?? Buffer.alloc(0);
  };
}
