import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample/run.ts';
import type { FisOutcome } from '../../src/formats/fis.ts';
import { clockWords, placeWords, suspectParts, targetGroups } from './fis-lines.ts';
import { renderHtml } from './html/page.ts';
import { renderMarkdown } from './markdown.ts';
import { measuredLines } from './measured-lines.ts';

const LOOK = 'aws ec2 describe-network-acls --filters Name=tag:managedByFIS,Values=true --region ap-southeast-1';

/** The sample fault through FIS, changed: its lines on the terminal, its page without tags and breaks, its summary. */
function told(change: (outcome: FisOutcome) => void = () => {}): { lines: string[]; page: string; summary: string } {
  const { plan, result } = sampleRun('fis');
  change(result.figures.failover.faults[0]!.fis!);
  const page = renderHtml(plan, result);
  const part = /<h4>Through AWS FIS.*?<h4>Clients of /s.exec(page)?.[0] ?? '';
  return {
    lines: measuredLines(plan, result, 98),
    page: part.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' '),
    summary: renderMarkdown(plan, result).replaceAll('\\', ''),
  };
}

describe('a fault that went through FIS', () => {
  it('names each experiment with its ARN, state, times and targets in every report', () => {
    const { plan, result } = sampleRun('fis');
    expect(result.figures.failover.faults[0]!.fis!.experiments).toHaveLength(plan.regions.length);
    const { lines, page, summary } = told();
    const text = lines.map((line) => line.trim()).join(' ');
    for (const { id, region, arn, status, actions, targets } of result.figures.failover.faults[0]!.fis!.experiments) {
      for (const report of [text, summary]) {
        expect(report).toContain(`${id} in ${region}: ${status}, 21:48:17 to 21:49:13 UTC (55.`);
        expect(report).toContain('reason: Experiment stopped by user request');
      }
      expect(page).toMatch(new RegExp(`${region} ${id} arn:\\S+ ${status} Experiment stopped.*? 21:48:17 to 21:49:13`));
      for (const report of [text, summary, page]) {
        expect(report).toContain(arn);
        for (const action of actions) expect(report).toContain(action.actionId);
        for (const target of targets) expect(report).toContain(target.split(' ')[1]);
      }
    }
  });

  it('shows the times of FIS next to t0 and t1', () => {
    const { lines, page } = told();
    expect(lines[1]).toBe(
      '  injected at 1:07.4, in effect 2.64 s later (t0); reverted at 2:00.0, cleared 0.09 s later (t1)',
    );
    expect(lines).toContain('      running 2.32 s after the injection, ended 3.12 s after the stop request');
    expect(page).toContain('Running 2.32 s after the injection Ended 3.12 s after the stop request');
    for (const report of [lines.join('\n'), page]) expect(report).toContain('t0 and t1 are from probes');
  });

  it('warns of what was not exercised and what may be left, with the command on its own line', () => {
    const { lines, page, summary } = told((outcome) => {
      outcome.notExercised = ['aws:network:disrupt-vpc-endpoint in eu-west-1: skipped (No targets)'];
      outcome.suspects = [`network ACLs in place of the own ones in ap-southeast-1: \`${LOOK}\``];
    });
    expect(lines).toContain('    ! Not exercised: aws:network:disrupt-vpc-endpoint in eu-west-1: skipped (No targets)');
    const left = lines.indexOf('    ! May be left: network ACLs in place of the own ones in ap-southeast-1');
    expect(lines[left + 1]).toBe(`      check with ${LOOK}`);
    expect(page).toContain('! Not exercised aws:network:disrupt-vpc-endpoint in eu-west-1: skipped (No targets) ');
    expect(page).toContain(`! May be left network ACLs in place of the own ones in ap-southeast-1; check with ${LOOK}`);
    expect(summary).toContain('- ! **Not exercised:** aws:network:disrupt-vpc-endpoint in eu-west-1: skipped');
    expect(summary).toContain(
      `- ! **May be left:** network ACLs in place of the own ones in ap-southeast-1: \`${LOOK}\``,
    );
    expect(lines.concat(told().lines, told().page).filter((line) => line.includes('! '))).toHaveLength(2);
  });

  it('shows experiments without an end or a start as such', () => {
    const { lines, page } = told(({ experiments: [open, never] }) => {
      Object.assign(open!, { status: 'running', reason: null, arn: null, endEpochMs: null, targets: [] });
      Object.assign(never!, { status: 'cancelled', reason: null, startEpochMs: null, endEpochMs: null, actions: [] });
    });
    const text = lines.map((line) => line.trim()).join(' ');
    expect(text).toContain('in ap-southeast-1: running when last seen, from 21:48:17 UTC, end unknown no ARN from FIS');
    expect(text).toContain('in us-east-1: cancelled, never started arn:');
    expect(text).toContain('targets: none in the preview');
    expect(page).toContain('no ARN from FIS ! running when last seen from 21:48:17 , end unknown');
    expect(page).toContain('✗ cancelled never started');
  });

  it('reports a fault without known experiments, and nothing for a fault without FIS', () => {
    const { lines, page } = told((outcome) => (outcome.experiments = []));
    expect(lines).toContain('    No experiment known.');
    expect(page).toContain('No experiment known.');
    const { plan, result } = sampleRun('fault');
    for (const report of [
      measuredLines(plan, result, 98).join(),
      renderHtml(plan, result),
      renderMarkdown(plan, result),
    ]) {
      expect(report).not.toContain('FIS');
    }
  });

  it('lists the first targets in text, all of them on the page', () => {
    const names = Array.from({ length: 40 }, (_, i) => `pods shop-${i}x`);
    const { lines, page } = told(({ experiments }) => (experiments[0]!.targets = names));
    expect(lines.join(' ')).toMatch(/pods shop-0x, .*shop-7x and 32 more/);
    expect(lines.join(' ')).not.toContain('shop-8x');
    expect(page).toContain('shop-39x');
  });

  it('keeps the job summary under 60 lines with many FIS faults', () => {
    const { plan, result } = sampleRun('fis');
    const [fault] = result.figures.failover.faults;
    Object.assign(fault!.fis!, { notExercised: ['an action', 'another'], suspects: ['a thing'] });
    result.figures.failover.faults = Array.from({ length: 50 }, () => fault!);
    const lines = renderMarkdown(plan, result).split('\n');
    expect(lines.length).toBeLessThan(60);
    expect(lines).toContain('- and 147 more');
    expect(lines).toContain('- ! **Not exercised:** an action; another');
    expect(lines.some((line) => line.includes('served again after 8.24–8.37 s'))).toBe(true);
  });

  it('escapes texts from FIS', () => {
    const { plan, result } = sampleRun('fis');
    const hostile = '<script>alert(1)</script>';
    const outcome = result.figures.failover.faults[0]!.fis!;
    Object.assign(outcome.experiments[0]!, {
      id: hostile,
      arn: hostile,
      status: hostile,
      reason: hostile,
      targets: [hostile],
    });
    Object.assign(outcome.experiments[0]!.actions[0]!, { name: hostile, actionId: hostile, status: hostile });
    Object.assign(outcome, { notExercised: [hostile], suspects: [`${hostile}: \`${hostile}\``] });
    outcome.place.endpoint = hostile;
    for (const report of [renderHtml(plan, result), renderMarkdown(plan, result)])
      expect(report).not.toContain('<script');
  });
});

