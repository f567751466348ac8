/**
 * Resolves a target of a template to resources: by ARN or tags, then filters and parameters, then the selection mode.
 */
import { RESOURCE_TYPES } from './catalogue.ts';
import type { Resource } from './inventory.ts';
import type { TargetSpec } from './wire.ts';

export type Selection = { mode: 'all' } | { mode: 'count' | 'percent'; n: number };

/** `ALL`, `COUNT(n)` or `PERCENT(n)`; null if invalid. */
export function parseSelection(text: string): Selection | null {
  if (text === 'ALL') return { mode: 'all' };
  const found = /^(COUNT|PERCENT)\((\d{1,6})\)$/.exec(text);
  if (!found) return null;
  const mode = found[1] === 'COUNT' ? 'count' : 'percent';
  const n = Number(found[2]);
  return n < 1 || (mode === 'percent' && n > 100) ? null : { mode, n };
}

/**
 * A random selection, in the original order. A percentage is rounded down, as in FIS: half of five is two, a quarter of
 * three is none. `random` draws from [0, 1).
 */
export function select<T>(selection: Selection, from: readonly T[], random: () => number = Math.random): T[] {
  if (selection.mode === 'all') return [...from];
  const wanted = selection.mode === 'count' ? selection.n : Math.floor((from.length * selection.n) / 100);
  const left = from.map((_, index) => index);
  const drawn = new Set<number>();
  while (drawn.size < wanted && left.length > 0) {
    drawn.add(left.splice(Math.floor(random() * left.length), 1)[0]!);
  }
  return from.filter((_, index) => drawn.has(index));
}

/** The resources of one target; empty if none match. */
export function resolveTarget(target: TargetSpec, resources: readonly Resource[], random = Math.random): Resource[] {
  const { resourceType, resourceArns, resourceTags, filters, parameters, selectionMode } = target;
  const known = RESOURCE_TYPES[resourceType]!.parameters;
  const fitting = resources.filter(
    ({ type, arn, tags, attributes }) =>
      type === resourceType &&
      (resourceArns === undefined || resourceArns.length === 0 || resourceArns.includes(arn)) &&
      Object.entries(resourceTags ?? {}).every(([key, value]) => tags[key] === value) &&
      (filters ?? []).every(({ path, values }) => holds(attributes, path, values)) &&
      Object.entries(parameters ?? {}).every(([name, value]) =>
        holds(
          attributes,
          known[name]!.path,
          value.split(',').map((one) => one.trim()),
        ),
      ),
  );
  return select(parseSelection(selectionMode)!, fitting, random);
}

/** Whether the attribute is one of these values, or a list that contains one. */
function holds(attributes: Record<string, unknown>, path: string, values: string[]): boolean {
  let found: unknown = attributes;
  for (const part of path.split('.')) found = (found as Record<string, unknown> | undefined)?.[part];
  return (Array.isArray(found) ? found : [found]).some((one) => values.includes(String(one)));
}
