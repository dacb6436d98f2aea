import type {
  Money as MoneyMessage,
  Product as ProductMessage,
} from '@tradewind/proto/inventory/v1/inventory';
import type { Money } from '../schemas/common.ts';
import type { Product } from '../schemas/products.ts';
import { presentTime } from './time.ts';

export const presentMoney = (money: MoneyMessage | undefined): Money => ({
  currency: money?.currency ?? '',
  amount: money?.amount ?? 0,
});

export const presentProduct = (product: ProductMessage): Product => ({
  id: product.id,
  sku: product.sku,
  name: product.name,
  description: product.description,
  category: product.category,
  price: presentMoney(product.price),
  attributes: product.attributes,
  owner_id: product.ownerId,
  archived: product.archived,
  version: product.version,
  on_hand: product.onHand,
  created_at: presentTime(product.createdAt),
  updated_at: presentTime(product.updatedAt),
});
