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
  settle: IDLE_MENU['4'],
  reprint: IDLE_MENU['5'],
  'pre-auth': FURTHER_MENUS[0]?.['1'],
};

/** How an operation that was not refused ends on the screen. */
const DONE = /^(?:APPROVED|SETTLED|REPRINTED|STORED)/;

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
    const made = DONE.test(screen[0] ?? '') ? lastOf(firmware, before) : undefined;
    request.onResult(
      DONE.test(screen[0] ?? '') ? { done: true, transaction: made } : { done: false, lines: screen },
    );
  };
  const before = firmware.flash.memory;
  const typed = hintsOf(request);
  const driven: Firmware = {
    ...firmware,
    hands: withTyped(firmware.hands, typed),
    show: (screen) => {
      if (typed.length > 0) return;
      firmware.show(screen);
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
  /^(?:APPROVED|SETTLED|REPRINTED|STORED|DECLINED|NO ANSWER|NO CONNECTION|MAC ERROR|CANCELLED|NOT POSSIBLE|REVERSAL FAILED|UPLOAD FAILED|PRINTER NOT READY)/;

/** The keys that say what the till has said. */
function hintsOf({ operation, amount, voucher }: TillRequest): string[] {
  if (operation === 'settle') return ['enter'];
  if (operation === 'void') return [...(voucher ?? ''), 'enter', 'enter'];
  return amount === undefined ? [] : [...String(amount), 'enter'];
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

/** What of a record the till may know. */
export const tillTransaction = (record: TransactionRecord, vault: Firmware['vault']): TillTransaction => {
  const { kind, stan, time, entry, amount, authCode, rrn } = record;
  return { kind, stan, time, entry, amount, authCode, rrn, maskedPan: maskPan(vault.open(record.pan)) };
};
