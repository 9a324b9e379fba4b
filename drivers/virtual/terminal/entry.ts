import type { Hands } from './hands.ts';
import type { Screen } from './screens.ts';
import * as screens from './screens.ts';

/** An entry screen that nobody touches for this long is given up (nominal ms). */
export const ENTRY_TIMEOUT = 60_000;

/**
 * Thrown to end an operation early with a screen: cancelled, refused, no connection … The main loop shows the screen
 * as the operation's result.
 */
export class OperationEnds extends Error {
  override readonly name = 'OperationEnds';
  readonly screen: Screen;

  constructor(screen: Screen) {
    super(screen[0] ?? '');
    this.screen = screen;
  }
}

/** What an entry screen needs of the terminal. */
export interface EntryDevices {
  readonly hands: Hands;
  /** @param code what a QR code beside the lines says; absent: there is none */
  show(screen: Screen, code?: string): void;
}

/** A PIN may take longer to remember. */
const PIN_TIMEOUT = 90_000;

/** The next key; cancel and `ms` of nothing end the operation, and so does pulling an inserted card. */
async function nextKey(hands: Hands, cardMatters: boolean, ms = ENTRY_TIMEOUT): Promise<string> {
  for (;;) {
    const event = await hands.next(ms);
    if (event === 'timeout') throw new OperationEnds(screens.cancelled('TIME IS UP'));
    if (event.type === 'card-removed' && cardMatters)
      throw new OperationEnds(screens.cancelled('CARD REMOVED'));
    if (event.type !== 'key') continue;
    if (event.key === 'cancel') throw new OperationEnds(screens.cancelled());
    return event.key;
  }
}

interface DigitEntry {
  readonly max: number;
  /** Enter is taken only when this holds; else it does nothing. */
  complete(digits: string): boolean;
  show(digits: string): Screen;
  readonly cardMatters?: boolean;
  /** Nominal ms without a key after which it is given up; default ENTRY_TIMEOUT. */
  readonly patience?: number;
}

/** Digit keys append while they fit, `00` appends two, clear erases everything, enter accepts. */
async function enterDigits(devices: EntryDevices, entry: DigitEntry): Promise<string> {
  let digits = '';
  for (;;) {
    devices.show(entry.show(digits));
    const key = await nextKey(devices.hands, entry.cardMatters ?? false, entry.patience);
    if (key === 'clear') digits = '';
    else if (key === 'enter' && entry.complete(digits)) return digits;
    else if (/^\d+$/.test(key) && digits.length + key.length <= entry.max) digits += key;
  }
}

/** Ten digits: up to 99 999 999.99, what still fits the display. Leading zeros do not count. */
const MAX_AMOUNT_DIGITS = 10;

/** Asks for an amount; resolves to fen, more than zero. */
export const enterAmount = (devices: EntryDevices, title: string): Promise<number> =>
  enterMoney(devices, (minor) => screens.askAmount(title, minor));

/** Asks for a tip; resolves to fen, more than zero. */
export const enterTip = (devices: EntryDevices): Promise<number> => enterMoney(devices, screens.askTip);

async function enterMoney(devices: EntryDevices, show: (minor: number) => Screen): Promise<number> {
  let minor = 0;
  for (;;) {
    devices.show(show(minor));
    const key = await nextKey(devices.hands, false);
    if (key === 'clear') minor = 0;
    else if (key === 'enter' && minor > 0) return minor;
    else if (/^\d+$/.test(key) && `${minor}${key}`.length <= MAX_AMOUNT_DIGITS)
      minor = Number(`${minor}${key}`);
  }
}

/** Asks for a voucher number (STAN); resolves to six digits. */
export async function enterVoucher(devices: EntryDevices, title: string): Promise<string> {
  const digits = await enterDigits(devices, {
    max: 6,
    complete: (typed) => typed.length > 0,
    show: (typed) => screens.askVoucher(typed, title),
  });
  return digits.padStart(6, '0');
}

/** Asks for the reference number of the original; twelve digits. */
export const enterReference = (devices: EntryDevices): Promise<string> =>
  enterDigits(devices, { max: 12, complete: (typed) => typed.length === 12, show: screens.askReference });

/** Asks for the authorisation code of the original; six digits. */
export const enterAuthCode = (devices: EntryDevices, title: string): Promise<string> =>
  enterDigits(devices, {
    max: 6,
    complete: (typed) => typed.length === 6,
    show: (typed) => screens.askAuthCode(typed, title),
  });

/** Asks for the date of the original; resolves to MMDD, a day that exists in a leap year. */
export const enterDate = (devices: EntryDevices, title: string): Promise<string> =>
  enterDigits(devices, { max: 4, complete: isDate, show: (typed) => screens.askDate(typed, title) });

/** Asks for the number of instalments, 2 to 60; resolves to two digits. */
export async function enterInstalments(devices: EntryDevices): Promise<string> {
  const complete = (typed: string) => Number(typed) >= 2 && Number(typed) <= 60;
  const digits = await enterDigits(devices, { max: 2, complete, show: screens.askInstalments });
  return digits.padStart(2, '0');
}

/** Asks for a card number, 12 to 19 digits shown as stars. */
export const enterPan = (devices: EntryDevices): Promise<string> =>
  enterDigits(devices, {
    max: 19,
    complete: (typed) => typed.length >= 12,
    show: (typed) => screens.askPan(typed.length),
  });

/** Asks for the expiry of a card; resolves to YYMM. */
export const enterExpiry = (devices: EntryDevices): Promise<string> =>
  enterDigits(devices, {
    max: 4,
    complete: (typed) => /^\d\d(0[1-9]|1[0-2])$/.test(typed),
    show: screens.askExpiry,
  });

function isDate(mmdd: string): boolean {
  if (!/^\d{4}$/.test(mmdd)) return false;
  const month = Number(mmdd.slice(0, 2));
  const day = Number(mmdd.slice(2));
  return (
    month >= 1 && month <= 12 && day >= 1 && new Date(Date.UTC(2024, month - 1, day)).getUTCDate() === day
  );
}

/** Asks for the PIN, 4 to 12 digits shown as stars; enter without digits means that the card has none. */
export const enterPin = (devices: EntryDevices, title: string, minor: number | undefined): Promise<string> =>
  enterDigits(devices, {
    max: 12,
    complete: (typed) => typed.length === 0 || typed.length >= 4,
    show: (typed) => screens.askPin(title, minor, typed.length),
    cardMatters: true,
    patience: PIN_TIMEOUT,
  });

/** Waits for enter on a confirmation screen. */
export async function confirm(devices: EntryDevices, screen: Screen): Promise<void> {
  devices.show(screen);
  while ((await nextKey(devices.hands, false)) !== 'enter');
}
