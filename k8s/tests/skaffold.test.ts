import { glob } from 'node:fs/promises';
import type { SchemaObject } from 'ajv';
import { describe, expect, test } from 'vitest';
import { chart, readValues, readWorkloads } from './kit/chart.ts';
import { dockerfile, readDockerfile } from './kit/dockerfile.ts';
import {
  havePublishedSchemas,
  problemsOf,
  publishedSchemasNote,
  readPublishedSchema,
} from './kit/published-schemas.ts';
import { readText, readYaml, repository } from './kit/repository.ts';
import { merged, nested, type SkaffoldConfig, withProfile } from './kit/skaffold.ts';

const written = (await readYaml('skaffold.yaml')) as SkaffoldConfig;
const values = await readValues();
const workloads = await readWorkloads();
const { stages } = await readDockerfile();
const valuesSchema = JSON.parse(await readText(`${chart}/values.schema.json`)) as SchemaObject;

const ways: readonly (readonly [title: string, config: SkaffoldConfig])[] = [
  ['without a profile', written],
  ...written.profiles.map(({ name }) => [`in the profile ${name}`, withProfile(written, name)] as const),
];

test.runIf(havePublishedSchemas)(`it is valid by the published schema${publishedSchemasNote}`, async () => {
  expect(problemsOf(written, await readPublishedSchema('skaffold-v4beta14'))).toEqual([]);
});

describe.each(ways)('%s', (_title, { build, deploy, portForward }) => {
  const [artifact] = build.artifacts;
  const [release] = deploy.helm.releases;

  test('the image is built from a stage that there is', () => {
    expect(artifact.docker.dockerfile).toBe(dockerfile);
    expect([...stages.keys()]).toContain(artifact.docker.target);
  });

  test('what is copied into containers is there, and the image has its place', async () => {
    for (const { src, dest } of artifact.sync?.manual ?? []) {
      const found = await Array.fromAsync(glob(src, { cwd: repository }));
      expect(found, src).toContain('services/gateway/src/main.ts');
      expect(dest).toBe('.');
      const stage = stages.get(artifact.docker.target) ?? [];
      expect(stage.join('\n')).toMatch(/^WORKDIR /m);
      // The chart makes every root read-only; a volume of the image is not, and begins with the image's files.
      expect(stage.join('\n')).toMatch(/^VOLUME .*\/services\b/m);
    }
  });

  test('the chart takes the values', async () => {
    expect(release.chartPath).toBe(chart);
    const files = await Promise.all((release.valuesFiles ?? []).map(readYaml));
    const set = Object.entries({ ...release.setValues, ...release.setValueTemplates });
    const over = [...files, ...set.map(([path, value]) => nested(path, value))];
    expect(problemsOf(over.reduce(merged, values), valuesSchema)).toEqual([]);
    expect(problemsOf(over.reduce(merged, {}), valuesSchema)).toEqual([]);
  });

  test('the chart runs the image that was built', () => {
    const { image } = artifact;
    expect(release.setValueTemplates).toEqual({
      'image.repository': `{{.IMAGE_REPO_${image}}}`,
      'image.tag': `{{.IMAGE_TAG_${image}}}@{{.IMAGE_DIGEST_${image}}}`,
    });
    expect(image).toMatch(/^\w+$/);
  });

  test('ports are forwarded from objects that the chart creates', () => {
    // Objects are called after the release alone, whose name holds the chart's.
    expect(release.name).toContain('tradewind');
    for (const { resourceType, resourceName, namespace, port } of portForward) {
      expect(namespace).toBe(release.namespace);
      const workload = resourceName.replace(`${release.name}-`, '');
      expect(Object.keys(workloads), resourceName).toContain(workload);
      if (resourceType === 'service')
        expect([workload, port]).toEqual(['gateway', values.gateway.service.port ?? 80]);
      else expect(resourceType).toBe('deployment');
    }
    const local = portForward.map(({ localPort }) => localPort);
    expect(new Set(local).size).toBe(local.length);
  });
});

const [, inKind] = ways.find(([title]) => title.endsWith('kind')) ?? [];
const [, debugged] = ways.find(([title]) => title.endsWith('debug')) ?? [];
const [, external] = ways.find(([title]) => title.endsWith('external')) ?? [];

test('the cluster of make cluster chooses the profile of kind, and nothing is pushed', async () => {
  const { name: cluster } = (await readYaml('k8s/kind.yaml')) as { readonly name: string };
  const pattern = written.profiles.find(({ name }) => name === 'kind')?.activation?.[0]?.kubeContext ?? '';
  expect(`kind-${cluster}`).toMatch(new RegExp(`^${pattern}$`));
  expect(inKind?.build.local.push).toBe(false);
});

test('every process of the shop can be debugged, on a port of its own', () => {
  const [release] = debugged?.deploy.helm.releases ?? [];
  const port = /^--inspect=127\.0\.0\.1:(\d+)$/.exec(
    release?.setValues?.['defaults.extraEnv.NODE_OPTIONS'] ?? '',
  )?.[1];
  const inspected = debugged?.portForward.filter((one) => one.port === Number(port)) ?? [];
  expect(inspected.map(({ resourceName }) => resourceName.replace('tradewind-', '')).toSorted()).toEqual(
    Object.keys(workloads)
      .filter((name) => name !== 'mongodb-setup')
      .toSorted(),
  );
});

test('another cluster gets what production gets', () => {
  const [artifact] = external?.build.artifacts ?? [];
  const [release] = external?.deploy.helm.releases ?? [];
  expect(external?.build.local.push).toBe(true);
  expect(artifact?.docker.target).toBe('tradewind');
  expect(artifact?.sync).toBeUndefined();
  expect(release?.valuesFiles).toBeUndefined();
});
