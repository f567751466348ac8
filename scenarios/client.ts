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
import type { ErrorKind, RareEvent } from '../src/formats/recording.ts';
import type { Cohort } from '../src/formats/timetable.ts';
import type { PlayerConfig, PlayerOrigin } from '../src/formats/player.ts';
import { errorKind, serverMicroseconds, versionDigits } from './answer.ts';
import { follow } from './follow.ts';
import type { Followed } from './follow.ts';
import { createPermits } from './permit.ts';
import { indicesByName, prepareOperation } from './prepared-operation.ts';
import type { PreparedOperation } from './prepared-operation.ts';
import type { Recorder } from './recorder.ts';
import { isRedirect } from './redirect.ts';
import { createResolver } from './resolver.ts';
import { mayRetry, pauseMs } from './retry.ts';
import { createTally } from './tally.ts';

/** Several requests with logic between them; one file of scenarios/journeys. */
export type Journey = (client: JourneyClient) => void;

export interface JourneyClient {
  /** Sends the next step. `operation` is one of the steps that the target file lists for this journey. */
  request(operation: string, options?: RequestOptions): Answer;
  /** Writes down beside the rows what the judge must know of this one besides its row. */
  record(event: RowEvent): void;
}

/** What a journey can say of its row; the row's number is put in by the client. */
type RowEvent = RareEvent extends infer E ? (E extends { kind: `cart-${string}` } ? Omit<E, 'row'> : never) : never;

interface RequestOptions {
  headers?: Record<string, string>;
  /** `text` keeps the body for the journey; bodies are thrown away otherwise. */
  body?: 'text';
}

interface Answer {
  ok: boolean;
  status: number;
  text: string;
  /** By name in Go's canonical form, such as X-Vector-Clock. */
  headers: Record<string, string>;
}

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

/** Statuses at which a limit, a firewall or an overloaded server tells a client to go away for a while. */
const TURNED_AWAY: Record<number, true> = { 403: true, 429: true, 503: true };

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
  const tally = createTally();
  /** The text of each kind of error that was written down last, so that an outage does not write the same at every request. */
  const texts: Record<number, string> = {};
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
    let refusal = '';
    if (status > 300 && status < 309 && !expected[status] && isRedirect(status)) {
      const seen = redirect(response, operation, address, body && body(values), params, host);
      ({ response, blockedMs, waitingMs, dialled, refused: refusal } = seen);
      ({ status } = response);
      // Not what it waited for a place within the limit: that is told of the client's next request.
      totalMs = blockedMs + seen.durationMs;
      if (seen.led !== '') state |= redirected;
    }

    if (dialled) state |= warm[url] ? newConnection | redial : newConnection;
    let error = status > 0 && status < 400 ? 0 : errorKind(status, response.error_code, response.error);
    goesOn = false;
    if (!expected[status]) {
      state |= bad | wrong(operation, response, error, refusal);
      if (refusal !== '') error = FAILED_REDIRECT;
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
        tell(error, problem);
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
      if (served === NO_REGION) tally.count('unknown-region', operation.index, servedBy);
    }
    let recorded = 0;
    const said = answered[recordVersion];
    if (said !== undefined && said !== '') {
      recorded = Number(said);
      if (!(recorded >= 0 && recorded < LONG_VERSION && String(recorded) === said))
        recorded = unusualVersion(operation, said);
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

  /** What follows a redirect of the first answer, if the operation wants it followed. */
  function redirect(
    first: Response,
    operation: PreparedOperation,
    url: string,
    body: string | null,
    params: Params,
    host: string,
  ): Followed {
    const { method, timeoutMs, expected, follows } = operation;
    const asked = { method, url, body, params, host, timeoutMs, expected, follows };
    const seen = follow(first, asked, () => waitForPlace(null) === 'permitted');
    if (seen.led !== '') tally.count('redirect', operation.index, seen.led);
    return seen;
  }

  /** Writes down what was wrong with a status that is not expected. Returns flags for its row. */
  function wrong(
    operation: PreparedOperation,
    { status, error, headers }: Response,
    errorIndex: number,
    refusal: string,
  ): number {
    if (refusal !== '') tell(FAILED_REDIRECT, refusal);
    else if (status === 0) tell(errorIndex, error);
    if (TURNED_AWAY[status]) tally.count('retry-after', operation.index, headers['Retry-After'] ?? '');
    return refusal.startsWith('held back') ? heldBack : 0;
  }

  function tell(error: number, text: string): void {
    if (texts[error] === text) return;
    texts[error] = text;
    rare({ kind: 'error', row, error, text });
  }

  /** A version that is not written as plain digits, or has too many for its row; -1 for one that is no whole number. */
  function unusualVersion(operation: PreparedOperation, said: string): number {
    const digits = versionDigits(said);
    if (digits === null) {
      tally.count('unread-version', operation.index, said);
      return -1;
    }
    if (Number(digits) < LONG_VERSION) return Number(digits);
    rare({ kind: 'version', row, step, attempt, digits });
    return LONG_VERSION;
  }

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
   * What a script threw: of a request in flight it is how that ended (k6 throws at an answer it cannot take, such as 101);
   * else the journey could not go on with the answer before, which is bad by that.
   */
  function failed(text: string): void {
    goesOn = false;
    const error = inFlightMs > 0 ? FAILED_PROTOCOL : FAILED_SCRIPT;
    if (inFlightMs > 0 || step === 0) {
      const beganMs = inFlightMs || now();
      inFlightMs = 0;
      recordNoAnswer(beganMs, 0, error, error === FAILED_PROTOCOL ? inFlightTo : NO_REGION);
    } else amend(error, bad);
    tell(error, text);
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
      record: (event) => rare({ row, ...event }),
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
      const counts = tally.counts();
      if (counts.length > 0) rare({ kind: 'tally', row, counts });
      flush();
    },
  };
}
