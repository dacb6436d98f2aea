import { expect, test } from 'vitest';
import { lean, type Resource } from './resource.ts';

test('of the metadata only what is known is kept', () => {
  const metadata = { name: 'a', namespace: 'b', uid: 'c', resourceVersion: '1', generation: 2 };
  const bulky = { ...metadata, managedFields: [{ manager: 'kubectl' }], annotations: { note: 'long' } };
  const resource: Resource & { readonly spec: object } = { metadata: bulky, spec: { size: 1 } };
  expect(JSON.parse(JSON.stringify(lean(resource)))).toEqual({ metadata, spec: { size: 1 } });
});
