import { expect, test } from 'vitest';
import { claimsTable } from './claims-table.ts';
import { type ClaimRow, titleOf } from './single-brain-claims.ts';

const row = (id: string, defect: string): ClaimRow => ({
  id,
  claim: `claim of ${id}`,
  defect,
  command: ['chaos', 'replica-lag'],
  red: ['replica-out ap-southeast-1', 'replica-out eu-west-1'],
});

test('the table of claims says of each defect whether it was found, not found or not run', () => {
  const rows = [row('C1', 'one'), row('C2', 'two'), row('C3', 'three')];
  const states = new Map([
    [titleOf(rows[0]!), 'passed'],
    [titleOf(rows[1]!), 'failed'],
  ]);
  const lines = claimsTable('today', rows, states).split('\n');
  expect(lines.filter((line) => line.startsWith('| C'))).toEqual([
    '| C1 | claim of C1 | `replica-out` | `one` | `chaos -- replica-lag` | FAIL, as it should |',
    '| C2 | claim of C2 | `replica-out` | `two` | `chaos -- replica-lag` | not found |',
    '| C3 | claim of C3 | `replica-out` | `three` | `chaos -- replica-lag` | not run |',
  ]);
});
