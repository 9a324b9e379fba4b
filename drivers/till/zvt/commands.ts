import { apdu, bcd, bmp, holding, tag } from '../../codec/zvt/build.ts';

/** Commands of the till as APDUs. Amounts are minor units; receipts are numbers of four digits. */

/** Registration with password, configuration byte and currency (ISO 4217 numeric, three digits). */
export const registration = (password: string, config: number, currency: string): Uint8Array =>
  apdu('0600', bcd(password, 3), Uint8Array.of(config), bcd(currency, 2));

/** The terminal does not print payments and sends its receipts to the till; it sends states. */
export const CONFIG = { receiptsByTill: 0x02 | 0x04, states: 0x08, textBlocks: 0x80 } as const;

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
export const refund = (password: string, minor: number, currency: string): Uint8Array =>
  apdu('0631', bcd(password, 3), amount(minor), bmp('49', currency));
export const endOfDay = (password: string): Uint8Array => apdu('0650', bcd(password, 3));
export const repeatReceipt = (password: string): Uint8Array => apdu('0620', bcd(password, 3));
export const statusEnquiry = (): Uint8Array => apdu('0501');
export const abort = (): Uint8Array => apdu('06B0');
export const logOff = (): Uint8Array => apdu('0602');
export const initialisation = (password: string): Uint8Array => apdu('0693', bcd(password, 3));
/** 1 line, 2 extended, 3 configuration, 4 EMV configuration. */
export const diagnosis = (kind = 1): Uint8Array => apdu('0670', holding('06', tag('1B', kind)));

const amount = (minor: number): Uint8Array => bmp('04', String(minor));
