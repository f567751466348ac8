import type { TimetableIndex } from './timetable.ts';

/** Returns a function from a timetable row to the number of its client, by binary search. */
export function clientOfRow({ clients: { firstRow } }: TimetableIndex): (row: number) => number {
  return (row) => {
    let [low, high] = [0, firstRow.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (firstRow[middle]! <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  };
}
