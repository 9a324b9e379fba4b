import type { TransactionKind } from './transaction-table.ts';
import { TRANSACTION_SWITCHES } from './transaction-table.ts';

/** What steers this terminal and can be changed by a download. Amounts are fen, times nominal ms. */
export interface Settings {
  readonly responseTimer: number;
  /** Attempts of a reversal, and of a notice that is about money. */
  readonly attempts: number;
  /** How often a connection is tried. */
  readonly dials: number;
  readonly merchantName: string;
  readonly manualEntry: boolean;
  /** Tips up to so many percent of the amount; undefined: any. */
  readonly tipPercent: number | undefined;
  readonly batchCapacity: number;
  /** What chip and terminal may approve by themselves, fen. */
  readonly floorLimit: number;
  /** Offline sales that may wait for their upload. */
  readonly offlineStored: number;
  isOn(kind: SwitchedKind): boolean;
}

/** What an acquirer can switch off. */
export type SwitchedKind = TransactionKind | 'balance';

/** Tags of the parameter download (0800, 60.3 = 360) that this model obeys; another acquirer may have others. */
export const TAGS = {
  /** s, 1 to 99 */
  responseTimer: '12',
  /** 1 to 9 */
  attempts: '13',
  /** GB18030, at most 40 bytes */
  merchantName: '22',
  /** 0 or 1 */
  manualEntry: '23',
  /** 0 to 99 */
  tipPercent: '24',
  /** One digit a transaction, 1 on and 0 off, in the order of `TRANSACTION_SWITCHES`. */
  switches: '26',
  /** 1 to 9 */
  dials: '27',
  /** 1 to 500 */
  batchCapacity: '30',
  /** fen */
  floorLimit: '31',
  /** 0 to 500 */
  offlineStored: '34',
} as const;

/** What the terminal came out of its box with. */
export interface Defaults {
  readonly responseTimer: number;
  readonly merchantName: string;
}

/** CNY 500. */
const FLOOR_LIMIT = 50_000;
/** What one batch may hold; settlement counts have three digits. */
export const BATCH_CAPACITY = 500;
/** Common default of UnionPay-style terminals. */
const ATTEMPTS = 3;

/**
 * The settings in force: what was downloaded where it says something that this model understands, else the default. A value
 * out of range is as good as none: a terminal must not be made useless by a slip of the acquirer's pen.
 */
export function settingsOf(
  parameters: Readonly<Record<string, string>> | undefined,
  defaults: Defaults,
): Settings {
  const text = (name: keyof typeof TAGS) => parameters?.[TAGS[name]]?.trim() ?? '';
  const number = <T>(name: keyof typeof TAGS, from: number, to: number, otherwise: T): number | T => {
    const value = /^\d{1,12}$/.test(text(name)) ? Number(text(name)) : Number.NaN;
    return value >= from && value <= to ? value : otherwise;
  };
  const seconds = number('responseTimer', 1, 99, undefined);
  const switches = text('switches');
  return {
    responseTimer: seconds === undefined ? defaults.responseTimer : seconds * 1000,
    attempts: number('attempts', 1, 9, ATTEMPTS),
    dials: number('dials', 1, 9, 1),
    merchantName: text('merchantName') || defaults.merchantName,
    manualEntry: text('manualEntry') !== '0',
    tipPercent: number('tipPercent', 0, 99, undefined),
    batchCapacity: number('batchCapacity', 1, BATCH_CAPACITY, BATCH_CAPACITY),
    floorLimit: number('floorLimit', 0, 99_999_999, FLOOR_LIMIT),
    offlineStored: number('offlineStored', 0, BATCH_CAPACITY, BATCH_CAPACITY),
    isOn: (kind) => switches.charAt(TRANSACTION_SWITCHES.indexOf(kind)) !== '0',
  };
}
