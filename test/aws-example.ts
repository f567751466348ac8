/** targets/aws-example with its placeholders filled in, and the FIS templates made from it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readExperiment, resolveExperiment } from '../chaos/experiment.ts';
import { compileForFis, type CompiledFault } from '../chaos/drivers/fis/templates/compile.ts';
import { readTarget } from '../src/config/load.ts';
import type { Target } from '../src/config/types.ts';

export const ACCOUNT = '210987654321';
export const OWNER = 'team-shop';

/** The experiments that docs/aws/main.tf gives permissions for. */
export const EXPERIMENTS = ['region-outage', 'redis-loss', 'inter-region-partition', 'replication-delay'] as const;

export const exampleText = (): Promise<string> =>
  readFile(new URL('../targets/aws-example/target.yaml', import.meta.url), 'utf8');

/** The text with every placeholder filled in, and `acknowledged: true`. */
export const filledIn = (text: string): string =>
  text.replace('acknowledged: false', 'acknowledged: true').replaceAll(/<([a-z0-9-]+)>/g, (_, name: string) => {
    if (name === 'account') return ACCOUNT;
    if (name === 'team') return OWNER;
    if (name.startsWith('prefix-list-')) return 'pl-0a1b2c';
    return name.replace(/^(?:redis-)?host-/, 'shop-').concat(name.includes('host-') ? '.shop.test' : '');
  });

/** The text with its optional parts, which are commented out, enabled. */
export const uncommented = (text: string): string =>
  text.replaceAll(
    /^( *)# ( *(?:report|bucket|dashboards|transitGateways|vpcEndpoints|alsoLost|instances|tasks|clusters|databases|caches|zone):)/gm,
    '$1$2',
  );

/** Reads the target from a text. Rejects like the commands do. */
export async function targetFrom(text: string): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'antipode-aws-example-'));
  try {
    await writeFile(join(folder, 'target.yaml'), text);
    return (await readTarget(join(folder, 'target.yaml'), { SHOP_TOKEN: 'x' })).target;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The FIS templates. Rejects with what FIS cannot do. */
export async function compiled(
  target: Target,
  experiment: string,
  overrides: Record<string, string> = {},
): Promise<CompiledFault[]> {
  const { faults } = resolveExperiment(await readExperiment(experiment), overrides, target, 'fis');
  return compileForFis({
    runId: '20261127-0100-aws-example-1',
    scenario: experiment,
    target: target.fis!,
    faults,
    fromEpochMs: Date.parse('2026-11-27T01:00:00Z'),
    revision: null,
    attempt: 1,
  });
}
