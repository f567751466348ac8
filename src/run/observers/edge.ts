/** Requests static assets from the edge after the load and purges them, for the claim on the edge. */
import type { ObservedAsset, EdgeObservation, EdgeResponse, ObservedPurge } from '../../../claims/edge/observation.ts';
import { edgeResponseOf } from '../../../claims/edge/observation.ts';
import type { Target } from '../../config/types.ts';
import { type RequestResult, createTargetClient } from '../target-client.ts';
import { afterLoad, keysOf, LIMIT_SHARE, type ObservedRun, type Observer, pause } from './observer.ts';

/** Assets that are judged. */
const KEYS = 10;
/** Assets that are requested at most: one whose copy expires too soon for a purge is replaced by another. */
const MAX_KEYS = 3 * KEYS;
const TIMEOUT_MS = 5_000;
/** Between two probes of one asset. */
const POLL_MS = 250;
/**
 * Age from which a copy is purged: `Age` is in whole seconds and a response takes time, so a younger copy could pass
 * for one from after the purge.
 */
const MIN_AGE_SECONDS = 3;
/** Error of a copy's age, for the same reason. */
const ROUNDING_SECONDS = 1;
/** Assets purged together are so many that each can be probed this often within the time that a purge may take. */
const PROBES_IN_TIME = 4;

export const edge: Observer = (run) => {
  const { plan, target, upstreams } = run;
  const isClaimed = plan.claims.some(({ kind }) => kind === 'edge');
  if (!isClaimed || target.edge === null || upstreams.edge === null) return null;
  const declared = target.edge;
  return afterLoad(async () => {
    await using assets = new Assets(run, declared);
    return [{ kind: 'observation', of: 'edge', seen: await assets.seen() }];
  });
};

const NO_RESPONSE = { status: null, isCached: false, ageSeconds: null, limit: null } as const;

type Declared = NonNullable<Target['edge']>;
type Purge = NonNullable<Declared['purge']>;

type Responses = ObservedAsset['responses'];

/** A probe of an asset, when it was sent and when its response came. */
interface Probe {
  seen: EdgeResponse;
  sentMs: number;
  atMs: number;
}

class Assets implements AsyncDisposable {
  private readonly run: ObservedRun;
  private readonly declared: Declared;
  private readonly operation: Target['operations'][number];
  private readonly client: ReturnType<typeof createTargetClient>;
  private readonly perSecond: number;
  /** Lifetime that a copy must have left when its asset is purged. */
  private readonly minRemainingSeconds: number;
  private nextMs = 0;

  constructor(run: ObservedRun, declared: Declared) {
    const { target, plan } = run;
    this.run = run;
    this.declared = declared;
    // The checks of a target file ensure that there is one (target-data.ts).
    this.operation = target.operations.find(({ name }) => name === declared.asset)!;
    this.client = createTargetClient(target, plan, TIMEOUT_MS);
    this.perSecond = LIMIT_SHARE * target.maxRatePerSecond;
    // With a low rate limit, every other asset may be requested once more before this one.
    this.minRemainingSeconds = declared.purgeSeconds + ROUNDING_SECONDS + KEYS / this.perSecond;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }

  /** All assets are requested twice, one round after the other, before any is purged. */
  async seen(): Promise<EdgeObservation> {
    const { name, path, expect } = this.operation;
    const { purge, purgeSeconds } = this.declared;
    const responses = path.includes('{key}') ? await this.chosen() : await this.responsesFor([0]);
    const purges = new Map<number, ObservedPurge | null>();
    const together = Math.max(1, Math.floor((this.perSecond * purgeSeconds) / PROBES_IN_TIME));
    const withAge = [...responses].flatMap(([key, [, second]]) => (second.ageSeconds === null ? [] : [key]));
    for (let from = 0; purge !== undefined && from < withAge.length; from += together) {
      const some = withAge.slice(from, from + together);
      await Promise.all(some.map(async (key) => purges.set(key, await this.purged(key, purge))));
    }
    const assets = [...responses].map(([key, responses]): ObservedAsset => ({
      asset: key > 0 ? `${name} ${key}` : name,
      responses,
      purge: purges.get(key) ?? null,
    }));
    return { expect, purgeSeconds: purge === undefined ? null : purgeSeconds, assets };
  }

  /**
   * The assets that are judged, by key. Those whose copy expires too soon for a purge are taken only if there are too
   * few others: waiting for their next copy takes most of the time that a purge may take.
   */
  private async chosen(): Promise<Map<number, Responses>> {
    const chosen = new Map<number, Responses>();
    const expiring = new Map<number, Responses>();
    const keys = keysOf(this.run.profile, MAX_KEYS);
    while (keys.length > 0 && chosen.size < KEYS) {
      for (const [key, responses] of await this.responsesFor(keys.splice(0, KEYS - chosen.size)))
        (this.expiresSoon(responses[1]) ? expiring : chosen).set(key, responses);
    }
    return new Map([...chosen, ...expiring].slice(0, KEYS));
  }

