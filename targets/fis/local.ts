/**
 * What a real FIS does not have: `/_local`, without a signature, for tests and for people.
 *
 *   GET    /_local              what this is: scale, regions, timing, quotas, what is exercised
 *   GET    /_local/inventory    the resources of every region, and what each stands for
 *   GET    /_local/alarms       GET and PUT /_local/alarms/{name} {"state": "ALARM", "region": ...}
 *   PUT    /_local/failures     failures on demand, a list that replaces the last one; GET says which are left
 *   GET    /_local/experiments  every state that each experiment and its actions were in
 *   GET    /_local/effects      what the endpoint holds in the world now; DELETE undoes all of it
 */
import { ACTIONS } from './catalogue.ts';
import type { Failures } from './failures.ts';
import type { Hand } from './hand.ts';
import { ACCOUNT } from './inventory.ts';
import { ALARM_STATES, type AlarmState, type FisRegion } from './region.ts';

interface LocalParts {
  regions: Map<string, FisRegion>;
  failures: Failures;
  hand: Hand;
  /** Of what is told as it is. */
  facts: { world: string; toxiproxy: string; scale: number; timing: object; quotas: object };
}

/** A wrong call; the message says what would be right. */
export class LocalError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Answers a call to a path below /_local. */
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
      return { effects: await parts.hand.held() };
    case 'DELETE effects':
      return { undone: await parts.hand.sweep() };
    default:
      throw new LocalError(
        404,
        `there is no ${method} ${path} here; there is GET /_local, /_local/inventory, /_local/alarms, /_local/failures, /_local/experiments, /_local/effects; PUT /_local/alarms/{name}, /_local/failures; DELETE /_local/effects`,
      );
  }
}

function about({ regions, facts }: LocalParts): object {
  const ids = Object.keys(ACTIONS);
  return {
    endpoint: 'antipode-local-fis',
    note: 'No AWS: a local endpoint that speaks the FIS protocol. Instants are those of the wall; waits are divided by scale.',
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
  if (Object.keys(unknown).length > 0) throw new LocalError(400, `unknown: ${Object.keys(unknown).join(', ')}`);
  if (!ALARM_STATES.some((one) => one === state))
    throw new LocalError(400, `state must be one of ${ALARM_STATES.join(', ')}, got ${JSON.stringify(state)}`);
  const meant = [...regions.values()].filter(({ id }) => id === (region ?? id));
  if (meant.length === 0)
    throw new LocalError(400, `there is no region ${String(region)}; there is ${[...regions.keys()].join(', ')}`);
  for (const one of meant) one.setAlarm(name, state as AlarmState);
  return { name, state, regions: meant.map(({ id }) => id) };
}
