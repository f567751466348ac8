/** The environment variables that a target uses, and where. */
import { bodyEncoding, headerNamed, variablesIn } from '../formats/template.ts';
import type { Encoding } from '../formats/template.ts';
import { namesIn } from './secrets.ts';
import { blockPaths, type DataBlocks } from './target-data.ts';
import type { Target } from './types.ts';

/** Every place of `${NAME}` in the target, and how its value is encoded there. */
export function secretPlaces(
  target: Pick<Target, 'headers' | 'operations'> & Partial<DataBlocks>,
): { path: PropertyKey[]; names: string[]; encoding: Encoding | 'header' }[] {
  const ofHeaders = (headers: Record<string, string>, at: PropertyKey[]) =>
    Object.entries(headers).map(([name, value]) => ({
      path: [...at, name],
      names: namesIn(value),
      encoding: 'header' as const,
    }));
  const ofBlocks = blockPaths(target).map(({ at, path }) => ({
    path: at,
    names: variablesIn(path),
    encoding: 'url' as const,
  }));
  const type = headerNamed(target.headers, 'content-type');
  const ofOperations = target.operations.flatMap((operation, i) => {
    const at = (key: string): PropertyKey[] => ['operations', i, key];
    const encoding = bodyEncoding(headerNamed(operation.headers, 'content-type') ?? type);
    return [
      ...ofHeaders(operation.headers, at('headers')),
      { path: at('path'), names: variablesIn(operation.path), encoding: 'url' as const },
      { path: at('body'), names: variablesIn(operation.body ?? ''), encoding },
    ];
  });
  return [...ofHeaders(target.headers, ['headers']), ...ofOperations, ...ofBlocks];
}

/** Environment variables that the target's requests need, sorted, each once: k6 must get them. */
export const secretNames = (target: Parameters<typeof secretPlaces>[0]): string[] =>
  [...new Set(secretPlaces(target).flatMap(({ names }) => names))].toSorted();
