import { readdirSync, readFileSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JournalEvent } from '../../src/formats/journal.ts';
import type { WorldFile } from '../../src/formats/world-file.ts';
import { finished, notPassed, seen } from '../antipode.ts';
import { expectNothingLeft, type OwnPlace, ownPlace } from '../own-place.ts';
import { broken, inWorld, type SharedWorld, startSharedWorld } from '../shared-world.ts';

// Kills every process that can be killed, during an experiment. Afterwards: no active fault in the target, no process
// and no directory left, never PASS, and the next run works.

const RATE = ['--rate', '60'];
const OUTAGE = ['chaos', 'test/experiments/short-outage.yaml', ...RATE];
const BRIEF = ['chaos', 'test/experiments/brief-outage.yaml', ...RATE];
const STATE_WITHIN_MS = 60_000;

const inState =
  (state: string) =>
  (event: JournalEvent): boolean =>
    event.kind === 'state' && event.state === state;

/** The one descendant of the harness that matches. */
function the(place: OwnPlace, harness: { pid?: number | undefined }, pattern: RegExp): number {
  const found = place.below(harness.pid!, pattern);
  expect(found.map(({ command }) => command)).toHaveLength(1);
  return found[0]!.pid;
}

const KEEPER = /keeper-main\.ts/;

async function killWithKeeper(place: OwnPlace, harness: ReturnType<OwnPlace['start']>): Promise<void> {
  const keeper = the(place, harness, KEEPER);
  harness.kill('SIGSTOP'); // otherwise it would undo the fault of a dead keeper
  process.kill(keeper, 'SIGKILL');
  harness.kill('SIGKILL');
  await harness;
}

describe('a world that stays up', () => {
  let world: SharedWorld;
  beforeAll(async () => (world = await startSharedWorld()));
  afterAll(async () => world?.stop());

  // One after the other on the same world: each test shows that the previous one left the target usable.
  test.each(['PREFLIGHT', 'BASELINE', 'ACTIVE', 'REVERTING', 'RECOVERING'])(
    'is healed after kill -9 of the harness in %s, and nothing is left behind',
    async (state) => {
      await using place = await ownPlace();
      const running = place.start([...BRIEF, '--world', world.path]);
      await place.journaled(inState(state), STATE_WITHIN_MS);
      // Stopped while its processes are counted; it is never resumed.
      running.kill('SIGSTOP');
      place.below(running.pid!);
      running.kill('SIGKILL');
      await running;
      await expect.poll(() => broken(world.file), { timeout: 10_000, interval: 100 }).toEqual([]);
      await expectNothingLeft(place);
      const heal = await finished(place.start(['heal', '--world', world.path]));
      expect(heal.text).toMatch(/No open fault/);
      expect(heal.exitCode, heal.text).toBe(0);
      const report = await finished(place.start(['report', 'latest']));
      expect(report.result?.verdict, report.text).not.toBe('PASS');
    },
  );

  test.each([1, 2])('is healed after %d Ctrl-C during a fault, and the exit code is 130', async (times) => {
    await using place = await ownPlace();
    const running = place.start([...BRIEF, '--world', world.path]);
    await seen(running, /: in effect/);
    place.below(running.pid!);
    running.kill('SIGINT');
    if (times === 2) {
      await seen(running, /SIGINT: stopping/);
      running.kill('SIGINT');
    }
    const { exitCode, result, text } = await finished(running);
    expect(text).toMatch(/region-outage ap-southeast-1 refused: cleared/);
    if (times === 2) expect(text).toMatch(/Still stopping; no data is lost/);
    expect(result?.verdict, text).not.toBe('PASS');
    expect(exitCode, text).toBe(130);
    expect(await broken(world.file)).toEqual([]);
    await expectNothingLeft(place);
  });

  test('is healed after harness and keeper are killed together, before the next run, which passes', async () => {
    await using place = await ownPlace();
    const outage = [...OUTAGE, '--world', world.path];
    const running = place.start(outage);
    await seen(running, /: in effect/);
    await killWithKeeper(place, running);
    await expectNothingLeft(place);
    expect(await broken(world.file)).not.toEqual([]);
    const refused = await finished(place.start(outage));
    expect(refused.text).toMatch(/npm run heal/);
    expect(refused.exitCode).toBe(2);
    const dry = await finished(place.start(['heal', '--dry-run']));
    expect(dry.text).toMatch(/open/);
    expect(await broken(world.file)).not.toEqual([]);
    const heal = await finished(place.start(['heal']));
    expect(heal.text).toMatch(/undone/);
    expect(heal.exitCode, heal.text).toBe(0);
    expect(await broken(world.file)).toEqual([]);
    const next = await finished(place.start(outage));
    expect(notPassed(next.result), next.text).toEqual([]);
    expect(next.exitCode, next.text).toBe(0);
  });

  test('is healed by heal --stand-by after harness and keeper are killed together', async () => {
    await using place = await ownPlace();
    const standing = place.start(['heal', '--stand-by', '--world', world.path]);
    await seen(standing, /Standing by/);
    const running = place.start([...BRIEF, '--world', world.path]);
    await seen(running, /: in effect/);
    const told = seen(standing, /brief-outage\S* has ended: faults undone at/);
    await killWithKeeper(place, running);
    await told;
    expect(await broken(world.file)).toEqual([]);
    standing.kill('SIGINT');
    expect(await standing).toMatchObject({ exitCode: 0 });
    await expectNothingLeft(place);
  });
});

