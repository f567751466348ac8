import { sleep } from 'k6';
import http from 'k6/http';
import type { Params, Response } from 'k6/http';
import { ERRORS, NO_REGION, ROW_STATE, answerWord, routeWord, stateWord } from '../src/formats/recording.ts';
import type { RareEvent } from '../src/formats/recording.ts';
import type { Cohort } from '../src/formats/timetable.ts';
import type { PlayerConfig, PlayerOrigin } from '../src/formats/player.ts';
import { errorKind, serverMicroseconds } from './answer.ts';
import { indicesByName, prepareOperation } from './prepared-operation.ts';
import type { PreparedOperation } from './prepared-operation.ts';
import type { Recorder } from './recorder.ts';
import { createResolver } from './resolver.ts';
import { mayRetry, pauseMs } from './retry.ts';

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
  /** Carries out one timetable row: a request, or a journey of several. Never throws: what goes wrong is a row. */
  perform(row: number, dueMs: number, operation: number, tenant: number, key: number): void;
}

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
}

const MOST_REDIRECTS = 5;
const FAILED_SCRIPT = ERRORS.indexOf('script');
const FAILED_RESOLVE = ERRORS.indexOf('resolve');
const NOTHING: RequestOptions = {};
const REFUSED = ERRORS.indexOf('refused');
const { bad, clientBlocked, newConnection, redial, retried } = ROW_STATE;

/**
 * One person's client: knows where it lives, keeps or drops its connections as its cohort does, records every request.
 * A closure and not a class: k6's engine looks properties up by name at each use, which was a third of its CPU here.
 */
export function createClient(home: ClientHome): Client {
  // Taken out of their objects once, for the same reason: what the loop uses, it finds in its own scope.
  const { request } = http;
  const { now } = Date;
  const { add, flush, rare } = home.recorder;
  const { config, journeys, origin, cohort, endMs, tagged } = home;
  const retries = config.retries[cohort];
  const mostRetries = retries.most;
  const { tenants, tracePrefix } = config;
  const { region: regionHeader, source, version, recordVersion, serverTiming } = config.observe;
  const { regions: endpoints, edge, ownRegion, vantage } = home.endpoints;
  const { regions, sources } = indicesByName(config);
  const headersOfAll = { 'X-Antipode-Run': config.runId, ...config.headers };
  const operations = config.operations.map((operation) =>
    prepareOperation(operation, cohort, headersOfAll, tagged ? vantage : null),
  );
  // The control series asks the harness and no region: outputs leave an empty tag out.
  const regionTags = config.regions.map((id) => (vantage === 'control' ? '' : id));
  const { region, tookUs, connectionBroke } = createResolver(config.harnessUrl, origin, ownRegion, cohort);
  const values = { key: 0, tenant: '', row: 0, run: config.runId };
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
    const { viaEdge, headers, method, path, body, expected } = operation;
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
        : { ...operation.params, headers: { ...headers, ...options.headers }, responseType: options.body ?? 'none' };
    const sentMs = resolveUs === 0 ? beganMs : now();
    let response = request(method, url + path(values), body && body(values), params);
    let { status, timings } = response;
    let { blocked: blockedMs, waiting: waitingMs } = timings;
    let totalMs = blockedMs + timings.duration;
    let dialled = timings.connecting > 0 || timings.tls_handshaking > 0;
    for (let hop = 0; status >= 301 && status <= 308 && !expected[status] && hop < MOST_REDIRECTS; hop += 1) {
      const location = response.headers['Location'];
      // Only within the same address: a redirect elsewhere would leave the lane, and the allowed hosts.
      if (!location || location[0] !== '/' || location[1] === '/') break;
      response = request('GET', /^[a-z]+:\/\/[^/]+/.exec(url)![0] + location, null, params);
      ({ status, timings } = response);
      blockedMs += timings.blocked;
      waitingMs += timings.waiting;
      totalMs += timings.blocked + timings.duration;
      dialled ||= timings.connecting > 0 || timings.tls_handshaking > 0;
    }

    let state = step === 0 && attempt === 0 ? blocked : 0;
    if (dialled) state |= warm[url] ? newConnection | redial : newConnection;
    const error = status > 0 && status < 400 ? 0 : errorKind(status, response.error_code);
    goesOn = false;
    if (!expected[status]) {
      state |= bad;
      goesOn = attempt < mostRetries && now() < t0 + endMs && mayRetry(method, status, error === REFUSED);
      if (goesOn) state |= retried;
    }
    warm[url] = status > 0 && cohort !== 'fresh';
    if (status === 0) {
      // k6 reports zero times for a connection that never came about.
      totalMs = Math.max(totalMs, now() - sentMs);
      connectionBroke();
    }

    const answered = response.headers;
    const served = regions[answered[regionHeader]!];
    add(
      row,
      beganMs > t0 ? beganMs - t0 : 0,
      totalMs * 1000,
      resolveUs,
      blockedMs * 1000,
      waitingMs * 1000,
      serverMicroseconds(answered[serverTiming]),
      answerWord(status, error),
      routeWord(
        viaEdge ? NO_REGION : asked,
        served === undefined ? NO_REGION : served,
        sources[answered[source]!] || 0,
        attempt,
      ),
      stateWord(Number(answered[version]) || 0, state, step),
      Number(answered[recordVersion]) || 0,
      Number(answered['Content-Length']) || 0,
    );
    return response;
  }

  /** A row for a request that was never sent. */
  function recordNoAnswer(beganMs: number, resolveUs: number, error: number): void {
    const route = routeWord(NO_REGION, NO_REGION, 0, attempt);
    const flags = (step === 0 && attempt === 0 ? blocked : 0) | (goesOn ? retried | bad : bad);
    const state = stateWord(0, flags, step);
    add(row, Math.max(0, beganMs - t0), 0, resolveUs, 0, 0, 0, answerWord(0, error), route, state, 0, 0);
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
    perform(rowNumber, dueMs, operation, tenant, key) {
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
        goesOn = false;
        if (step === 0) recordNoAnswer(now(), 0, FAILED_SCRIPT);
        rare({ kind: 'script-error', row, message: String(error) });
      }
      lastEndMs = now();
    },
  };
}
