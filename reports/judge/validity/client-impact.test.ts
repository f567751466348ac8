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

describe('a fault that must affect clients', () => {
  it('and affects none is INVALID, with the number of requests', async () => {
    const result = await judge(CUT);
    expect(result).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
    expect(result.why).toMatch(
      /^Fault 1, region-outage .*, took effect at the proxy but reached no client: 0 of [\d,]+ requests to ap-southeast-1 failed or hung during the fault\.$/,
    );
    expect(result.next).toContain('kind: ingress');
    expect(cellOf(result, 'rto', REGION).status).toBe('INVALID');
    expect(cellOf(result, 'rto', REGION).why).toContain('reached no client');
  });

  it('is judged if it affected clients', async () => {
    const result = await judge(CUT, { plant: plantOutage(HEALED) });
    expect(result.why).not.toContain('reached no client');
    expect(cellOf(result, 'rto', REGION).status).toBe('PASS');
  });

  it('is not proven by errors that the baseline has, too', async () => {
    let seen = 0;
    const plant: NonNullable<SyntheticOptions['plant']> = ({ role }) =>
      role !== 'control' && (seen += 1) % 40 === 0 ? FAILED : undefined;
    expect((await judge(CUT, { plant })).why).toContain('reached no client');
  });

  it('that affects some connections needs some affected requests', async () => {
    const grey = { ...CUT, share: 0.3 };
    expect((await judge(grey, { plant: during(12, FAILED) })).why).not.toContain('reached no client');
    expect((await judge(grey)).why).toContain('reached no client');
  });

  it('may only slow requests down', async () => {
    const late: ClientHarm = { ...CUT, slowerByMs: 2_000 };
    expect((await judge(late, { plant: during(1, { totalUs: 2_050_000 }) })).why).not.toContain('reached no client');
    const result = await judge(late, { plant: during(1, { totalUs: 300_000 }) });
    expect(result.why).toContain('failed or were slower during the fault');
  });

  it('ignores requests that are released by the revert', async () => {
    const late: ClientHarm = { ...CUT, slowerByMs: 40_000 };
    expect((await judge(late)).why).not.toContain('reached no client');
  });

  it('tested nothing if no request went to the region', async () => {
    const elsewhere: NonNullable<SyntheticOptions['plant']> = ({ home, dueMs, operation }, { requestedRegion }) =>
      home === 2 && operation.via === 'region' && requestedRegion === 2 && dueMs >= fromMs - 1_000 && dueMs < toMs
        ? { requestedRegion: 1, servedRegion: 1 }
        : undefined;
    const result = await judge(CUT, { plant: elsewhere });
    expect(cellOf(result, 'rto', REGION).why).toContain(
      'reached no client: no request went to ap-southeast-1 during the fault',
    );
  });
});

it('a fault that need not affect clients is valid without impact', async () => {
  expect((await judge(undefined)).why).not.toContain('reached no client');
});
