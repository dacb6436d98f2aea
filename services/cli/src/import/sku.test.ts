import { describe, expect, it } from 'vitest';
import type { Draft } from './draft.ts';
import { skuAssigner, slug } from './sku.ts';

function draft(sku: string, handle: string, values: readonly string[] = [], line = 2): Draft {
  const options = values.map((value, index) => ({ name: `option ${index}`, value }));
  const texts = { title: '', description: '', category: '', price: '', currency: '', stock: '' };
  return { kind: 'draft', line, sku, handle, options, attributes: {}, ...texts };
}

function assignAll(drafts: readonly Draft[]): readonly string[] {
  const skus = skuAssigner();
  return drafts.map((one) => skus.assign(one).sku);
}

describe('skuAssigner', () => {
  it('keeps the sku of the file', () => {
    expect(assignAll([draft('4058NB/09', 'trowel')])).toEqual(['4058NB/09']);
  });

  it('makes a missing sku from the handle and the options', () => {
    expect(assignAll([draft('', 'varsity-top', ['Extra Large', 'Blå'])])).toEqual([
      'varsity-top-extra-large-bla',
    ]);
  });

  it('makes the same sku again at the next run, at most 64 characters of it, and apart from similar ones', () => {
    const long = 'a-very-long-handle-'.repeat(5);
    const drafts = [draft('', long, ['Small']), draft('', long, ['Large'])];
    const skus = assignAll(drafts);
    expect(skus).toEqual(assignAll(drafts));
    expect(new Set(skus).size).toBe(2);
    expect(skus.every((sku) => sku.length === 64)).toBe(true);
  });

  it('appends the option values to a sku that repeats, and says so', () => {
    const skus = skuAssigner();
    skus.assign(draft('404.038.96', 'chair', ['mustard'], 87));
    const { sku, warnings } = skus.assign(draft('404.038.96', 'chair', ['mint'], 88));
    expect(sku).toBe('404.038.96-mint');
    expect(warnings).toEqual([
      {
        kind: 'warning',
        line: 88,
        message: 'sku "404.038.96" repeats that of line 87; imported as "404.038.96-mint"',
      },
    ]);
  });

  it('appends the handle where the options do not tell two products apart', () => {
    const drafts = [draft('A', 'shirt', ['S']), draft('A', 'coat', ['S']), draft('A', 'hat', ['S'])];
    expect(assignAll(drafts)).toEqual(['A', 'A-s', 'A-hat-s']);
  });

  it('refuses a row that nothing tells apart from an earlier one', () => {
    const skus = skuAssigner();
    skus.assign(draft('', 'shirt', ['S'], 2));
    expect(() => skus.assign(draft('', 'shirt', ['S'], 9))).toThrow(
      'sku "shirt-s" is that of line 2 already',
    );
  });

  it('replaces characters that no sku may have, and says so', () => {
    const { sku, warnings } = skuAssigner().assign(draft('SH 12+L', 'shirt'));
    expect(sku).toBe('SH-12-L');
    expect(warnings).toHaveLength(1);
  });
});

describe('slug', () => {
  it('tells apart words of other scripts', () => {
    const skus = ['赤', '青', 'красный'].map(slug);
    expect(new Set(skus).size).toBe(3);
    expect(skus.every((sku) => /^[a-z0-9-]+$/.test(sku))).toBe(true);
  });
});
