import { parse } from 'yaml';

/** What the reference page reads of a CustomResourceDefinition. */
export interface Definition {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly versions: readonly [Version];
  };
}

export interface Version {
  readonly name: string;
  readonly selectableFields: readonly { readonly jsonPath: string }[];
  readonly additionalPrinterColumns: readonly PrinterColumn[];
  readonly schema: { readonly openAPIV3Schema: Schema };
}

export interface PrinterColumn {
  readonly name: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

export interface Schema {
  readonly description?: string;
  readonly type: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

/** A property at any depth, or the items of a list. */
export interface Field {
  /** Such as `spec.trigger.schedule.cron` or `status.conditions[].type`. */
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

export function readDefinition(yaml: string): Definition {
  return parse(yaml) as Definition;
}

/** A schema and everything in it, in the order of the definition. */
export function fieldsOf(path: string, schema: Schema, required: boolean): readonly Field[] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    fieldsOf(`${path}.${name}`, property, schema.required?.includes(name) ?? false),
  );
  const items = Object.entries(schema.items?.properties ?? {}).flatMap(([name, property]) =>
    fieldsOf(`${path}[].${name}`, property, schema.items?.required?.includes(name) ?? false),
  );
  return [{ path, schema, required }, ...inside, ...items];
}
