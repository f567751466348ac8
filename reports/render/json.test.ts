import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors.ts';
import { sampleRun } from '../../test/sample/run.ts';
import { renderJson, resultJsonSchema } from './json.ts';

describe('result.json', () => {
  it('holds the result unchanged', () => {
    const { plan, result } = sampleRun('FAIL');
    expect(JSON.parse(renderJson(plan, result))).toEqual(result);
  });

  it('refuses a figure that JSON cannot hold, and names it', () => {
    const { plan, result } = sampleRun('PASS');
    Object.assign(result.cells[2]!, { valueMs: Number.NaN });
    expect(() => renderJson(plan, result)).toThrow(
      expect.objectContaining({ exitCode: EXIT.invalid, message: expect.stringContaining('cells.2.valueMs') }),
    );
  });

  it('refuses a key that the published schema does not know', () => {
    const { plan, result } = sampleRun('PASS');
    Object.assign(result, { surprise: 1 });
    expect(() => renderJson(plan, result)).toThrow(/surprise/);
  });

  it('has a published schema that is up to date (npm run schemas)', () => {
    const published = JSON.parse(readFileSync(new URL('../result.schema.json', import.meta.url), 'utf8')) as object;
    expect(published).toMatchObject(resultJsonSchema());
  });
});
