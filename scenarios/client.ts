import { sleep } from 'k6';
import http from 'k6/http';
import type { Params, Response } from 'k6/http';
import {
  ERRORS,
  LONG_VERSION,
  NO_REGION,
  ROW_STATE,
  answerWord,
  routeWord,
  stateWord,
} from '../src/formats/recording.ts';
import type { ErrorKind } from '../src/formats/recording.ts';
import type { Cohort } from '../src/formats/timetable.ts';
import type { PlayerConfig, PlayerOrigin } from '../src/formats/player.ts';
import { errorKind, serverMicroseconds } from './answer.ts';
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
  /** Says when the run began, epoch ms, before the first row. */
  begin(epochMs: number): void;
  /**
   * Carries out one timetable row: a request, or a journey of several. Never throws: what goes wrong is a row. With
   * `startsVisit` somebody else comes, whose cookie jar is empty.
   */
  perform(row: number, dueMs: number, operation: number, tenant: number, key: number, startsVisit: boolean): void;
  /** Waits until a request that is late may leave, or the run is over or being stopped. */
  waitForPermit(dueMs: number): Permission;
  /** Records a row that was due and can no longer be sent, for the client's earlier requests took until now. */
  giveUp(row: number): void;
  /** Writes down what it counted over its life, and the rows that are left. */
  end(): void;
}

export type Permission = 'permitted' | 'over' | 'stopping';

