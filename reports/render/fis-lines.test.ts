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
  const part = /<h4>Through AWS FIS.*?<h4>Clients at home/s.exec(page)?.[0] ?? '';
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

  it('tells what FIS took apart from t0 and t1', () => {
    const { lines, page } = told();
    expect(lines[1]).toBe(
      '  asked at 1:07.4, bites (t0) 2.64 s later, gone (t1) 50 s after t0, 0.09 s after it was undone',
    );
    expect(lines).toContain('      running 2.32 s after it was asked for, ended 3.12 s after it was told to stop');
    expect(page).toContain('Running 2.32 s after it was asked for Ended 3.12 s after it was told to stop');
    for (const report of [lines.join('\n'), page]) expect(report).toContain('t0 and t1 are what probes saw');
  });

  it('says loudly what was not exercised and what may be left, with the command on a line of its own', () => {
    const { lines, page, summary } = told((outcome) => {
      outcome.notExercised = ['aws:network:disrupt-vpc-endpoint in eu-west-1: skipped (No targets)'];
      outcome.suspects = [`network ACLs in place of the own ones in ap-southeast-1: \`${LOOK}\``];
    });
    expect(lines).toContain('    ! Not exercised: aws:network:disrupt-vpc-endpoint in eu-west-1: skipped (No targets)');
    const left = lines.indexOf('    ! May be left: network ACLs in place of the own ones in ap-southeast-1');
    expect(lines[left + 1]).toBe(`      look with ${LOOK}`);
    expect(page).toContain('! Not exercised aws:network:disrupt-vpc-endpoint in eu-west-1: skipped (No targets) ');
    expect(page).toContain(`! May be left network ACLs in place of the own ones in ap-southeast-1; look with ${LOOK}`);
    expect(summary).toContain('- ! **Not exercised:** aws:network:disrupt-vpc-endpoint in eu-west-1: skipped');
    expect(summary).toContain(
      `- ! **May be left:** network ACLs in place of the own ones in ap-southeast-1: \`${LOOK}\``,
    );
    expect(lines.concat(told().lines, told().page).filter((line) => line.includes('! '))).toHaveLength(2);
  });

  it('does not take an experiment for ended that was not seen to end, nor one for started that was not', () => {
    const { lines, page } = told(({ experiments: [open, never] }) => {
      Object.assign(open!, { status: 'running', reason: null, arn: null, endEpochMs: null, targets: [] });
      Object.assign(never!, { status: 'cancelled', reason: null, startEpochMs: null, endEpochMs: null, actions: [] });
    });
    const text = lines.map((line) => line.trim()).join(' ');
    expect(text).toContain(
      'in ap-southeast-1: running when it was last seen, from 21:48:17 UTC, not seen to end FIS does not say its ARN',
    );
    expect(text).toContain('in us-east-1: cancelled, never started arn:');
    expect(text).toContain('targets: the preview lists none');
    expect(page).toContain('FIS does not say its ARN ! running when it was last seen from 21:48:17 , not seen to end');
    expect(page).toContain('✗ cancelled never started');
  });

  it('says so where no experiment is known, and nothing where FIS was not asked', () => {
    const { lines, page } = told((outcome) => (outcome.experiments = []));
    expect(lines).toContain('    No experiment is known.');
    expect(page).toContain('No experiment is known.');
    const { plan, result } = sampleRun('fault');
    for (const report of [
      measuredLines(plan, result, 98).join(),
      renderHtml(plan, result),
      renderMarkdown(plan, result),
    ]) {
      expect(report).not.toContain('FIS');
    }
  });

  it('names the first of very many targets in text, all of them on the page', () => {
    const names = Array.from({ length: 40 }, (_, i) => `pods shop-${i}x`);
    const { lines, page } = told(({ experiments }) => (experiments[0]!.targets = names));
    expect(lines.join(' ')).toMatch(/pods shop-0x, .*shop-7x and 32 more/);
    expect(lines.join(' ')).not.toContain('shop-8x');
    expect(page).toContain('shop-39x');
  });

  it('keeps the job summary under 60 lines however many went through FIS', () => {
    const { plan, result } = sampleRun('fis');
    const [fault] = result.figures.failover.faults;
    Object.assign(fault!.fis!, { notExercised: ['an action', 'another'], suspects: ['a thing'] });
    result.figures.failover.faults = Array.from({ length: 50 }, () => fault!);
    const lines = renderMarkdown(plan, result).split('\n');
    expect(lines.length).toBeLessThan(60);
    expect(lines).toContain('- and 147 more');
    expect(lines).toContain('- ! **Not exercised:** an action; another');
    expect(lines.some((line) => line.includes('RTO 8.24–8.37 s'))).toBe(true);
  });

  it('takes what FIS says literally', () => {
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
    [{ endpoint: 'https://fis.test', scale: null }, ' (endpoint https://fis.test in place of AWS)'],
  ])('say where it was: %j', (place, words) => {
    expect(placeWords(place)).toBe(words);
  });

  it('part the command from what may be left, where there is one', () => {
    expect(suspectParts('a: b in c: `aws x`')).toEqual({ what: 'a: b in c', look: 'aws x' });
    expect(suspectParts('a: `b` in c')).toEqual({ what: 'a: `b` in c', look: null });
  });

  it('gather targets under their names', () => {
    expect(targetGroups(['a x', 'b y z', 'a w'])).toEqual([
      { name: 'a', found: ['x', 'w'] },
      { name: 'b', found: ['y z'] },
    ]);
  });

  it('count from the harness’s instants to FIS’s own, also where its clock or its minutes ran ahead', () => {
    const record = sampleRun('fis').result.figures.failover.faults[0]!.fis!.experiments[0]!;
    const startedAt = '2026-11-22T21:47:10.000Z';
    const words = (askedMs: number | null, revertMs: number | null): string[] =>
      clockWords({ startedAt }, { askedMs, revertMs }, record);
    expect(words(70_000, 124_000)).toEqual([
      'running 0.28 s before it was asked for',
      'ended 0.88 s before it was told to stop',
    ]);
    expect(words(null, null)).toEqual([]);
    expect(clockWords({ startedAt: null }, { askedMs: 0, revertMs: 1 }, record)).toEqual([]);
    expect(
      clockWords({ startedAt }, { askedMs: 0, revertMs: 1 }, { ...record, actions: [], endEpochMs: null }),
    ).toEqual([]);
  });
});
