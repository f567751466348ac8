import http from 'k6/http';
import type { Params, RefinedResponse, ResponseType } from 'k6/http';
import { ERRORS, NO_REGION, ROW_STATE, SOURCES, emptyRow } from '../src/formats/recording.ts';
import type { Cohort } from '../src/formats/timetable.ts';
import type { PlanOperation } from '../src/formats/plan.ts';
import type { PlayerConfig } from '../src/formats/player.ts';
import { errorKind, serverMicroseconds } from './answer.ts';
import type { Recorder } from './recorder.ts';
import { Resolver } from './resolver.ts';
import { compileTemplate } from './template.ts';
import type { TemplateValues } from './template.ts';

/** Several requests with logic between them; one file of scenarios/journeys. */
export type Journey = (client: JourneyClient) => void;

export interface JourneyClient {
  /** Sends the next step. `operation` is one of the steps that the target file lists for this journey. */
  request(operation: string, options?: RequestOptions): Answer;
}

interface RequestOptions {
  headers?: Record<string, string>;
  /** `text` keeps the body for the journey; bodies are thrown away otherwise. */
  body?: 'text';
}

interface Answer {
  ok: boolean;
  status: number;
  text: string;
}

/** Where a client lives and what it is given. */
interface ClientHome {
  config: PlayerConfig;
  journeys: Record<string, Journey>;
  recorder: Recorder;
  /** Index into PlayerConfig.origins. */
  origin: number;
  cohort: Cohort;
  /** Milliseconds since the epoch. */
  t0: number;
}

const FOLLOWED = [301, 302, 303, 307, 308];
const MOST_REDIRECTS = 5;
const FAILED_SCRIPT = ERRORS.indexOf('script');
const FAILED_RESOLVE = ERRORS.indexOf('resolve');

/** One person's client: knows where it lives, keeps or drops its connections as its cohort does, records every request. */
export class Client {
  private readonly config: PlayerConfig;
  private readonly journeys: Record<string, Journey>;
  private readonly recorder: Recorder;
  private readonly origin: number;
  private readonly cohort: Cohort;
  private readonly t0: number;
  private readonly resolver: Resolver;
  private readonly row = emptyRow();
  private readonly warm = new Set<string>();
  private readonly values: TemplateValues = { key: 0, tenant: '', row: 0 };
  private readonly compiled: { path: (v: TemplateValues) => string; body: ((v: TemplateValues) => string) | null }[];
  private readonly params: Params[];
  private step = 0;
  private lastEndMs = 0;

  constructor(home: ClientHome, commonHeaders: Record<string, string>) {
    const { config, origin, cohort } = home;
    this.config = config;
    this.journeys = home.journeys;
    this.recorder = home.recorder;
    this.origin = origin;
    this.cohort = cohort;
    this.t0 = home.t0;
    this.resolver = new Resolver(config, origin, cohort);
    this.compiled = config.operations.map((operation) => ({
      path: compileTemplate(operation.path),
      body: operation.body === null ? null : compileTemplate(operation.body),
    }));
    this.params = config.operations.map((operation) => ({
      headers: {
        ...commonHeaders,
        ...(operation.body === null ? {} : { 'Content-Type': 'application/json' }),
        ...operation.headers,
        ...(cohort === 'fresh' ? { Connection: 'close' } : {}),
      },
      timeout: operation.timeoutMs,
      redirects: 0,
      responseType: 'none',
    }));
  }

  /** Carries out one timetable row: a request, or a journey of several. Never throws: what goes wrong is a row. */
  perform(row: number, dueMs: number, operation: number, tenant: number, key: number): void {
    this.step = 0;
    this.row.row = row;
    this.row.state = this.lastEndMs > dueMs ? ROW_STATE.clientBlocked : 0;
    this.values.row = row;
    this.values.key = key;
    this.values.tenant = this.config.tenants[tenant] ?? '';
    const planned = this.config.operations[operation]!;
    try {
      if (planned.kind === 'journey') this.journey(planned);
      else this.send(operation, {});
    } catch (error) {
      if (this.step === 0) this.recordScriptError();
      this.recorder.rare({ kind: 'script-error', row, message: String(error) });
    }
    this.lastEndMs = Date.now() - this.t0;
  }

  private journey(planned: PlanOperation): void {
    const play = this.journeys[planned.name];
    if (!play) throw new Error(`no journey ${planned.name} in scenarios/journeys`);
    play({
      request: (name, options = {}) => {
        const operation = planned.steps[this.step];
        if (operation === undefined || this.config.operations[operation]!.name !== name) {
          throw new Error(`journey ${planned.name}: step ${this.step} is not ${name}`);
        }
        return this.send(operation, options);
      },
    });
  }

