export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly minLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly examples?: readonly unknown[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Schema;
}

interface OperationObject {
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One method of one path, with its schemas looked up. */
export interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** Whether only people who are logged in may. */
  readonly isPrivate: boolean;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
}

export function operationsOf({ paths, components }: OpenApi): Operation[] {
  const lookUp = (name: string): Schema => components.schemas[name] ?? {};
  const bodyOf = ({ requestBody }: OperationObject): Schema | undefined => {
    const schema = requestBody?.content['application/json']?.schema;
    return schema && resolved(schema, lookUp);
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      isPrivate: operation.security?.every((rule) => Object.hasOwn(rule, 'bearer')) === true,
      parameters: operation.parameters ?? [],
      body: bodyOf(operation),
    })),
  );
}

/** The schema with every reference below it looked up. */
function resolved(schema: Schema, lookUp: (name: string) => Schema): Schema {
  if (schema.$ref !== undefined) return resolved(lookUp(schema.$ref.split('/').at(-1) ?? ''), lookUp);
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, property]) => [name, resolved(property, lookUp)] as const,
  );
  return {
    ...schema,
    ...(schema.properties ? { properties: Object.fromEntries(properties) } : {}),
    ...(schema.items ? { items: resolved(schema.items, lookUp) } : {}),
  };
}

/** A value that the schema takes. */
export function exampleOf(schema: Schema): unknown {
  const [given] = schema.examples ?? [];
  if (given !== undefined) return given;
  if (schema.enum) return schema.enum.at(-1);
  const required = (schema.required ?? []).map((name) => [name, exampleOf(schema.properties?.[name] ?? {})]);
  const byType: Readonly<Record<string, unknown>> = {
    object: Object.fromEntries(required),
    integer: schema.minimum ?? 1,
    boolean: true,
    string: 'long enough',
  };
  return schema.type === 'array' ? [exampleOf(schema.items ?? {})] : byType[schema.type ?? 'string'];
}
