/** Asks the edge for some static assets once the load has ended, and purges them: for the claim about the edge. */
import type { SeenAsset, SeenAssets, SeenLook, SeenPurge } from '../../../claims/edge/seen.ts';
import { lookOf } from '../../../claims/edge/seen.ts';
import type { Target } from '../../config/types.ts';
import { type Asked, createAsker } from '../ask.ts';
import { afterwards, type ObservedRun, type Observer } from './observer.ts';

/** Assets that are asked for. */
const KEYS = 10;
const PATIENCE_MS = 5_000;
/** Of the target's limit on requests, this part is used. */
const LIMIT_PART = 0.5;
/** Between two looks at one asset. */
const AGAIN_MS = 250;
/**
 * What is purged must be so old at least: `Age` is in whole seconds and an answer takes its way, so that a younger copy
 * could pass for one from after the purge.
 */
const TELLING_SECONDS = 3;
/** What may be missed of a copy's age: by the same token. */
const ROUNDING_SECONDS = 1;
/** So many are purged together that each can be looked at so often within the time that a purge may take. */
const LOOKS_IN_TIME = 4;

export const edge: Observer = (run) => {
  const { plan, target, upstreams } = run;
  const isClaimed = plan.claims.some(({ kind }) => kind === 'edge');
  if (!isClaimed || target.edge === null || upstreams.edge === null) return null;
  const declared = target.edge;
  return afterwards(async () => {
    await using assets = new Assets(run, declared);
    return [{ kind: 'observation', of: 'edge', seen: await assets.seen() }];
  });
};

const NO_ANSWER = { status: null, isCached: false, ageSeconds: null, limit: null } as const;

type Declared = NonNullable<Target['edge']>;
type Purge = NonNullable<Declared['purge']>;

/** A look, when it began and when its answer came. */
interface Look {
  seen: SeenLook;
  sentMs: number;
  atMs: number;
}

class Assets implements AsyncDisposable {
  private readonly run: ObservedRun;
  private readonly declared: Declared;
  private readonly operation: Target['operations'][number];
  private readonly asker: ReturnType<typeof createAsker>;
  private readonly perSecond: number;
  private nextMs = 0;

  constructor(run: ObservedRun, declared: Declared) {
    const { target, plan } = run;
    this.run = run;
    this.declared = declared;
    // The checks of a target file see to it that there is one (target-data.ts).
    this.operation = target.operations.find(({ name }) => name === declared.asset)!;
    this.asker = createAsker(target, plan, PATIENCE_MS);
    this.perSecond = LIMIT_PART * target.maxRatePerSecond;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.asker[Symbol.asyncDispose]();
  }

  /** All are asked for once before any is asked for again, and twice before any is purged. */
  async seen(): Promise<SeenAssets> {
    const { name, path, expect } = this.operation;
    const { purge, purgeSeconds } = this.declared;
    const keys = path.includes('{key}') ? Array.from({ length: KEYS }, (_, i) => i + 1) : [0];
    const firsts = await Promise.all(keys.map((key) => this.look(key)));
    const seconds = await Promise.all(keys.map((key) => this.look(key)));
    const purges = new Map<number, SeenPurge | null>();
    const together = Math.max(1, Math.floor((this.perSecond * purgeSeconds) / LOOKS_IN_TIME));
    const aged = keys.filter((_, i) => seconds[i]!.seen.ageSeconds !== null);
    for (let from = 0; purge !== undefined && from < aged.length; from += together) {
      const some = aged.slice(from, from + together);
      await Promise.all(some.map(async (key) => purges.set(key, await this.purged(key, purge))));
    }
    const assets = keys.map((key, i): SeenAsset => {
      const looks: SeenAsset['looks'] = [firsts[i]!.seen, seconds[i]!.seen];
      return { asset: keys.length > 1 ? `${name} ${key}` : name, looks, purge: purges.get(key) ?? null };
    });
    return { expect, purgeSeconds: purge === undefined ? null : purgeSeconds, assets };
  }

