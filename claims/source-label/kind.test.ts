import { describe, expect, it } from 'vitest';
import { SOURCES } from '../../src/formats/recording.ts';
import { judge, SHORT } from '../../test/judge-synthetic.ts';
import { found } from '../../test/found.ts';
import type { Finding } from '../claim.ts';

const judged = (fromPrimary: number, behind: number): Finding => {
  const its = { region: 'ap-southeast-1', atMs: [], reads: {}, fromPrimary, behind };
  return found('source-label', { mislabelledReads: 0 }, { dataSources: [its] });
};

describe('the label of the source', () => {
  it('is true if no read that names the primary missed an acknowledged write', () => {
    expect(judged(400, 0)).toMatchObject({ status: 'PASS', total: 400, bad: 0 });
    expect(judged(400, 1)).toMatchObject({ status: 'FAIL', total: 400, bad: 1 });
  });

  it('is not tested with few such reads, but one that is wrong is enough', () => {
    expect(judged(99, 0).status).toBe('INCONCLUSIVE');
    expect(judged(99, 1).status).toBe('FAIL');
  });
});

describe('its figures', () => {
  const PRIMARY = SOURCES.indexOf('primary');
  const REPLICA = SOURCES.indexOf('replica');

  it('are of reads of recently written records, by region, and show where reads came from', async () => {
    const { dataSources } = (await judge(SHORT)).figures;
    const [us, , asia] = dataSources;
    expect(us!.fromPrimary).toBeGreaterThan(10);
    expect(dataSources.map(({ behind }) => behind)).toEqual([0, 0, 0]);
    expect(Object.keys(us!.reads)).toEqual(['primary']);
    expect(Object.keys(asia!.reads)).toEqual(['replica', 'cache']);
    expect(asia!.reads.replica).toHaveLength(asia!.atMs.length);
  });

  it('find reads of a replica that name the primary', async () => {
    const plant = (_: unknown, drawn: { source: number }) =>
      drawn.source === REPLICA ? { source: PRIMARY } : undefined;
    const { dataSources } = (await judge({ ...SHORT, replicaLagMs: 300, plant })).figures;
    expect(dataSources[0]!.behind).toBe(0);
    expect(dataSources[2]!.behind).toBeGreaterThan(0);
  });
});
