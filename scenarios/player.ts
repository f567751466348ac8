/**
 * The player: what runs inside k6. One virtual user is one client, one iteration its whole life: sleep until a request
 * is due, send it, record it. It follows the timetable and decides nothing.
 */
import { sleep } from 'k6';
import { SharedArray } from 'k6/data';
import { SeekMode, open as openShared } from 'k6/experimental/fs';
import http from 'k6/http';
import type { Options } from 'k6/options';
import journeys from 'virtual:journeys';
import type { PlayerClient, PlayerConfig, PlayerOptions } from '../src/formats/player.ts';
import { COHORTS, ROW_FLAG, TIMETABLE_ROW_BYTES, TIMETABLE_ROW_WORDS } from '../src/formats/timetable.ts';
import { createClient } from './client.ts';
import { clientCertificate } from './client-certificate.ts';
import { createRecorder } from './recorder.ts';
import { smoke } from './smoke.ts';

/** Flush before a wait this long, so that a killed k6 loses only the row in flight. */
const FLUSH_BEFORE_WAIT_MS = 20;

/** A request this late no longer counts towards the rate limit at its planned time. */
const LATE_MS = 20;

/** In the last word of a row, whose low three bytes are the session's number. */
const SESSION_START = ROW_FLAG.sessionStart << 24;

// SharedArray parses once for all virtual users and copies an element with each access. A virtual user copies only what
// it needs, such as its own origin, because Go's garbage collector traverses what thousands of them hold.
const read = (): PlayerConfig => JSON.parse(open(__ENV['ANTIPODE_PLAYER']!)) as PlayerConfig;
const common = new SharedArray('player', () => {
  const { origins: _, ...rest } = read();
  return [rest];
});
const origins = new SharedArray('origins', () => read().origins);
const { harnessUrl, runId, userAgent, timetable: file } = common[0]!;
const clients = new SharedArray<PlayerClient>(
  'clients',
  () => JSON.parse(open(__ENV['ANTIPODE_CLIENTS']!)) as PlayerClient[],
);
const extra = JSON.parse(__ENV['ANTIPODE_OPTIONS']!) as PlayerOptions;

export const options: Options = {
  scenarios: {
    timetable: {
      executor: 'per-vu-iterations',
      vus: clients.length,
      iterations: 1,
      // Explicit: k6's default of 10 minutes would cut a longer run and exit 0.
      maxDuration: `${extra.maxDurationSeconds}s`,
      gracefulStop: '0s',
    },
  },
  discardResponseBodies: true,
  // Every tag costs CPU with each request, and the recording has more detail: tags are only for outputs.
  ...(extra.tagged ? { tags: { run: runId }, systemTags: ['status', 'expected_response'] } : { systemTags: [] }),
  hosts: extra.hosts,
  ...clientCertificate(),
  setupTimeout: '300s',
  noCookiesReset: true,
  userAgent,
};

// k6 holds the timetable once; a client copies only its own block.
const timetable = await openShared(file);
const block = __VU > 0 ? clients[__VU - 1] : undefined;
const words = new Uint32Array((block?.rows ?? 0) * TIMETABLE_ROW_WORDS);
if (block) {
  await timetable.seek(block.firstRow * TIMETABLE_ROW_BYTES, SeekMode.Start);
  await timetable.read(new Uint8Array(words.buffer));
}

/**
 * Runs when every virtual user is ready. The harness gets the findings of the smoke test and returns T0, a little
 * ahead, or an error status.
 */
export function setup(): { t0: number } {
  const findings = smoke({ ...common[0]!, origins: [] }, [...origins], journeys);
  const response = http.post(`${harnessUrl}/start`, JSON.stringify(findings), {
    responseType: 'text',
    timeout: 60_000,
  });
  if (response.status !== 200)
    throw new Error(`the harness returned no start time: ${response.status} ${response.error}`);
  return JSON.parse(response.body) as { t0: number };
}

// Created while k6 sets up its virtual users. Created at the start of each iteration, 2,500 clients blocked both cores
// for the first eight seconds of a run.
const recorder = createRecorder();
const client =
  block &&
  createClient({
    config: common[0]!,
    endpoints: origins[block.origin]!,
    journeys,
    recorder,
    origin: block.origin,
    cohort: COHORTS[block.cohort]!,
    endMs: extra.endMs,
    tagged: extra.tagged,
    permits: extra.permits,
  });

export default function play({ t0 }: { t0: number }): void {
  if (!block || !client) return;
  client.begin(t0);
  // As in client.ts: local variables are faster than properties.
  const { now } = Date;
  const pause = sleep;
  const { flush } = recorder;
  const { perform } = client;
  const { endMs, permits } = extra;
  const { firstRow, rows } = block;
  for (let i = 0; i < rows; i += 1) {
    const at = i * TIMETABLE_ROW_WORDS;
    const dueMs = words[at]!;
    let nowMs = now();
    const waitMs = t0 + dueMs - nowMs;
    if (waitMs > 0) {
      if (waitMs > FLUSH_BEFORE_WAIT_MS) flush();
      pause(waitMs / 1000);
      // A sleep cut short means that k6 is stopping: the client would otherwise rush through its timetable.
      nowMs = now();
      if (nowMs < t0 + dueMs - 1) break;
    } else if (permits && waitMs < -LATE_MS && nowMs - t0 <= endMs) {
      const permission = client.waitForPermit(dueMs);
      if (permission === 'stopping') break;
      nowMs = permission === 'over' ? Infinity : now();
    }
    // The client waited for responses until the end of the run: the rest is recorded as not sent.
    if (nowMs - t0 > endMs) {
      client.giveUp(firstRow + i);
      continue;
    }
    const operationAndTenant = words[at + 1]!;
    perform(
      firstRow + i,
      dueMs,
      operationAndTenant & 0xffff,
      operationAndTenant >>> 16,
      words[at + 2]!,
      (words[at + 3]! & SESSION_START) !== 0,
    );
  }
  client.end();
}
