import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ApiClient } from '@tradewind/cli/api';
import { runImport, type ImportOptions } from '@tradewind/cli/import';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tradewind } from '../kit/cli.ts';
import { eventually } from '../kit/eventually.ts';
import {
  haveRealCatalogues,
  readShopifyFile,
  readVendureFile,
  realCataloguesNote,
  shopifyFile,
  vendureFile,
  type ExpectedProduct,
} from '../kit/real-catalogues.ts';
import { expectStatus } from '../kit/http.ts';
import type { Page, Product } from '../kit/rest.ts';
import { allOf, startShop, type Shop } from '../kit/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const importFile = (
  file: string,
  options: Partial<ImportOptions> = {},
  credentials = shop.platform.admin,
) => {
  const { url } = shop.platform;
  const { signal } = new AbortController();
  return runImport(new ApiClient({ url, credentials, signal }), {
    file,
    currency: 'EUR',
    signal,
    ...options,
  });
};

const bySku = (one: { readonly sku: string }, other: { readonly sku: string }) =>
  one.sku < other.sku ? -1 : 1;

const catalogue = async (): Promise<ExpectedProduct[]> => {
  const products = await allOf<Product>(shop, '/api/products');
  return products.map(({ sku, name, price, on_hand }) => ({ sku, name, price, on_hand })).toSorted(bySku);
};

const productOf = async (sku: string): Promise<Product | undefined> =>
  expectStatus(200, await shop.send<Page<Product>>(`/api/products?sku=${encodeURIComponent(sku)}`)).items[0];

const movementsBooked = () => shop.mongo.db('tradewind_inventory').collection('movements').countDocuments();

describe.skipIf(!haveRealCatalogues)(`the catalogues of real shops${realCataloguesNote}`, () => {
  const expected = haveRealCatalogues ? [...readVendureFile(), ...readShopifyFile()].toSorted(bySku) : [];

  test('all 88 and all 22 variants get the price, name and stock that the files say', async () => {
    expect(readVendureFile()).toHaveLength(88);
    expect(readShopifyFile()).toHaveLength(22);
    expect(await importFile(vendureFile)).toMatchObject({ created: 88, failed: 0, warnings: 2 });
    expect(await importFile(shopifyFile)).toMatchObject({ created: 22, failed: 0, warnings: 0 });
    expect(await catalogue()).toEqual(expected);
  });

  test('a second run changes nothing, and books nothing', async () => {
    const booked = await movementsBooked();
    const nothing = { created: 0, updated: 0, failed: 0, stockMovements: 0 };
    expect(await importFile(vendureFile)).toMatchObject({ ...nothing, unchanged: 88 });
    expect(await importFile(shopifyFile)).toMatchObject({ ...nothing, unchanged: 22 });
    expect(await catalogue()).toEqual(expected);
    expect(await movementsBooked()).toBe(booked);
  });

  test('a number that changed is warned about, and booked as a count by --set-stock', async () => {
    const [{ sku, on_hand: before }] = readVendureFile() as [ExpectedProduct];
    const copy = join(shop.dir, basename(vendureFile));
    const text = await readFile(vendureFile, 'utf8');
    const cell = new RegExp(`(${sku} *,[^,]*,[^,]*,) *${before} *,`);
    await writeFile(copy, text.replace(cell, `$1${before + 7},`));
    const booked = await movementsBooked();

    const warned = await tradewind(shop, ['import', copy, '--currency', 'EUR']);
    expect(warned).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(
        new RegExp(`:2: warning: the file now says ${before + 7} in stock.*use --set-stock`),
      ) as string,
    });
    expect((await productOf(sku))?.on_hand).toBe(before);
    expect(await movementsBooked()).toBe(booked);

    expect(await tradewind(shop, ['import', copy, '--currency', 'EUR', '--set-stock'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('88 unchanged, 1 stock movements') as string,
    });
    const product = await eventually(async () => {
      const found = await productOf(sku);
      return found?.on_hand === before + 7 && found;
    });
    expect((await shop.movements(product))[0]).toMatchObject({
      kind: 'ADJUSTMENT',
      quantity: 7,
      balance: before + 7,
      reason: 'counted, vendure-products.csv',
    });
    expect(await movementsBooked()).toBe(booked + 1);
  });
});

