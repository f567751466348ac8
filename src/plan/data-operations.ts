/** The operations that follow a target's data through a run: the ledger of writes, and edits of carts. */
import type { Target } from '../config/types.ts';
import { usageError } from '../errors.ts';
import type { ClientRole } from '../formats/timetable.ts';
import type { PlanOperation } from '../formats/plan.ts';
import { declaredOperation } from './operations.ts';

/** The body of a cart write must contain it: it identifies the write, across runs too. */
const MARKER = '{run}.{row}';

export interface DataOperations {
  /** Index of the operation that writes the ledger; null where the target declares none or no claim needs it. */
  ledger: number | null;
  /** Index of the journey that edits carts; null likewise. */
  cart: number | null;
}

/** Usage error for an operation that the target does not have, or one that cannot edit a cart. */
export function dataOperations(
  target: Pick<Target, 'name' | 'ledger' | 'carts'>,
  operations: PlanOperation[],
  isNeeded: (role: ClientRole) => boolean,
): DataOperations {
  const { ledger, carts } = target;
  const find = (block: 'ledger' | 'carts', wanted: string): number =>
    declaredOperation(target, operations, block, wanted);
  const cart = carts && isNeeded('cart') ? find('carts', carts.edit) : null;
  if (cart !== null) checkCartEdit(target.name, operations, cart);
  return { ledger: ledger && isNeeded('ledger') ? find('ledger', ledger.operation) : null, cart };
}

function checkCartEdit(target: string, operations: PlanOperation[], cart: number): void {
  const { name, steps } = operations[cart]!;
  const where = `carts of target ${target}`;
  const write = operations[steps[1] ?? -1];
  if (steps.length !== 2 || !write) {
    throw usageError({
      where,
      what: `operation \`${name}\` cannot edit a cart`,
      got: steps.length === 0 ? 'a single request' : `a journey of ${steps.length} steps`,
      expected: 'a journey of two steps: a read of the cart and a write of it',
      next: 'Write `journey: cart-edit` with `steps: [cart-read, cart-write]`.',
    });
  }
  if (write.body?.includes(MARKER)) return;
  throw usageError({
    where,
    what: `the body of \`${write.name}\` does not identify the write`,
    got: write.body ?? 'no body',
    expected: `a body that contains ${MARKER}`,
    next: `Add ${MARKER} to the body.`,
  });
}
