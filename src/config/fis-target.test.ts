import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { readYaml } from './yaml-file.ts';
import { sampleBlock } from '../../test/sample/fis-target.ts';
import { fisSchema } from './fis-target.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'antipode-fis-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The error of a target file with this block; null if it is accepted. */
async function mistakeIn(change: (block: ReturnType<typeof sampleBlock>) => void): Promise<string | null> {
  const block = sampleBlock();
  change(block);
  const file = join(folder, 'target.yaml');
  await writeFile(file, stringify({ fis: block }, { aliasDuplicateObjects: false }));
  return readYaml(file, z.strictObject({ fis: fisSchema })).then(
    () => null,
    (error: Error) => error.message,
  );
}
const first = (block: ReturnType<typeof sampleBlock>) => block.regions['eu-west-1']!;

describe('the `fis:` block of a target', () => {
  it('is accepted when everything in it is filled in', async () => {
    expect(await mistakeIn(() => {})).toBeNull();
  });

  it.each(['arn:aws:iam::111122223333:role/antipode-fis', 'arn:aws:iam::<account>:role/fis', '<fill-in>'])(
    'is refused as long as it contains %s',
    async (roleArn) => {
      const message = await mistakeIn((block) => (block.roleArn = roleArn));
      expect(message).toMatch(/target\.yaml:\d+:\d+: placeholder not filled in/);
      expect(message).toContain('expected the ARN of a role');
      expect(message).toContain('Replace it with your own value.');
    },
  );

  it.each(['<team>', 'change-me', 'Team Shop'])('is refused with the owner %s', async (owner) => {
    const message = await mistakeIn((block) => (block.owner = owner));
    expect(message).toMatch(owner === 'Team Shop' ? /`fis\.owner` is invalid/ : /placeholder not filled in/);
    expect(message).toContain('expected a name in lower case with hyphens');
  });

  it('is refused when the probe of a fault is a placeholder, or not a URL', async () => {
    const probed = (address: string) =>
      mistakeIn((block) => (first(block).probes = { 'redis-loss': address, partition: 'https://eu.shop.test/peers' }));
    expect(await probed('https://eu.shop.test/health/redis')).toBeNull();
    expect(await probed('https://<host>/health/redis')).toMatch(/:\d+: placeholder not filled in: got "<host>"/);
    expect(await probed('eu.shop.test')).toContain('expected an http:// or https:// URL');
  });

  it('is refused without a stop alarm', async () => {
    expect(await mistakeIn((block) => (first(block).stopAlarms = []))).toContain('a list of at least 1');
    expect(await mistakeIn((block) => delete (first(block) as { stopAlarms?: unknown }).stopAlarms)).toContain(
      'stopAlarms',
    );
  });

  it('is refused when an alarm is in another region than its experiment; the message has no account id', async () => {
    const message = await mistakeIn(
      (block) => (first(block).stopAlarms = ['arn:aws:cloudwatch:us-east-1:210987654321:alarm:shop-stop']),
    );
    expect(message).toContain('another region than its experiment');
    expect(message).toContain('expected one in eu-west-1');
    expect(message).not.toContain('210987654321');
  });

  it('is refused when resources are selected by ARN and by tags, or by neither', async () => {
    for (const subnets of [{ arns: ['arn:aws:ec2:eu-west-1:210987654321:subnet/s'], tags: { a: 'b' } }, {}])
      expect(await mistakeIn((block) => (first(block).subnets = subnets))).toContain('either `arns:` or `tags:`');
  });

  it('is refused when two regions of the target use the same AWS region', async () => {
    const message = await mistakeIn((block) => {
      block.regions['dublin'] = { ...first(block), awsRegion: 'eu-west-1' };
    });
    expect(message).toContain('two regions use AWS region eu-west-1');
  });

  it('refuses unknown keys, and suggests the nearest one', async () => {
    const message = await mistakeIn((block) => Object.assign(first(block), { stopAlarm: 'x' }));
    expect(message).toContain('unknown key in `fis.regions.eu-west-1`');
    expect(message).toContain('stopAlarms');
  });
});
