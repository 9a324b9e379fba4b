import { maskPan } from '../../../../rig/model/card.ts';
import type { Firmware } from '../firmware.ts';
import type { HandEvent, Hands } from '../hands.ts';
import type { Memory, TransactionRecord } from '../memory.ts';
import { FURTHER_MENUS, IDLE_MENU, type MenuEntry } from '../menu.ts';
import type { Screen } from '../screens.ts';
import type { TillOperation, TillRequest, TillTransaction } from './request.ts';

const ENTRIES: Readonly<Record<TillOperation, MenuEntry | undefined>> = {
  sale: IDLE_MENU['1'],
  void: IDLE_MENU['2'],
  refund: IDLE_MENU['3'],
  settle: IDLE_MENU['4'],
  reprint: IDLE_MENU['5'],
  'pre-auth': FURTHER_MENUS[0]?.['1'],
  'pre-auth-void': FURTHER_MENUS[0]?.['2'],
  completion: FURTHER_MENUS[0]?.['3'],
  'sign-on': IDLE_MENU['6'],
};

/** How an operation that was not refused ends on the screen. */
const DONE = /^(?:APPROVED|SETTLED|REPRINTED|STORED|SIGNED ON)/;

/**
 * Runs what a till asks for through the same flow as the keys do. What the till has said (amount, voucher) is not asked of
 * people again; everything after that is theirs.
 */
export async function tillOperation(
  firmware: Firmware,
  request: TillRequest,
  operate: (firmware: Firmware, entry: MenuEntry) => Promise<void>,
): Promise<void> {
  const entry = ENTRIES[request.operation];
  let told = false;
  const tell = (screen: Screen) => {
    if (told) return;
    told = true;
    const lies = firmware.defects.has('till-told-approved-on-decline') && /^DECLINED/.test(screen[0] ?? '');
    const done = DONE.test(screen[0] ?? '');
    if (lies) request.onResult({ done: true, transaction: declinedAs(firmware, request) });
    else
      request.onResult(
        done ? { done, transaction: lastOf(firmware, before) } : { done: false, lines: screen },
      );
  };
  const before = firmware.flash.memory;
  const hints = hintsOf(request);
  const typed: string[] = [];
  const { paper } = request;
  const driven: Firmware = {
    ...firmware,
    hands: withTyped(firmware.hands, typed),
    ...(paper && { paper: paper === 'none' ? async () => true : paper }),
    show: (screen, code) => {
      // What the till has said is answered in its place; nobody sees the question.
      const hint =
        typed.length > 0 ? -1 : hints.findIndex(({ asks }) => screen.some((line) => asks.test(line)));
      if (hint >= 0) typed.push(...hints.splice(hint, 1).flatMap(({ keys }) => keys));
      if (typed.length > 0) return;
      firmware.show(screen, code);
      request.onScreen(screen);
      if (ENDS.test(screen[0] ?? '')) tell(screen);
    },
  };
  if (!entry) {
    tell(['NOT POSSIBLE']);
    return request.onOver();
  }
  await operate(driven, entry);
  tell(['NOT POSSIBLE']);
  request.onOver();
}

/** Screens that are the result of an operation. */
const ENDS =
  /^(?:APPROVED|SETTLED|REPRINTED|STORED|SIGNED ON|DECLINED|NO ANSWER|NO CONNECTION|MAC ERROR|CANCELLED|NOT POSSIBLE|REVERSAL FAILED|UPLOAD FAILED|PRINTER NOT READY)/;

interface Hint {
  readonly asks: RegExp;
  readonly keys: readonly string[];
}

/** What the till has said, as the keys that answer the screens that ask for it, each once. */
function hintsOf({ operation, amount, voucher, hold }: TillRequest): Hint[] {
  const typed = (asks: RegExp, digits: string | undefined): Hint[] =>
    digits === undefined ? [] : [{ asks, keys: [...digits, 'enter'] }];
  const confirms = operation === 'settle' || operation === 'void';
  return [
    ...typed(/^ENTER AMOUNT/, amount === undefined ? undefined : String(amount)),
    ...typed(/^VOUCHER NO/, voucher),
    ...typed(/^AUTHORISATION NO/, hold?.authCode),
    ...typed(/^ORIGINAL DATE/, hold?.date),
    ...(confirms ? [{ asks: /^ENTER TO CONFIRM/, keys: ['enter'] }] : []),
  ];
}

function withTyped(hands: Hands, typed: string[]): Hands {
  return {
    ...hands,
    next: (ms) => {
      const key = typed.shift();
      return key === undefined ? hands.next(ms) : Promise.resolve<HandEvent>({ type: 'key', key });
    },
    flush: () => hands.flush(),
  };
}

/** The transaction that was not there before. */
function lastOf({ flash, vault }: Firmware, before: Memory): TillTransaction | undefined {
  const { memory } = flash;
  const subject = memory.lastSlip;
  if (!subject || subject === before.lastSlip || subject.type !== 'transaction') return undefined;
  return tillTransaction(subject.record, vault);
}

/** A wrong firmware's status of a payment that was declined. */
const declinedAs = ({ flash, rtc }: Firmware, { amount }: TillRequest): TillTransaction => ({
  ...{ kind: 'sale', stan: flash.memory.stan, time: rtc.stamp(), entry: 'chip', amount: amount ?? 0 },
  ...{ authCode: '000000', rrn: '', maskedPan: '' },
});

/** Pre-authorisations that nobody has completed or given back yet, oldest first. */
export function openHolds({
  holds,
  transactions,
}: Pick<Memory, 'holds' | 'transactions'>): TransactionRecord[] {
  const completed = new Set(
    transactions.filter(({ voided }) => !voided).map(({ original }) => original?.authCode),
  );
  return holds.filter(({ authCode, voided }) => !voided && !completed.has(authCode));
}

/** What of a record the till may know. */
export const tillTransaction = (record: TransactionRecord, vault: Firmware['vault']): TillTransaction => {
  const { kind, stan, time, entry, amount, authCode, rrn, original } = record;
  return {
    ...{ kind, stan, time, entry, amount, authCode, rrn, maskedPan: maskPan(vault.open(record.pan)) },
    ...(original?.stan !== undefined && original.stan !== '000000' && { originalStan: original.stan }),
  };
};
