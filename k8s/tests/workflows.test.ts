import { glob, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chart, readValues } from './kit/chart.ts';
import { dockerfile, readDockerfile } from './kit/dockerfile.ts';
import {
  havePublishedSchemas,
  problemsOf,
  publishedSchemasNote,
  readPublishedSchema,
} from './kit/published-schemas.ts';
import { readText, readYaml, repository } from './kit/repository.ts';
import { madeTargets, stepsOf, type Workflow } from './kit/workflows.ts';

const folder = '.github/workflows';
const files = (await readdir(join(repository, folder))).toSorted();
const workflows = new Map<string, Workflow>();
for (const file of files) workflows.set(file, (await readYaml(join(folder, file))) as Workflow);
const entries = [...workflows];

const targets = new Set(
  [...(await readText('Makefile')).matchAll(/^([a-z][a-z0-9-]*):/gm)].map(([, name]) => name),
);
const published = workflows.get('release.yml');
const step = (id: string) => stepsOf(published ?? { jobs: {} }).find((one) => one.id === id);

test('there is one for what is proposed, and one for what is released', () => {
  expect(files).toEqual(['pull-request.yml', 'release.yml']);
});

describe.each(entries)('%s', (file, workflow) => {
  test.runIf(havePublishedSchemas)(`is valid by the published schema${publishedSchemasNote}`, async () => {
    expect(problemsOf(workflow, await readPublishedSchema('github-workflow'))).toEqual([]);
  });

  test('makes what the Makefile has', () => {
    for (const target of madeTargets(workflow)) expect([...targets]).toContain(target);
  });

  test('uses actions by their commits, whose versions are written beside them', async () => {
    const uses = (await readText(join(folder, file)))
      .split('\n')
      .filter((line) => /^[\s-]*uses: /.test(line));
    expect(uses).not.toEqual([]);
    for (const line of uses)
      expect(line).toMatch(
        /uses: (\.\/\.github\/workflows\/\S+|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/,
      );
  });

  test('may only read, ends by itself, and gives way to nobody else’s run', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(workflow.concurrency?.group).toMatch(/^[\w-]+-\$\{\{ github\.ref \}\}$/);
    for (const [name, job] of Object.entries(workflow.jobs))
      if (job.uses === undefined) expect(job['timeout-minutes'], name).toBeDefined();
  });

  test('names files that there are', async () => {
    const text = await readText(join(folder, file));
    const named = [...text.matchAll(/(?<![\w./-])\.?\/?((?:services|charts|k8s|\.github)\/[\w./*-]+)/g)];
    for (const [, path = ''] of named) {
      const found = await Array.fromAsync(glob(path.replace(/^\.\//, ''), { cwd: repository }));
      expect(found, path).not.toEqual([]);
    }
  });
});

test('one commit stands for one version of an action everywhere', async () => {
  const texts = await Promise.all(files.map(async (file) => await readText(join(folder, file))));
  const pins = texts.flatMap((text) => [...text.matchAll(/uses: ([\w/-]+)@(.+)$/gm)]);
  const byAction = Map.groupBy(pins, ([, action = '']) => action);
  for (const [action, uses] of byAction) expect(new Set(uses.map(([, , pin]) => pin)).size, action).toBe(1);
});

test('a pull request is held to all that the README promises', () => {
  const made = new Set(madeTargets(workflows.get('pull-request.yml') ?? { jobs: {} }));
  for (const target of ['check', 'test', 'faults', 'test-kubernetes', 'image', 'cluster', 'deploy', 'e2e'])
    expect([...made]).toContain(target);
});

describe('a release', () => {
  test('is checked as a pull request is', () => {
    expect(published?.jobs['verify']?.uses).toBe('./.github/workflows/pull-request.yml');
  });

  test('puts the image where the chart looks for it', async () => {
    expect(published?.env?.['IMAGE']).toBe((await readValues()).image.repository);
    expect(step('image')?.with?.['tags']).toBe('${{ env.IMAGE }}:${{ steps.version.outputs.version }}');
    expect(step('chart')?.run).toContain(
      `helm package ${chart} --version "$VERSION" --app-version "$VERSION"`,
    );
  });

  test('builds the image for both architectures, by arguments that the Dockerfile takes, with what attests it', async () => {
    const { stages, args } = await readDockerfile();
    const { with: inputs = {} } = step('image') ?? {};
    expect(inputs).toMatchObject({
      context: '.',
      file: dockerfile,
      platforms: 'linux/amd64,linux/arm64',
      push: true,
      sbom: true,
      provenance: 'mode=max',
    });
    expect([...stages.keys()]).toContain(inputs['target']);
    const given = String(inputs['build-args']).match(/^\w+/gm) ?? [];
    expect([...args]).toEqual(expect.arrayContaining(given));
  });
});
