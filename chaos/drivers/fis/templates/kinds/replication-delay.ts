/** A delayed replica through FIS: what works for each store, and what does not (reference/fis.md 3.3). */
import type { ReplicationDelay } from '../../../../faults/replication-delay.ts';
import { callerStep } from '../compute-network.ts';
import { type KindPlan, selected, type Step, step } from '../step.ts';
import { awsRegionOf, type FisTarget, type Replication } from '../../../../../src/config/fis-target.ts';
import type { Surroundings } from '../step.ts';

type Of<Store extends Replication['store']> = Extract<Replication, { store: Store }>;

export function compileReplicationDelay(given: ReplicationDelay, target: FisTarget, around: Surroundings): KindPlan {
  const { region, mode } = given;
  const how = target.regions[region]?.replication;
  if (!how) {
    return {
      cannot: `the target does not say how data is replicated to ${region}`,
      instead: `Add \`fis.regions.${region}.replication\`.`,
    };
  }
  const only = (steps: Step[], notes: string[] = []): KindPlan => ({
    steps: { [region]: steps },
    params: { ...given },
    notes,
  });
  const place = { ...around, awsRegion: awsRegionOf(target, region) };
  switch (how.store) {
    case 'postgres':
      return ownPostgres(given, how, place, only);
    case 'rds-postgres':
      return rdsPostgres(given, how, place, only);
    case 'aurora-global':
      return {
        cannot: `nothing delays or pauses an Aurora Global Database: it replicates in its storage, which FIS cannot reach`,
        instead:
          'Test SwitchoverGlobalCluster, or FailoverGlobalCluster with AllowDataLoss, instead; or use `region-outage`.',
      };
    case 'elasticache-global':
      return {
        cannot: 'it has no action for an ElastiCache Global Datastore',
        instead: 'Put a Toxiproxy between application and Redis, and omit `--driver fis`.',
      };
    case 'dynamodb':
      if (mode !== 'pause') return pauseOnly('DynamoDB');
      return only(
        [
          step(
            'pause',
            'aws:dynamodb:global-table-pause-replication',
            {},
            selected('tables', 'aws:dynamodb:global-table', how.tables),
          ),
        ],
        ['Replication may continue for up to 5 minutes after the start; both directions are paused.'],
      );
    case 'memorydb':
      if (mode !== 'pause') return pauseOnly('MemoryDB');
      return only([
        step(
          'pause',
          'aws:memorydb:multi-region-cluster-pause-replication',
          {},
          selected('clusters', 'aws:memorydb:multi-region-cluster', how.clusters),
        ),
      ]);
    default:
      // S3.
      if (mode !== 'pause') return pauseOnly('S3');
      return only(
        [
          step(
            'pause',
            'aws:s3:bucket-pause-replication',
            { region: how.towards },
            selected('buckets', 'aws:s3:bucket', { tags: how.buckets.tags, filters: {} }),
          ),
        ],
        ['Objects in transit may arrive for up to an hour.'],
      );
  }
}

const pauseOnly = (store: string): KindPlan => ({
  cannot: `it can only pause the replication of ${store}, not delay or slow it`,
  instead: 'Use `--mode pause`.',
});

type Place = Surroundings & { awsRegion: string };
type Only = (steps: Step[], notes?: string[]) => KindPlan;

function ownPostgres(
  given: ReplicationDelay,
  { compute, port, primaryHosts }: Of<'postgres'>,
  place: Place,
  only: Only,
): KindPlan {
  const at = { ...place, compute };
  if (given.mode === 'pause') return only([callerStep('replication-port', { what: 'blackhole', port }, at)]);
  if (given.mode === 'slow') {
    return {
      cannot: 'no FIS action limits bandwidth',
      instead: 'Use `--mode delay`, or put a Toxiproxy into the replication and omit `--driver fis`.',
    };
  }
  if (!compute.instances) {
    return {
      cannot: 'it delays only egress of tasks and pods, and delayed replication needs delayed ingress of the replica',
      instead: 'Use `--mode pause`; on EC2 instances the delay works, too.',
    };
  }
  const fault = {
    what: 'latency',
    delayMs: given.delayMs,
    flowsPercent: 100,
    sources: primaryHosts,
    trafficType: 'ingress',
  } as const;
  return only([callerStep('replication-late', fault, at)]);
}

/** RDS guide, "Configuring delayed replication with RDS for PostgreSQL"; versions from there. */
const DELAY_BY_HAND =
  'set `recovery_min_apply_delay` (0 to 86,400,000 ms; PostgreSQL 14.19, 15.14, 16.10, 17.6 or newer) in the parameter ' +
  'group of the replica and reset it afterwards; it is dynamic, so no reboot is needed once the replica uses the group';

function rdsPostgres(
  given: ReplicationDelay,
  { delayDocument }: Of<'rds-postgres'>,
  place: Place,
  only: Only,
): KindPlan {
  if (given.mode === 'pause') {
    return {
      cannot: 'it cannot pause a replica of RDS for PostgreSQL: AWS manages its replication',
      instead: 'As rds_superuser on the replica, call pg_wal_replay_pause() and afterwards pg_wal_replay_resume().',
    };
  }
  if (given.mode === 'slow')
    return { cannot: 'no FIS action limits the bandwidth of RDS replication', instead: 'Use `--mode delay`.' };
  if (delayDocument === undefined) {
    return {
      cannot: 'it has no action that delays a replica of RDS for PostgreSQL: AWS manages its replication',
      instead:
        `What works: ${DELAY_BY_HAND}. Or let FIS do it: set \`replication.delayDocument\` to an SSM Automation ` +
        'document.',
    };
  }
  const parameters = { DelayMilliseconds: [String(given.delayMs)], DurationSeconds: [String(place.minutes * 60)] };
  return only(
    [
      step(
        'apply-delay',
        'aws:ssm:start-automation-execution',
        { documentArn: delayDocument, documentParameters: JSON.stringify(parameters) },
        null,
      ),
    ],
    ['WAL accumulates on the primary meanwhile: set max_slot_wal_keep_size.'],
  );
}
