import { invalid, TradewindError, type FieldProblem } from '@tradewind/shared/errors';

/** A rule for one field: takes what the caller sent and answers what is kept, or throws for the field. */
type Rule = (field: string, value: string) => string;

// Letters, digits and dots of a domain, and a local part without what mail headers give a meaning to.
const emailShape = /^[^\s\p{Cc}@<>(),:;"\\[\]]{1,64}@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u;

/** Kept in lower case: addresses that differ in case only are one person's. */
export const checkEmail: Rule = (field, value) => {
  const email = value.trim().toLowerCase();
  if (email.length > 254 || !emailShape.test(email)) {
    throw invalid(field, 'must be an e-mail address of at most 254 characters');
  }
  return email;
};

export const checkUsername: Rule = (field, value) => {
  const username = value.trim().toLowerCase();
  if (!/^[a-z0-9._-]{3,32}$/.test(username)) {
    throw invalid(field, 'must be 3 to 32 letters, digits, dots, underscores or hyphens');
  }
  return username;
};

export const checkName: Rule = (field, value) => shortText(field, value.trim(), 200);

export const checkDevice: Rule = (field, value) => shortText(field, value.trim(), 200);

export const checkPhone: Rule = (field, value) => {
  if (!/^\+[1-9]\d{6,14}$/.test(value)) {
    throw invalid(field, 'must be a number in E.164 form, such as +4915112345678');
  }
  return value;
};

/** Normalised, since keyboards spell one character in several ways (NIST SP 800-63B). */
export const checkPassword: Rule = (field, value) => {
  const password = normalizePassword(value);
  const length = Array.from(password).length;
  if (length < 8 || length > 128) throw invalid(field, 'must be 8 to 128 characters long');
  return password;
};

export const normalizePassword = (password: string): string => password.normalize('NFKC');

/** A login as it is looked up: an e-mail address or a user name in any case. */
export const normalizeLogin = (login: string): string => login.trim().toLowerCase();

/** The rule's answer for a field that was filled in; undefined for one that was left out or left empty. */
export function ifGiven(rule: Rule, field: string, value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : rule(field, value);
}

/** The rule's answer for a field that was sent, also for an empty one. */
export function ifSent(rule: Rule, field: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : rule(field, value);
}

/**
 * Checks all fields of a request.
 * @throws TradewindError INVALID_ARGUMENT naming every wrong field
 * @example const { email } = checked({ email: () => checkEmail('email', request.email) });
 */
export function checked<T extends object>(fields: { readonly [K in keyof T]: () => T[K] }): T {
  const problems: FieldProblem[] = [];
  const values = Object.entries<() => unknown>(fields).map(([name, check]) => {
    try {
      return [name, check()];
    } catch (error) {
      if (!(error instanceof TradewindError)) throw error;
      problems.push(...error.fields);
      return [name, undefined];
    }
  });
  if (problems.length > 0) {
    const text = problems.map(({ field, message }) => `${field} ${message}`).join('; ');
    throw new TradewindError('INVALID_ARGUMENT', text, { fields: problems });
  }
  return Object.fromEntries(values) as T;
}

function shortText(field: string, text: string, limit: number): string {
  if (text.length > limit || /\p{Cc}/u.test(text)) {
    throw invalid(field, `must be at most ${limit} characters, on one line`);
  }
  return text;
}