describe('words about FIS', () => {
  it.each([
    [{ endpoint: null, scale: null }, ''],
    [{ endpoint: 'http://127.0.0.1:1', scale: 1 }, ' (local endpoint http://127.0.0.1:1, a minute takes 60 s)'],
    [{ endpoint: 'http://127.0.0.1:1', scale: 100 }, ' (local endpoint http://127.0.0.1:1, a minute takes 0.6 s)'],
    [{ endpoint: 'http://127.0.0.1:1', scale: 7 }, ' (local endpoint http://127.0.0.1:1, a minute takes 8.57 s)'],
    [{ endpoint: 'https://fis.test', scale: null }, ' (endpoint https://fis.test instead of AWS)'],
  ])('name the endpoint: %j', (place, words) => {
    expect(placeWords(place)).toBe(words);
  });

  it('separate the command from what may be left', () => {
    expect(suspectParts('a: b in c: `aws x`')).toEqual({ what: 'a: b in c', command: 'aws x' });
    expect(suspectParts('a: `b` in c')).toEqual({ what: 'a: `b` in c', command: null });
  });

  it('gather targets under their names', () => {
    expect(targetGroups(['a x', 'b y z', 'a w'])).toEqual([
      { name: 'a', found: ['x', 'w'] },
      { name: 'b', found: ['y z'] },
    ]);
  });

  it('are the clock of FIS minus the harness’s, also if FIS is ahead', () => {
    const record = sampleRun('fis').result.figures.failover.faults[0]!.fis!.experiments[0]!;
    const startedAt = '2026-11-22T21:47:10.000Z';
    const words = (askedMs: number | null, revertMs: number | null): string[] =>
      clockWords({ startedAt }, { askedMs, revertMs }, record);
    expect(words(70_000, 124_000)).toEqual([
      'running 0.28 s before the injection',
      'ended 0.88 s before the stop request',
    ]);
    expect(words(null, null)).toEqual([]);
    expect(clockWords({ startedAt: null }, { askedMs: 0, revertMs: 1 }, record)).toEqual([]);
    expect(
      clockWords({ startedAt }, { askedMs: 0, revertMs: 1 }, { ...record, actions: [], endEpochMs: null }),
    ).toEqual([]);
  });
});
