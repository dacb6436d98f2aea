import { describe, expect, it } from 'vitest';
import type { Product } from '../api/types.ts';
import type { CatalogueItem } from './item.ts';
import { importKey, productChanges, productFields, stockChange } from './plan.ts';

const item: CatalogueItem = {
  kind: 'item',
  line: 2,
  sku: 'A/1',
  name: 'Lamp',
  description: '',
  category: 'lights',
  price: { currency: 'EUR', amount: 500 },
  attributes: { colour: 'red', size: 'S' },
  stock: 7,
};
const product: Product = { ...productFields(item), id: 'p1', archived: false, version: 1, on_hand: 3 };
const plan = { source: 'my file.csv', setStock: false, newId: () => 'fresh' };

describe('productChanges', () => {
  it('finds nothing to change where only the order of attributes differs', () => {
    expect(productChanges({ ...product, attributes: { size: 'S', colour: 'red' } }, item)).toBeUndefined();
  });

  it('names the fields that differ, and no other', () => {
    const old = { ...product, name: 'Lampe', price: { currency: 'EUR', amount: 400 } };
    expect(productChanges(old, item)).toEqual({ name: 'Lamp', price: { currency: 'EUR', amount: 500 } });
  });
});

describe('stockChange', () => {
  it('adds the stock under a key of source and sku', () => {
    expect(stockChange(item, plan)).toMatchObject({
      change: { delta: 7 },
      key: 'import/my%20file.csv/A%2F1',
    });
  });

  it('makes no movement of nothing', () => {
    expect(stockChange({ ...item, stock: 0 }, plan)).toBeUndefined();
  });

  it('sets a counted stock, also to nothing, under a fresh key', () => {
    const counted = stockChange({ ...item, stock: 0 }, { ...plan, setStock: true });
    expect(counted).toMatchObject({ change: { set_to: 0 }, key: 'import/fresh' });
  });

  it.each([false, true])('books nothing where the file has no number, with --set-stock %s', (setStock) => {
    expect(stockChange({ ...item, stock: undefined }, { ...plan, setStock })).toBeUndefined();
  });
});

it('keeps keys of different sources and skus apart, in ASCII', () => {
  expect(importKey('a/b', 'c')).not.toBe(importKey('a', 'b/c'));
  expect(importKey('Größen.csv', 'c')).toMatch(/^[\x21-\x7e]+$/);
});

it('keeps a key within what the platform takes, and apart from similar ones', () => {
  const keys = ['1', '2'].map((sku) => importKey('long '.repeat(60), sku));
  expect(new Set(keys).size).toBe(2);
  expect(keys.every((key) => key.length <= 200)).toBe(true);
});
