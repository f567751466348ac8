/** The worlds there are, one folder each. worlds.json says of each what the harness must know; a test writes it. */
import { activeActive } from './active-active/world.ts';
import type { Worlds } from './kit/world.ts';

export const WORLDS: Worlds = {
  'active-active': activeActive,
};