/** Where a client lives and what it is given. */
interface ClientHome {
  config: Omit<PlayerConfig, 'origins'>;
  /** Of its own origin. */
  endpoints: PlayerOrigin;
  journeys: Record<string, Journey>;
  recorder: Recorder;
  /** Index of its origin. */
  origin: number;
  cohort: Cohort;
  /** Nothing is sent later than this, ms since T0. */
  endMs: number;
  /** Whether requests carry tags, for outputs of k6's own metrics. */
  tagged: boolean;
  /** Whether the target's limit on requests can be reached, so that what the timetable does not hold needs a permit. */
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
 * One person's client: knows where it lives, keeps or drops its connections as its cohort does, records every request.
 * A closure and not a class: k6's engine looks properties up by name at each use, which was a third of its CPU here.
 */
export function createClient(home: ClientHome): Client {
  // Taken out of their objects once, for the same reason: what the loop uses, it finds in its own scope.
  const { request } = http;
  const { now } = Date;
  const { add, amend, flush, rare } = home.recorder;
  const { config, journeys, origin, cohort, endMs, tagged } = home;
  const permits = home.permits ? createPermits(home.config.harnessUrl) : null;
  const retries = config.retries[cohort];
  const mostRetries = retries.most;
  const { tenants, tracePrefix } = config;
  const { region: regionHeader, source, version, recordVersion, serverTiming } = config.observe;
  const { regions: endpoints, edge, ownRegion, vantage } = home.endpoints;
  const { regions, sources } = indicesByName(config);
  const headersOfAll = { 'X-Antipode-Run': config.runId, ...config.headers };
  const operations = config.operations.map((operation, index) =>
    prepareOperation(operation, index, cohort, headersOfAll, tagged ? vantage : null),
  );
  // The control series asks the harness and no region: outputs leave an empty tag out.
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
  /** Whether the attempt just made is to be followed by another. */
  let goesOn = false;
  let blocked = 0;
  let lastEndMs = 0;
  /** When the request in flight began, epoch ms, and where it went; 0 while there is none. */
  let inFlightMs = 0;
  let inFlightTo = NO_REGION;
  /** Whether the limit of the target made the client wait since its last row. */
  let isDelayed = false;

  /** Sends one request, and again as the cohort does. Returns null if nobody knew where to send it. */
  function send(operation: PreparedOperation, options: RequestOptions): Response | null {
    attempt = 0;
    let response = sendOnce(operation, options);
    while (goesOn) {
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

  /** Makes one attempt and records it; says in `goesOn` whether another follows. */
  function sendOnce(operation: PreparedOperation, options: RequestOptions): Response | null {
    const beganMs = now();
    const asked = region(beganMs);
    const resolveUs = tookUs();
    const { viaEdge, headers, method, path, body, expected, check } = operation;
    const endpoint = viaEdge ? edge : endpoints[asked];
    if (!endpoint) {
      goesOn = attempt < mostRetries && beganMs < t0 + endMs;
      recordNoAnswer(beganMs, resolveUs, FAILED_RESOLVE);
      return null;
    }
    const { url, host } = endpoint;

    // W3C trace context: the row's number is the trace, its step and origin the span.
    headers['traceparent'] = `00-${tracePrefix}${trace}-${step === 0 ? firstSpan : span(step)}-01`;
    if (host) headers['Host'] = host;
    for (const [name, fill] of operation.filledHeaders) headers[name] = fill(values);
    if (tagged) operation.params.tags!['region'] = regionTags[asked]!;
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
    inFlightTo = viaEdge ? NO_REGION : asked;
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
      hops = follow(response, first, () => waitForPlace(null) === 'permitted');
      ({ response, blockedMs, waitingMs, dialled } = hops);
      ({ status } = response);
      // Not what it waited for a place within the limit: that is told of the client's next request.
      totalMs = blockedMs + hops.durationMs;
      if (hops.led !== '') {
        state |= redirected;
        notes.count('redirect', operation.index, hops.led);
      }
    }

    if (dialled) state |= warm[url] ? newConnection | redial : newConnection;
    let error = status > 0 && status < 400 ? 0 : errorKind(status, response.error_code, response.error);
    goesOn = false;
    if (!expected[status]) {
      state |= bad;
      if (hops !== null && hops.refused !== '') {
        error = hops.isHeldBack ? NOT_SENT : FAILED_REDIRECT;
        if (hops.isHeldBack) state |= heldBack;
        notes.error(row, error, hops.refused);
      } else if (status === 0) notes.error(row, error, response.error);
      notes.turnedAway(operation.index, response);
      goesOn = attempt < mostRetries && now() < t0 + endMs && mayRetry(method, status, error === REFUSED);
      if (goesOn && permits && !permits.mayLeaveIn(pauseMs(retries, row, attempt + 1))) {
        goesOn = false;
        state |= heldBack;
      }
      if (goesOn) state |= retried;
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
      // k6 reports zero times for a connection that never came about.
      totalMs = Math.max(totalMs, now() - sentMs);
      connectionBroke();
    }

    const answered = response.headers;
    const servedBy = answered[regionHeader];
    let served = NO_REGION;
    if (servedBy !== undefined) {
      served = regions[servedBy] ?? NO_REGION;
      if (served === NO_REGION) notes.count('unknown-region', operation.index, servedBy);
    }
    let recorded = 0;
    const said = answered[recordVersion];
    if (said !== undefined && said !== '') {
      recorded = Number(said);
      if (!(recorded >= 0 && recorded < LONG_VERSION && String(recorded) === said))
        recorded = notes.unusualVersion({ row, step, attempt }, operation.index, said);
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
      serverMicroseconds(answered[serverTiming]),
      answerWord(status, error),
      routeWord(viaEdge ? NO_REGION : asked, served, sources[answered[source]!] || 0, attempt),
      stateWord(Number(answered[version]) || 0, state, step),
      recorded,
      Number(answered['Content-Length']) || 0,
    );
    inFlightMs = 0;
    return response;
  }

  /** Waits for a place within the target's limit, where it has one. */
  function waitForPlace(dueMs: number | null): Permission {
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
  function recordNoAnswer(beganMs: number, resolveUs: number, error: number, asked = NO_REGION): void {
    const route = routeWord(asked, NO_REGION, 0, attempt);
    const flags =
      (step === 0 && attempt === 0 ? blocked : 0) | (goesOn ? retried : 0) | (isDelayed ? heldBack : 0) | bad;
    isDelayed = false;
    const state = stateWord(0, flags, step);
    const totalUs = Math.max(0, (now() - beganMs) * 1000 - resolveUs);
    add(row, Math.max(0, beganMs - t0), totalUs, resolveUs, 0, 0, 0, answerWord(0, error), route, state, 0, 0);
  }

  /**
   * What a script threw: of a request in flight it is how that ended (k6 throws at an answer it cannot take, such as
   * 101); else the journey could not go on with the answer before, which is bad by that.
   */
  function failed(text: string): void {
    goesOn = false;
    const error = inFlightMs > 0 ? FAILED_PROTOCOL : FAILED_SCRIPT;
    if (inFlightMs > 0 || step === 0) {
      const beganMs = inFlightMs || now();
      inFlightMs = 0;
      recordNoAnswer(beganMs, 0, error, error === FAILED_PROTOCOL ? inFlightTo : NO_REGION);
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
      goesOn = false;
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
    waitForPermit: waitForPlace,
    giveUp(rowNumber) {
      row = rowNumber;
      [step, attempt, goesOn, blocked] = [0, 0, false, clientBlocked];
      recordNoAnswer(now(), 0, NOT_SENT);
    },
    end() {
      notes.end(row);
      flush();
    },
  };
}
