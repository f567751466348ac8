/** What each role of clients does. The planner, the timetable, the judge and the live view read it here. */
import type { ClientRole } from '../src/formats/timetable.ts';

export interface Role {
  /** Who sends it, as `plan` says it behind a rate. */
  words: string;
  /** Whether they are people in cities: the ones whom claims are about, whom probes never make up for. */
  isPeople: boolean;
  /** Whether its requests compete with other extras for the cap on what a plan sends; others have room of their own. */
  sharesCap: boolean;
  /** The cohorts of its clients: those of the profile, each in turn, or `direct` alone. */
  cohorts: 'profile' | 'in turn' | 'direct';
  /** What one client asks in one go: several requests with pauses, one, or a pattern that the role has itself. */
  visits: 'sessions' | 'single' | 'own';
  /** When they come: by the profile's curve, evenly, or at random; writes may keep another pace than reads. */
  reads: 'profile' | 'even' | 'random';
  writes: 'profile' | 'even' | 'random';
  /** Whether one client goes on where the last one ended, without a rest. */
  isInTurn: boolean;
  /** The records that it asks for: drawn as people draw them, or of its own. */
  keys: 'profile' | 'tracer' | 'session' | 'cart';
}

const EXTRA = {
  isPeople: false,
  sharesCap: true,
  cohorts: 'direct',
  visits: 'single',
  reads: 'random',
  writes: 'random',
  isInTurn: false,
  keys: 'profile',
} as const;

export const ROLES = {
  mix: {
    ...EXTRA,
    words: 'people',
    isPeople: true,
    cohorts: 'profile',
    visits: 'sessions',
    reads: 'profile',
    writes: 'profile',
  },
  probe: { ...EXTRA, words: 'probes in the regions' },
  topup: { ...EXTRA, words: 'extra requests from small cities', isPeople: true, cohorts: 'profile' },
  // One writer keeps the order of the versions.
  tracer: { ...EXTRA, words: 'staleness tracers', writes: 'even', isInTurn: true, keys: 'tracer' },
  control: { ...EXTRA, words: 'control echoes', sharesCap: false },
  // In turn, so that each cohort's own requests are evenly spaced.
  clock: { ...EXTRA, words: 'for the failover clock', cohorts: 'in turn', reads: 'even', writes: 'even' },
  ledger: { ...EXTRA, words: 'for the ledger of writes', sharesCap: false },
  session: {
    ...EXTRA,
    words: 'sessions that read their own writes',
    sharesCap: false,
    visits: 'own',
    isInTurn: true,
    keys: 'session',
  },
  cart: { ...EXTRA, words: 'edits of carts', sharesCap: false, keys: 'cart' },
} as const satisfies Record<ClientRole, Role>;
