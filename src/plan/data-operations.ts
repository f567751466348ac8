/** The operations that follow a target's data through a run: the ledger of writes, and edits of carts. */
import type { Target } from '../config/types.ts';
import { usageError } from '../errors.ts';
import type { ClientRole } from '../formats/timetable.ts';
import type { PlanOperation } from '../formats/plan.ts';
import { declaredOperation } from './operations.ts';

/** What the body of a cart's write must hold: names the write uniquely, over runs too. */
const MARKER = '{run}.{row}';

export interface DataOperations {
  /** Index of the operation that writes the ledger; null without one, and where nobody looks at it. */
  ledger: number | null;
  /** Index of the journey that edits carts; likewise. */
  cart: number | null;
}

/** Usage error for a target that names an operation which it does not have, or one that cannot do it. */
export function dataOperations(
  target: Pick<Target, 'name' | 'ledger' | 'carts'>,
  operations: PlanOperation[],
  isLookedAt: (role: ClientRole) => boolean,
): DataOperations {
  const { ledger, carts } = target;
  const find = (block: 'ledger' | 'carts', wanted: string): number =>
    declaredOperation(target, operations, block, wanted);
  const cart = carts && isLookedAt('cart') ? find('carts', carts.edit) : null;
  if (cart !== null) refuseOtherThanEdit(target.name, operations, cart);
  return { ledger: ledger && isLookedAt('ledger') ? find('ledger', ledger.operation) : null, cart };
}

function refuseOtherThanEdit(target: string, operations: PlanOperation[], cart: number): void {
  const { name, steps } = operations[cart]!;
  const where = `carts of target ${target}`;
  const write = operations[steps[1] ?? -1];
  if (steps.length !== 2 || !write) {
    throw usageError({
      where,
      what: `operation \`${name}\` cannot edit a cart`,
      got: steps.length === 0 ? 'a single request' : `a journey of ${steps.length} steps`,
      expected: 'a journey of two steps: reading the cart, and writing it',
      next: 'Write `journey: cart-edit` with `steps: [cart-read, cart-write]`.',
    });
  }
  if (write.body?.includes(MARKER)) return;
  throw usageError({
    where,
    what: `nothing in the body of \`${write.name}\` says which write it is`,
    got: write.body ?? 'no body',
    expected: `a body that holds ${MARKER}`,
    next: `Put ${MARKER} into what it writes.`,
  });
}
