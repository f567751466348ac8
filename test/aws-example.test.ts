import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { LineCounter, parseDocument, visit } from 'yaml';
import { checkProfileAgainstTarget, readProfile, readTarget } from '../src/config/load.ts';
import type { Target } from '../src/config/types.ts';
import { EXIT } from '../src/errors.ts';
import { compiled, exampleText, EXPERIMENTS, filledIn, targetFrom, uncommented } from './aws-example.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('targets/aws-example unchanged', () => {
  it('is rejected with file, line and column of every placeholder', async () => {
    const lines = new LineCounter();
    const places: string[] = [];
    const document = parseDocument(await exampleText(), { lineCounter: lines });
    visit(document, {
      Scalar(key, { value, range }) {
        if (key === 'key' || typeof value !== 'string' || !/<[^<>]+>/.test(value)) return;
        const { line, col } = lines.linePos(range![0]);
        places.push(`${line}:${col}`);
      },
    });
    expect(places.length).toBeGreaterThan(30);
    const error: unknown = await readTarget('aws-example').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'AntipodeError', exitCode: EXIT.usage });
    const { message } = error as Error;
    // Plus one: `acknowledged` is missing.
    const summary = `${places.length + 1} errors in the configuration`;
    expect(message).toContain(summary);
    expect(await readFile(new URL('../docs/aws.md', import.meta.url), 'utf8')).toContain(summary);
    expect(message).toMatch(/targets\/aws-example\/target\.yaml:\d+:\d+: placeholder not filled in: got "<account>"/);
    const told = [...message.matchAll(/(?<=[: ])\d+:\d+\b/g)].map(([place]) => place);
    expect(places.filter((place) => !told.includes(place))).toEqual([]);
  });

  it.each([
    ['plan', '--experiment', 'region-outage', '--driver', 'fis', '--target', 'aws-example'],
    ['load', '--profile', 'apac-heavy', '--target', 'aws-example'],
    ['chaos', 'region-outage', '--target', 'aws-example'],
    ['heal', '--target', 'aws-example'],
  ])('is rejected by %s with exit 2', async (...words) => {
    const options = { cwd: root, reject: false, timeout: 18_000 } as const;
    const { exitCode, stderr } = await execa(
      process.execPath,
      ['--import', 'tsx', 'src/cli/main.ts', ...words],
      options,
    );
    expect(stderr).toContain('placeholder not filled in');
    expect(exitCode).toBe(EXIT.usage);
  });

  it('is rejected if any one placeholder is left', async () => {
    const text = await exampleText();
    const names = new Set([...text.matchAll(/^[^#]*?(<[a-z0-9-]+>)/gm)].map(([, name]) => name!));
    expect(names).toContain('<team>');
    for (const name of names) {
      const left = filledIn(text.replaceAll(name, '{kept}')).replaceAll('{kept}', name);
      await expect(targetFrom(left), name).rejects.toThrow(`placeholder not filled in: got "${name}"`);
    }
  });
});

describe('targets/aws-example with its placeholders filled in', () => {
  let target: Target;
  beforeAll(async () => {
    target = await targetFrom(filledIn(await exampleText()));
  });

  it.each(EXPERIMENTS)('can be planned through FIS: %s', async (experiment) => {
    const faults = await compiled(target, experiment);
    const parts = faults.flatMap((fault) => fault.parts);
    expect(parts.length).toBeGreaterThan(0);
    for (const { template } of parts) expect(template.logConfiguration).toBeDefined();
  });

  it.each([
    ['region-outage', { face: 'brown-out' }],
    ['redis-loss', { face: 'slow' }],
    ['redis-loss', { region: 'all' }],
  ])('can also be planned with other parameters: %s %j', async (experiment, overrides) => {
    expect((await compiled(target, experiment, overrides)).flatMap((fault) => fault.parts)).not.toEqual([]);
  });

  it('has a probe for each of these faults', () => {
    for (const [id, { probes, replication }] of Object.entries(target.fis!.regions)) {
      expect(Object.keys(probes), id).toEqual(expect.arrayContaining(['redis-loss', 'partition']));
      if (replication) expect(Object.keys(probes), id).toContain('replication-delay');
      for (const address of Object.values(probes)) expect(target.allowHosts).toContain(new URL(address).hostname);
    }
  });

  it('uses the mix of the profile of the experiments', async () => {
    const { profile, file } = await readProfile('apac-heavy');
    expect(() => checkProfileAgainstTarget(profile, target, { profile: file, target: file })).not.toThrow();
  });

  it('is also valid with all comments enabled', async () => {
    const text = await exampleText();
    const whole = uncommented(text);
    expect(whole.split('\n').filter((line, i) => line !== text.split('\n')[i])).toHaveLength(12);
    const { fis } = await targetFrom(filledIn(whole));
    expect(fis!.report).toBeDefined();
    const { crossRegion, alsoLost } = fis!.regions['us-east-1']!;
    expect(Object.keys(crossRegion!)).toEqual(['subnets', 'transitGateways', 'vpcEndpoints']);
    expect(Object.keys(alsoLost!)).toEqual(['instances', 'tasks', 'clusters', 'databases', 'caches', 'zone']);
  });
});
