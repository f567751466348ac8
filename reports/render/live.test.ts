import { describe, expect, it } from 'vitest';
import { ROW_STATE, emptyRow } from '../../src/formats/recording.ts';
import type { RecordedRow } from '../../src/formats/recording.ts';
import { CLIENT_ROLES, TIMETABLE_ROW_BYTES } from '../../src/formats/timetable.ts';
import type { ClientRole, TimetableIndex } from '../../src/formats/timetable.ts';
import { sampleRun } from '../../test/sample/run.ts';
import { LiveView } from './live.ts';

const { plan } = sampleRun('nothing');
const originAt = (id: string): number => plan.origins.findIndex((o) => o.id === id);

/** A timetable of clients with one row every 100 ms; `operation` 0 is a read. */
function timetable(clients: { origin: string; role: ClientRole; rows: number }[]): {
  index: TimetableIndex;
  bin: Uint8Array;
} {
  const totalRows = clients.reduce((sum, c) => sum + c.rows, 0);
  const bin = new Uint8Array(totalRows * TIMETABLE_ROW_BYTES);
  const view = new DataView(bin.buffer);
  const firstRow: number[] = [];
  let row = 0;
  for (const client of clients) {
    firstRow.push(row);
    for (let i = 0; i < client.rows; i += 1, row += 1) view.setUint32(row * TIMETABLE_ROW_BYTES, i * 100, true);
  }
  return {
    bin,
    index: {
      version: 1,
      totalRows,
      clients: {
        firstRow,
        rows: clients.map((c) => c.rows),
        origin: clients.map((c) => originAt(c.origin)),
        cohort: clients.map(() => 0),
        role: clients.map((c) => CLIENT_ROLES.indexOf(c.role)),
      },
    },
  };
}

const recorded = (row: number, dueMs: number, parts: Partial<RecordedRow> = {}): RecordedRow => ({
  ...emptyRow(),
  row,
  startMs: dueMs,
  totalUs: 50_000,
  status: 200,
  requestedRegion: 2,
  ...parts,
});

interface Shown {
  live: LiveView;
  text: () => string;
}

function view(
  options: { isTTY?: boolean; quiet?: boolean; json?: boolean },
  clients: Parameters<typeof timetable>[0],
): Shown {
  let text = '';
  const live = new LiveView(plan, {
    isTTY: false,
    quiet: false,
    json: false,
    ...options,
    write: (more) => {
      text += more;
    },
  });
  const { index, bin } = timetable(clients);
  live.begin(index, bin);
  live.start(Date.UTC(2026, 10, 22));
  return { live, text: () => text };
}

const TOKYO = [{ origin: 'tokyo', role: 'mix' as const, rows: 200 }];

/** The region's part of the newest JSON line. */
const newest = (text: string, region: string): Record<string, unknown> => {
  const frame = JSON.parse(text.trimEnd().split('\n').at(-1)!) as { regions: { region: string }[] };
  return frame.regions.find((r) => r.region === region)!;
};

