import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bite } from '../../test/fault-life.ts';
import { HTTP_QUESTION, openConnection, startRegions } from '../../test/fault-rig.ts';
import type { Fault } from '../fault.ts';

const require = createRequire(import.meta.url);

it('the example of docs/add-a-fault.md bites and heals as it stands there', async () => {
  const page = await readFile(new URL('../../docs/add-a-fault.md', import.meta.url), 'utf8');
  const example = /^```ts\n(.*?)^```$/ms.exec(page)![1]!;
  const directory = await mkdtemp(join(tmpdir(), 'antipode-example-'));
  try {
    // Outside the house its imports mean what they would mean in this folder.
    const file = join(directory, 'lost-answers.ts');
    const source = example.replace(/from '(.+)'/g, (_, from: string) => {
      const path = from.startsWith('.') ? fileURLToPath(new URL(from, import.meta.url)) : require.resolve(from);
      return `from ${JSON.stringify(path)}`;
    });
    await writeFile(file, source);
    const { lostAnswers } = (await import(file)) as { lostAnswers: Fault<unknown> };
    expect(lostAnswers.kind).toBe('lost-answers');
    await using regions = await startRegions();
    using open = await openConnection(regions.ports['ingress-far']!, HTTP_QUESTION);
    await using fault = await bite(lostAnswers, regions.points, { region: 'far' });
    expect(fault.points.map(({ name }) => name)).toEqual(['ingress-far']);
    expect(['hangs', 'closed']).toContain((await open.ask()).fate);
    await fault.heal();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
