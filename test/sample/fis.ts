/** The sample fault as AWS FIS carried it out: three regions, through the endpoint of a local world. */
import type { FisOutcome, FisRecord } from '../../src/formats/fis.ts';
import type { RunResult } from '../../reports/run-result.ts';
import { FAULT, HURT, REGIONS } from './scene.ts';

/** FIS is slow: requested this long before the sample's fault begins. */
export const ASKED_BEFORE_MS = 2_600;

/** T0 of the sample, `startedAt` of its result. */
const T0_EPOCH_MS = Date.UTC(2026, 10, 22, 21, 47, 10);
const ACCOUNT = '*'.repeat(12);
const IDS = ['EXPLp4kZ8s2Qw9Lm7', 'EXP8dTnB3xVyK1rWc', 'EXPq6HsJ5uGfA2eMz'];

export const sampleFis = (): FisOutcome => ({
  place: { endpoint: 'http://127.0.0.1:4566', scale: 1 },
  experiments: [REGIONS[HURT]!, ...REGIONS.filter((_, i) => i !== HURT)].map(record),
  notExercised: [],
  suspects: [],
});

/** The lost region is disconnected; the others lose their path to it. */
function record(region: string, i: number): FisRecord {
  const isHurt = i === 0;
  const startEpochMs = T0_EPOCH_MS + FAULT.fromMs - ASKED_BEFORE_MS + 310 + i * 40;
  const endEpochMs = T0_EPOCH_MS + FAULT.toMs + 3_120 + i * 170;
  const during = { startEpochMs: startEpochMs + 2_010, endEpochMs: endEpochMs - 3_050 };
  const subnets = isHurt ? ['0a91c27f', '0b63d1e8', '0c5f47a2'] : [`0d${i}84b6c9`, `0e${i}17a3f5`];
  return {
    region,
    id: IDS[i]!,
    arn: `arn:aws:fis:${region}:${ACCOUNT}:experiment/${IDS[i]!}`,
    status: 'stopped',
    reason: 'Experiment stopped by user request.',
    startEpochMs,
    endEpochMs,
    actions: [
      isHurt
        ? { name: 'cut-off', actionId: 'aws:network:disrupt-connectivity', status: 'stopped', ...during }
        : {
            name: 'routes',
            actionId: 'aws:network:route-table-disrupt-cross-region-connectivity',
            status: 'stopped',
            ...during,
          },
    ],
    targets: subnets.map(
      (id) =>
        `${isHurt ? 'subnets' : 'cross-region-subnets'} arn:aws:ec2:${region}:${ACCOUNT}:subnet/subnet-${id}d3e5b7c1f`,
    ),
  };
}

/** The journal of the sample fault, with the events of FIS. */
export function fisJournal(journal: RunResult['journal']): RunResult['journal'] {
  const before = sampleFis().experiments.map(({ region, targets }) => ({
    ms: null,
    text: `FIS would hit ${targets.join(', ')} in ${region} for fault 1.`,
  }));
  const after = sampleFis().experiments.map(({ id, region, status, reason }) => ({
    ms: FAULT.toMs + 3_600,
    text: `FIS experiment ${id} in ${region}: ${status} (${reason}).`,
  }));
  const begun = journal.findIndex(({ ms }) => ms !== null);
  const gone = journal.findIndex(({ ms }) => ms !== null && ms > FAULT.t1Ms + 1_000);
  return [...journal.slice(0, begun), ...before, ...journal.slice(begun, gone), ...after, ...journal.slice(gone)];
}
