/** What claims are about: one cell for each. To add a kind of subject: its name in SUBJECT_KINDS, and a line here. */
import type { SubjectKind } from '../src/formats/claims.ts';
import type { PlanOperation, RunPlan } from '../src/formats/plan.ts';
import { tenantShare } from './tenants.ts';

/** The part of a plan that subjects come from. */
export type SubjectScene = Pick<
  RunPlan,
  'regions' | 'origins' | 'jurisdictions' | 'tenants' | 'travelShare' | 'versions'
>;
type Named = SubjectScene & { target: { name: string } };

/** A recorded request, as far as its subjects go; a JudgedRow is one. */
export interface Asking {
  readonly origin: number;
  /** Home region of the origin. */
  readonly home: number;
  readonly tenant: number;
  readonly row: { readonly apiVersion: number };
}

/** Requests before they are sent: all of an operation from one origin. */
export interface Planned {
  origin: number;
  home: number;
  operation: PlanOperation;
}

interface Subjects {
  /** For people: `1 city`, `24 cities`. */
  one: string;
  many: string;
  /** Whether claims can be about each of them, by index. */
  applies(scene: SubjectScene): boolean[];
  /** Ids as results have them, by index, and names as people read them. */
  ids(plan: Named): string[];
  names(plan: Named): string[];
  /** The region that speaks for it: where it is at home, null for one of no region. */
  home(scene: SubjectScene, subject: number): number | null;
  /**
   * Index of the one that a request counts for; -1 for none. `region` is the one that it asked, or its home where that
   * is what counts.
   */
  of(scene: SubjectScene, asking: Asking, operation: PlanOperation, region: number): number;
  /** Share of planned requests that will count for the subject. They go to the region that is their home. */
  share(scene: SubjectScene, planned: Planned, subject: number): number;
  /** Why there is nothing to judge for one. */
  nobody(id: string): string;
}

export const SUBJECTS = {
  region: {
    one: 'region',
    many: 'regions',
    applies: ({ regions }) => regions.map(() => true),
    ids: ({ regions }) => regions.map(({ id }) => id),
    names: ({ regions }) => regions.map(({ id }) => id),
    home: (_, subject) => subject,
    of: (_, __, ___, region) => region,
    share: (_, { home }, subject) => (home === subject ? 1 : 0),
    nobody: (id) => `no client of the mix reached ${id} with such a request`,
  },
  origin: {
    one: 'city',
    many: 'cities',
    applies: ({ origins }) => origins.map(({ kind }) => kind === 'city'),
    ids: ({ origins }) => origins.map(({ id }) => id),
    names: ({ origins }) => origins.map(({ city }) => city),
    home: ({ origins }, subject) => origins[subject]!.homeRegion,
    of: (_, { origin }) => origin,
    share: (_, { origin }, subject) => (origin === subject ? 1 : 0),
    nobody: (id) => `no request came from ${id}`,
  },
  tenant: {
    one: 'tenant',
    many: 'tenants',
    applies: ({ tenants }) => tenants.map(() => true),
    ids: ({ tenants }) => tenants.map(({ id }) => id),
    names: ({ tenants }) => tenants.map(({ id }) => id),
    home: ({ tenants, jurisdictions }, subject) => {
      const { home } = tenants[subject]!;
      return home === null ? null : jurisdictions[home]!.regions[0]!;
    },
    of: (_, { tenant }, { isOfTenant }) => (isOfTenant ? tenant : -1),
    share: (scene, { home, operation }, subject) => (operation.isOfTenant ? tenantShare(scene, home, subject) : 0),
    nobody: (id) => `nobody of ${id} sent such a request`,
  },
  // The second is compared with the first; each two once.
  pair: {
    one: 'pair of regions',
    many: 'pairs of regions',
    applies: ({ regions }) => regions.flatMap((_, a) => regions.map((__, b) => a < b)),
    ids: ({ regions }) => regions.flatMap((a) => regions.map((b) => `${a.id}/${b.id}`)),
    names: ({ regions }) => regions.flatMap((a) => regions.map((b) => `${a.id} and ${b.id}`)),
    home: () => null,
    of: () => -1,
    share: () => 0,
    nobody: (id) => `${id} were not compared`,
  },
  version: {
    one: 'version',
    many: 'versions',
    applies: ({ versions }) => versions.map(() => true),
    ids: ({ versions }) => versions.map(({ version }) => `v${version}`),
    names: ({ versions }) => versions.map(({ version }) => `version ${version}`),
    home: () => null,
    // A request without an answer is of no version: claims that do not tell versions apart hold it.
    of: ({ versions }, { row }) => versions.findIndex(({ version }) => version === row.apiVersion),
    share: ({ versions }, _, subject) => versions[subject]!.share,
    nobody: (id) => `no answer named ${id}`,
  },
  target: {
    one: 'target',
    many: 'targets',
    applies: () => [true],
    ids: ({ target }) => [target.name],
    names: ({ target }) => [target.name],
    home: () => null,
    of: () => 0,
    share: () => 1,
    nobody: (id) => `no such request was sent to ${id}`,
  },
} as const satisfies Record<SubjectKind, Subjects>;

/** Indices of the two regions of a pair. */
export const regionsOfPair = ({ regions }: Pick<RunPlan, 'regions'>, subject: number): [number, number] => [
  Math.floor(subject / regions.length),
  subject % regions.length,
];
