/** All worlds, one folder each. A test writes worlds.json from this table, for the harness. */
import { activeActive } from './active-active/world.ts';
import { singleBrain } from './single-brain/world.ts';
import type { Worlds } from './kit/world.ts';

export const WORLDS: Worlds = {
  'active-active': activeActive,
  'single-brain': singleBrain,
};