  private send(operation: number, options: RequestOptions): Answer {
    const { config, row } = this;
    const planned = config.operations[operation]!;
    row.startMs = Math.max(0, Date.now() - this.t0);
    row.step = this.step;
    if (this.step > 0) row.state = 0;

    const asked = this.resolver.region();
    row.resolveUs = this.resolver.tookUs;
    row.askedRegion = planned.via === 'edge' ? NO_REGION : asked;
    const place = config.origins[this.origin]!;
    const endpoint = planned.via === 'edge' ? place.edge : place.regions[asked];
    if (!endpoint) {
      this.recordWithoutAnswer(FAILED_RESOLVE);
      return { ok: false, status: 0, text: '' };
    }

    const params = this.params[operation]!;
    params.headers!['traceparent'] = this.traceparent();
    if (endpoint.host) params.headers!['Host'] = endpoint.host;
    const own: Params =
      options.headers || options.body
        ? { ...params, headers: { ...params.headers, ...options.headers }, responseType: options.body ?? 'none' }
        : params;
    const { path, body } = this.compiled[operation]!;
    const base = endpoint.url;
    const sentMs = Date.now();
    let response = http.request(planned.method, base + path(this.values), body ? body(this.values) : null, own);
    let totalMs = response.timings.blocked + response.timings.duration;
    for (let hop = 0; hop < MOST_REDIRECTS && this.isRedirect(response, planned); hop += 1) {
      // Only within the same address: a redirect elsewhere would leave the lane, and the allowed hosts.
      response = http.request('GET', base + response.headers['Location']!, null, own);
      totalMs += response.timings.blocked + response.timings.duration;
    }
    // k6 reports zero times for a connection that never came about.
    if (response.status === 0) totalMs = Math.max(totalMs, Date.now() - sentMs);
    this.record(response, totalMs, planned, base);
    const ok = (row.state & ROW_STATE.bad) === 0;
    return { ok, status: response.status, text: typeof response.body === 'string' ? response.body : '' };
  }

  private isRedirect(response: RefinedResponse<ResponseType>, planned: PlanOperation): boolean {
    if (!FOLLOWED.includes(response.status) || planned.expect.includes(response.status)) return false;
    const location = response.headers['Location'];
    return location !== undefined && location.startsWith('/') && !location.startsWith('//');
  }

  private record(response: RefinedResponse<ResponseType>, totalMs: number, planned: PlanOperation, base: string): void {
    const { row, config } = this;
    const { observe } = config;
    const { timings, headers, status } = response;
    const served = observe.region ? config.regions.indexOf(headers[observe.region] ?? '') : -1;
    const source = observe.source ? SOURCES.indexOf((headers[observe.source] ?? '') as never) : -1;
    const dialled = timings.connecting > 0 || timings.tls_handshaking > 0;
    if (dialled) row.state |= ROW_STATE.newConnection;
    if (dialled && this.warm.has(base)) row.state |= ROW_STATE.redial;
    if (!planned.expect.includes(status)) row.state |= ROW_STATE.bad;
    if (status > 0 && this.cohort !== 'fresh') this.warm.add(base);
    else this.warm.delete(base);
    if (status === 0) this.resolver.connectionBroke();

    row.totalUs = Math.round(totalMs * 1000);
    row.blockedUs = Math.round(timings.blocked * 1000);
    row.waitingUs = Math.round(timings.waiting * 1000);
    row.serverUs = observe.serverTiming ? serverMicroseconds(headers[observe.serverTiming]) : 0;
    row.status = status;
    row.error = errorKind(status, response.error_code);
    row.servedRegion = served < 0 ? NO_REGION : served;
    row.source = source < 0 ? 0 : source;
    row.apiVersion = observe.version ? Number(headers[observe.version] ?? 0) & 0xff : 0;
    row.recordVersion = observe.recordVersion ? Number(headers[observe.recordVersion] ?? 0) >>> 0 : 0;
    row.bytes = Number(headers['Content-Length'] ?? 0) >>> 0;
    this.recorder.add(row);
    this.step += 1;
  }

  private recordWithoutAnswer(error: number): void {
    const { row } = this;
    row.totalUs = 0;
    row.blockedUs = 0;
    row.waitingUs = 0;
    row.serverUs = 0;
    row.status = 0;
    row.error = error;
    row.servedRegion = NO_REGION;
    row.source = 0;
    row.apiVersion = 0;
    row.recordVersion = 0;
    row.bytes = 0;
    row.state |= ROW_STATE.bad;
    this.recorder.add(row);
    this.step += 1;
  }

  private recordScriptError(): void {
    this.row.startMs = Math.max(0, Date.now() - this.t0);
    this.row.resolveUs = 0;
    this.row.step = 0;
    this.row.askedRegion = NO_REGION;
    this.recordWithoutAnswer(FAILED_SCRIPT);
  }

  /** W3C trace context: the row's number is the trace, its step and origin the span. */
  private traceparent(): string {
    const row = this.row.row.toString(16).padStart(16, '0');
    const span = ((this.origin + 1) * 0x10000 + this.step).toString(16).padStart(16, '0');
    return `00-${this.config.tracePrefix}${row}-${span}-01`;
  }
}