test('a file adds its stock once, whoever imports it', async () => {
  const file = join(shop.dir, 'shared.ndjson');
  const record = { sku: 'SHARED', name: 'Shared', price: '12.50', currency: 'EUR', stock: 4 };
  await writeFile(file, JSON.stringify(record));
  const { email: login, password } = await shop.merchant();
  const byMerchant = await importFile(file, {}, { login, password });
  expect(byMerchant).toMatchObject({ created: 1, stockMovements: 1 });
  expect(await importFile(file)).toMatchObject({ unchanged: 1, warnings: 0 });
  const product = await productOf('SHARED');
  expect(product && (await shop.movements(product))).toMatchObject([{ quantity: 4, balance: 4 }]);
});

describe('a file with mistakes', () => {
  const good = (sku: string) => ({ sku, name: 'Good', price: '12.50', currency: 'EUR', stock: 3 });
  const lines = [
    JSON.stringify(good('GOOD-1')),
    JSON.stringify({ ...good('BAD-PRICE'), price: 'cheap' }),
    '{"sku": "BROKEN-JSON"',
    JSON.stringify({ ...good('NO-NAME'), name: '' }),
    JSON.stringify({ ...good('BAD-STOCK'), stock: 'many' }),
    JSON.stringify({ ...good('BAD-CURRENCY'), currency: 'euro' }),
    JSON.stringify(good('GOOD-2')),
  ];
  let file: string;
  beforeAll(async () => {
    file = join(shop.dir, 'mistakes.ndjson');
    await writeFile(file, lines.join('\n'));
  });

  test('has its wrong rows named by line, its right ones imported, and exit code 1', async () => {
    const { exitCode, stdout, stderr } = await tradewind(shop, ['import', file]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('2 created, 0 updated, 0 unchanged, 2 stock movements, 5 failed');
    for (const line of [2, 3, 4, 5, 6]) expect(stderr).toContain(`mistakes.ndjson:${line}: error: `);
    expect(stderr.trimEnd().split('\n')).toHaveLength(5);
    for (const sku of ['GOOD-1', 'GOOD-2']) {
      expect(await productOf(sku)).toMatchObject({ price: { currency: 'EUR', amount: 1250 }, on_hand: 3 });
    }
    for (const sku of ['BAD-PRICE', 'BROKEN-JSON', 'NO-NAME', 'BAD-STOCK', 'BAD-CURRENCY']) {
      expect(await productOf(sku)).toBeUndefined();
    }
  });

  test('is only read by a dry run', async () => {
    const booked = await movementsBooked();
    const { exitCode, stdout } = await tradewind(shop, ['import', file, '--dry-run']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('checked, nothing imported: 2 good, 5 failed');
    expect(await movementsBooked()).toBe(booked);
  });
});

describe('the command', () => {
  test('ends with 2 and a word of advice when it is used wrongly', async () => {
    const csv = join(shop.dir, 'no-currency.csv');
    await writeFile(
      csv,
      'name,slug,optionGroups,optionValues,sku,price,stockOnHand\nThing,thing,,,T-1,1,1\n',
    );
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [['import', csv], /say which with --currency/],
      [['import', join(shop.dir, 'nowhere.json')], /ENOENT/],
      [['import'], /missing required argument 'file'/],
      [['import', csv, '--colour'], /unknown option '--colour'/],
      [['import', csv, '--currency', 'EUR', '--url', 'ftp://shop'], /is not an address such as http/],
    ];
    const results = await Promise.all(wrong.map(([args]) => tradewind(shop, args)));
    for (const [at, [, advice]] of wrong.entries()) {
      expect(results[at]).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(advice) as string });
    }
  });

  test('ends with 1 for somebody who may not import, before it sends every row', async () => {
    const { email, password } = await shop.customer();
    const file = join(shop.dir, 'one.ndjson');
    await writeFile(file, JSON.stringify({ sku: 'ONE', name: 'One', price: '1', currency: 'EUR', stock: 1 }));
    const result = await tradewind(shop, ['import', file, '--login', email], {
      TRADEWIND_PASSWORD: password,
    });
    expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('merchant') as string });
    expect(await productOf('ONE')).toBeUndefined();
  });

  test('explains itself, and ends with 0', async () => {
    const help = await tradewind(shop, ['--help']);
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    for (const name of ['import', 'demo', 'produce', 'replay']) expect(help.stdout).toContain(name);
  });
});