describe('the live view', () => {
  it('shows the last note next to the phase', () => {
    const { live, text } = view({}, TOKYO);
    live.note('fault 1 is open');
    live.tick(15_000);
    expect(text()).toMatch(/baseline · fault 1 is open \|/);
    live.note('');
    live.tick(21_000);
    expect(text().split('\n')[1]).not.toContain('fault 1');
  });

  it('writes one line every five seconds where there is no terminal', () => {
    const { live, text } = view({}, TOKYO);
    for (let row = 0; row < 120; row += 1) {
      live.row(recorded(row, row * 100));
      live.tick(row * 100);
    }
    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/^10 s of 3 min 10 s baseline \| us-east-1 0\/s.* \| ap-southeast-1 10\/s p50 \d/);
    expect(text()).not.toContain('\u001b');
  });

  it('redraws in place on a terminal, twice a second, and leaves nothing behind', () => {
    const { live, text } = view({ isTTY: true }, TOKYO);
    live.tick(0);
    live.tick(100);
    live.tick(600);
    expect(text().split('ap-southeast-1')).toHaveLength(3);
    expect(text().split('\u001b[5A\u001b[0J')).toHaveLength(2);
    live.end();
    expect(text().endsWith('\u001b[5A\u001b[0J')).toBe(true);
  });

  it('writes nothing at all when quiet', () => {
    const { live, text } = view({ quiet: true, isTTY: true, json: true }, TOKYO);
    live.row(recorded(0, 0));
    live.tick(0);
    live.tick(9_000);
    live.end();
    expect(text()).toBe('');
  });

  it('writes JSON lines, also on a terminal', () => {
    const { live, text } = view({ json: true, isTTY: true }, TOKYO);
    for (let row = 0; row < 100; row += 1)
      live.row(recorded(row, row * 100, { state: row % 4 === 0 ? ROW_STATE.bad : 0 }));
    live.tick(10_000);
    expect(JSON.parse(text())).toMatchObject({ t0: '2026-11-22T00:00:00.000Z', atMs: 10_000, recorded: 100 });
    expect(newest(text(), 'ap-southeast-1')).toMatchObject({ badShare: expect.closeTo(0.25, 1), overdue: 0 });
    live.end();
    expect(text()).not.toContain('\u001b');
  });

  it('counts a row as bad that was due two seconds ago and is not recorded', () => {
    const { live, text } = view({ json: true }, TOKYO);
    for (let row = 0; row < 30; row += 1) live.row(recorded(row, row * 100));
    live.tick(10_000);
    // Due by 8.0 s: 80 rows, of which 30 are recorded; 20 of those ended within the last ten seconds of the clock.
    expect(newest(text(), 'ap-southeast-1')).toMatchObject({ overdue: 50, badShare: 50 / 70 });
  });

  it('charges a client that waited for itself to latency, not to the generator', () => {
    const { live, text } = view({ json: true }, TOKYO);
    for (let row = 0; row < 100; row += 1) {
      live.row(recorded(row, row * 100, { startMs: row * 100 + 900, state: ROW_STATE.clientBlocked }));
    }
    live.tick(10_000);
    const frame = JSON.parse(text()) as { lagP99Ms: number | null };
    expect(frame.lagP99Ms).toBeNull();
    expect(newest(text(), 'ap-southeast-1')['p50Ms']).toBeGreaterThan(900);
  });

  it('keeps the control series out of the regions but in the lag', () => {
    const { live, text } = view({ json: true }, [{ origin: 'control', role: 'control', rows: 100 }]);
    for (let row = 0; row < 50; row += 1) live.row(recorded(row, row * 100, { startMs: row * 100 + 7 }));
    live.tick(10_000);
    expect(JSON.parse(text())).toMatchObject({ recorded: 0, lagP99Ms: expect.closeTo(7, 0) });
    for (const { id } of plan.regions) expect(newest(text(), id)).toMatchObject({ perSecond: 0, overdue: 0 });
  });

  it('counts the steps of a journey as requests but its row as one', () => {
    const { live, text } = view({ json: true }, TOKYO);
    live.row(recorded(0, 0));
    live.row(recorded(0, 0, { step: 1, startMs: 60 }));
    live.tick(5_000);
    expect(JSON.parse(text())).toMatchObject({ recorded: 1 });
    expect(newest(text(), 'ap-southeast-1')).toMatchObject({ overdue: 29 });
  });

  it('gathers evidence for judged requests of the right vantage only', () => {
    const { live, text } = view({ json: true }, [
      { origin: 'tokyo', role: 'mix', rows: 300 },
      { origin: 'probe-ap-southeast-1', role: 'probe', rows: 300 },
    ]);
    const evidence = newest(tickAt(live, text, 5_000), 'ap-southeast-1')['evidence'] as { claim: string };
    const claim = plan.claims.find((c) => c.id === evidence.claim)!;
    const rows = claim.vantage === 'region' ? [300, 600] : [0, 300];
    for (let row = rows[0]!; row < rows[1]!; row += 1) live.row(recorded(row, (row % 300) * 100));
    // The first ten seconds are warm-up: 100 rows of each client do not count.
    expect(newest(tickAt(live, text, 30_000), 'ap-southeast-1')['evidence']).toMatchObject({ got: 200 });
  });
});

function tickAt(live: LiveView, text: () => string, atMs: number): string {
  live.tick(atMs);
  return text();
}
