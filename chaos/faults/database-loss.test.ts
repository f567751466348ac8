import { describe, expect, it } from 'vitest';
import type { FaultPoint } from '../../src/formats/faults.ts';
import { paramsOf, startFault } from '../../test/fault-life.ts';
import { httpServer, worldControl } from '../../test/fault-rig.ts';
import { databaseLoss } from './database-loss.ts';

describe('a lost database', () => {
  it.each([
    ['stopped', 'stop'],
    ['frozen', 'freeze'],
  ] as const)('is seen by the API of its region, which no longer tells its lag: %s', async (face, action) => {
    let isLost = false;
    await using api = await httpServer((_, response) => {
      response.writeHead(isLost ? 503 : 200).end(JSON.stringify(isLost ? { error: 'no database' } : { ageMs: 20 }));
    });
    await using world = await worldControl(
      [{ name: 'database-far', kind: 'database', region: 'far', state: 'running', fault: null }],
      (_, done) => {
        isLost = done === action;
      },
    );
    const database: FaultPoint = {
      driver: 'world',
      name: 'database-far',
      kind: 'database',
      region: 'far',
      to: null,
      control: world.control,
      probe: { protocol: 'lag', url: `http://127.0.0.1:${api.port}/lag` },
    };
    await using fault = await startFault(databaseLoss, [database], { region: 'far', face });
    await fault.heal();
    expect(world.calls.slice(0, 2)).toEqual([`database-far ${action}`, 'database-far restore']);
  });

  it('must be one that the world can stop', () => {
    expect(databaseLoss.select([], paramsOf(databaseLoss, { region: 'mars' }))).toBe(
      'there is no database that can be stopped in mars; regions that have one: none',
    );
  });
});
