/** Effects of faults on clients: the failover clock and the evacuation. */
import type { Measure } from '../measure.ts';
import { FailoverClock } from './clock.ts';
import { evacuationFigures } from './evacuation.ts';
import { failoverOverTime } from './over-time.ts';
import { type FailoverFigures, failoverSchema } from './schema.ts';
import { failoverSection } from './section.ts';
import { failoverLines } from './words.ts';

export const failover: Measure<FailoverFigures> = {
  schema: failoverSchema,
  collect({ plan, instants }) {
    const clock = new FailoverClock(plan, instants);
    return {
      add: (c) => clock.add(c),
      finish: (journal) => ({ faults: clock.finish(), evacuation: evacuationFigures(plan, journal, clock) }),
    };
  },
  lines: failoverLines,
  section: failoverSection,
  overTime: failoverOverTime,
};
