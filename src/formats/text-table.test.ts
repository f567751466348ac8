import { expect, test } from 'vitest';
import { textTable } from './text-table.ts';

test('a table aligns text left and figures right, without trailing spaces', () => {
  const lines = textTable(
    [
      { title: 'city', align: 'left' },
      { title: 'ms', align: 'right' },
      { title: 'note', align: 'left' },
    ],
    [['São Paulo', '119', ''], ['Rome', '\u001b[31m7\u001b[0m', 'near'], ['Oslo']],
  );
  expect(lines).toEqual(['city        ms  note', 'São Paulo  119', 'Rome         \u001b[31m7\u001b[0m  near', 'Oslo']);
});
