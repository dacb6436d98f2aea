import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { readConfig, tlsEnv, tlsOptions } from '@tradewind/shared/config';
import { beforeAll, describe, expect, test } from 'vitest';
import { environmentOf } from './kit/environment.ts';
import { matrix, withGatewayApi } from './kit/matrix.ts';
import { containersOf, podsOf, type RenderedPod } from './kit/pods.ts';
import { type Manifest, pick, render } from './kit/render.ts';

const name = (component: string) => `shop-tradewind-${component}`;
const folder = '/etc/tradewind/tls';

let manifests: readonly Manifest[];
let pods: readonly RenderedPod[];
beforeAll(async () => {
  manifests = await render(matrix['TLS everywhere']);
  pods = podsOf(manifests);
});

const component = ({ labels }: RenderedPod) => labels['app.kubernetes.io/component'] ?? '';
const mainOf = (pod: RenderedPod) => {
  const [container] = pod.spec.containers;
  if (!container) throw new Error(`${pod.of} has no container`);
  return container;
};
const podOf = (wanted: string) => {
  const pod = pods.find((one) => component(one) === wanted);
  if (!pod) throw new Error(`there is no pod of ${wanted}`);
  return pod;
};
const environment = (pod: RenderedPod) => environmentOf(mainOf(pod).env ?? [], manifests);
const secret = (key: string) => {
  const { data } = pick(manifests, 'Secret', name('tls'));
  return Buffer.from(data?.[key] ?? '', 'base64').toString();
};

