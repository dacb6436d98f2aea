import { expect, test } from 'vitest';
import { all, pick, render, renderText } from './kit/render.ts';
import { matrix } from './kit/matrix.ts';

test('without a cluster nothing is generated, and the message says what to do', async () => {
  const attempt = renderText();
  await expect(attempt).rejects.toThrow(/secrets\.existingSecret/);
  await expect(attempt).rejects.toThrow(/--dry-run=server/);
});

test('Secrets that exist already are all that a Git tool needs: every render is the same', async () => {
  const values = matrix['existing secrets'] ?? {};
  const text = await renderText(values);
  expect(text).not.toMatch(/^kind: Secret$/m);
  expect(await renderText(values)).toBe(text);
});

test('one missing Secret is enough to refuse', async () => {
  const existing = matrix['existing secrets'] ?? {};
  await expect(renderText({ ...existing, redis: {} })).rejects.toThrow(/redis\.auth\.existingSecret/);
  await expect(renderText({ ...existing, tls: { enabled: true } })).rejects.toThrow(/tls\.existingSecret/);
});

test('what is generated stays when the release goes, since the volumes do', async () => {
  const manifests = await render({ tls: { enabled: true } });
  const secrets = all(manifests, 'Secret');
  expect(secrets.map(({ metadata }) => metadata?.name)).toEqual([
    'shop-tradewind',
    'shop-tradewind-mongodb',
    'shop-tradewind-nats',
    'shop-tradewind-redis',
    'shop-tradewind-tls',
  ]);
  for (const { metadata } of secrets)
    expect(metadata?.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
  expect(
    pick(manifests, 'CustomResourceDefinition', 'productrestocks.inventory.tradewind.dev').metadata
      ?.annotations,
  ).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
});
