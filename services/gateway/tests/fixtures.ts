import type { Product } from '@tradewind/proto/inventory/v1/inventory';
import type { Order, OrderStatus } from '@tradewind/proto/order/v1/order';
import { ada } from './tokens.ts';

const at = new Date('2026-01-31T12:00:00.000Z');

export const product = (changes: Partial<Product> = {}): Product => ({
  id: 'p1',
  sku: 'PHONE-128',
  name: 'Phone, 128 GB',
  description: 'A phone.',
  category: 'smartphones',
  price: { currency: 'EUR', amount: 49_900 },
  attributes: { colour: 'black' },
  ownerId: 'user-bob',
  archived: false,
  version: 1,
  onHand: 10,
  levelVersion: 1,
  createdAt: at,
  updatedAt: at,
  ...changes,
});

export const order = (id: string, status: OrderStatus, changes: Partial<Order> = {}): Order => ({
  id,
  userId: ada.userId,
  status,
  items: [
    { productId: 'p1', sku: 'PHONE-128', name: 'Phone', quantity: 2, unitPrice: 49_900, productVersion: 1 },
  ],
  total: { currency: 'EUR', amount: 99_800 },
  address: undefined,
  note: '',
  shortages: [],
  actions: [{ action: 'PLACED', at, actor: ada.userId, detail: '' }],
  createdAt: at,
  updatedAt: at,
  ...changes,
});
