import {
  Type,
  type Static,
  type TEnum,
  type TProperties,
  type TSchema,
  type TUnsafe,
} from '@fastify/type-provider-typebox';

interface TextOptions {
  readonly description: string;
  readonly min?: number;
  readonly max: number;
  readonly examples?: readonly string[];
}

/** The pattern of one line: no control characters, no broken Unicode. */
export const oneLine = '^[^\\p{Cc}\\p{Cs}]*$';
const manyLines = '^[^\\p{Cs}\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$';

const bounded = ({ min, max, ...rest }: TextOptions, pattern: string) =>
  Type.String({ ...rest, minLength: min ?? 0, maxLength: max, pattern });

/** One line of text, not empty. */
export const line = (options: TextOptions) => bounded({ min: 1, ...options }, oneLine);

/** Text that may have several lines. */
export const text = (options: TextOptions) => bounded(options, manyLines);

/** An object that takes the named fields and no others. */
export const closed = <P extends TProperties>(properties: P, options: object = {}) =>
  Type.Object(properties, { ...options, additionalProperties: false });

export const choice = <const V extends string[]>(values: V, options: object): TEnum<V> =>
  Type.Enum([...values] as V, { type: 'string', ...options }) as unknown as TEnum<V>;

/** A reference to a schema with an `$id`, which the OpenAPI document then has once. */
export const ref = <T extends TSchema>(schema: T, options: object = {}): TUnsafe<Static<T>> =>
  Type.Unsafe<Static<T>>({ $ref: `${(schema as unknown as { readonly $id: string }).$id}#`, ...options });

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const timestamp = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-01-31T12:00:00.000Z'] });
