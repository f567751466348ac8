/**
 * Applies effects to the world: through Toxiproxy for links, the world's control API for processes. Their names begin
 * with `fis.`, so that they can be found and undone after a crash.
 */
import type { Effect } from './effects.ts';
import type { WorldFacts } from './inventory.ts';

interface Toxic {
  name: string;
  type: string;
  stream: 'upstream' | 'downstream';
  toxicity: number;
  attributes: Record<string, number>;
}

interface Proxy {
  name: string;
  enabled: boolean;
  toxics: Toxic[];
}

interface WorldProcess {
  name: string;
  state: string;
  fault: string | null;
}

const LINK_MS = 3_000;
/** A database takes seconds to restart. */
const PROCESS_MS = 15_000;

/** A response that is not 2xx. */
class Refused extends Error {
  readonly status: number;

  constructor(call: string, status: number, text: string) {
    super(`${call}: ${status} ${text.trim().slice(0, 200)}`);
    this.status = status;
  }
}

const isOf = (name: string, toxic: string): boolean => toxic === name || toxic.startsWith(`${name}.`);
/** `fis.<experiment>.<action's number>` at the start of a name. */
const nameIn = (text: string): string | null => /^fis\.\w+\.\d+(?=\.|$)/.exec(text)?.[0] ?? null;
/** Marks a proxy as disabled by the endpoint; without effect (toxicity 0). */
const markerOf = (name: string): Toxic => ({
  name,
  type: 'latency',
  stream: 'downstream',
  toxicity: 0,
  attributes: { latency: 0, jitter: 0 },
});
const isMarker = ({ name, toxicity }: Toxic): boolean => toxicity === 0 && /^(?:fis|antipode)\./.test(name);

export class WorldDriver {
  private readonly toxiproxy: string;
  private readonly control: string;
  /** The last change at each place, as changes at one place are serialized. */
  private readonly last = new Map<string, Promise<unknown>>();

  constructor({ toxiproxy, control }: Pick<WorldFacts, 'toxiproxy' | 'control'>) {
    this.toxiproxy = toxiproxy.url;
    this.control = control.url;
  }

