/** From responses of FIS to the reports of a run: no account id gets there unless it is requested. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notExercised, recordOf } from '../chaos/drivers/fis/life/run.ts';
import { suspectsOf } from '../chaos/drivers/fis/life/stop.ts';
import type { FisExperiment, ResolvedTarget } from '../chaos/drivers/fis/client/wire.ts';
import { writeReports } from '../reports/render/index.ts';
import { renderConsole } from '../reports/render/console.ts';
import type { FisOutcome } from '../src/formats/fis.ts';
import { HEALED, judgeSynthetic, OUTAGE } from './judge-synthetic.ts';
import { fisEnded } from './synthetic/fis.ts';
import { plantOutage } from './synthetic/outage.ts';

const ACCOUNT = '210987654321';
const KEY = 'AKIAIOSFODNN7ABCDEFG';
const REGIONS = ['ap-southeast-1', 'us-east-1', 'eu-west-1'];
/** Digits of a fraction are none. */
const ACCOUNT_ID = /(?<![\d.])\d{12}(?![\d.])/;
const ARN_WITH_ACCOUNT = /arn:aws[\w-]*:[\w-]*:[\w-]*:\d/;

/** Account ids wherever FIS writes them: in ARNs, in reasons and errors, in what targets resolve to. */
const experimentIn = (region: string, i: number): FisExperiment => {
  const instants = { startEpochMs: 1_735_689_653_000, endEpochMs: 1_735_689_685_000 };
  const denied = `User: arn:aws:sts::${ACCOUNT}:assumed-role/fis/${KEY} is not authorized in ${ACCOUNT}`;
  return {
    id: `EXP${i}`,
    arn: `arn:aws:fis:${region}:${ACCOUNT}:experiment/EXP${i}`,
    region,
    templateId: 'EXT1',
    status: 'failed',
    reason: denied,
    error: denied,
    actions: [
      { name: 'cut-off', actionId: 'aws:network:disrupt-connectivity', status: 'failed', reason: denied, ...instants },
    ],
    createdEpochMs: instants.startEpochMs,
    ...instants,
    tags: {},
    actionsMode: 'run-all',
  };
};

const targetsIn = (region: string): ResolvedTarget[] => [
  {
    targetName: 'subnets',
    resourceType: 'aws:ec2:subnet',
    information: { arn: `arn:aws:ec2:${region}:${ACCOUNT}:subnet/subnet-1`, owner: ACCOUNT },
  },
];

/** What the driver writes into the journal of such experiments. */
function outcome(showAccounts: boolean): Partial<FisOutcome> {
  const experiments = REGIONS.map(experimentIn);
  return {
    experiments: experiments.map((one) => recordOf(one, targetsIn(one.region), showAccounts)),
    notExercised: notExercised(experiments),
    suspects: experiments
      .flatMap(suspectsOf)
      .map(({ region, what, command }) => `${what} in ${region}: \`${command}\``),
  };
}

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'antipode-fis-reports-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Every report of a judged run, by name, without the breaks of its lines. */
async function reports(showAccounts: boolean): Promise<Map<string, string>> {
  const { run, result } = await judgeSynthetic({
    ...OUTAGE,
    plant: plantOutage(HEALED),
    changeJournal: fisEnded(outcome(showAccounts)),
  });
  const to = await mkdtemp(join(dir, 'run-'));
  await writeReports(to, run.plan, result);
  const found = new Map([['terminal', renderConsole(run.plan, result, { colour: false, reportPath: 'report.html' })]]);
  for (const name of await readdir(to)) found.set(name, await readFile(join(to, name), 'utf8'));
  for (const [name, text] of found) found.set(name, text.replaceAll(/\s+/g, ' '));
  return found;
}

describe('reports of a run that went through FIS', () => {
  it('hold no account id, no ARN with one, and no access key', async () => {
    const found = await reports(false);
    expect([...found.keys()].toSorted()).toEqual(['junit.xml', 'report.html', 'result.json', 'summary.md', 'terminal']);
    for (const [name, text] of found) {
      expect(text, name).toContain('not exercised: aws:network:disrupt-connectivity in ap-southeast-1: failed');
      expect(text, name).not.toContain(ACCOUNT);
      expect(ACCOUNT_ID.exec(text)?.[0], name).toBeUndefined();
      expect(ARN_WITH_ACCOUNT.exec(text)?.[0], name).toBeUndefined();
      expect(text, name).not.toContain(KEY);
    }
  });

  it('show the account if requested', async () => {
    const found = await reports(true);
    // JUnit names no experiments.
    for (const name of ['terminal', 'report.html', 'result.json', 'summary.md']) {
      expect(found.get(name), name).toContain(`arn:aws:fis:ap-southeast-1:${ACCOUNT}:experiment/EXP0`);
    }
  });
});
