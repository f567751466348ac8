import { describe, expect, it } from 'vitest';
import { defaultRouting } from '../../targets/world/kit/programs/routing.ts';
import * as kit from '../../targets/world/kit/topology.ts';
import { SPEEDS } from '../../targets/world/kit/world.ts';
import { WORLDS as TABLE } from '../../targets/world/worlds.ts';
import { PROCESS_KINDS, WORLD_LINK_KINDS } from '../formats/faults.ts';
import { REGION_ROLES, ROUTING_SPEEDS, ROUTING_TTL_SECONDS } from '../formats/world-file.ts';
import { WORLDS } from './worlds.ts';

describe('the worlds and Antipode, which share no code', () => {
  it('have the same worlds', () => {
    expect(Object.keys(WORLDS)).toEqual(Object.keys(TABLE));
  });

  it('have the same links, processes, roles and speeds', () => {
    expect(kit.LINK_KINDS).toEqual(WORLD_LINK_KINDS);
    expect(kit.SERVER_KINDS).toEqual(PROCESS_KINDS);
    expect(kit.REGION_ROLES).toEqual(REGION_ROLES);
    expect(SPEEDS).toEqual(ROUTING_SPEEDS);
    for (const speed of SPEEDS) expect(defaultRouting(speed).ttlSeconds).toBe(ROUTING_TTL_SECONDS[speed]);
  });
});