  /** Applies all effects under this name. Rejects if one fails; some may be applied then, which `undo` removes. */
  async apply(name: string, effects: readonly Effect[]): Promise<void> {
    const done = await Promise.allSettled(
      effects.map((effect) => this.inTurn(placeOf(effect), () => this.applyOne(name, effect))),
    );
    const failed = done.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Removes all effects of this name at these places, and verifies that. A world that is not running has none. */
  async undo(name: string, effects: readonly Effect[]): Promise<void> {
    const proxies = new Set(effects.flatMap((effect) => (effect.do === 'stop' ? [] : [effect.proxy])));
    const processes = new Set(effects.flatMap((effect) => (effect.do === 'stop' ? [effect.process] : [])));
    await this.undoAll(name, [...proxies], [...processes]);
  }

  /** All current effects in the world, as `place: name`. */
  async held(): Promise<string[]> {
    const { proxies, processes } = await this.state();
    const places = [
      ...proxies.flatMap(({ name, toxics }) => toxics.map((toxic) => ({ name, ours: nameIn(toxic.name) }))),
      ...processes.map(({ name, fault }) => ({ name, ours: nameIn(fault ?? '') })),
    ];
    return [...new Set(places.flatMap(({ name, ours }) => (ours === null ? [] : [`${name}: ${ours}`])))];
  }

  /** Undoes all effects, also those of an earlier endpoint; returns their names. */
  async sweep(): Promise<string[]> {
    const { proxies, processes } = await this.state();
    const names = new Set(
      [...proxies.flatMap(({ toxics }) => toxics.map(({ name }) => name)), ...processes.map(({ fault }) => fault ?? '')]
        .map(nameIn)
        .filter((name) => name !== null),
    );
    for (const name of names) {
      const on = proxies.filter(({ toxics }) => toxics.some((toxic) => isOf(name, toxic.name)));
      const held = processes.filter(({ fault }) => fault === name);
      await this.undoAll(
        name,
        on.map((one) => one.name),
        held.map((one) => one.name),
      );
    }
    return [...names];
  }

  private async undoAll(name: string, proxies: string[], processes: string[]): Promise<void> {
    const done = await Promise.allSettled([
      ...proxies.map((proxy) => this.inTurn(proxy, () => this.undoProxy(name, proxy))),
      ...processes.map((process) => this.inTurn(process, () => this.restore(name, process))),
    ]);
    for (const one of done) if (one.status === 'rejected' && !isNotRunning(one.reason)) throw one.reason;
  }

  private async applyOne(name: string, effect: Effect): Promise<void> {
    switch (effect.do) {
      case 'drop': {
        // A connection is dead if either direction is, and each direction is drawn independently.
        const toxicity = 1 - Math.sqrt(1 - effect.share);
        for (const stream of ['upstream', 'downstream'] as const)
          await this.add(effect.proxy, {
            name: `${name}.timeout_${stream}`,
            type: 'timeout',
            stream,
            toxicity,
            attributes: { timeout: 0 },
          });
        return;
      }
      case 'delay': {
        const { latencyMs: latency, jitterMs: jitter, share } = effect;
        const toxic = { name: `${name}.latency`, type: 'latency', stream: 'downstream', toxicity: share } as const;
        return this.add(effect.proxy, { ...toxic, attributes: { latency, jitter } });
      }
      case 'refuse':
        // The marker explains a disabled proxy to whoever finds it, so it is added first and removed last.
        await this.add(effect.proxy, markerOf(name));
        return this.enable(effect.proxy, false);
      case 'stop':
        await call('POST', `${this.control}/processes/${effect.process}/stop`, PROCESS_MS, { fault: name });
    }
  }

  private async undoProxy(name: string, proxy: string): Promise<void> {
    const seen = await this.proxy(proxy);
    const ours = seen?.toxics.filter((toxic) => isOf(name, toxic.name)) ?? [];
    if (!seen || ours.length === 0) return;
    const isMarked = ours.some((toxic) => toxic.name === name);
    // Removing a timeout toxic closes the connections anyway. Closing them first frees a toxic from a peer that has
    // stopped reading.
    const mustClose = seen.enabled && ours.some(({ type }) => type === 'timeout');
    if (mustClose) {
      if (!isMarked) await this.add(proxy, markerOf(name));
      await this.enable(proxy, false);
    }
    for (const toxic of ours) if (toxic.name !== name) await this.remove(proxy, toxic.name);
    const isHeldByOthers = seen.toxics.some((toxic) => toxic.name !== name && isMarker(toxic));
    if (mustClose || (isMarked && !seen.enabled && !isHeldByOthers)) await this.enable(proxy, true);
    if (mustClose || isMarked) await this.remove(proxy, name);
    const left = (await this.proxy(proxy))?.toxics.filter((toxic) => isOf(name, toxic.name)) ?? [];
    if (left.length > 0) throw new Error(`${proxy} still has ${left.map((toxic) => toxic.name).join(', ')}`);
  }

  private async restore(name: string, process: string): Promise<void> {
    const { processes } = await this.processes();
    if (processes.find((one) => one.name === process)?.fault !== name) return;
    await call('POST', `${this.control}/processes/${process}/restore`, PROCESS_MS, { fault: name });
  }

  private async state(): Promise<{ proxies: Proxy[]; processes: WorldProcess[] }> {
    const [proxies, { processes }] = await Promise.all([
      call('GET', `${this.toxiproxy}/proxies`, LINK_MS),
      this.processes(),
    ]);
    return { proxies: Object.values(proxies as Record<string, Proxy>), processes };
  }

  private async processes(): Promise<{ processes: WorldProcess[] }> {
    return (await call('GET', `${this.control}/processes`, LINK_MS)) as { processes: WorldProcess[] };
  }

  private async proxy(name: string): Promise<Proxy | null> {
    return (await orMissing(call('GET', this.pathOf(name), LINK_MS))) as Proxy | null;
  }

  private async add(proxy: string, toxic: Toxic): Promise<void> {
    await call('POST', `${this.pathOf(proxy)}/toxics`, LINK_MS, toxic);
  }

  private async remove(proxy: string, toxic: string): Promise<void> {
    await orMissing(call('DELETE', `${this.pathOf(proxy)}/toxics/${encodeURIComponent(toxic)}`, LINK_MS));
  }

  private async enable(proxy: string, enabled: boolean): Promise<void> {
    await call('PATCH', this.pathOf(proxy), LINK_MS, { enabled });
  }

  private pathOf(proxy: string): string {
    return `${this.toxiproxy}/proxies/${encodeURIComponent(proxy)}`;
  }

  private inTurn<T>(place: string, act: () => Promise<T>): Promise<T> {
    const result = (this.last.get(place) ?? Promise.resolve()).then(act);
    this.last.set(
      place,
      result.catch(() => {}),
    );
    return result;
  }
}

const placeOf = (effect: Effect): string => (effect.do === 'stop' ? effect.process : effect.proxy);

/** Nothing listens there on this machine any more, so its effects are gone. */
const isNotRunning = (error: unknown): boolean =>
  ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED';

async function orMissing<T>(called: Promise<T>): Promise<T | null> {
  try {
    return await called;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  }
}

async function call(method: string, url: string, deadlineMs: number, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(deadlineMs),
    ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Refused(`${method} ${new URL(url).pathname}`, response.status, text);
  return text.trim() === '' ? null : JSON.parse(text);
}
