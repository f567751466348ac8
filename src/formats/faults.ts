/**
 * Faults in files and messages: where a target can be broken, what a fault does there, how it is undone, and the
 * experiment of a plan. Plain data throughout, because the keeper, `heal` and the judge read what a process wrote that
 * may have exited.
 */
import type { Evacuation } from './evacuation.ts';

export const FAULT_KINDS = [
  'region-outage',
  'replication-delay',
  'redis-loss',
  'database-loss',
  'partition',
  'dependency',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * Kinds of sites. Links (Toxiproxy): `ingress` clients to a region's API, `redis` API to its Redis, `primary` API to
 * the primary database, `replication` a replica to the primary, `sync` one region's API to another's, `dependency`
 * anything else that a region's services call, by a name of its own. Processes (world): `api` and `database` of a
 * region, `store` its Redis.
 */
export const WORLD_LINK_KINDS = ['ingress', 'redis', 'primary', 'replication', 'sync'] as const;
export type WorldLinkKind = (typeof WORLD_LINK_KINDS)[number];
export const LINK_KINDS = [...WORLD_LINK_KINDS, 'dependency'] as const;
export type LinkKind = (typeof LINK_KINDS)[number];
export const PROCESS_KINDS = ['api', 'database', 'store'] as const;
export type ProcessKind = (typeof PROCESS_KINDS)[number];
export type SiteKind = LinkKind | ProcessKind;

/** What injects faults: Toxiproxy and the world (`own`), or AWS FIS. */
export const FAULT_DRIVERS = ['own', 'fis'] as const;
export type FaultDriver = (typeof FAULT_DRIVERS)[number];

/** A place where a target can be broken. A plan names it; its address is known once the target is up. */
export interface FaultSite {
  /** What injects there; with `fis` the site is only probed. */
  driver: 'toxiproxy' | 'world' | 'fis';
  /** Name of the Toxiproxy proxy, of the world's process, or of what is probed. */
  name: string;
  kind: SiteKind;
  /** The region it belongs to (for links between regions: the one that calls), and the far end of such a link. */
  region: string;
  to: string | null;
  /** Only for your own target: base URL of the Toxiproxy that has the proxy (several may have one of the same name). */
  control?: string;
  /** Name of a dependency. */
  dependency?: string;
}

/** A site with its addresses. */
export interface FaultPoint extends FaultSite {
  /** Base URL of the Toxiproxy, or of the world's control; '' where FIS is. */
  control: string;
  /** How the effect of the fault is observed from outside, without the control plane. */
  probe: ProbeAddress;
}

/**
 * TLS of a probe: the name in the certificate (null: the address itself), and a CA in addition to those of Node, PEM.
 */
export interface ProbeTls {
  serverName: string | null;
  ca: string | null;
}

/**
 * `http`: GET; a status that is not in `expect` is an error, without `expect` any is accepted. `redis`: PING.
 * `postgres`: the SSL request, to which every server responds with one byte. `lag`: GET a JSON with `ageMs`, the age of
 * the newest heartbeat of a replica. `tcp`: connect, and check that the connection stays open.
 */
export type ProbeAddress =
  | { protocol: 'http'; url: string; expect?: number[] | '2xx'; hostHeader?: string; tls?: ProbeTls }
  | { protocol: 'lag'; url: string }
  | { protocol: 'redis' | 'postgres' | 'tcp'; host: string; port: number; tls?: ProbeTls };

/**
 * Identifies everything that one fault of one run leaves in a target, as
 * `antipode.<run-id>.<number>.<expiry, epoch seconds>`.
 */
export interface FaultId {
  runId: string;
  number: number;
  /** From then on any process may remove it, epoch seconds. */
  expiresAt: number;
}

export const faultName = ({ runId, number, expiresAt }: FaultId): string => `antipode.${runId}.${number}.${expiresAt}`;

/** The fault that a name identifies, ignoring any suffix after another dot; null if it is not one of ours. */
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

/** What a fault does at one point: everything that is needed to inject it and to undo it, also partly. */
export type Undo = ToxiproxyUndo | WorldUndo | FisUndo;

export interface ToxiproxyUndo {
  driver: 'toxiproxy';
  fault: FaultId;
  control: string;
  proxy: string;
  /** The proxy's own settings: a proxy that hangs and must be deleted is created again from these. */
  listen: string;
  upstream: string;
  toxics: Toxic[];
  /**
   * `disable`: refuse and close (marked by a toxic without effect, so that it is found by name). `bounce`: disable and
   * enable once, after the toxics are added, so that they affect open connections too.
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

/** One FIS experiment of a fault: what `stop`, the keeper and `heal` need to stop it, from any machine. */
export interface FisUndo {
  driver: 'fis';
  fault: FaultId;
  /** The AWS region whose control plane holds it. */
  region: string;
  /** Base URL in place of AWS's own; null for AWS. */
  endpoint: string | null;
  owner: string;
  templateId: string;
  /** The token for StartExperiment: a second call with the same token starts nothing. */
  clientToken: string;
  /** Null while unknown: the experiment is then found by its template and tags. */
  experimentId: string | null;
}

/**
 * `stop` and `freeze` a process; `empty` restarts a Redis with nothing in it, `fill` lets it take no more data; `pause`
 * the replay of a replica's WAL.
 */
export const WORLD_ACTIONS = ['stop', 'freeze', 'empty', 'fill', 'pause'] as const;
export type WorldAction = (typeof WORLD_ACTIONS)[number];

/** The result of a probe. */
export interface Reading {
  outcome: 'answered' | 'refused' | 'reset' | 'closed' | 'timeout' | 'error';
  /** Until the response or the failure, ms. */
  tookMs: number;
  /** For `lag`: age of the newest heartbeat, ms. For `http`: the status. Else null. */
  value: number | null;
  /** Details beyond the outcome: `status 503`, `-LOADING …`, `self-signed certificate`. */
  detail?: string;
  /** Bytes of the response, if there was one. */
  bytes?: number;
}

/** One fault of a plan's experiment. */
export interface PlanFault {
  number: number;
  kind: FaultKind;
  /** Parsed by the schema of the kind. */
  params: Record<string, unknown>;
  sites: FaultSite[];
  /** Ids of the regions it names. */
  regions: string[];
  /** Requests to what it broke hang until their timeout, instead of being refused, reset or answered. */
  hangs: boolean;
  /** Start, and latest stop, ms since T0. */
  fromMs: number;
  toMs: number;
  /** How long it lasts once it takes effect, if that differs: FIS takes time to start. */
  lastsMs?: number;
  /** The expected effect on clients; null where there may be none. */
  harm: ClientHarm | null;
  /** The same, where the effect must be observed on clients: for your own target, with Antipode's own drivers. */
  hurts?: ClientHarm;
}

/** The expected effect of a fault on the clients of some regions. */
export interface ClientHarm {
  /** Ids of the regions whose clients are affected. */
  regions: string[];
  /** Share of their connections that is affected. */
  share: number;
  /** Added latency of their responses, ms; null = requests fail or hang. */
  slowerByMs: number | null;
}

/** An experiment for one target, before planning: `fromMs` and `toMs` count from the end of the baseline. */
export interface ExperimentSpec {
  name: string;
  title: string;
  hypothesis: string;
  /** Name of the profile it is written for. */
  profile: string;
  driver: FaultDriver;
  rateFactor: number;
  baselineMs: number;
  settleMs: number;
  recoveryMs: number;
  faults: PlanFault[];
  /** Ids of the regions that may be affected. */
  regions: string[];
  blastRadius: PlanExperiment['blastRadius'];
  limits: ExperimentLimits;
  /** Ids of the target's claims on requests that must hold during the faults in every region. */
  keeps: string[];
  guards: ExperimentGuards;
  evacuate: Evacuation | null;
}

/** The experiment of a plan: its faults, its blast radius, its limits and guards. */
export interface PlanExperiment {
  name: string;
  title: string;
  hypothesis: string;
  driver: FaultDriver;
  faults: PlanFault[];
  /** Indices of the regions that may be affected; cells of the others are the negative control. */
  regions: number[];
  /** Share of the mix's requests whose home is one of these regions, and how long all faults last at most, ms. */
  blastRadius: { requestShare: number; durationMs: number };
  /** As written in the experiment; the plan's claims are derived from it. */
  limits: ExperimentLimits;
  guards: ExperimentGuards;
  /** An operator's step that moves clients out of the affected region; null = only routing does. */
  evacuate: Evacuation | null;
}

/** `limits:` of an experiment, by key, in the unit of the key. Each kind of claim in claims/ declares its key. */
export type ExperimentLimits = Partial<Record<string, number>>;

/** Live conditions that stop an experiment early: revert first, report second. */
export interface ExperimentGuards {
  /** Share of bad requests outside the blast radius, over `windowMs`. */
  outsideBadShare: number;
  windowMs: number;
}
