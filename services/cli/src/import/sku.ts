import { createHash } from 'node:crypto';
import { invalid } from '@tradewind/shared/errors';
import type { Draft, Note } from './draft.ts';
import { limits } from './limits.ts';

/** Gives every draft of one file a sku of its own: the file's, or a made one that is the same at every run. */
export interface SkuAssigner {
  /** Throws INVALID_ARGUMENT when nothing tells the draft apart from an earlier one. */
  assign(draft: Draft): { readonly sku: string; readonly warnings: readonly Note[] };
}

export function skuAssigner(): SkuAssigner {
  const lineOfSku = new Map<string, number>();
  return {
    assign(draft) {
      const candidates = skuCandidates(draft);
      const [wanted] = candidates;
      const sku = candidates.find((candidate) => !lineOfSku.has(candidate));
      const earlier = lineOfSku.get(wanted);
      if (sku === undefined) throw invalid('sku', `"${wanted}" is that of line ${earlier ?? 0} already`);
      lineOfSku.set(sku, draft.line);
      const why =
        earlier === undefined ? 'has characters that no sku may have' : `repeats that of line ${earlier}`;
      const message = `sku "${draft.sku}" ${why}; imported as "${sku}"`;
      const changed = draft.sku !== '' && draft.sku !== sku;
      return { sku, warnings: changed ? [{ kind: 'warning', line: draft.line, message }] : [] };
    },
  };
}

function skuCandidates({ sku, handle, options }: Draft): readonly [string, ...string[]] {
  const values = options.map((option) => slug(option.value));
  if (sku === '') return [joinSku([slug(handle), ...values])];
  if (sku.length > limits.sku) throw invalid('sku', `"${sku}" is longer than ${limits.sku} characters`);
  const clean = sku.replace(/[^\w./-]+/g, '-').replace(/^[^A-Za-z0-9]+|-$/g, '') || slug(sku);
  return [clean, joinSku([clean, ...values]), joinSku([clean, slug(handle), ...values])];
}

/** Joins the parts; what is too long is cut, and a hash of the whole keeps it apart from others cut at the same place. */
function joinSku(parts: readonly string[]): string {
  const joined = parts.filter((part) => part !== '').join('-');
  if (joined.length <= limits.sku) return joined;
  return `${joined.slice(0, limits.sku - 9)}-${shortHash(joined)}`;
}

/** Lower-case ASCII letters, digits and hyphens. Letters that have no ASCII form are told apart by a hash. */
export function slug(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const ascii = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
  const losesLetters = /[^\p{ASCII}]/u.test(plain.replace(/[^\p{L}\p{N}]/gu, ''));
  return losesLetters ? [ascii, shortHash(text)].filter((part) => part !== '').join('-') : ascii;
}

const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);
