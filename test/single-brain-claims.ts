/**
 * The claims of the reference system single-brain: how each is observed, and the defect that shows that it can fail.
 */

export interface ClaimRow {
  /** Of the design (chaos-slo.md section 5.3). */
  id: string;
  claim: string;
  defect: string;
  /**
   * Arguments of the command that finds the defect, without target and defect: `load`, or `chaos` and an experiment.
   */
  command: readonly ['load'] | readonly ['chaos', experiment: string];
  /** The cells that FAIL: of `load` no others; of `chaos` at least these. */
  red: readonly string[];
}

const everywhere = (claim: string): string[] =>
  ['us-east-1', 'eu-west-1', 'ap-southeast-1'].map((region) => `${claim} ${region}`);

const ASIA = 'ap-southeast-1';

export const CLAIM_ROWS: readonly ClaimRow[] = [
  {
    id: 'C1',
    claim: 'reads near the replica are several times as fast as from the primary',
    defect: 'slow-replica',
    command: ['load'],
    red: ['near-reads single-brain'],
  },
  {
    id: 'C2',
    claim: 'writes go to the primary, within their own limit',
    defect: 'write-at-edge',
    command: ['load'],
    red: [`write-source ${ASIA}`],
  },
  {
    id: 'C3',
    claim: 'writes do not notice that the replica is lost',
    defect: 'writes-need-replica',
    command: ['chaos', 'replica-loss'],
    red: [`kept-write-p99 ${ASIA}`],
  },
  {
    id: 'C4',
    claim: 'without its replica a region reads from the primary',
    defect: 'no-fallback',
    command: ['chaos', 'replica-loss'],
    red: [`during-bad-share ${ASIA}`],
  },
  {
    id: 'C5',
    claim: 'without the primary reads go on, and writes fail at once',
    defect: 'slow-refusal',
    command: ['chaos', 'primary-loss'],
    red: [`during-fail-fast ${ASIA}`],
  },
  {
    id: 'C6',
    claim: 'users see their own writes while the replica lags',
    defect: 'no-pin',
    command: ['chaos', 'own-writes-under-lag'],
    red: [`read-your-writes ${ASIA}`],
  },
  {
    id: 'C7',
    claim: 'a replica that is too far behind leaves the reads',
    defect: 'lag-ignored',
    command: ['chaos', 'replica-lag'],
    red: [`replica-out ${ASIA}`],
  },
  {
    id: 'C7',
    claim: 'and returns when it has caught up',
    defect: 'replica-stays-out',
    command: ['chaos', 'replica-lag'],
    red: [`replica-back ${ASIA}`],
  },
  {
    id: 'C8',
    claim: 'sessions are never checked in a replica or a cache',
    defect: 'auth-from-replica',
    command: ['load'],
    red: [`auth-source ${ASIA}`],
  },
  {
    id: 'C9',
    claim: 'copies at an edge expire in time',
    defect: 'immortal-copies',
    command: ['load'],
    red: everywhere('inventory'),
  },
  {
    id: 'C10',
    claim: 'an edge whose Redis is lost reads from a database',
    defect: 'redis-required',
    command: ['chaos', 'edge-redis-loss'],
    red: [`during-bad-share ${ASIA}`],
  },
  {
    id: 'C10',
    claim: 'or is slow',
    defect: 'redis-required',
    command: ['chaos', 'edge-redis-slow'],
    red: [`during-bad-share ${ASIA}`],
  },
  {
    id: 'C10',
    claim: 'or is full',
    defect: 'copy-required',
    command: ['chaos', 'edge-redis-full'],
    red: [`during-bad-share ${ASIA}`],
  },
  {
    id: 'C11',
    claim: 'copies are served only to the tenant, login and language that they were made for',
    defect: 'shared-copies',
    command: ['load'],
    red: everywhere('cache-scope'),
  },
  {
    id: 'C11',
    claim: 'private responses are not copied',
    defect: 'private-copies',
    command: ['load'],
    red: everywhere('inventory'),
  },
  {
    id: 'C12',
    claim: 'assets come from the edge, and are purged in time',
    defect: 'cdn-always-miss',
    command: ['load'],
    red: ['edge single-brain'],
  },
  {
    id: 'C13',
    claim: 'the inventory is true for every GET route, in every region',
    defect: 'inventory-outdated',
    command: ['load'],
    red: everywhere('inventory'),
  },
  {
    id: 'C14',
    claim: 'a read that names the primary has its data',
    defect: 'mislabelled-source',
    command: ['load'],
    red: [`source-label ${ASIA}`],
  },
  {
    id: 'C15',
    claim: 'a wrong, absent or outdated region hint does no harm',
    defect: 'hint-believed',
    command: ['load'],
    red: everywhere('region-hint'),
  },
  {
    id: 'C16',
    claim: 'after the load every region shows every acknowledged write',
    defect: 'diverging-replica',
    command: ['load'],
    red: everywhere('divergent-writes'),
  },
  {
    id: 'C17',
    claim: 'a million requests cost little more than from one region (by a price map: a model)',
    defect: 'short-lived-assets',
    command: ['load'],
    red: ['cost single-brain'],
  },
];

/** The title of its test. */
export const titleOf = ({ id, defect, command, red }: ClaimRow): string =>
  `${id}: ${defect} is found by ${command.join(' -- ')}: ${red.join(', ')}`;
