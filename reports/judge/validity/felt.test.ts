import { describe, expect, it } from 'vitest';
import { cellOf, FAILED, HEALED, judgeSynthetic, OUTAGE } from '../../../test/judge-synthetic.ts';
import type { SyntheticOptions } from '../../../test/synthetic/options.ts';
import { plantOutage } from '../../../test/synthetic/outage.ts';
import type { ClientHarm } from '../../../src/formats/faults.ts';
import type { RunResult } from '../../run-result.ts';

const REGION = 'ap-southeast-1';
const CUT: ClientHarm = { regions: [REGION], share: 1, slowerByMs: null };

/** The outage, which promises this to clients, and hurts those that `plant` says. */
const judge = async (hurts: ClientHarm | undefined, options: SyntheticOptions = {}): Promise<RunResult> => {
  const changePlan: SyntheticOptions['changePlan'] = (plan) => {
    for (const fault of plan.experiment!.faults) if (hurts) fault.hurts = hurts;
  };
  return (await judgeSynthetic({ ...OUTAGE, changePlan, ...options })).result;
};

const { fromMs, toMs } = OUTAGE;
/** Requests of home region 2 while the fault lasts, every n-th of them. */
const during = (every: number, change: object): NonNullable<SyntheticOptions['plant']> => {
  let seen = 0;
  return ({ home, dueMs }) =>
    home === 2 && dueMs >= fromMs && dueMs < toMs && (seen += 1) % every === 0 ? change : undefined;
};

describe('a fault that promises to hurt clients', () => {
  it('and hurt nobody is INVALID, with how many were asked', async () => {
    const result = await judge(CUT);
    expect(result).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
    expect(result.why).toMatch(
      /^Fault 1, region-outage .*, was seen at the proxy, by no client: 0 of [\d,]+ requests to ap-southeast-1 failed or hung while it lasted\.$/,
    );
    expect(result.next).toContain('kind: ingress');
    expect(cellOf(result, 'rto', REGION).status).toBe('INVALID');
    expect(cellOf(result, 'rto', REGION).why).toContain('by no client');
  });

  it('is judged as ever where clients felt it', async () => {
    const result = await judge(CUT, { plant: plantOutage(HEALED) });
    expect(result.why).not.toContain('by no client');
    expect(cellOf(result, 'rto', REGION).status).toBe('PASS');
  });

  it('is not felt because of a few errors that the baseline has, too', async () => {
    let seen = 0;
    const plant: NonNullable<SyntheticOptions['plant']> = ({ role }) =>
      role !== 'control' && (seen += 1) % 40 === 0 ? FAILED : undefined;
    expect((await judge(CUT, { plant })).why).toContain('by no client');
  });

  it('of which some connections were hit is felt by those alone', async () => {
    const grey = { ...CUT, share: 0.3 };
    expect((await judge(grey, { plant: during(12, FAILED) })).why).not.toContain('by no client');
    expect((await judge(grey)).why).toContain('by no client');
  });

  it('is felt where answers are late, though none is bad', async () => {
    const late: ClientHarm = { ...CUT, slowerByMs: 2_000 };
    expect((await judge(late, { plant: during(1, { totalUs: 2_050_000 }) })).why).not.toContain('by no client');
    const result = await judge(late, { plant: during(1, { totalUs: 300_000 }) });
    expect(result.why).toContain('failed or were late while it lasted');
  });

  it('is not held against requests that it had no time to hold back', async () => {
    const late: ClientHarm = { ...CUT, slowerByMs: 40_000 };
    expect((await judge(late)).why).not.toContain('by no client');
  });

  it('tested nothing where nobody asked the region at all', async () => {
    const elsewhere: NonNullable<SyntheticOptions['plant']> = ({ home, dueMs, operation }, { askedRegion }) =>
      home === 2 && operation.via === 'region' && askedRegion === 2 && dueMs >= fromMs - 1_000 && dueMs < toMs
        ? { askedRegion: 1, servedRegion: 1 }
        : undefined;
    const result = await judge(CUT, { plant: elsewhere });
    expect(cellOf(result, 'rto', REGION).why).toContain('by no client: nobody asked ap-southeast-1 while it lasted');
  });
});

it('a fault that promises nothing to clients is no worse for their not having felt it', async () => {
  expect((await judge(undefined)).why).not.toContain('by no client');
});
