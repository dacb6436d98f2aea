import {
  apiVersion,
  kind as resourceKind,
  plural,
  type ProductRestock,
} from '@tradewind/restock-controller/parts/product-restock.ts';
import { eventually } from '../../kit/eventually.ts';
import { fall, kinds, type Order, type TriggerKind } from './orders.ts';
import type { Stage } from './stage.ts';

const all: readonly TriggerKind[] = ['immediate', 'threshold', 'schedule', 'reference'];
const outage = { within: 120_000, every: 100 };

/** The people of a namespace: they apply resources and sell products, and remember what must come of it. */
export class Load {
  readonly #stage: Stage;
  readonly #namespace: string;
  readonly #orders: Order[] = [];

  constructor(stage: Stage, namespace: string) {
    this.#stage = stage;
    this.#namespace = namespace;
  }

  get orders(): readonly Order[] {
    return this.#orders;
  }

  /** Applies one resource of each kind; also while the API server is away, for as long as it takes. */
  async apply(phase: string, which: readonly TriggerKind[] = all): Promise<void> {
    await Promise.all(which.map((kind) => this.#add(`${kind}-${phase}`, kind, false)));
  }

  /** The same, of products that have been sold already. */
  async applyLate(phase: string, which: readonly TriggerKind[] = all): Promise<void> {
    await Promise.all(which.map((kind) => this.#add(`${kind}-${phase}`, kind, true)));
  }

  /** Brings the stock of every threshold below it, once. */
  async sell(): Promise<void> {
    for (const order of this.#orders.filter(({ kind }) => kind === 'threshold')) await this.#sellOne(order);
  }

  /** Creates or changes an order's resource, as `kubectl apply --server-side` does. */
  async write({ name, spec, product: { sku } }: Order): Promise<ProductRestock> {
    const body = { apiVersion, kind: resourceKind, metadata: { name }, spec: { sku, ...spec } };
    return await eventually(
      () =>
        this.#stage.admin.request<ProductRestock>({
          ...{ method: 'PATCH', path: this.#path(name), body, timeoutMs: 5_000 },
          query: { fieldManager: 'people' },
          contentType: 'application/apply-patch+yaml',
        }),
      outage,
    );
  }

  async read({ name }: Order): Promise<ProductRestock> {
    return await this.#stage.admin.request({ path: this.#path(name), timeoutMs: 5_000 });
  }

  async remove({ name }: Order): Promise<void> {
    await this.#stage.admin.request({ method: 'DELETE', path: this.#path(name) });
  }

  /** Writes the status as somebody does who has it from an old copy, or not at all. */
  async overwriteStatus({ name }: Order, status: unknown): Promise<void> {
    await this.#stage.admin.request({
      ...{ method: 'PATCH', path: `${this.#path(name)}/status`, body: { status } },
      contentType: 'application/merge-patch+json',
    });
  }

  /** The order of that name. */
  find(name: string): Order {
    const found = this.#orders.find((order) => order.name === name);
    if (found === undefined) throw new Error(`nobody has ordered ${name}`);
    return found;
  }

  async #add(name: string, kind: TriggerKind, isSold: boolean): Promise<void> {
    const { initialStock, spec, triggers } = kinds[kind];
    const product = await this.#stage.inventory.createProduct(`${this.#namespace}-${name}`, initialStock);
    const reference = kind === 'reference' ? { reference: `PO-${name}` } : {};
    const order: Order = {
      ...{ name, kind, product, triggers, taken: 0 },
      spec: { ...spec, ...reference },
    };
    if (isSold && kind === 'threshold') await this.#sellOne(order);
    await this.write(order);
    this.#orders.push(order);
  }

  async #sellOne(order: Order): Promise<void> {
    await this.#stage.inventory.change(order.product, -fall);
    order.taken += fall;
    order.triggers += 1;
  }

  #path(name: string): string {
    return `/apis/${apiVersion}/namespaces/${this.#namespace}/${plural}/${name}`;
  }
}
