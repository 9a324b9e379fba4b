import type { PrinterPlane, TillPlane } from '../bench/planes.ts';
import type { MessageKind } from '../model/message.ts';
import { type Action, isOperation } from '../scenario/scenario.ts';

/** What every till can begin. */
const FIRST_ORDERS: readonly MessageKind[] = ['sale', 'pre-auth', 'void', 'settlement'];

/** The order by which a till begins an operation; undefined when it has none for it, and keys must. */
export const orderFor = (
  till: Pick<TillPlane, 'orders'> | undefined,
  operation: string,
): MessageKind | undefined =>
  till &&
  (till.orders ?? FIRST_ORDERS).find((kind) => kind === (operation === 'settle' ? 'settlement' : operation));

interface Watched {
  readonly by: 'keypad' | 'till';
  readonly open: {
    readonly planes: { readonly printer?: PrinterPlane | undefined; readonly till?: TillPlane | undefined };
  };
}

/**
 * Why nobody watches the paper of an action, where the bench has a printer plane all the same: one that is told only the receipts of
 * what the till has begun. Undefined when what is printed is seen, and where there is no printer plane at all.
 */
export function paperUnwatched({ by, open: { planes } }: Watched, action: Action): string | undefined {
  const { printer, till } = planes;
  if (printer?.captures !== 'ordered' || !isOperation(action)) return undefined;
  const order = by === 'till' ? orderFor(till, action.do) : undefined;
  if (order === undefined)
    return `keys began the ${action.do}, and this bench is told only the receipts of what its till has begun`;
  if (till?.receipts?.includes(order) === false)
    return `the till is told no receipt of a ${action.do}, and this bench sees no other paper`;
  return undefined;
}
