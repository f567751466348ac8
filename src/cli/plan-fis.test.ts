import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { sampleBlock } from '../../test/sample/fis-target.ts';
import { EXIT } from '../errors.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-plan-fis-'));
  const target = {
    title: 'A shop',
    acknowledged: true,
    maxRatePerSecond: 500,
    allowHosts: REGIONS.map((id) => `${id}.example.com`),
    regions: REGIONS.map((id) => ({ id, url: `https://${id}.example.com` })),
    operations: [{ name: 'list', path: '/products' }],
  };
  const write = (name: string, text: object): Promise<void> =>
    writeFile(join(folder, name), stringify(text, { aliasDuplicateObjects: false }));
  await write('aws.yaml', { ...target, fis: sampleBlock() });
  await write('bare.yaml', target);
  await write('elsewhere.yaml', {
    ...target,
    fis: { ...sampleBlock(), regions: { 'us-west-1': sampleBlock().regions['us-east-1'] } },
  });
  await write('profile.yaml', {
    title: 'Three cities',
    arrivals: { ratePerSecond: 20 },
    mix: { list: 1 },
    origins: { 'new-york': 0.4, london: 0.4, singapore: 0.2 },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const plan = (target: string, ...words: string[]) =>
  execa(
    process.execPath,
    ['--import', 'tsx', 'src/cli/main.ts', 'plan', '--profile', join(folder, 'profile.yaml')].concat(
      ['--target', join(folder, target)],
      words,
    ),
    { cwd: root, reject: false, timeout: 30_000 },
  );

describe('npm run plan -- --driver fis', () => {
  test('prints the templates of every region, their cost and the IAM policies; makes no requests', async () => {
    const words = ['--experiment', 'region-outage', '--driver', 'fis', '--no-preview'];
    const { exitCode, stdout } = await plan('aws.yaml', ...words);
    expect(exitCode, stdout).toBe(EXIT.pass);
    expect(stdout).toMatch(/Not previewed/);
    expect(stdout).toMatch(/Through AWS FIS: 3 experiments, owner team-shop, at most [\d.]+ US dollars/);
    expect(stdout).toMatch(/fault 1 in ap-southeast-1, PT2M, stopped by 1 alarm/);
    expect(stdout).toMatch(/aws:network:disrupt-connectivity on aws:ec2:subnet \(1 by ARN, ALL\)/);
    expect(stdout).toMatch(/FIS counts whole minutes: PT2M for the requested 30 s/);
    expect(stdout).toMatch(/IAM policy of the role that FIS assumes\n {2}\{\n {4}"Version": "2012-10-17"/);
  });

  test('prints templates and policies as JSON, each template with its stop alarm', async () => {
    const { stdout } = await plan('aws.yaml', '--experiment', 'region-outage', '--driver', 'fis', '--emit', 'json');
    const { templates, policies } = JSON.parse(stdout) as {
      templates: { region: string; stopConditions: { source: string }[] }[];
      policies: object;
    };
    expect(templates.map(({ region }) => region).toSorted()).toEqual(REGIONS.toSorted());
    for (const { stopConditions } of templates) expect(stopConditions[0]!.source).toBe('aws:cloudwatch:alarm');
    expect(Object.keys(policies)).toEqual(['driver', 'role', 'trust']);
  });

  test.each([
    ['bare.yaml', ['--experiment', 'region-outage', '--driver', 'fis'], /target bare does not list the AWS resources/],
    [
      'aws.yaml',
      ['--experiment', 'replication-delay', '--driver', 'fis'],
      /FIS cannot do this.*recovery_min_apply_delay/,
    ],
    ['aws.yaml', ['--experiment', 'region-outage', '--driver', 'gremlin'], /--driver: unknown driver/],
    ['aws.yaml', ['--driver', 'fis'], /--driver: only allowed with an experiment/],
    ['aws.yaml', ['--emit', 'json'], /--emit: only allowed with --driver fis/],
    ['aws.yaml', ['--experiment', 'region-outage', '--driver', 'fis', '--emit', 'tf'], /--emit: unknown format/],
    ['elsewhere.yaml', [], /unknown region: got `us-west-1`/],
  ])('refuses %s %j', async (target, words, says) => {
    const { exitCode, stderr } = await plan(target, ...words);
    expect(stderr).toMatch(says);
    expect(exitCode).toBe(EXIT.usage);
  });
});
