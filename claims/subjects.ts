/** What claims are about: one cell for each. To add a kind of subject: its name in SUBJECT_KINDS, and a line here. */
import type { SubjectKind } from '../src/formats/claims.ts';
import type { RunPlan } from '../src/formats/plan.ts';

/** The part of a plan that subjects come from. */
type Scene = Pick<RunPlan, 'regions' | 'origins'>;
type Named = Scene & { target: { name: string } };

interface Subjects {
  /** For people: `1 city`, `24 cities`. */
  one: string;
  many: string;
  /** Whether claims can be about each of them, by index. */
  applies(scene: Scene): boolean[];
  /** Ids as results have them, by index, and names as people read them. */
  ids(plan: Named): string[];
  names(plan: Named): string[];
  /** The region that speaks for it: where it is at home, null for one of no region. */
  home(scene: Scene, subject: number): number | null;
}

export const SUBJECTS = {
  region: {
    one: 'region',
    many: 'regions',
    applies: ({ regions }) => regions.map(() => true),
    ids: ({ regions }) => regions.map(({ id }) => id),
    names: ({ regions }) => regions.map(({ id }) => id),
    home: (_, subject) => subject,
  },
  origin: {
    one: 'city',
    many: 'cities',
    applies: ({ origins }) => origins.map(({ kind }) => kind === 'city'),
    ids: ({ origins }) => origins.map(({ id }) => id),
    names: ({ origins }) => origins.map(({ city }) => city),
    home: ({ origins }, subject) => origins[subject]!.homeRegion,
  },
  target: {
    one: 'target',
    many: 'targets',
    applies: () => [true],
    ids: ({ target }) => [target.name],
    names: ({ target }) => [target.name],
    home: () => null,
  },
} as const satisfies Record<SubjectKind, Subjects>;