  private async responsesFor(keys: number[]): Promise<Map<number, Responses>> {
    const firstProbes = await Promise.all(keys.map((key) => this.probe(key)));
    const secondProbes = await Promise.all(keys.map((key) => this.probe(key)));
    return new Map(keys.map((key, i) => [key, [firstProbes[i]!.seen, secondProbes[i]!.seen]]));
  }

  /** Whether a copy within its maximum age would expire before the time limit of a purge. */
  private expiresSoon({ ageSeconds, limit }: EdgeResponse): boolean {
    if (this.declared.purge === undefined || ageSeconds === null || limit === null) return false;
    const rest = limit.seconds - ageSeconds;
    return rest >= 0 && rest <= this.minRemainingSeconds;
  }

  /**
   * Purges an asset and probes it until a copy from after the purge is served, or time is up. Null without a copy that
   * is old enough to be distinguished from a new one.
   */
  private async purged(key: number, { method, path, expect }: Purge): Promise<ObservedPurge | null> {
    const { purgeSeconds } = this.declared;
    if (!(await this.waitForOldCopy(key))) return null;
    await this.turn();
    const sentMs = Date.now();
    const result = await this.send(key, path, method);
    const answeredMs = Date.now();
    if ('failure' in result) return { status: null, failure: result.failure, isAccepted: false, served: null };
    const { status } = result;
    const isAccepted = expect.includes(status);
    const ended = (served: ObservedPurge['served']): ObservedPurge => ({ status, failure: null, isAccepted, served });
    if (!isAccepted) return ended(null);
    for (let isFirst = true; ; isFirst = false) {
      const { seen, ...probe } = await this.probe(key);
      const isLate = probe.sentMs - answeredMs > 1000 * purgeSeconds;
      const isUsable = seen.status !== null && this.operation.expect.includes(seen.status);
      // A response without an age, where copies have one, was fetched from the origin for this request.
      const secondsSincePurge = (probe.atMs - sentMs) / 1000 + ROUNDING_SECONDS;
      const isNew = seen.ageSeconds === null || seen.ageSeconds < secondsSincePurge;
      // A late first probe cannot show whether the new copy was there in time.
      if (isUsable && isNew) return ended(isFirst && isLate ? null : 'new');
      if (isLate) return ended(isUsable ? 'old' : null);
      await pause(POLL_MS);
    }
  }

  /**
   * Waits for a copy that is old enough to be distinguished from a new one and does not expire before the purge must
   * show. False for a copy without an age or with too short a lifetime.
   */
  private async waitForOldCopy(key: number): Promise<boolean> {
    const { minRemainingSeconds } = this;
    // In the worst case the copy expires first, and the next one must reach the age.
    const untilMs = Date.now() + 1000 * (minRemainingSeconds + 2 * MIN_AGE_SECONDS);
    for (;;) {
      const { ageSeconds, limit } = (await this.probe(key)).seen;
      const rest = limit === null ? Infinity : limit.seconds - (ageSeconds ?? 0);
      if (ageSeconds !== null && ageSeconds >= MIN_AGE_SECONDS && rest > minRemainingSeconds) return true;
      if (limit !== null && limit.seconds - MIN_AGE_SECONDS <= minRemainingSeconds) return false;
      if (Date.now() > untilMs) return false;
      await pause(4 * POLL_MS);
    }
  }

  private async probe(key: number): Promise<Probe> {
    await this.turn();
    const { source } = this.run.target.observe;
    const sentMs = Date.now();
    const result = await this.send(key, this.operation.path, 'GET');
    const instants = { sentMs, atMs: Date.now() };
    if ('failure' in result) return { ...instants, seen: { ...NO_RESPONSE, failure: result.failure } };
    const header = (name: string): string => String(result.headers[name.toLowerCase()] ?? '');
    return { ...instants, seen: edgeResponseOf(result.status, header, source === '' ? '' : header(source)) };
  }

  private send(key: number, path: string, method: string): Promise<RequestResult> {
    const { plan, upstreams } = this.run;
    return this.client.request(upstreams.edge!, path, { key, tenant: plan.tenants[0]?.id ?? '' }, { method });
  }

  /** Resolves when the next request may be sent: one after the other, within the target's rate limit. */
  private async turn(): Promise<void> {
    const atMs = Math.max(Date.now(), this.nextMs);
    this.nextMs = atMs + 1000 / this.perSecond;
    await pause(atMs - Date.now());
  }
}
