import { Type, type Static, type TSchema } from '@fastify/type-provider-typebox';
import { errorTable, type ErrorCode } from '@tradewind/shared/errors';
import { closed, nullable } from './kit.ts';

export const maxAmount = Number.MAX_SAFE_INTEGER;
export const maxUnits = 2_000_000_000;

export const id = (description: string) =>
  Type.String({
    pattern: '^[A-Za-z0-9_-]{1,64}$',
    description,
    examples: ['019aa1c4-5d2e-7c1b-9f3a-2b6d8e4f7a10'],
  });

export const idParams = (description: string) => closed({ id: id(description) });

export const Money = closed(
  {
    currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217 code.', examples: ['EUR'] }),
    amount: Type.Integer({
      minimum: 0,
      maximum: maxAmount,
      description: 'In minor units of the currency, such as cents.',
      examples: [1999],
    }),
  },
  { $id: 'Money', description: 'An amount of money.' },
);

export const limit = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 100,
    default: 20,
    description: 'How many entries a page has at most.',
  }),
);

export const cursor = Type.Optional(
  Type.String({
    pattern: '^[A-Za-z0-9_=+/.-]{1,1024}$',
    description: '`next_cursor` of the page before, with the same filters.',
  }),
);

export const offset = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: 10_000,
    description: 'How many entries to skip; instead of a cursor, which stays cheap on any page.',
  }),
);

export const nextCursor = nullable(
  Type.String({ description: '`cursor` of the next page; null on the last one.' }),
);

const key = Type.String({
  pattern: '^[\\x21-\\x7e]{1,200}$',
  description: 'Makes a repeat safe: the same key answers with what the first request did. Visible ASCII.',
  examples: ['6f1c7d1e-9f7b-4a53-8a0e-0c1d2e3f4a5b'],
});

/** In lower case, as node gives header names. */
export const idempotencyKey = Type.Object({ 'idempotency-key': key });
export const optionalIdempotencyKey = Type.Object({ 'idempotency-key': Type.Optional(key) });

export const Problem = Type.Object(
  {
    type: Type.String({
      description: 'Names the kind of problem.',
      examples: ['urn:tradewind:error:not-found'],
    }),
    title: Type.String({ description: 'The kind of problem for people.', examples: ['Not found'] }),
    status: Type.Integer({ description: 'The HTTP status.', examples: [404] }),
    detail: Type.String({
      description: 'What is wrong with this request.',
      examples: ['there is no product 7'],
    }),
    code: Type.String({
      enum: Object.keys(errorTable),
      description: 'The kind of problem for programs; a closed set.',
      examples: ['NOT_FOUND'],
    }),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          {
            field: Type.String({ description: 'Path of the field.', examples: ['items[0].quantity'] }),
            message: Type.String({ description: 'What is wrong with it.', examples: ['must be >= 1'] }),
          },
          { description: 'A wrong field.' },
        ),
        { description: 'The fields that are wrong.' },
      ),
    ),
    trace_id: Type.Optional(
      Type.String({ description: 'To name when asking about it; the log has it too, and `x-request-id`.' }),
    ),
  },
  { $id: 'Problem', description: 'What went wrong, RFC 9457.', additionalProperties: true },
);

interface Header {
  readonly description: string;
  readonly type: 'string' | 'integer';
}

const retryAfter: Header = { type: 'integer', description: 'Seconds after which a repeat may succeed.' };

/** A documented JSON answer, with the headers that it may have. */
export function answer<T extends TSchema>(
  schema: T,
  description: string,
  headers: Readonly<Record<string, Header>> = {},
): T {
  const content = { 'application/json': { schema } };
  return { description, headers: documented(headers), content } as unknown as T;
}

/** The documented answer without a body. */
export const noContent = (description: string) => Type.Null({ description });

export interface ProblemAnswer {
  readonly description: string;
  readonly headers: unknown;
  readonly content: Readonly<Record<string, { readonly schema: unknown }>>;
}

const alwaysPossible: readonly ErrorCode[] = [
  'INVALID_ARGUMENT',
  'RESOURCE_EXHAUSTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
];

/** Problem answers by status: the codes given, and those that every route may give. */
export function problems(...codes: readonly ErrorCode[]): Record<string, ProblemAnswer> {
  const byStatus = Map.groupBy(new Set([...codes, ...alwaysPossible]), (code) => errorTable[code].http);
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => {
      const description = those
        .map((code) => `\`${code}\`: ${errorTable[code].title.toLowerCase()}.`)
        .join(' ');
      const headers = documented(status === 503 || status === 429 ? { 'Retry-After': retryAfter } : {});
      const content = { 'application/problem+json': { schema: { $ref: 'Problem#' } } };
      return [String(status), { description, headers, content }];
    }),
  );
}

/** What a route that reads a body may answer besides. */
export const bodyProblems: readonly ErrorCode[] = ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
/** What a route for logged-in people may answer besides. */
export const personProblems: readonly ErrorCode[] = ['UNAUTHENTICATED', 'PERMISSION_DENIED'];

const documented = (headers: Readonly<Record<string, Header>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, { type, description }]) => [name, { type, description }]),
  );

export const Status = Type.String({ description: 'One word.', examples: ['ready'] });
export type Money = Static<typeof Money>;
