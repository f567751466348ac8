/** What the recording holds in addition to its rows: response values that fit no row, and texts of errors. */
import type { PlanOperation, RunPlan } from '../src/formats/plan.ts';
import { type RareEvent, ROW_STATE, type TallyKind } from '../src/formats/recording.ts';
import type { JudgedRow } from './row.ts';
import { count, list, percent, plural } from '../src/formats/words.ts';

/** Values of a kind that are listed; the rest is counted. */
const MAX_LISTED = 3;
/** Texts kept per client. */
const MAX_TEXTS = 20;

export class RecordingNotes {
  private readonly plan: RunPlan;
  /** By kind, then `operation value`. */
  private readonly tallies = new Map<TallyKind, Map<string, { operation: number; value: string; count: number }>>();
  /** By client: error texts with the row they were first seen in, in order. */
  private readonly texts = new Map<number, { row: number; error: number; text: string }[]>();
  /** Number of times each text occurred, by kind of error. */
  private readonly byError = new Map<number, Map<string, number>>();
  private readonly redirected: Float64Array;
  private readonly answered: Float64Array;
  private readonly clientOf: (row: number) => number;
  private heldBack = 0;
  /** By operation of the timetable, then step: rows of each. */
  private readonly steps: Float64Array[];

  constructor(plan: RunPlan, clientOf: (row: number) => number) {
    this.plan = plan;
    this.clientOf = clientOf;
    this.redirected = new Float64Array(plan.operations.length);
    this.answered = new Float64Array(plan.operations.length);
    this.steps = plan.operations.map(({ steps }) => new Float64Array(steps.length));
  }

  /** Takes an event of the recording. Events are not validated: malformed ones are ignored. */
  note(event: RareEvent | null): void {
    if (event?.kind === 'tally' && Array.isArray(event.counts)) {
      for (const { tally, operation, value, count: n } of event.counts) {
        const of = this.tallies.get(tally) ?? new Map<string, { operation: number; value: string; count: number }>();
        this.tallies.set(tally, of);
        const key = `${operation} ${value}`;
        const known = of.get(key);
        if (known) known.count += n;
        else of.set(key, { operation, value, count: n });
      }
    }
    if (event?.kind !== 'error' || typeof event.row !== 'number' || typeof event.text !== 'string') return;
    const { row, error, text } = event;
    const client = this.clientOf(row);
    const texts = this.texts.get(client) ?? [];
    this.texts.set(client, texts);
    if (texts.length < MAX_TEXTS) texts.push({ row, error, text });
    const of = this.byError.get(error) ?? new Map<string, number>();
    this.byError.set(error, of);
    of.set(text, (of.get(text) ?? 0) + 1);
  }

  add(c: JudgedRow): void {
    const { status, state, step, attempt } = c.row;
    if ((state & ROW_STATE.heldBack) !== 0) this.heldBack += 1;
    if (attempt === 0 && this.plan.operations[c.planned]!.kind === 'journey') {
      const of = this.steps[c.planned]!;
      of[step] = of[step]! + 1;
    }
    if (status === 0) return;
    this.answered[c.operation]! += 1;
    if ((state & ROW_STATE.redirected) !== 0) this.redirected[c.operation]! += 1;
  }

  /** The client library's text for this error, at this row or the last one before it; '' for none. */
  textOf(client: number, row: number, error: number): string {
    const fits = (this.texts.get(client) ?? []).filter((one) => one.error === error && one.row <= row);
    return fits.at(-1)?.text ?? '';
  }

  /** The most frequent text of this error; '' for none. */
  usualText(error: number): string {
    return [...(this.byError.get(error) ?? [])].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? '';
  }

  /** Values that responses had of a kind, over all operations, most frequent first. */
  values(tally: TallyKind): { value: string; count: number }[] {
    const sums = new Map<string, number>();
    for (const { value, count: n } of this.tallies.get(tally)?.values() ?? [])
      sums.set(value, (sums.get(value) ?? 0) + n);
    return [...sums].map(([value, n]) => ({ value, count: n })).toSorted((a, b) => b.count - a.count);
  }

  /** `"use1-az2" in 154 responses, "x" in 3`; '' where there is no value. */
  inWords(tally: TallyKind): string {
    const values = this.values(tally);
    const listed = values
      .slice(0, MAX_LISTED)
      .map(({ value, count: n }, i) => `"${value}" in ${i === 0 ? plural(n, 'response') : count(n)}`);
    const more = values.slice(MAX_LISTED).reduce((sum, { count: n }) => sum + n, 0);
    return list(more === 0 ? listed : [...listed, `other values in ${count(more)}`]);
  }

  /** Sentences on redirects, held back requests and unsent steps, for every report. */
  sentences(): string[] {
    const { operations } = this.plan;
    return [
      ...operations.flatMap((operation, o) => this.redirectsOf(operation, o)),
      this.heldBack > 0 &&
        `${count(this.heldBack)} late requests, retries or redirects were delayed or dropped to stay within the target's ${this.plan.target.maxRatePerSecond} requests a second.`,
      ...operations.flatMap(({ kind, steps, name }, o) =>
        kind === 'journey' ? this.unsentSteps(name, steps, this.steps[o]!) : [],
      ),
    ].filter((sentence) => sentence !== false);
  }

  private redirectsOf({ name }: PlanOperation, o: number): string[] {
    const all = this.answered[o]!;
    if (this.redirected[o] === 0) return [];
    const paths = [...(this.tallies.get('redirect')?.values() ?? [])]
      .filter(({ operation }) => operation === o)
      .toSorted((a, b) => b.count - a.count);
    const listed = paths
      .slice(0, MAX_LISTED)
      .map(({ value, count: n }) => `${count(n)} to ${value.slice(4)} (${value.slice(0, 3)})`);
    const where = listed.length === 0 ? '' : `: ${list(listed)}`;
    const redirected = this.redirected[o]!;
    return [
      `${count(redirected)} of ${count(all)} responses to ${name} (${percent(redirected / all)}) came after a redirect${where}.`,
    ];
  }

  private unsentSteps(journey: string, steps: number[], sent: Float64Array): string[] {
    return steps.flatMap((operation, step) => {
      const unsent = sent[0]! - sent[step]!;
      const name = this.plan.operations[operation]!.name;
      return unsent === 0
        ? []
        : [
            `${name} of ${journey}: ${count(unsent)} of ${count(sent[0]!)} planned steps were not sent because the journey ended earlier.`,
          ];
    });
  }
}