test('after a reboot heal finds the journal of a world that no longer exists, reports its fault as moot, once', async () => {
  await using place = await ownPlace();
  await inWorld(async (path) => {
    const running = place.start([...BRIEF, '--world', path]);
    await seen(running, /: in effect/);
    await killWithKeeper(place, running);
  });
  const heal = await finished(place.start(['heal']));
  expect(heal.text).toMatch(/nothing to undo: the target is gone/);
  expect(heal.exitCode, heal.text).toBe(0);
  const [run] = await readdir(place.runs);
  expect(await readFile(join(place.runs, run!, 'healed.jsonl'), 'utf8')).toMatch(/nothing to undo/);
  const again = await finished(place.start(['heal']));
  expect(again.text).toMatch(/No open fault/);
  await expectNothingLeft(place);
});

/** The world that this run started for itself. */
const worldOf = ({ temporary }: OwnPlace): WorldFile => {
  const dir = readdirSync(temporary).find((name) => name.startsWith('antipode-world-'))!;
  return JSON.parse(readFileSync(join(temporary, dir, 'world.json'), 'utf8')) as WorldFile;
};

const portOf = (url: string): string => new URL(url).port;

// Kills a part of the run itself: the run ends early and leaves nothing behind. If the target died too, the revert
// cannot be verified: exit 5, until heal finds that the fault is moot.
test.each<[what: string, pid: (place: OwnPlace, harness: { pid?: number | undefined }) => number, code: number]>([
  ['k6', (place, harness) => the(place, harness, / run --quiet/), 4],
  ['the lanes', (place, harness) => the(place, harness, /src\/lanes\/main\.ts/), 4],
  ['the keeper', (place, harness) => the(place, harness, KEEPER), 4],
  ['Toxiproxy', (place, harness) => the(place, harness, /toxiproxy-server -host/), 5],
  [
    'the Redis of a region that the fault does not touch',
    (place, harness) => {
      const near = worldOf(place).regions.find(({ id }) => id === 'us-east-1')!;
      return the(place, harness, new RegExp(`redis-server .*${portOf(near.redisUrl!)}`));
    },
    5,
  ],
])('%s, killed during a fault, ends the run as INVALID', async (_, find, code) => {
  await using place = await ownPlace();
  const running = place.start(BRIEF);
  await seen(running, /: in effect/);
  process.kill(find(place, running), 'SIGKILL');
  const { exitCode, result, text } = await finished(running);
  expect(result?.verdict, text).toBe('INVALID');
  expect(exitCode, text).toBe(code);
  await expectNothingLeft(place);
  const heal = await finished(place.start(['heal']));
  expect(heal.exitCode, heal.text).toBe(0);
});
