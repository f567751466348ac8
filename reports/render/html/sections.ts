/** What measures draw (claims/measures/), in their order. */
import { askMeasures } from '../../../claims/measures/index.ts';
import type { Section } from '../../../claims/measures/measure.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import type { RunResult } from '../../run-result.ts';
import { contextOf } from '../context.ts';
import { fisPart } from './fis.ts';

type Part = Section<unknown>['part'];

/** Those of one part of the report that have something to show. */
export function sectionsOf(plan: RunPlan, result: RunResult, part: Part): Html[] {
  const context = contextOf(plan, result, (fault) => fisPart(result, fault));
  return askMeasures(result.figures, ({ section }, figures) =>
    section?.part === part ? section.draw(figures, context) : null,
  ).filter((html) => html !== null);
}

/** How they are to be read; nothing of a part that the report does not have. */
export const howToRead = (result: RunResult, hasPart: (part: Part) => boolean): Html[] =>
  askMeasures(result.figures, ({ section }) =>
    section?.howToRead && hasPart(section.part) ? [section.howToRead] : [],
  ).flat();
