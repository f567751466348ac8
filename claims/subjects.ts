/** What claims are about: one cell per subject. To add a kind: its name in SUBJECT_KINDS and an entry here. */
import type { SubjectKind } from '../src/formats/claims.ts';
import type { PlanOperation, RunPlan } from '../src/formats/plan.ts';
import { tenantShare } from './tenants.ts';

/** The part of a plan that defines the subjects. */
export type SubjectScene = Pick<
  RunPlan,
  'regions' | 'origins' | 'jurisdictions' | 'tenants' | 'travelShare' | 'versions'
>;
type Named = SubjectScene & { target: { name: string } };

/** The fields of a recorded request that decide its subject. */
export interface RecordedRequest {
  readonly origin: number;
  /** Home region of the origin. */
  readonly home: number;
  readonly tenant: number;
  readonly row: { readonly apiVersion: number };
}

/** Planned requests of one operation from one origin. */
export interface Planned {
  origin: number;
  home: number;
  operation: PlanOperation;
}

interface Subjects {
  /** `1 city`, `24 cities`. */
  one: string;
  many: string;
  /** By index: whether a claim can be about this one. */
  applies(scene: SubjectScene): boolean[];
  /** By index: ids for results, names for reports. */
  ids(plan: Named): string[];
  names(plan: Named): string[];
  /** Its home region; null for none. */
  home(scene: SubjectScene, subject: number): number | null;
  /** Index of the subject that a request counts for; -1 for none. `region` is the one it was sent to, or its home. */
  of(scene: SubjectScene, asking: RecordedRequest, operation: PlanOperation, region: number): number;
  /** Share of planned requests that will count for the subject. They are sent to their home region. */
  share(scene: SubjectScene, planned: Planned, subject: number): number;
  /** Why there is no request to judge. */
  noRequests(id: string): string;
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
    noRequests: (id) => `no matching user request reached ${id}`,
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
    noRequests: (id) => `no request came from ${id}`,
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
    noRequests: (id) => `no user of ${id} sent a matching request`,
  },
  // Indices are a * n + b for n regions. A pair is judged once, with a < b.
  pair: {
    one: 'pair of regions',
    many: 'pairs of regions',
    applies: ({ regions }) => regions.flatMap((_, a) => regions.map((__, b) => a < b)),
    ids: ({ regions }) => regions.flatMap((a) => regions.map((b) => `${a.id}/${b.id}`)),
    names: ({ regions }) => regions.flatMap((a) => regions.map((b) => `${a.id} and ${b.id}`)),
    home: () => null,
    of: () => -1,
    share: () => 0,
    noRequests: (id) => `${id} were not compared`,
  },
  version: {
    one: 'version',
    many: 'versions',
    applies: ({ versions }) => versions.map(() => true),
    ids: ({ versions }) => versions.map(({ version }) => `v${version}`),
    names: ({ versions }) => versions.map(({ version }) => `version ${version}`),
    home: () => null,
    // A request without a response has no version: only claims that are not per version count it.
    of: ({ versions }, { row }) => versions.findIndex(({ version }) => version === row.apiVersion),
    share: ({ versions }, _, subject) => versions[subject]!.share,
    noRequests: (id) => `no response named ${id}`,
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
    noRequests: (id) => `no matching request was sent to ${id}`,
  },
} as const satisfies Record<SubjectKind, Subjects>;

/** Indices of the two regions of a pair. */
export const regionsOfPair = ({ regions }: Pick<RunPlan, 'regions'>, subject: number): [number, number] => [
  Math.floor(subject / regions.length),
  subject % regions.length,
];
