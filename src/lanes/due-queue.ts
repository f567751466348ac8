/**
 * A queue ordered by due time: a binary heap, ties in the order of arrival. Pure; times are milliseconds of whatever
 * clock the caller uses.
 */
interface Entry<T> {
  dueMs: number;
  order: number;
  value: T;
}

export class DueQueue<T> {
  readonly #heap: Entry<T>[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** Due time of the first entry; Infinity if there is none. */
  get nextDueMs(): number {
    return this.#heap[0]?.dueMs ?? Infinity;
  }

  push(dueMs: number, value: T): void {
    const entry = { dueMs, order: this.#order++, value };
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt]!;
      if (!before(entry, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = entry;
  }

  /** Takes the first entry off if it is due at `nowMs` or earlier. */
  takeDue(nowMs: number): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) sink(heap, last);
    return first.value;
  }
}

function before<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

/** Puts `entry` in at the root and lets it sink to its place. */
function sink<T>(heap: Entry<T>[], entry: Entry<T>): void {
  let at = 0;
  for (;;) {
    let childAt = 2 * at + 1;
    if (childAt >= heap.length) break;
    if (childAt + 1 < heap.length && before(heap[childAt + 1]!, heap[childAt]!)) childAt++;
    const child = heap[childAt]!;
    if (!before(child, entry)) break;
    heap[at] = child;
    at = childAt;
  }
  heap[at] = entry;
}
