import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FisRig, REGIONS, startFisRig } from '../test/fis-rig.ts';
import { leftoversOf } from './leftovers.ts';

describe('what is left in AWS FIS', () => {
  let rig: FisRig;
  beforeAll(async () => void (rig = await startFisRig()));
  afterAll(() => rig?.close());

  const asked = (roleArn = rig.target.roleArn) =>
    leftoversOf({
      world: null,
      toxiproxies: [],
      fis: { target: { ...rig.target, roleArn }, endpoint: rig.url, scale: null, probeUrls: null, showAccounts: false },
    });

  it('is nothing where nothing was begun', async () => {
    expect(await asked()).toEqual({ left: [], unreachable: [] });
  });

  it('is not known to the credentials of another account: every region counts as unreachable', async () => {
    const { left, unreachable } = await asked('arn:aws:iam::998877665544:role/antipode-fis');
    expect(left).toEqual([]);
    expect(unreachable).toHaveLength(REGIONS.length);
    for (const words of unreachable) {
      expect(words).toContain('another account');
      expect(words).not.toMatch(/998877665544|000000000000/);
    }
  });
});
