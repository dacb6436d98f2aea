import { invalid, type TradewindError } from '@tradewind/shared/errors';
import { isText } from '@tradewind/shared/text';

export interface Money {
  /** ISO 4217. */
  readonly currency: string;
  /** Minor units. */
  readonly amount: number;
}

/** What merchants write. */
export interface ProductDetails {
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly price: Money;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Product extends ProductDetails {
  readonly id: string;
  readonly sku: string;
  readonly ownerId: string;
  readonly archived: boolean;
  /** Rises with every change of the catalogue fields. */
  readonly version: number;
  readonly onHand: number;
  /** The number of the product's last ledger row. */
  readonly sequence: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * Orders a product's states: each change raises version or sequence, so their sum rises with every one of them.
 */
export const revisionOf = ({ version, sequence }: Pick<Product, 'version' | 'sequence'>): number =>
  version + sequence;

const currencies = new Set(Intl.supportedValuesOf('currency'));

/** @throws TradewindError INVALID_ARGUMENT naming the field */
export function checkSku(sku: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/.test(sku)) {
    throw invalid('sku', 'must be 1 to 64 letters, digits, dots, slashes, dashes and underscores');
  }
  return sku;
}

/** The details that are set, checked. @throws TradewindError INVALID_ARGUMENT naming the field */
export function checkDetails<D extends Partial<ProductDetails>>(details: D): D {
  const problem = [
    textProblem('name', details.name, 1, 300),
    textProblem('description', details.description, 0, 20_000),
    textProblem('category', details.category, 1, 100),
    details.price && priceProblem(details.price),
    details.attributes && attributesProblem(details.attributes),
  ].find((found) => found !== undefined);
  if (problem) throw problem;
  return details;
}

function textProblem(
  field: string,
  text: string | undefined,
  min: number,
  max: number,
): TradewindError | undefined {
  if (text === undefined) return undefined;
  if (!isText(text)) return invalid(field, 'must not hold control characters');
  if (text.trim().length >= min && text.length <= max) return undefined;
  return invalid(
    field,
    min === 0 ? `must be at most ${max} characters` : `must be ${min} to ${max} characters`,
  );
}

function priceProblem({ currency, amount }: Money): TradewindError | undefined {
  if (!currencies.has(currency)) return invalid('price.currency', 'must be an ISO 4217 code, such as EUR');
  if (Number.isSafeInteger(amount) && amount >= 0) return undefined;
  return invalid('price.amount', 'must be a whole number of minor units, zero or more');
}

function attributesProblem(attributes: Readonly<Record<string, string>>): TradewindError | undefined {
  const entries = Object.entries(attributes);
  if (entries.length > 50) return invalid('attributes', 'must be at most 50');
  for (const [key, value] of entries) {
    if (!/^\P{Cc}{1,64}$/u.test(key) || !key.isWellFormed()) {
      return invalid('attributes', 'must have names of 1 to 64 characters, none of them a control character');
    }
    const problem = textProblem(`attributes.${key}`, value, 0, 500);
    if (problem) return problem;
  }
  return undefined;
}
