/** Sections of the measures (claims/measures/), in their order. */
import { mapMeasures } from '../../../claims/measures/index.ts';
import type { Section } from '../../../claims/measures/measure.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import type { RunResult } from '../../run-result.ts';
import { contextOf } from '../context.ts';
import { fisPart } from './fis.ts';

type Part = Section<unknown>['part'];

/** The non-empty sections of one part of the report. */
export function sectionsOf(plan: RunPlan, result: RunResult, part: Part): Html[] {
  const context = contextOf(plan, result, (fault) => fisPart(result, fault));
  return mapMeasures(result.figures, ({ section }, figures) =>
    section?.part === part ? section.draw(figures, context) : null,
  ).filter((html) => html !== null);
}

/** Their notes on how to read them, for the parts that the report has. */
export const howToRead = (result: RunResult, hasPart: (part: Part) => boolean): Html[] =>
  mapMeasures(result.figures, ({ section }) =>
    section?.howToRead && hasPart(section.part) ? [section.howToRead] : [],
  ).flat();
