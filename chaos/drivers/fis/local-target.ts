/** The `fis:` block of a world on this machine: what its own FIS endpoint says there is (targets/fis, `/_local`). */
import { z } from 'zod';
import { brokenError } from '../../../src/errors.ts';
import { callControl } from '../control-call.ts';
import type { FisRegion, FisTarget } from '../../../src/config/fis-target.ts';

const LOOK_MS = 5_000;
/** Every experiment on a world has this alarm; `PUT /_local/alarms/antipode-stop {"state": "ALARM"}` trips it. */
const LOCAL_ALARM = 'antipode-stop';

const about = z.object({
  endpoint: z.literal('antipode-local-fis'),
  account: z.string(),
  regions: z.array(z.string()).min(1),
  /** How many times faster than the wall its minutes pass. */
  scale: z.number().positive(),
  notExercised: z.array(z.string()),
});
const inventory = z.record(
  z.string(),
  z.object({ prefixLists: z.array(z.object({ id: z.string(), kind: z.string() })) }),
);

export interface LocalFis {
  target: FisTarget;
  scale: number;
  /** Actions that it checks, resolves and then skips. */
  notExercised: string[];
}

/** Asks the endpoint at `url` for its regions and makes a target of them. Broken-harness error if it is another endpoint. */
export async function localFisTarget(url: string): Promise<LocalFis> {
  const base = url.replace(/\/+$/, '');
  const [facts, resources] = await Promise.all([
    ask(`${base}/_local`, about),
    ask(`${base}/_local/inventory`, inventory),
  ]);
  const ours = { Project: 'antipode' };
  const regions = facts.regions.map((id): [string, FisRegion] => {
    const cache = resources[id]?.prefixLists.find(({ kind }) => kind === 'redis');
    const subnets = { tags: ours, filters: {} };
    return [
      id,
      {
        stopAlarms: [`arn:aws:cloudwatch:${id}:${facts.account}:alarm:${LOCAL_ALARM}`],
        subnets,
        crossRegion: { subnets },
        compute: { tasks: { cluster: 'antipode', service: 'api', tags: ours, faultInjectionEndpoints: true } },
        redis: { port: 6379, hosts: ['redis'], ...(cache ? { prefixList: cache.id } : {}) },
        // Its replicas stand for those that a cloud manages: FIS cannot delay them, and says what can.
        replication: { store: 'rds-postgres' },
      },
    ];
  });
  const target: FisTarget = {
    roleArn: `arn:aws:iam::${facts.account}:role/antipode-fis`,
    owner: 'antipode-local',
    endpoint: base,
    regions: Object.fromEntries(regions),
  };
  return { target, scale: facts.scale, notExercised: facts.notExercised };
}

async function ask<T>(url: string, schema: z.ZodType<T>): Promise<T> {
  const text = await callControl('GET', url, LOOK_MS);
  const parsed = schema.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data;
  throw brokenError({
    where: url,
    what: 'this is not the FIS endpoint of a world',
    got: text.slice(0, 100),
    next: 'Start one with `npm run world -- active-active --fis`.',
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
