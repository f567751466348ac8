/** The smoke test: before T0 one client in each region sends one request of every operation and reports the results. */
import { sleep } from 'k6';
import type { PlayerConfig, PlayerOrigin, SmokeFinding } from '../src/formats/player.ts';
import { ROW_STATE } from '../src/formats/recording.ts';
import { NO_RETRIES } from '../src/formats/timetable.ts';
import { createClient } from './client.ts';
import type { Journey } from './journey.ts';
import type { Recorder } from './recorder.ts';
import { withoutSecrets } from './secrets.ts';

/** The smoke test ends after this; what was not sent by then is left to the run. */
const MAX_MS = 20_000;

/** The part of a row that the smoke test evaluates. */
interface Seen {
  step: number;
  status: number;
  error: number;
  state: number;
}

/** Requests to each region are sent from the origin that is nearest to it. */
export function smoke(
  config: PlayerConfig,
  origins: readonly PlayerOrigin[],
  journeys: Record<string, Journey>,
): SmokeFinding[] {
  const untilMs = Date.now() + MAX_MS;
  const findings: SmokeFinding[] = [];
  const retries = { fresh: NO_RETRIES, ttl: NO_RETRIES, sticky: NO_RETRIES, direct: NO_RETRIES };
  for (const region of config.regions.keys()) {
    const origin = nearest(origins, region);
    if (origin < 0) continue;
    const seen: Seen[] = [];
    const texts: Record<number, string> = {};
    const client = createClient({
      config: { ...config, retries },
      endpoints: { ...origins[origin]!, ownRegion: region },
      journeys,
      recorder: collecting(seen, texts),
      origin,
      cohort: 'direct',
      endMs: MAX_MS,
      tagged: false,
      permits: false,
    });
    client.begin(Date.now());
    const isGood: Record<number, boolean> = {};
    for (const { operation, tenant, key, row } of config.smoke) {
      if (isGood[operation]) continue;
      if (Date.now() > untilMs) return findings;
      seen.length = 0;
      client.perform(row, 0, operation, tenant, key, true);
      for (const { step, status, error, state } of seen) {
        const isBad = (state & ROW_STATE.bad) !== 0;
        findings.push({ operation, region, step, status, error, isBad, text: (isBad && texts[error]) || '' });
      }
      isGood[operation] = seen.every(({ state }) => (state & ROW_STATE.bad) === 0);
      sleep((config.smokeGapMs * Math.max(1, seen.length)) / 1000);
    }
  }
  return findings;
}

/** The probe of the region, else a city whose home it is, else any city; -1 for none. */
function nearest(origins: readonly PlayerOrigin[], region: number): number {
  const probe = origins.findIndex(({ vantage, ownRegion }) => vantage === 'region' && ownRegion === region);
  if (probe >= 0) return probe;
  const home = origins.findIndex(({ vantage, ownRegion }) => vantage === 'client' && ownRegion === region);
  return home >= 0 ? home : origins.findIndex(({ vantage }) => vantage === 'client');
}

/** Rows go into `seen` and not into the recording; `texts` holds the last error text by error. */
const collecting = (seen: Seen[], texts: Record<number, string>): Recorder => ({
  add(_row, _start, _total, _resolve, _blocked, _waiting, _server, answer, _route, state) {
    const step = (state >>> 16) & 0xff;
    seen.push({ step, status: answer & 0xffff, error: answer >>> 16, state: (state >>> 8) & 0xff });
  },
  amend(error, state) {
    const last = seen[seen.length - 1]!;
    last.error = error;
    last.state |= state;
  },
  flush() {},
  rare(event) {
    if (event.kind === 'error') texts[event.error] = withoutSecrets(event.text);
  },
});
