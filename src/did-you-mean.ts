/** Suggestions for a mistyped name. */

/** Edit distance (insert, delete, replace, swap neighbours): optimal string alignment. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) edits = Math.min(edits, before[j - 2]! + 1);
      current.push(edits);
    }
    [before, previous] = [previous, current];
  }
  return previous[b.length]!;
}

/** The `count` names with the fewest edits from `name`, nearest first; ties keep their order. */
export function nearestNames(name: string, names: Iterable<string>, count: number): string[] {
  const lower = name.toLowerCase();
  return [...names]
    .map((candidate) => ({ candidate, edits: editDistance(lower, candidate.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** The nearest name, or undefined if it differs from `name` in more than a third of its characters. */
export function didYouMean(name: string, names: Iterable<string>): string | undefined {
  const [best] = nearestNames(name, names, 1);
  if (best === undefined) return undefined;
  const edits = editDistance(name.toLowerCase(), best.toLowerCase());
  return edits <= Math.max(1, Math.floor(Math.max(name.length, best.length) / 3)) ? best : undefined;
}

/** The next step of an error about an unknown name: "Did you mean `tokyo`?", or `otherwise`. */
export function meantAdvice(name: string, names: Iterable<string>, otherwise = 'Use one of them.'): string {
  const meant = didYouMean(name, names);
  return meant ? `Did you mean \`${meant}\`?` : otherwise;
}
