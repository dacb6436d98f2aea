import { AjvCompiler } from '@fastify/ajv-compiler';
import { TradewindError, type FieldProblem } from '@tradewind/shared/errors';
import type { FastifySchemaValidationError } from 'fastify';

/** So many fields are named; a hostile body has no more said about it. */
const maxFields = 20;
const maxFieldLength = 200;

/** Strict: unknown keywords are refused at start, unknown fields at run time; nothing is removed. */
const options = {
  strict: true,
  // "One of these is required" names properties of the schema around it.
  strictRequired: false,
  allErrors: true,
  verbose: true,
  removeAdditional: false,
  useDefaults: true,
} as const;

type Build = ReturnType<typeof AjvCompiler>;

/** Compiles schemas: what stands in the URL is text and is converted, what stands in a body is taken as it is. */
export const buildValidator: Build = (externalSchemas) => {
  const build = AjvCompiler();
  const check = build(externalSchemas, { customOptions: { ...options, coerceTypes: false } });
  const convert = build(externalSchemas, { customOptions: { ...options, coerceTypes: true } });
  return (route) => {
    // Fastify hands over a description of the route, which the compiler's types take for its schema.
    const { httpPart } = route as { readonly httpPart?: string };
    const isText = httpPart === 'querystring' || httpPart === 'params';
    return isText ? both(convert(route), check(route)) : check(route);
  };
};

type Validate = ReturnType<ReturnType<Build>>;

/** What Ajv has converted is checked again: it makes a number of "Infinity" and asks no more about it. */
function both(convert: Validate, check: Validate): Validate {
  const validate = (data: unknown): boolean => {
    const failed = [convert, check].find((step) => step(data) !== true);
    Object.assign(validate, { errors: failed?.errors });
    return failed === undefined;
  };
  return validate as Validate;
}

interface AjvError extends FastifySchemaValidationError {
  readonly parentSchema?: {
    readonly examples?: readonly unknown[];
    readonly anyOf?: readonly { readonly required?: readonly string[] }[];
    readonly oneOf?: readonly { readonly required?: readonly string[] }[];
  };
}

/** Ajv's errors as one INVALID_ARGUMENT that names the fields. */
export function validationError(
  errors: readonly FastifySchemaValidationError[],
  part: string,
): TradewindError {
  const fields = errors
    .filter(
      ({ schemaPath }) => !/\/(anyOf|oneOf)\/\d/.test(schemaPath) && !schemaPath.includes('/propertyNames/'),
    )
    .slice(0, maxFields)
    .map((error) => ({ field: fieldOf(error, part), message: messageOf(error) }));
  return new TradewindError('INVALID_ARGUMENT', detailOf(fields), { fields });
}

function detailOf(fields: readonly FieldProblem[]): string {
  const [first, ...others] = fields;
  if (!first) return 'the request is not valid';
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `${first.field} ${first.message}${more}`;
}

/** A JSON pointer as a path: `/items/0/quantity` is `items[0].quantity`. */
function fieldOf({ instancePath, keyword, params }: AjvError, part: string): string {
  const steps = instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const named = { required: params['missingProperty'], additionalProperties: params['additionalProperty'] };
  const last = keyword === 'propertyNames' ? params['propertyName'] : named[keyword as keyof typeof named];
  if (typeof last === 'string') steps.push(last);
  const path = steps.reduce(
    (sum, step) => (/^\d+$/.test(step) ? `${sum}[${step}]` : sum === '' ? step : `${sum}.${step}`),
    '',
  );
  return path === '' ? part : path.slice(0, maxFieldLength);
}

function messageOf({ keyword, params, message, parentSchema }: AjvError): string {
  const limit = String(params['limit']);
  switch (keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return 'is not a known field';
    case 'propertyNames':
      return 'is not a valid name';
    case 'enum':
      return `must be one of ${(params['allowedValues'] as readonly unknown[]).join(', ')}`;
    case 'pattern': {
      const example = parentSchema?.examples?.[0];
      return example === undefined
        ? 'has characters that are not allowed'
        : `must have the form of ${JSON.stringify(example)}`;
    }
    case 'anyOf':
      return `needs at least one of ${alternatives(parentSchema?.anyOf)}`;
    case 'oneOf':
      return `needs exactly one of ${alternatives(parentSchema?.oneOf)}`;
    case 'type':
      return `must be ${anArticle(String(params['type']))}`;
    case 'format':
      return `must be ${formats[String(params['format'])] ?? `in the form "${String(params['format'])}"`}`;
    case 'minLength':
      return Number(limit) === 1 ? 'must not be empty' : `must be at least ${limit} characters`;
    case 'maxLength':
      return `must be at most ${limit} characters`;
    case 'minItems':
      return Number(limit) === 1 ? 'must not be empty' : `must be at least ${limit}`;
    case 'maxItems':
      return `must be at most ${limit}`;
    case 'minProperties':
      return 'must not be empty';
    case 'maxProperties':
      return `must be at most ${limit}`;
    default:
      return message ?? 'is not valid';
  }
}

/** The formats that the schemas use, in words. */
const formats: Readonly<Record<string, string>> = {
  email: 'an e-mail address, such as ada@example.com',
  'date-time': 'a time, such as 2026-01-31T12:00:00Z',
  uuid: 'a UUID',
};

const anArticle = (type: string): string =>
  type === 'integer' ? 'a whole number' : `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;

const alternatives = (branches: readonly { readonly required?: readonly string[] }[] = []): string =>
  branches.flatMap(({ required }) => required ?? []).join(', ');
