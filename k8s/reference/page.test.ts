import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readDefinition } from './definition.ts';
import { makePage, pageFile } from './files.ts';
import { referencePage } from './page.ts';

test('the committed page says what the definition says: else run make reference', async () => {
  expect(await readFile(pageFile, 'utf8')).toBe(await makePage());
});

const page = referencePage(
  readDefinition(`
spec:
  group: example.dev
  scope: Namespaced
  names: { kind: Crate, plural: crates, shortNames: [cr], categories: [goods] }
  versions:
    - name: v1
      selectableFields: [{ jsonPath: .spec.size }]
      additionalPrinterColumns:
        - { name: Size, jsonPath: .spec.size }
        - { name: Weight, jsonPath: .status.weight, priority: 1 }
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [size]
              properties:
                size:
                  description: In litres.
                  type: integer
                  minimum: 1
                  maximum: 5000
                  x-kubernetes-validations: [{ rule: self == oldSelf, message: cannot be changed }]
                lid:
                  type: object
                  properties:
                    colour: { type: string, default: red, maxLength: 9 }
              x-kubernetes-validations:
                - { rule: self.size > 1, fieldPath: .size, message: make it larger }
            status:
              type: object
              properties:
                weight: { type: integer, minimum: 0 }
                loads:
                  type: array
                  maxItems: 3
                  items:
                    type: object
                    required: [at]
                    properties:
                      at: { type: string, format: date-time }
                      kind: { type: string, enum: [Full, Half] }
`),
);

test.each([
  ['a field of the spec', '| `spec.size` | integer, required |  | 1 to 5,000 | In litres. |'],
  ['a field inside another', '| `spec.lid.colour` | string | `"red"` | up to 9 characters |  |'],
  ['a bound on one side', '| `status.weight` | integer | from 0 |  |'],
  ['a list', '| `status.loads` | array | up to 3 items |  |'],
  ['what a list has', '| `status.loads[].at` | date and time, required |  |  |'],
  ['an enumeration', '| `status.loads[].kind` | string | Full, Half |  |'],
  ['a rule about changes', '| `spec.size` | on change | cannot be changed |'],
  ['a rule that speaks of a field inside', '| `spec.size` | always | make it larger |'],
  ['a column', '| SIZE | `spec.size` | always |'],
  ['a column for those who want more', '| WEIGHT | `status.weight` | with `-o wide` |'],
])('%s is shown', (_what, line) => {
  expect(page).toContain(line);
});
