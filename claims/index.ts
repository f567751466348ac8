/** Every kind of claim. To add one: docs/add-a-claim.md. */
import type { ClaimKind } from '../src/formats/claims.ts';
import { availability } from './availability/kind.ts';
import { backToBaseline } from './back-to-baseline/kind.ts';
import { cacheScope } from './cache-scope/kind.ts';
import { cartWinner } from './cart-winner/kind.ts';
import type { Kind } from './claim.ts';
import { convergence } from './convergence/kind.ts';
import { cost } from './cost/kind.ts';
import { dataSource } from './data-source/kind.ts';
import { divergentWrites } from './divergent-writes/kind.ts';
import { duringBadShare } from './during-bad-share/kind.ts';
import { edge } from './edge/kind.ts';
import { evacuation } from './evacuation/kind.ts';
import { failBack } from './fail-back/kind.ts';
import { failFast } from './fail-fast/kind.ts';
import { homeShare } from './home-share/kind.ts';
import { identicalAnswers } from './identical-answers/kind.ts';
import { inventory } from './inventory/kind.ts';
import { lagAlert } from './lag-alert/kind.ts';
import { latency } from './latency/kind.ts';
import { lostWrites } from './lost-writes/kind.ts';
import { monotonicReads } from './monotonic-reads/kind.ts';
import { nearReads } from './near-reads/kind.ts';
import { readYourWrites } from './read-your-writes/kind.ts';
import { regionHint } from './region-hint/kind.ts';
import { replicaBack } from './replica-back/kind.ts';
import { replicaOut } from './replica-out/kind.ts';
import { rto } from './rto/kind.ts';
import { sourceLabel } from './source-label/kind.ts';
import { staleness } from './staleness/kind.ts';
import { tenantAvailability } from './tenant-availability/kind.ts';
import { unreportedLag } from './unreported-lag/kind.ts';

/** Limits of experiments are judged and shown in this order. */
export const CLAIMS = {
  latency,
  availability,
  'home-share': homeShare,
  staleness,
  rto,
  evacuation,
  'fail-back': failBack,
  'back-to-baseline': backToBaseline,
  'during-bad-share': duringBadShare,
  'lost-writes': lostWrites,
  'divergent-writes': divergentWrites,
  'lag-alert': lagAlert,
  'unreported-lag': unreportedLag,
  'read-your-writes': readYourWrites,
  'monotonic-reads': monotonicReads,
  'cart-winner': cartWinner,
  convergence,
  'identical-answers': identicalAnswers,
  'data-source': dataSource,
  'fail-fast': failFast,
  'replica-out': replicaOut,
  'replica-back': replicaBack,
  inventory,
  'cache-scope': cacheScope,
  'source-label': sourceLabel,
  'near-reads': nearReads,
  'region-hint': regionHint,
  cost,
  'tenant-availability': tenantAvailability,
  edge,
} as const satisfies Record<ClaimKind, Kind>;

export const kindOf = (kind: ClaimKind): Kind => CLAIMS[kind];