  /**
   * Purges an asset and looks until a copy from after that is shown, or the time is over. Null without a copy to tell
   * from such a one.
   */
  private async purged(key: number, { method, path, expect }: Purge): Promise<SeenPurge | null> {
    const { purgeSeconds } = this.declared;
    if (!(await this.hasTellingCopy(key))) return null;
    await this.turn();
    const sentMs = Date.now();
    const asked = await this.ask(key, path, method);
    const answeredMs = Date.now();
    if ('failure' in asked) return { status: null, failure: asked.failure, isAccepted: false, shows: null };
    const { status } = asked;
    const isAccepted = expect.includes(status);
    const ended = (shows: SeenPurge['shows']): SeenPurge => ({ status, failure: null, isAccepted, shows });
    if (!isAccepted) return ended(null);
    for (let isFirst = true; ; isFirst = false) {
      const { seen, ...look } = await this.look(key);
      const isLate = look.sentMs - answeredMs > 1000 * purgeSeconds;
      const isTold = seen.status !== null && this.operation.expect.includes(seen.status);
      // What says no age, where copies do, was fetched for this very question.
      const youngest = (look.atMs - sentMs) / 1000 + ROUNDING_SECONDS;
      const isNew = seen.ageSeconds === null || seen.ageSeconds < youngest;
      // Nobody looked in time: it may have been there, or not.
      if (isTold && isNew) return ended(isFirst && isLate ? null : 'new');
      if (isLate) return ended(isTold ? 'old' : null);
      await sleep(AGAIN_MS);
    }
  }

  /**
   * Waits for a copy that is old enough to be told from a newer one, and does not end by itself before a purge must
   * show. Whether there is one: a copy that says no age, or may not live so long, is none.
   */
  private async hasTellingCopy(key: number): Promise<boolean> {
    const { purgeSeconds } = this.declared;
    // Where few requests are allowed, every asset may be asked for once more before it is this one's turn.
    const leastRest = purgeSeconds + ROUNDING_SECONDS + KEYS / this.perSecond;
    // At worst its time runs out first, and then the next one must come of age.
    const untilMs = Date.now() + 1000 * (leastRest + 2 * TELLING_SECONDS);
    for (;;) {
      const { ageSeconds, limit } = (await this.look(key)).seen;
      const rest = limit === null ? Infinity : limit.seconds - (ageSeconds ?? 0);
      if (ageSeconds !== null && ageSeconds >= TELLING_SECONDS && rest > leastRest) return true;
      if (limit !== null && limit.seconds - TELLING_SECONDS <= leastRest) return false;
      if (Date.now() > untilMs) return false;
      await sleep(4 * AGAIN_MS);
    }
  }

  private async look(key: number): Promise<Look> {
    await this.turn();
    const { source } = this.run.target.observe;
    const sentMs = Date.now();
    const asked = await this.ask(key, this.operation.path, 'GET');
    const instants = { sentMs, atMs: Date.now() };
    if ('failure' in asked) return { ...instants, seen: { ...NO_ANSWER, failure: asked.failure } };
    const header = (name: string): string => String(asked.headers[name.toLowerCase()] ?? '');
    return { ...instants, seen: lookOf(asked.status, header, source === '' ? '' : header(source)) };
  }

  private ask(key: number, path: string, method: string): Promise<Asked> {
    const { plan, upstreams } = this.run;
    return this.asker.ask(upstreams.edge!, path, { key, tenant: plan.tenants[0]?.id ?? '' }, method);
  }

  /** Resolves when the next question may be asked: one after the other, no more often than the target allows. */
  private async turn(): Promise<void> {
    const atMs = Math.max(Date.now(), this.nextMs);
    this.nextMs = atMs + 1000 / this.perSecond;
    await sleep(atMs - Date.now());
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
