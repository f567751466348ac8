/**
 * The local API that a real FIS does not have: `/_local`, without a signature, for tests and manual use.
 *
 *   GET    /_local              about this endpoint: scale, regions, timing, quotas, exercised actions
 *   GET    /_local/inventory    the resources of every region, and their counterparts in the world
 *   GET    /_local/alarms       GET and PUT /_local/alarms/{name} {"state": "ALARM", "region": ...}
 *   PUT    /_local/failures     failures on demand, a list that replaces the last one; GET lists the pending ones
 *   GET    /_local/experiments  the state history of each experiment and its actions
 *   GET    /_local/effects      current effects of the endpoint on the world; DELETE undoes them
 */
import { ACTIONS } from './catalogue.ts';
import type { Failures } from './failures.ts';
import type { WorldDriver } from './world-driver.ts';
import { ACCOUNT } from './inventory.ts';
import { ALARM_STATES, type AlarmState, type FisRegion } from './region.ts';

interface LocalParts {
  regions: Map<string, FisRegion>;
  failures: Failures;
  driver: WorldDriver;
  /** Reported as is. */
  facts: { world: string; toxiproxy: string; scale: number; timing: object; quotas: object };
}

/** An invalid call; the message says what is expected. */
export class LocalError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Handles a call to a path below /_local. */
export async function answerLocal(parts: LocalParts, method: string, path: string, body: unknown): Promise<object> {
  const [, , what, name] = path.split('/').map(decodeURIComponent);
  switch (`${method} ${what ?? ''}${name === undefined ? '' : '/…'}`) {
    case 'GET ':
      return about(parts);
    case 'GET inventory':
      return Object.fromEntries([...parts.regions].map(([id, { around }]) => [id, around.inventory]));
    case 'GET alarms':
      return Object.fromEntries([...parts.regions].map(([id, { alarms }]) => [id, Object.fromEntries(alarms)]));
    case 'PUT alarms/…':
      return setAlarm(parts, name!, body);
    case 'GET failures':
      return { failures: parts.failures.left };
    case 'PUT failures':
      try {
        parts.failures.set(body);
      } catch (error) {
        throw new LocalError(400, (error as Error).message);
      }
      return { failures: parts.failures.left };
    case 'GET experiments':
      return Object.fromEntries([...parts.regions].map(([id, region]) => [id, historiesOf(region)]));
    case 'GET effects':
      return { effects: await parts.driver.held() };
    case 'DELETE effects':
      return { undone: await parts.driver.sweep() };
    default:
      throw new LocalError(
        404,
        `no route ${method} ${path}; known: GET /_local, /_local/inventory, /_local/alarms, /_local/failures, /_local/experiments, /_local/effects; PUT /_local/alarms/{name}, /_local/failures; DELETE /_local/effects`,
      );
  }
}

function about({ regions, facts }: LocalParts): object {
  const ids = Object.keys(ACTIONS);
  return {
    endpoint: 'antipode-local-fis',
    note: 'Not AWS: a local endpoint that speaks the FIS protocol. Timestamps are real time; waits are divided by scale.',
    ...facts,
    account: ACCOUNT,
    regions: [...regions.keys()],
    exercised: ids.filter((id) => ACTIONS[id]!.effect !== undefined),
    notExercised: ids.filter((id) => ACTIONS[id]!.effect === undefined),
  };
}

const historiesOf = ({ experiments }: FisRegion): object =>
  Object.fromEntries(
    [...experiments.values()].map(({ id, experiment: { history, actions } }) => [
      id,
      { history, actions: Object.fromEntries([...actions].map(([name, action]) => [name, action.history])) },
    ]),
  );

function setAlarm({ regions }: LocalParts, name: string, body: unknown): object {
  const { state, region, ...unknown } = (body ?? {}) as Record<string, unknown>;
  if (Object.keys(unknown).length > 0) throw new LocalError(400, `unknown keys: ${Object.keys(unknown).join(', ')}`);
  if (!ALARM_STATES.some((one) => one === state))
    throw new LocalError(400, `state must be one of ${ALARM_STATES.join(', ')}, got ${JSON.stringify(state)}`);
  const matching = [...regions.values()].filter(({ id }) => id === (region ?? id));
  if (matching.length === 0)
    throw new LocalError(400, `there is no region ${String(region)}; known: ${[...regions.keys()].join(', ')}`);
  for (const one of matching) one.setAlarm(name, state as AlarmState);
  return { name, state, regions: matching.map(({ id }) => id) };
}
