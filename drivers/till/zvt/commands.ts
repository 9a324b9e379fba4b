import { apdu, bcd, bmp, holding, tag } from '../../codec/zvt/build.ts';

/** Commands of the till as APDUs. Amounts are minor units; receipts are numbers of four digits. */

/** What a till tells of itself when it registers. */
export interface Registration {
  readonly password: string;
  /** Configuration byte, see CONFIG. */
  readonly config: number;
  /** ISO 4217 numeric, three digits. */
  readonly currency: string;
  /** Characters a line of the till's paper, at most 99. */
  readonly columns?: number;
}

/**
 * Registration: which receipts the till prints, whether it wants to hear of states, that it takes text blocks, and that it
 * would rather have texts in UTF-8 than in CP437.
 */
export const registration = ({ password, config, currency, columns }: Registration): Uint8Array =>
  apdu(
    '0600',
    bcd(password, 3),
    Uint8Array.of(config),
    bcd(currency, 2),
    holding(
      '06',
      ...(columns === undefined ? [] : [tag('12', bcd(String(Math.min(99, columns)), 1))]),
      tag('14', 0xfe),
      holding('26', ...['06D3', '06D1', '04FF'].map((command) => tag('0A', Buffer.from(command, 'hex')))),
    ),
  );

/** Bits of the configuration byte. Without `lines` a till makes its receipts of the status information by itself. */
export const CONFIG = { payments: 0x02, administration: 0x04, states: 0x08, lines: 0x80 } as const;

export const authorisation = (minor: number, currency: string): Uint8Array =>
  apdu('0601', amount(minor), bmp('49', currency));
export const preAuthorisation = (minor: number, currency: string): Uint8Array =>
  apdu('0622', amount(minor), bmp('49', currency));
export const partialReversal = (receipt: string, minor: number, currency: string): Uint8Array =>
  apdu('0623', bmp('87', receipt), amount(minor), bmp('49', currency));
export const bookTotal = (receipt: string, minor: number, currency: string): Uint8Array =>
  apdu('0624', bmp('87', receipt), amount(minor), bmp('49', currency));
export const reversal = (password: string, receipt: string): Uint8Array =>
  apdu('0630', bcd(password, 3), bmp('87', receipt));
export const preAuthReversal = (receipt: string): Uint8Array => apdu('0625', bmp('87', receipt));
/** Asks which pre-authorisations are open; the terminal answers by an abort with B8. */
export const openPreAuthorisations = (): Uint8Array => apdu('0623', bmp('87', Uint8Array.of(0xff, 0xff)));
export const refund = (password: string, minor: number, currency: string): Uint8Array =>
  apdu('0631', bcd(password, 3), amount(minor), bmp('49', currency));
export const endOfDay = (password: string): Uint8Array => apdu('0650', bcd(password, 3));
/** What has been taken since the last end of day; nothing is closed. */
export const turnoverTotals = (password: string): Uint8Array => apdu('0610', bcd(password, 3));
/**
 * The last receipt again, as paper; or what the till needs to know of it: its status information and no paper. A terminal
 * that is not asked for the status information sends none.
 */
export const repeatReceipt = (password: string, wanted: 'told' | 'printed' | 'both' = 'told'): Uint8Array =>
  apdu('0620', bcd(password, 3), bmp('03', Uint8Array.of({ told: 3, printed: 0, both: 1 }[wanted])));
export const statusEnquiry = (): Uint8Array => apdu('0501');
export const abort = (): Uint8Array => apdu('06B0');
export const logOff = (): Uint8Array => apdu('0602');
export const initialisation = (password: string): Uint8Array => apdu('0693', bcd(password, 3));
/** 1 line, 2 extended, 3 configuration, 4 EMV configuration. */
export const diagnosis = (kind = 1): Uint8Array => apdu('0670', holding('06', tag('1B', kind)));

const amount = (minor: number): Uint8Array => bmp('04', String(minor));