describe('with tls.enabled', () => {
  const stores = ['mongodb', 'nats', 'redis'];

  test('every pod has the certificate, which it can read and not change', () => {
    for (const pod of pods) {
      expect.soft(pod.spec.volumes, pod.of).toContainEqual({
        name: 'tls',
        secret: { secretName: name('tls'), defaultMode: 0o440 },
      });
      const mount = { name: 'tls', mountPath: folder, readOnly: true };
      expect.soft(mainOf(pod).volumeMounts, pod.of).toContainEqual(mount);
    }
  });

  test('every process takes its TLS from there', () => {
    const files = { authority: 'ca.crt', certificate: 'tls.crt', key: 'tls.key' };
    const paths = Object.fromEntries(
      Object.entries(files).map(([file, path]) => [file, `${folder}/${path}`]),
    );
    for (const pod of pods.filter((one) => !stores.includes(component(one)))) {
      expect.soft(tlsOptions(readConfig(tlsEnv, environment(pod))), pod.of).toEqual(paths);
    }
  });

  test('no address leads to a connection in plaintext', () => {
    let addresses = 0;
    for (const pod of pods) {
      for (const [variable, value] of Object.entries(environment(pod))) {
        const [, scheme] = /^"?([a-z]+):\/\//.exec(value) ?? [];
        // Whether gRPC is encrypted is for the files above to say.
        if (scheme === undefined || scheme === 'dns') continue;
        addresses += 1;
        const isRoute = variable.startsWith('NATS_ROUTE_');
        if (scheme === 'mongodb') expect.soft(value, pod.of).toMatch(/[?&]tls=true(&|$)/);
        // Routes are encrypted by the configuration of both ends.
        else expect.soft(['https', 'tls', isRoute ? 'nats' : ''], `${pod.of} ${variable}`).toContain(scheme);
      }
      if ('REDIS_ADDR' in environment(pod)) expect.soft(environment(pod)['REDIS_TLS'], pod.of).toBe('true');
    }
    expect(addresses).toBeGreaterThan(15);
  });

  test('the stores take nothing but TLS', () => {
    expect(mainOf(podOf('mongodb')).args).toEqual(
      expect.arrayContaining([
        '--tlsMode=requireTLS',
        `--tlsCertificateKeyFile=${folder}/tls-combined.pem`,
        `--tlsCAFile=${folder}/ca.crt`,
      ]),
    );
    const redis = mainOf(podOf('redis')).args?.join(' ');
    expect(redis).toContain('--port 0 --tls-port 6379');
    expect(mainOf(podOf('redis')).readinessProbe?.exec?.command).toContain('--tls');
    const config = pick(manifests, 'ConfigMap', name('nats')).data?.['nats.conf'] ?? '';
    const block = /tls \{\s+cert_file: \S+\/tls.crt\s+key_file: \S+\/tls.key\s+ca_file: \S+\/ca.crt/g;
    expect(config.match(block)).toHaveLength(2);
    expect(config.slice(config.indexOf('cluster {'))).toMatch(block);
  });

  test('the certificate is of the authority, and for every name that anybody calls', () => {
    const certificate = new X509Certificate(secret('tls.crt'));
    expect(certificate.verify(new X509Certificate(secret('ca.crt')).publicKey)).toBe(true);
    expect(secret('tls-combined.pem')).toBe(secret('tls.key') + secret('tls.crt'));
    expect(() => createSecureContext({ cert: secret('tls.crt'), key: secret('tls.key') })).not.toThrow();
    const hosts = new Set(pods.flatMap((pod) => Object.values(environment(pod)).flatMap(hostsIn)));
    expect(hosts.size).toBeGreaterThan(12);
    for (const host of [...hosts, 'localhost', `${name('gateway')}.store.svc`])
      expect.soft(certificate.checkHost(host), host).toBeDefined();
    expect(certificate.checkIP('127.0.0.1')).toBeDefined();
    expect(certificate.checkHost('shop.example.com')).toBeUndefined();
    // Members of MongoDB and nodes of NATS are clients of each other.
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  });

  test('the authority cannot sign anything else: its key is nowhere', () => {
    const { type, data } = pick(manifests, 'Secret', name('tls'));
    expect(type).toBe('kubernetes.io/tls');
    expect(Object.keys(data ?? {}).toSorted()).toEqual(['ca.crt', 'tls-combined.pem', 'tls.crt', 'tls.key']);
  });

  test('another certificate makes new pods', async () => {
    const onlyThisIsNew = { ...matrix['existing secrets'], tls: { enabled: true } };
    const sumOf = ({ annotations }: RenderedPod) =>
      annotations['checksum/tls'] ?? annotations['checksum/secrets'] ?? '';
    const sums = async () => {
      const rendered = podsOf(await render(onlyThisIsNew)).filter(({ of }) =>
        /^(Deployment|StatefulSet) /.test(of),
      );
      return new Map(rendered.map((pod) => [pod.of, sumOf(pod)]));
    };
    const [once, again] = [await sums(), await sums()];
    expect(once.size).toBe(11);
    for (const [of, sum] of once) expect.soft(again.get(of), of).not.toBe(sum);
    const usual = podsOf(await render()).find((pod) => component(pod) === 'mongodb');
    expect(usual?.annotations).not.toHaveProperty('checksum/tls');
  });

  test('an Ingress speaks HTTPS to the gateway, and ingress-nginx sees to its certificate', () => {
    const { metadata, spec } = pick(manifests, 'Ingress', name('gateway'));
    expect(spec?.rules?.[0]?.http?.paths[0]?.backend.service?.port).toEqual({ name: 'https' });
    expect(pick(manifests, 'Service', name('gateway')).spec?.ports).toContainEqual({
      ...{ name: 'https', port: 443, targetPort: 'https', appProtocol: 'https' },
    });
    expect(mainOf(podOf('gateway')).ports).toContainEqual({ name: 'https', containerPort: 8080 });
    const prefix = 'nginx.ingress.kubernetes.io';
    expect(metadata?.annotations).toMatchObject({
      [`${prefix}/backend-protocol`]: 'HTTPS',
      [`${prefix}/proxy-ssl-secret`]: `store/${name('tls')}`,
      [`${prefix}/proxy-ssl-verify`]: 'on',
      [`${prefix}/proxy-ssl-name`]: name('gateway'),
    });
  });

  test('a Gateway speaks HTTPS to the gateway, and sees to its certificate', async () => {
    const routed = await render({ ...withGatewayApi, tls: { enabled: true } });
    expect(pick(routed, 'HTTPRoute', name('gateway')).spec).toMatchObject({
      rules: [{ backendRefs: [{ name: name('gateway'), port: 443 }] }],
    });
    expect(pick(routed, 'BackendTLSPolicy', name('gateway')).spec).toEqual({
      targetRefs: [{ group: '', kind: 'Service', name: name('gateway'), sectionName: 'https' }],
      validation: {
        hostname: name('gateway'),
        caCertificateRefs: [{ group: '', kind: 'Secret', name: name('tls') }],
      },
    });
  });

  test('an external NATS has to speak TLS too', async () => {
    const external = { url: 'tls://a.infra:4222,nats://b.infra:4222' };
    await expect(render({ tls: { enabled: true }, nats: { enabled: false, external } })).rejects.toThrow(
      'every address of nats.external.url must begin with tls://',
    );
  });
});

test('a Secret that exists already is mounted everywhere, and nothing is generated', async () => {
  const values = { ...matrix['existing secrets'], tls: { enabled: true, existingSecret: 'of-cert-manager' } };
  const given = await render(values);
  expect(given.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  for (const { of, spec } of podsOf(given)) {
    const volume = spec.volumes?.find((one) => one.name === 'tls');
    expect.soft(volume?.secret?.secretName, of).toBe('of-cert-manager');
  }
});

test('pods without a group of their own can read it too', async () => {
  const values = { ...matrix['ids left to the platform'], tls: { enabled: true } };
  for (const { of, spec } of podsOf(await render(values))) {
    const volume = spec.volumes?.find((one) => one.name === 'tls');
    expect.soft(volume?.secret?.defaultMode, of).toBe(0o444);
  }
});

test('without TLS nothing of it is there', async () => {
  for (const pod of podsOf(await render())) {
    for (const { env, volumeMounts } of containersOf(pod)) {
      expect.soft(env?.filter((variable) => variable.name.startsWith('TLS_')) ?? [], pod.of).toEqual([]);
      expect
        .soft(
          volumeMounts?.filter(({ mountPath }) => mountPath === folder),
          pod.of,
        )
        .toEqual([]);
    }
  }
});

/** The hosts in `scheme://user:password@host:port,host:port/…`, `dns:///host:port` and `host:port`. */
function hostsIn(value: string): readonly string[] {
  const [, authority = ''] = /^"?(?:[a-z]+:\/\/\/?)?(?:[^@/]*@)?([^/"?]+)/.exec(value) ?? [];
  return authority.split(',').flatMap((one) => /^([a-z][a-z0-9.-]*):\d+$/.exec(one)?.[1] ?? []);
}
