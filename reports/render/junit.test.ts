import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample/run.ts';
import { renderJunit } from './junit.ts';

const testcase = (xml: string, suite: string, name: string): string =>
  new RegExp(`<testcase classname="${suite}" name="${name}">(.*?)</testcase>`, 's').exec(xml)![1]!;

describe('JUnit', () => {
  const { plan, result } = sampleRun('FAIL');
  const xml = renderJunit(plan, result);

  it('calls a gating FAIL a failure', () => {
    expect(testcase(xml, 'ap-southeast-1', 'read-p99')).toContain('<failure type="FAIL"');
    expect(testcase(xml, 'us-east-1', 'read-p99')).not.toMatch(/<(failure|error|skipped)/);
  });

  it('calls INCONCLUSIVE and INVALID errors', () => {
    const doubt = sampleRun('INCONCLUSIVE');
    expect(testcase(renderJunit(doubt.plan, doubt.result), 'us-east-1', 'availability')).toContain(
      '<error type="INCONCLUSIVE"',
    );
    const invalid = sampleRun('INVALID');
    const text = renderJunit(invalid.plan, invalid.result);
    expect(testcase(text, 'us-east-1', 'availability')).toContain('<error type="INVALID"');
    expect(testcase(text, 'run', 'generator-lag')).toContain('<error type="INVALID"');
  });

  it('skips what the distance makes impossible, with the reason', () => {
    expect(testcase(xml, 'auckland', 'client-p99')).toMatch(
      /<skipped message="Even a target that responds at once cannot keep \d+ ms here/,
    );
  });

  it('never turns a job red by an informational claim', () => {
    const informational = result.cells.filter((c) => !c.gating && c.status === 'FAIL');
    expect(informational.length).toBeGreaterThan(0);
    for (const cell of informational) {
      expect(testcase(xml, cell.subject, cell.claim)).toContain('<skipped message="informational FAIL');
    }
  });

  it('shows an aborted run as an error even when every cell passed', () => {
    const run = sampleRun('PASS');
    run.result.verdict = 'ABORTED';
    expect(renderJunit(run.plan, run.result)).toContain('<error type="ABORTED"');
  });

  it('counts what it holds', () => {
    const [, tests, failures, errors, skipped] = /tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/
      .exec(xml)!
      .map(Number);
    expect(tests).toBe(xml.split('<testcase ').length - 1);
    expect(failures).toBe(xml.split('<failure ').length - 1);
    expect(errors).toBe(xml.split('<error ').length - 1);
    expect(skipped).toBe(xml.split('<skipped ').length - 1);
  });

  it('escapes text and replaces characters that XML cannot hold', () => {
    const run = sampleRun('FAIL');
    run.result.cells[0]!.status = 'FAIL';
    run.result.cells[0]!.why = `<b> & "c" 'd' \u0000\u001b\ud800 \n e]]>`;
    const found = testcase(renderJunit(run.plan, run.result), 'us-east-1', 'read-p99');
    expect(found).toContain('&lt;b&gt; &amp; &quot;c&quot; &apos;d&apos; \ufffd\ufffd\ufffd &#10; e]]&gt;');
  });
});
