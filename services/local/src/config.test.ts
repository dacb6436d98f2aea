import { expect, test } from 'vitest';
import { readLocalConfig } from './config.ts';

test('an offset shifts every port that has no variable of its own', () => {
  const { ports } = readLocalConfig({ TRADEWIND_PORT_OFFSET: '1000', TRADEWIND_MONGO_PORT: '27018' });
  expect(ports).toMatchObject({
    gateway: 9080,
    nats: 5322,
    mongo: 27018,
    'inventory-consumer-metrics': 10467,
    'kube-apiserver': 7543,
  });
});

test('PORT is the gateway’s', () => {
  expect(readLocalConfig({ PORT: '3000' }).ports).toMatchObject({ gateway: 3000, order: 50052 });
});

test('a port that is no number is named', () => {
  expect(() => readLocalConfig({ TRADEWIND_SMTP_PORT: 'x' })).toThrow(/TRADEWIND_SMTP_PORT.*whole number/);
});

test('a cluster is named by its kubeconfig', () => {
  expect(readLocalConfig({ TRADEWIND_KUBECONFIG: '/home/ada/.kube/config' }).kubeconfig).toBe(
    '/home/ada/.kube/config',
  );
  expect(readLocalConfig({}).kubeconfig).toBeUndefined();
});
