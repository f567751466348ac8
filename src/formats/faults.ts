/**
 * Faults as files and pipes speak of them: where a target can be broken, what is done there and how it is undone, and
 * the experiment that a plan carries. Plain data throughout: the keeper, `heal` and the judge read what was written by
 * a process that may be gone.
 */
import type { Evacuation } from './evacuation.ts';

export const FAULT_KINDS = ['region-outage', 'replication-delay', 'redis-loss', 'partition', 'dependency'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * What stands at a site. Links (Toxiproxy): `ingress` clients to a region's API, `redis` API to its Redis, `primary`
 * API to the primary database, `replication` a replica to the primary, `sync` one region's API to another's,
 * `dependency` anything else that a region's services call, by a name of its own. Processes (world): `api` and
 * `database` of a region, `store` its Redis.
 */
export const WORLD_LINK_KINDS = ['ingress', 'redis', 'primary', 'replication', 'sync'] as const;
export type WorldLinkKind = (typeof WORLD_LINK_KINDS)[number];
export const LINK_KINDS = [...WORLD_LINK_KINDS, 'dependency'] as const;
export type LinkKind = (typeof LINK_KINDS)[number];
export const PROCESS_KINDS = ['api', 'database', 'store'] as const;
export type ProcessKind = (typeof PROCESS_KINDS)[number];
export type SiteKind = LinkKind | ProcessKind;

/** What injects: Toxiproxy and the world (`own`), or AWS FIS. */
export const FAULT_DRIVERS = ['own', 'fis'] as const;
export type FaultDriver = (typeof FAULT_DRIVERS)[number];

/** One place where a target can be broken. A plan names it; its address is known once the target is up. */
export interface FaultSite {
  /** Who breaks it; with `fis` it is only where the fault is looked for. */
  driver: 'toxiproxy' | 'world' | 'fis';
  /** Name of the Toxiproxy proxy, of the world's process, or of what is looked at. */
  name: string;
  kind: SiteKind;
  /** The region it belongs to (for links between regions: the one that calls), and the far end of such a link. */
  region: string;
  to: string | null;
  /**
   * Of a target with addresses: base URL of the Toxiproxy that has the proxy (several may have one of the same name).
   */
  control?: string;
  /** Name of a dependency. */
  dependency?: string;
}

/** A site with its addresses. */
export interface FaultPoint extends FaultSite {
  /** Base URL of the Toxiproxy, or of the world's control; '' where FIS is. */
  control: string;
  /** How the bite is seen from outside, past the control plane. */
  probe: ProbeAddress;
}

/**
 * TLS to what is looked at: the name in its certificate (null: the address itself), and a CA besides those of Node,
 * PEM.
 */
export interface ProbeTls {
  serverName: string | null;
  ca: string | null;
}

/**
 * `http`: GET; a status that is not in `expect` is an error, without `expect` any will do. `redis`: PING. `postgres`:
 * the SSL request that every server answers with one byte. `lag`: GET a JSON with `ageMs`, the age of the newest
 * heartbeat that a replica has. `tcp`: connect, and see whether it is kept open.
 */
export type ProbeAddress =
  | { protocol: 'http'; url: string; expect?: number[] | '2xx'; hostHeader?: string; tls?: ProbeTls }
  | { protocol: 'lag'; url: string }
  | { protocol: 'redis' | 'postgres' | 'tcp'; host: string; port: number; tls?: ProbeTls };

/**
 * Names everything that one fault of one run leaves in a target: `antipode.<run-id>.<number>.<expiry, epoch seconds>`.
 */
export interface FaultId {
  runId: string;
  number: number;
  /** From then on whoever finds it may remove it, epoch seconds. */
  expiresAt: number;
}

export const faultName = ({ runId, number, expiresAt }: FaultId): string => `antipode.${runId}.${number}.${expiresAt}`;

/** The fault that a name speaks of, whatever stands behind it after another dot; null if it is not one of ours. */
export function parseFaultName(name: string): FaultId | null {
  const found = /^antipode\.([\w-]+)\.(\d+)\.(\d+)(?:\.|$)/.exec(name);
  return found ? { runId: found[1]!, number: Number(found[2]), expiresAt: Number(found[3]) } : null;
}

/** A toxic as Toxiproxy takes it. */
export interface Toxic {
  name: string;
  type: 'latency' | 'bandwidth' | 'slow_close' | 'timeout' | 'reset_peer' | 'slicer' | 'limit_data';
  stream: 'upstream' | 'downstream';
  toxicity: number;
  attributes: Record<string, number>;
}

/** What a fault does at one point, and so all that is needed to start it, to undo it, and to undo half of it. */
export type Undo = ToxiproxyUndo | WorldUndo | FisUndo;

export interface ToxiproxyUndo {
  driver: 'toxiproxy';
  fault: FaultId;
  control: string;
  proxy: string;
  /** As they were: a proxy that must be deleted to get out of a wedge is made again from these. */
  listen: string;
  upstream: string;
  toxics: Toxic[];
  /**
   * `disable`: refuse and close (marked by a toxic of no effect, so that it is found by name). `bounce`: disable and
   * enable once, after the toxics are there, so that open connections meet them too.
   */
  switch: 'none' | 'disable' | 'bounce';
}

export interface WorldUndo {
  driver: 'world';
  fault: FaultId;
  control: string;
  /** Name of the process. */
  name: string;
  action: WorldAction;
}

/** One FIS experiment of a fault: what `stop`, the keeper and `heal` need to end it, from any machine. */
export interface FisUndo {
  driver: 'fis';
  fault: FaultId;
  /** The AWS region whose control plane holds it. */
  region: string;
  /** Base URL in place of AWS's own; null for AWS. */
  endpoint: string | null;
  owner: string;
  templateId: string;
  /** What StartExperiment was or will be called with: the same token starts nothing twice. */
  clientToken: string;
  /** Null until it is known: it is then found by its template and its tags. */
  experimentId: string | null;
}

/**
 * `stop` and `freeze` a process; `empty` restarts a Redis with nothing in it; `pause` the replay of a replica's WAL.
 */
export const WORLD_ACTIONS = ['stop', 'freeze', 'empty', 'pause'] as const;
export type WorldAction = (typeof WORLD_ACTIONS)[number];

/** What a probe saw. */
export interface Reading {
  outcome: 'answered' | 'refused' | 'reset' | 'closed' | 'timeout' | 'error';
  /** Until the answer or the failure, ms. */
  tookMs: number;
  /** For `lag`: age of the newest heartbeat, ms. For `http`: the status. Else null. */
  value: number | null;
  /**
   * What came, in words, where the outcome alone does not say it: `status 503`, `-LOADING …`, `self-signed
   * certificate`.
   */
  detail?: string;
  /** Bytes of the answer, where one came. */
  bytes?: number;
}

/** One fault of a plan's experiment. */
export interface PlanFault {
  number: number;
  kind: FaultKind;
  /** As the kind's schema gives them. */
  params: Record<string, unknown>;
  sites: FaultSite[];
  /** Ids of the regions it names. */
  regions: string[];
  /** Whoever asks for what it broke waits for a time-out, instead of being refused, reset or answered. */
  hangs: boolean;
  /** Since T0: asked to start then, and to stop then at the latest. */
  fromMs: number;
  toMs: number;
  /** How long it is to last once it bites, where that is not the same: FIS takes its time to start. */
  lastsMs?: number;
  /** What it does to the clients of what it breaks; null where they need notice nothing. */
  harm: ClientHarm | null;
  /** The same, where clients must be seen to feel it: on targets with addresses, by a driver of ours. */
  hurts?: ClientHarm;
}

/** What a fault promises to do to the clients of some regions. */
export interface ClientHarm {
  /** Ids of the regions whose clients are hurt. */
  regions: string[];
  /** Of their connections, those that are hit. */
  share: number;
  /** Their answers take so much longer, ms; null = they fail, or hang. */
  slowerByMs: number | null;
}

/**
 * An experiment for one target, before a plan gives it its instants: `fromMs` and `toMs` count from the baseline's end.
 */
export interface ExperimentSpec {
  name: string;
  title: string;
  hypothesis: string;
  /** The load it is made for. */
  profile: string;
  driver: FaultDriver;
  rateFactor: number;
  baselineMs: number;
  settleMs: number;
  recoveryMs: number;
  faults: PlanFault[];
  /** Ids of the regions that may suffer. */
  regions: string[];
  blastRadius: PlanExperiment['blastRadius'];
  limits: ExperimentLimits;
  guards: ExperimentGuards;
  evacuate: Evacuation | null;
}

/** The experiment of a plan: what is broken when, what it may touch, and what must hold. */
export interface PlanExperiment {
  name: string;
  title: string;
  hypothesis: string;
  driver: FaultDriver;
  faults: PlanFault[];
  /** Indices of the regions that may suffer; cells of the others are the negative control. */
  regions: number[];
  /** Share of the mix's requests whose home is one of these regions, and how long all faults last at most, ms. */
  blastRadius: { requestShare: number; durationMs: number };
  /** What was written; the plan's claims are made from it. */
  limits: ExperimentLimits;
  guards: ExperimentGuards;
  /** What takes people out of the hurt region by hand; null = only routing does. */
  evacuate: Evacuation | null;
}

/**
 * As written under `limits:` of an experiment, by key, in the unit that the key says. Every kind of claim in claims/
 * says which of them is its own.
 */
export type ExperimentLimits = Partial<Record<string, number>>;

/** Live conditions that end an experiment early: revert first, report second. */
export interface ExperimentGuards {
  /** Share of bad requests outside the blast radius, over `windowMs`. */
  outsideBadShare: number;
  windowMs: number;
}
