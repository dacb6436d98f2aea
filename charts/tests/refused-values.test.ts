import { describe, expect, test } from 'vitest';
import { render } from './kit/render.ts';

describe('what is misspelt or of the wrong kind is an error', () => {
  test.each([
    ['at the top', { ingres: { enabled: true } }],
    ['in a section', { ingress: { enable: true } }],
    ['in a process', { workloads: { order: { replica: 3 } } }],
    ['in the name of a process', { workloads: { orders: { replicas: 3 } } }],
    ['in the resources', { defaults: { resources: { request: { cpu: '1' } } } }],
    ['in a toleration', { defaults: { tolerations: [{ efect: 'NoSchedule' }] } }],
    ['in an affinity', { mongodb: { affinity: { podAntiaffinity: {} } } }],
    ['in a peer', { networkPolicy: { gateway: { from: [{ podselector: {} }] } } }],
    ['a level of logging', { defaults: { logLevel: 'verbose' } }],
    ['two members', { mongodb: { replicas: 2 } }],
    ['a number for a label', { commonLabels: { team: 1 } }],
    ['a label of the chart on all objects', { commonLabels: { 'app.kubernetes.io/name': 'shop' } }],
    ['a label of the chart on pods', { defaults: { podLabels: { 'app.kubernetes.io/instance': 'shop' } } }],
    ['a label of the chart on a store', { redis: { podLabels: { 'app.kubernetes.io/component': 'cache' } } }],
    ['an environment variable that is a list', { defaults: { extraEnv: [{ name: 'A', value: 'b' }] } }],
    ['a password in a URL', { nats: { external: { url: 'nats://me:secret@nats:4222' } } }],
    ['root', { defaults: { runAsUser: 0 } }],
  ])('%s', async (_title, wrong) => {
    await expect(render(wrong)).rejects.toThrow(/values don't meet the specifications of the schema/);
  });
});
