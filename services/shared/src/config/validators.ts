import { bool, makeExactValidator, makeValidator, str } from 'envalid';

export { bool, str };

/** A text that `parse` takes, or throws at with what it must be. */
export const parsed = makeExactValidator;

/** At least 32 characters: a short one can be guessed offline from one token. The message does not repeat it. */
export const secret = makeExactValidator<string | undefined>((text) => {
  if (text.length < 32) throw new Error('must be at least 32 characters');
  return text;
});

/** A whole number, zero or more. */
export const natural = makeExactValidator<number>(wholeNumber);

/** A duration in milliseconds. */
export const milliseconds = natural;

/** A whole number whose default belongs to the part that takes it. */
export const optionalNatural = makeExactValidator<number | undefined>(wholeNumber);

/** A duration whose default belongs to the part that takes it. */
export const optionalMilliseconds = optionalNatural;

/** A text that may be absent. */
export const optional = makeExactValidator<string | undefined>((text) => text);

/** `host:port` of a gRPC server, a `dns:` target, or `ipv4:address:port,address:port` for several servers. */
export const target = makeExactValidator<string>((text) => {
  if (!/^((dns:\/*)?[^\s/:,]+:\d{1,5}|ipv4:[\d.]+:\d{1,5}(,[\d.]+:\d{1,5})*)$/.test(text))
    throw new Error(`must be host:port, not "${text}"`);
  return text;
});

/** `name=secret,name=secret`. The values are secrets: messages name the entries only. */
export const secretMap = makeValidator<ReadonlyMap<string, string>>((text) => {
  const entries = text.split(',').map((entry) => {
    const at = entry.indexOf('=');
    if (at < 1 || at === entry.length - 1)
      throw new Error('must be name=secret pairs with commas between them');
    return [entry.slice(0, at).trim(), entry.slice(at + 1).trim()] as const;
  });
  return new Map(entries);
});

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`must be a whole number, not "${text}"`);
  return Number(text);
}
