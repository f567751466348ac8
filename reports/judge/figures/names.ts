import type { NameAnswers } from '../../run-result.ts';
import type { Journal } from '../../../src/formats/journal-lines.ts';

/** DNS answers for each name: the first one, before the load, and every later change. */
export function nameAnswers(journal: Journal): NameAnswers[] {
  const names = new Map<string, NameAnswers>();
  for (const { ms, names: resolved } of journal.all('names-resolved')) {
    for (const { name, addresses, error } of resolved) {
      const of = names.get(name) ?? { name, answers: [] };
      of.answers.push({ ms, addresses, error });
      names.set(name, of);
    }
  }
  return [...names.values()];
}
