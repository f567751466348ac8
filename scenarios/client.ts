import { sleep } from 'k6';
import http from 'k6/http';
import type { Params, Response } from 'k6/http';
import {
  ERRORS,
  LONG_VERSION,
  NO_REGION,
  ROW_STATE,
  statusWord,
  routeWord,
  stateWord,
} from '../src/formats/recording.ts';
import type { ErrorKind } from '../src/formats/recording.ts';
import type { Cohort } from '../src/formats/timetable.ts';
import type { PlayerConfig, PlayerOrigin } from '../src/formats/player.ts';
import { errorKind, serverMicroseconds } from './response.ts';
import { follow } from './follow.ts';
import type { Followed } from './follow.ts';
import type { Journey, RequestOptions } from './journey.ts';
import { createNotes } from './notes.ts';
import { createPermits } from './permit.ts';
import { indicesByName, prepareOperation } from './prepared-operation.ts';
import type { PreparedOperation } from './prepared-operation.ts';
import type { Recorder } from './recorder.ts';
import { isRedirect } from '../src/formats/redirect.ts';
import { createResolver } from './resolver.ts';
import { mayRetry, pauseMs } from './retry.ts';

export interface Client {
  /** Sets T0, epoch ms, before the first row. */
  begin(epochMs: number): void;
  /**
   * Plays one timetable row: a request, or a journey of several. Never throws: a failure is recorded as a row. With
   * `startsVisit` it is a new user with an empty cookie jar.
   */
  perform(row: number, dueMs: number, operation: number, tenant: number, key: number, startsVisit: boolean): void;
  /** Waits until a late request may be sent, or the run is over or stopping. */
  waitForPermit(dueMs: number): Permission;
  /** Records a row that can no longer be sent because the client's earlier requests took until now. */
  giveUp(row: number): void;
  /** Records its counts and flushes the remaining rows. */
  end(): void;
}

export type Permission = 'permitted' | 'over' | 'stopping';

interface ClientOptions {
  config: Omit<PlayerConfig, 'origins'>;
  /** Endpoints of its own origin. */
  endpoints: PlayerOrigin;
  journeys: Record<string, Journey>;
  recorder: Recorder;
  /** Index of its origin. */
  origin: number;
  cohort: Cohort;
  /** Nothing is sent later than this, ms since T0. */
  endMs: number;
  /** Whether requests have tags, for outputs of k6's own metrics. */
  tagged: boolean;
  /** Whether the target has a rate limit, so that late requests, retries and redirects need a permit. */
  permits: boolean;
}

const kind = (name: ErrorKind): number => ERRORS.indexOf(name);
const FAILED_SCRIPT = kind('script');
const FAILED_RESOLVE = kind('resolve');
const FAILED_REDIRECT = kind('redirect');
const FAILED_ANSWER = kind('answer');
const FAILED_PROTOCOL = kind('protocol');
const NOT_SENT = kind('not-sent');
const NOTHING: RequestOptions = {};
const REFUSED = kind('refused');
const { bad, clientBlocked, heldBack, newConnection, redial, redirected, retried, versioned } = ROW_STATE;

/**
 * The client of one user: keeps or closes its connections by its cohort, and records every request. A closure and not a
 * class: k6's engine looks up properties by name with each use, which was a third of its CPU here.
 */
