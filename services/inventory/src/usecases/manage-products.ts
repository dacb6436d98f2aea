import { requireOwner, requireRole, type Principal } from '@tradewind/shared/auth';
import { invalid, TradewindError } from '@tradewind/shared/errors';
import { newId } from '@tradewind/shared/ids';
import { untilFirst } from '@tradewind/shared/run';
import { LedgerDraft } from '../domain/ledger.ts';
import { checkDetails, checkSku, type Product, type ProductDetails } from '../domain/product.ts';
import { maxOnHand, type Movement } from '../domain/stock.ts';

export interface ManageProductsDeps {
  readonly store: {
    insert: (product: Product, initial: Movement | undefined) => Promise<void>;
    find: (id: string) => Promise<Product | undefined>;
    update: (
      id: string,
      version: number,
      change: Partial<ProductDetails> & { readonly archived?: boolean },
      at: Date,
    ) => Promise<Product | undefined>;
  };
  readonly tell: (productIds: Iterable<string>) => void;
}

export interface ManageProducts {
  create: (
    who: Principal,
    command: ProductDetails & { readonly sku: string; readonly initialStock: number },
  ) => Promise<Product>;
  update: (
    who: Principal,
    id: string,
    change: Partial<ProductDetails>,
    expectedVersion: number | undefined,
  ) => Promise<Product>;
  /** Archives the product; a repeat changes nothing. */
  archive: (who: Principal, id: string) => Promise<Product>;
}

export function manageProducts({ store, tell }: ManageProductsDeps): ManageProducts {
  async function owned(who: Principal, id: string): Promise<Product> {
    const product = await store.find(id);
    if (!product) throw noSuchProduct(id);
    requireRole(who, 'merchant', 'admin');
    requireOwner(who, product.ownerId);
    return product;
  }

  /** Reads and writes again while others change the product in between, unless a version was asked for. */
  async function change(
    who: Principal,
    id: string,
    next: (product: Product) => (Partial<ProductDetails> & { readonly archived?: boolean }) | undefined,
    expectedVersion?: number,
  ): Promise<Product> {
    return await untilFirst(async () => {
      const product = await owned(who, id);
      if (expectedVersion !== undefined && product.version !== expectedVersion) {
        throw new TradewindError('VERSION_CONFLICT', `the product has version ${product.version} now`, {
          details: { version: product.version },
        });
      }
      const fields = next(product);
      if (!fields) return product;
      const changed = await store.update(id, product.version, fields, new Date());
      if (changed) tell([id]);
      return changed;
    });
  }

  return {
    async create(who, { sku, initialStock, ...details }) {
      requireRole(who, 'merchant', 'admin');
      checkSku(sku);
      checkDetails(details);
      if (initialStock < 0 || initialStock > maxOnHand)
        throw invalid('initial_stock', `must be 0 to ${maxOnHand}`);
      const at = new Date();
      const id = newId();
      const { movement, onHand } = initialMovement(id, initialStock, at);
      const product: Product = {
        id,
        sku,
        ...details,
        ownerId: who.userId,
        archived: false,
        version: 1,
        onHand,
        sequence: movement ? movement.sequence : 0,
        createdAt: at,
        updatedAt: at,
      };
      await store.insert(product, movement);
      tell([id]);
      return product;
    },

    async update(who, id, details, expectedVersion) {
      checkDetails(details);
      return await change(
        who,
        id,
        (product) => {
          if (product.archived) throw noSuchProduct(id);
          return Object.keys(details).length === 0 ? undefined : details;
        },
        expectedVersion,
      );
    },

    archive: (who, id) => change(who, id, ({ archived }) => (archived ? undefined : { archived: true })),
  };
}

export const noSuchProduct = (id: string) => new TradewindError('NOT_FOUND', `there is no product ${id}`);

/** A product's first stock is its first movement. */
function initialMovement(
  productId: string,
  quantity: number,
  at: Date,
): { movement?: Movement; onHand: number } {
  if (quantity === 0) return { onHand: 0 };
  const empty = { onHand: 0, sequence: 0, archived: false };
  const ledger = new LedgerDraft(new Map([[productId, empty]]), at);
  const movement = ledger.book({
    productId,
    kind: 'INITIAL',
    source: productId,
    quantity,
    reason: 'first stock',
  });
  return { movement, onHand: quantity };
}
