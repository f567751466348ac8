import { describe, expect, test } from 'vitest';
import type { PlanOperation, PlanRegion, RunPlan } from '../formats/plan.ts';
import type { SmokeFinding } from '../formats/player.ts';
import { ERRORS, type ErrorKind } from '../formats/recording.ts';
import { smokeGapMs, smokeVerdict } from './smoke.ts';

const request = (name: string, more: Partial<PlanOperation> = {}): PlanOperation =>
  ({ name, kind: 'request', method: 'GET', path: `/${name}`, expect: [200], steps: [], ...more }) as PlanOperation;

const plan = {
  operations: [
    request('list'),
    request('login', { method: 'POST' }),
    request('check'),
    request('sign-in', { kind: 'journey', steps: [1, 2] }),
    request('control-echo'),
  ],
  regions: [{ id: 'near' }, { id: 'far' }] as PlanRegion[],
  target: { name: 'shop', maxRatePerSecond: 5 },
} as RunPlan;

const found = (status: number, error: ErrorKind, more: Partial<SmokeFinding> = {}): SmokeFinding => ({
  operation: 0,
  region: 1,
  step: 0,
  status,
  error: ERRORS.indexOf(error),
  isBad: true,
  text: '',
  ...more,
});
const good = found(200, 'none', { isBad: false });
const said = (...findings: SmokeFinding[]): string | undefined => smokeVerdict(plan, findings).error?.message;

describe('a smoke test', () => {
  test('with expected responses reports nothing', () => {
    expect(smokeVerdict(plan, [good])).toEqual({ error: null, lines: [] });
  });

  test.each<[number, ErrorKind, string, RegExp]>([
    [201, 'none', '', /`list` \(GET \/list\) in far: 201, expected 200\./],
    [404, 'http-4xx', '', /: 404, expected 200/],
    [200, 'answer', 'the body is empty', /: 200 \(the body is empty\)\./],
    [302, 'redirect', 'redirects to https://x.example/', /: 302 \(redirects to https:\/\/x\.example\/\), expected 200/],
    [0, 'tls', 'x509: unknown authority', /: tls \(x509: unknown authority\), expected 200/],
    [0, 'protocol', 'malformed HTTP response', /: protocol \(malformed HTTP response\)/],
  ])('ends the command at %s, %s', (status, error, text, says) => {
    const verdict = smokeVerdict(plan, [found(status, error, { text })]);
    expect(verdict.error?.exitCode).toBe(4);
    expect(verdict.error?.message).toMatch(says);
    expect(verdict.error?.message).toContain('--no-smoke');
  });

  test.each<[number, ErrorKind]>([
    [503, 'http-5xx'],
    [0, 'timeout'],
    [0, 'refused'],
    [0, 'reset'],
    [0, 'cut-short'],
  ])('leaves %s, %s to the run, and reports it', (status, error) => {
    const { error: refusal, lines } = smokeVerdict(plan, [found(status, error)]);
    expect(refusal).toBeNull();
    expect(lines).toEqual([expect.stringMatching(/^smoke: `list` \(GET \/list\) in far: /)]);
  });

  test('counts the last of several attempts, and each region and step by itself', () => {
    expect(said(found(404, 'http-4xx'), good)).toBeUndefined();
    expect(said(found(404, 'http-4xx', { region: 0 }), good)).toContain('in near');
    const step = found(200, 'script', { operation: 3, step: 1, text: 'SyntaxError' });
    expect(said(step)).toContain('`check` of `sign-in` (GET /check) in far: 200 (SyntaxError)');
  });

  test('names five of many findings', () => {
    const many = Array.from({ length: 7 }, (_, region) => found(404, 'http-4xx', { region: region % 2, step: region }));
    expect(said(...many)).toContain('; and 2 more');
  });

  test('takes half the limit of the target', () => {
    expect(smokeGapMs(plan)).toBe(400);
    expect(smokeGapMs({ ...plan, target: { ...plan.target, maxRatePerSecond: 1000 } })).toBe(50);
  });
});