export function createClient(client: ClientOptions): Client {
  // Local variables for the same reason.
  const { request } = http;
  const { now } = Date;
  const { add, amend, flush, rare } = client.recorder;
  const { config, journeys, origin, cohort, endMs, tagged } = client;
  const permits = client.permits ? createPermits(client.config.harnessUrl) : null;
  const retries = config.retries[cohort];
  const maxRetries = retries.max;
  const { tenants, tracePrefix } = config;
  const { region: regionHeader, source, version, recordVersion, serverTiming } = config.observe;
  const { regions: endpoints, edge, ownRegion, vantage } = client.endpoints;
  const { regions, sources } = indicesByName(config);
  const headersOfAll = { 'X-Antipode-Run': config.runId, ...config.headers };
  const operations = config.operations.map((operation, index) =>
    prepareOperation(operation, index, cohort, headersOfAll, tagged ? vantage : null),
  );
  // The control series requests the harness and no region: outputs omit an empty tag.
  const regionTags = config.regions.map((id) => (vantage === 'control' ? '' : id));
  const { region, tookUs, connectionBroke } = createResolver(config.harnessUrl, origin, ownRegion, cohort);
  const values = { key: 0, tenant: '', row: 0, run: config.runId };
  const notes = createNotes(rare);
  /** Addresses with a connection that should still be open. */
  const warm: Record<string, boolean> = {};
  const span = (step: number): string => ((origin + 1) * 0x10000 + step).toString(16).padStart(16, '0');
  const firstSpan = span(0);
  let t0 = 0;
  let trace = '';
  let row = 0;
  let step = 0;
  let attempt = 0;
  /** Whether another attempt follows. */
  let willRetry = false;
  let blocked = 0;
  let lastEndMs = 0;
  /** When the request in flight began, epoch ms, and its region; 0 while there is none. */
  let inFlightMs = 0;
  let inFlightTo = NO_REGION;
  /** Whether the target's rate limit made the client wait since its last row. */
  let isDelayed = false;

  /** Sends one request with the retries of the cohort. Returns null if the last attempt had no region to send it to. */
  function send(operation: PreparedOperation, options: RequestOptions): Response | null {
    attempt = 0;
    let response = sendOnce(operation, options);
    while (willRetry) {
      attempt += 1;
      const pause = pauseMs(retries, row, attempt);
      const dueMs = now() + pause;
      flush();
      sleep(pause / 1000);
      // As in player.ts: a sleep cut short means that k6 is stopping.
      if (now() < dueMs - 1) break;
      response = sendOnce(operation, options);
    }
    step += 1;
    return response;
  }

  /** Makes one attempt and records it; sets `willRetry`. */
  function sendOnce(operation: PreparedOperation, options: RequestOptions): Response | null {
    const beganMs = now();
    const requested = region(beganMs);
    const resolveUs = tookUs();
    const { viaEdge, headers, method, path, body, expected, check } = operation;
    const endpoint = viaEdge ? edge : endpoints[requested];
    if (!endpoint) {
      willRetry = attempt < maxRetries && beganMs < t0 + endMs;
      recordNoResponse(beganMs, resolveUs, FAILED_RESOLVE);
      return null;
    }
    const { url, host } = endpoint;

    // W3C trace context: the row's number is the trace, its step and origin the span.
    headers['traceparent'] = `00-${tracePrefix}${trace}-${step === 0 ? firstSpan : span(step)}-01`;
    if (host) headers['Host'] = host;
    for (const [name, fill] of operation.filledHeaders) headers[name] = fill(values);
    if (tagged) operation.params.tags!['region'] = regionTags[requested]!;
    const params: Params =
      options === NOTHING
        ? operation.params
        : {
            ...operation.params,
            headers: { ...headers, ...options.headers },
            responseType: options.body ?? operation.params.responseType!,
          };
    const sentMs = resolveUs === 0 ? beganMs : now();
    inFlightMs = beganMs;
    inFlightTo = viaEdge ? NO_REGION : requested;
    const address = url + path(values);
    let response = request(method, address, body && body(values), params);
    let { status, timings } = response;
    let { blocked: blockedMs, waiting: waitingMs } = timings;
    let totalMs = blockedMs + timings.duration;
    let dialled = timings.connecting > 0 || timings.tls_handshaking > 0;
    let state = step === 0 && attempt === 0 ? blocked : 0;
    if (isDelayed) state |= heldBack;
    isDelayed = false;
    let hops: Followed | null = null;
    if (status > 300 && status < 309 && !expected[status] && isRedirect(status)) {
      const { timeoutMs, follows } = operation;
      const first = { method, url: address, body: body && body(values), params, host, timeoutMs, expected, follows };
      hops = follow(response, first, () => waitForPermit(null) === 'permitted');
      ({ response, blockedMs, waitingMs, dialled } = hops);
      ({ status } = response);
      // Without the wait for a permit, which counts for the client's next request.
      totalMs = blockedMs + hops.durationMs;
      if (hops.led !== '') {
        state |= redirected;
        notes.count('redirect', operation.index, hops.led);
      }
    }

    if (dialled) state |= warm[url] ? newConnection | redial : newConnection;
    let error = status > 0 && status < 400 ? 0 : errorKind(status, response.error_code, response.error);
    willRetry = false;
    if (!expected[status]) {
      state |= bad;
      if (hops !== null && hops.refused !== '') {
        error = hops.isHeldBack ? NOT_SENT : FAILED_REDIRECT;
        if (hops.isHeldBack) state |= heldBack;
        notes.error(row, error, hops.refused);
      } else if (status === 0) notes.error(row, error, response.error);
      notes.rejected(operation.index, response);
      willRetry = attempt < maxRetries && now() < t0 + endMs && mayRetry(method, status, error === REFUSED);
      if (willRetry && permits && !permits.mayLeaveIn(pauseMs(retries, row, attempt + 1))) {
        willRetry = false;
        state |= heldBack;
      }
      if (willRetry) state |= retried;
    } else if (check !== null && status < 300) {
      const problem = check(typeof response.body === 'string' ? response.body : '');
      if (problem !== null) {
        state |= bad;
        error = FAILED_ANSWER;
        notes.error(row, error, problem);
      }
    }
    warm[url] = status > 0 && cohort !== 'fresh';
    if (status === 0) {
      // k6 reports zero times for a connection that was not established.
      totalMs = Math.max(totalMs, now() - sentMs);
      connectionBroke();
    }

    const responseHeaders = response.headers;
    const servedBy = responseHeaders[regionHeader];
    let served = NO_REGION;
    if (servedBy !== undefined) {
      served = regions[servedBy] ?? NO_REGION;
      if (served === NO_REGION) notes.count('unknown-region', operation.index, servedBy);
    }
    let recorded = 0;
    const versionText = responseHeaders[recordVersion];
    if (versionText !== undefined && versionText !== '') {
      recorded = Number(versionText);
      if (!(recorded >= 0 && recorded < LONG_VERSION && String(recorded) === versionText))
        recorded = notes.unusualVersion({ row, step, attempt }, operation.index, versionText);
      if (recorded >= 0) state |= versioned;
      else recorded = 0;
    }
    add(
      row,
      beganMs > t0 ? beganMs - t0 : 0,
      totalMs * 1000,
      resolveUs,
      blockedMs * 1000,
      waitingMs * 1000,
      serverMicroseconds(responseHeaders[serverTiming]),
      statusWord(status, error),
      routeWord(viaEdge ? NO_REGION : requested, served, sources[responseHeaders[source]!] || 0, attempt),
      stateWord(Number(responseHeaders[version]) || 0, state, step),
      recorded,
      Number(responseHeaders['Content-Length']) || 0,
    );
    inFlightMs = 0;
    return response;
  }

  /** Waits for a permit within the target's rate limit, if it has one. */
  function waitForPermit(dueMs: number | null): Permission {
    const waitMs = permits === null ? 0 : permits.waitMs(dueMs);
    if (waitMs === 0) return 'permitted';
    isDelayed = true;
    const untilMs = now() + waitMs;
    if (untilMs > t0 + endMs) return 'over';
    flush();
    sleep(waitMs / 1000);
    // As in player.ts: a sleep cut short means that k6 is stopping.
    return now() < untilMs - 1 ? 'stopping' : 'permitted';
  }

  /** A row for a request that was never sent. */
  function recordNoResponse(beganMs: number, resolveUs: number, error: number, requested = NO_REGION): void {
    const route = routeWord(requested, NO_REGION, 0, attempt);
    const flags =
      (step === 0 && attempt === 0 ? blocked : 0) | (willRetry ? retried : 0) | (isDelayed ? heldBack : 0) | bad;
    isDelayed = false;
    const state = stateWord(0, flags, step);
    const totalUs = Math.max(0, (now() - beganMs) * 1000 - resolveUs);
    add(row, Math.max(0, beganMs - t0), totalUs, resolveUs, 0, 0, 0, statusWord(0, error), route, state, 0, 0);
  }

  /**
   * Records an exception. With a request in flight it is the result of that (k6 throws on a response it does not
   * support, such as 101); else the journey could not continue with the response before, which becomes bad.
   */
  function failed(text: string): void {
    willRetry = false;
    const error = inFlightMs > 0 ? FAILED_PROTOCOL : FAILED_SCRIPT;
    if (inFlightMs > 0 || step === 0) {
      const beganMs = inFlightMs || now();
      inFlightMs = 0;
      recordNoResponse(beganMs, 0, error, error === FAILED_PROTOCOL ? inFlightTo : NO_REGION);
    } else amend(error, bad);
    notes.error(row, error, text);
  }

  function playJourney({ name, steps }: PreparedOperation): void {
    const journey = journeys[name];
    if (!journey) throw new Error(`no journey ${name} in scenarios/journeys`);
    journey({
      request(wanted, options = NOTHING) {
        const operation = operations[steps[step] ?? -1];
        if (operation?.name !== wanted) throw new Error(`journey ${name}: step ${step} is not ${wanted}`);
        const response = send(operation, options);
        if (!response) return { ok: false, status: 0, text: '', headers: {} };
        const { status, body, headers } = response;
        return { ok: operation.expected[status] === true, status, text: typeof body === 'string' ? body : '', headers };
      },
      note: (name, said) => rare({ kind: 'note', name, row, said }),
    });
  }

  return {
    begin(epochMs) {
      t0 = epochMs;
    },
    perform(rowNumber, dueMs, operation, tenant, key, startsVisit) {
      if (startsVisit) {
        const jar = new http.CookieJar();
        for (const { params } of operations) params.jar = jar;
      }
      row = rowNumber;
      step = 0;
      attempt = 0;
      willRetry = false;
      blocked = lastEndMs > t0 + dueMs ? clientBlocked : 0;
      trace = rowNumber.toString(16).padStart(16, '0');
      values.row = rowNumber;
      values.key = key;
      values.tenant = tenants[tenant]!;
      const prepared = operations[operation]!;
      try {
        if (prepared.isJourney) playJourney(prepared);
        else send(prepared, NOTHING);
      } catch (error) {
        failed(String(error));
      }
      lastEndMs = now();
    },
    waitForPermit,
    giveUp(rowNumber) {
      row = rowNumber;
      [step, attempt, willRetry, blocked] = [0, 0, false, clientBlocked];
      recordNoResponse(now(), 0, NOT_SENT);
    },
    end() {
      notes.end(row);
      flush();
    },
  };
}
