/** What the clients of each role do, for the planner, the timetable, the judge and the live view. */
import type { ClientRole } from '../src/formats/timetable.ts';

export interface Role {
  /** What it sends, as `plan` shows it after a rate. */
  words: string;
  /** Whether they are users in cities. Claims are about users; probes are no substitute. */
  isUser: boolean;
  /** Whether its requests share the plan's cap on extra requests. */
  sharesCap: boolean;
  /** The cohorts of its clients: those of the profile, each in turn, or `direct` alone. */
  cohorts: 'profile' | 'in turn' | 'direct';
  /** What one client sends per visit: several requests with pauses, one, or the role's own pattern. */
  visits: 'sessions' | 'single' | 'own';
  /** When requests are due: by the profile's curve, evenly spaced, or at random. */
  reads: 'profile' | 'even' | 'random';
  writes: 'profile' | 'even' | 'random';
  /** Whether a client starts where the last one ended, without a pause. */
  isInTurn: boolean;
  /** The records it requests: drawn as for users, or the role's own. */
  keys: 'profile' | 'tracer' | 'session' | 'cart';
}

const EXTRA = {
  isUser: false,
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
    words: 'user requests',
    isUser: true,
    cohorts: 'profile',
    visits: 'sessions',
    reads: 'profile',
    writes: 'profile',
  },
  probe: { ...EXTRA, words: 'probes in the regions' },
  topup: { ...EXTRA, words: 'extra requests from small cities', isUser: true, cohorts: 'profile' },
  // A single writer keeps versions in order.
  tracer: { ...EXTRA, words: 'staleness tracers', writes: 'even', isInTurn: true, keys: 'tracer' },
  control: { ...EXTRA, words: 'control echoes', sharesCap: false },
  // In turn, so that each cohort's own requests are evenly spaced.
  clock: { ...EXTRA, words: 'failover clock requests', cohorts: 'in turn', reads: 'even', writes: 'even' },
  ledger: { ...EXTRA, words: 'ledger writes', sharesCap: false },
  session: {
    ...EXTRA,
    words: 'session reads and writes',
    sharesCap: false,
    visits: 'own',
    isInTurn: true,
    keys: 'session',
  },
  cart: { ...EXTRA, words: 'cart edits', sharesCap: false, keys: 'cart' },
} as const satisfies Record<ClientRole, Role>;
