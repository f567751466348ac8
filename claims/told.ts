/** What the recording says beside its rows: what answers told that no row has room for, and what requests failed of. */
import type { PlanOperation, RunPlan } from '../src/formats/plan.ts';
import { type RareEvent, ROW_STATE, type TallyKind } from '../src/formats/recording.ts';
import type { JudgedRow } from './row.ts';
import { count, list, percent } from '../src/formats/words.ts';

/** Values of a kind that are named; the rest is counted. */
const NAMED = 3;
/** Texts that are kept of one client. */
const MAX_TEXTS = 20;

export class Told {
  private readonly plan: RunPlan;
  /** By kind, then `operation value`. */
  private readonly tallies = new Map<TallyKind, Map<string, { operation: number; value: string; count: number }>>();
  /** By client: texts of errors with the row they were first seen at, in order. */
  private readonly texts = new Map<number, { row: number; error: number; text: string }[]>();
  /** How often a text was told, by kind of error. */
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

  /** Takes what stands beside the rows. Lines may hold anything: what is not of its shape is passed over. */
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

  /** What the client library said of a row with this error: at that row, or before it the last time; '' for nothing. */
  textOf(client: number, row: number, error: number): string {
    const fits = (this.texts.get(client) ?? []).filter((told) => told.error === error && told.row <= row);
    return fits.at(-1)?.text ?? '';
  }

  /** The text that most clients were told first with this error; '' for none. */
  usualText(error: number): string {
    return [...(this.byError.get(error) ?? [])].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? '';
  }

  /** What answers said under a kind, over all operations, most often first. */
  values(tally: TallyKind): { value: string; count: number }[] {
    const sums = new Map<string, number>();
    for (const { value, count: n } of this.tallies.get(tally)?.values() ?? [])
      sums.set(value, (sums.get(value) ?? 0) + n);
    return [...sums].map(([value, n]) => ({ value, count: n })).toSorted((a, b) => b.count - a.count);
  }

  /** `154 said "use1-az2", 3 said "x"`; '' where nothing was said. */
  inWords(tally: TallyKind): string {
    const values = this.values(tally);
    const named = values.slice(0, NAMED).map(({ value, count: n }) => `${count(n)} said "${value}"`);
    const more = values.slice(NAMED).reduce((sum, { count: n }) => sum + n, 0);
    return list(more === 0 ? named : [...named, `${count(more)} said something else`]);
  }

  /** Sentences on what happened to requests beside their verdict; for every report. */
  sentences(): string[] {
    const { operations } = this.plan;
    return [
      ...operations.flatMap((operation, o) => this.redirectsOf(operation, o)),
      this.heldBack > 0 &&
        `${count(this.heldBack)} late requests, retries or redirects were delayed or left out, so that the target got no more than ${this.plan.target.maxRatePerSecond} requests a second.`,
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
    const named = paths
      .slice(0, NAMED)
      .map(({ value, count: n }) => `${count(n)} to ${value.slice(4)} (${value.slice(0, 3)})`);
    const where = named.length === 0 ? '' : `: ${list(named)}`;
    const share = `${count(this.redirected[o]!)} of ${count(all)} (${percent(this.redirected[o]! / all)})`;
    return [`${share} answers of ${name} came by redirect${where}.`];
  }

  private unsentSteps(journey: string, steps: number[], sent: Float64Array): string[] {
    return steps.flatMap((operation, step) => {
      const unsent = sent[0]! - sent[step]!;
      const name = this.plan.operations[operation]!.name;
      return unsent === 0
        ? []
        : [
            `${name} of ${journey}: ${count(unsent)} of ${count(sent[0]!)} planned steps were not sent, because the journey ended before.`,
          ];
    });
  }
}
