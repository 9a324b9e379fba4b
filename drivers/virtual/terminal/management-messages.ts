import { packListRequest } from '../../codec/iso8583/download-data.ts';
import { packDetails, packTotals } from '../../codec/iso8583/index.ts';
import type { BatchTotals } from './memory.ts';
import type { Identity, Request } from './messages.ts';

/**
 * Management requests: sign-on and sign-off, echo, downloads, settlement and batch upload. None of them carries a MAC.
 */

const management = (at: Identity & { readonly stan: string }) => ({
  '11': at.stan,
  '41': at.terminalId,
  '42': at.merchantId,
});

export type Management = Identity & { readonly stan: string; readonly batch: string };

/** Field 60 of a management message: type 00, batch, network management code. */
const control = (at: Management, code: string) => ({ '60.1': '00', '60.2': at.batch, '60.3': code });

/**
 * 0800 sign-on asking for double-length keys (60.3 = 003), or for a track key as well (004); F62 serial number, F63
 * operator.
 */
export function signOnRequest(at: Management, serial: string, form: '003' | '004' = '003'): Request {
  const sequence = `Sequence No${String(serial.length).padStart(2, '0')}${serial}`;
  return {
    mti: '0800',
    fields: {
      ...management(at),
      ...control(at, form),
      '62': Buffer.from(sequence, 'latin1'),
      '63': '01 ',
    },
    mac: false,
  };
}

/** 0500 settlement with the terminal's totals; F63 operator. */
export function settlementRequest(at: Management, totals: BatchTotals): Request {
  const money = (minor: number) => ({ minor, currency: 'CNY' });
  return {
    mti: '0500',
    fields: {
      ...management(at),
      '48': packTotals({ ...totals, debit: money(totals.debit), credit: money(totals.credit) }),
      '49': '156',
      ...control(at, '201'),
      '63': '01 ',
    },
    mac: false,
  };
}

/** One detail of a batch upload; amount in fen, PAN clear. */
export interface Detail {
  readonly stan: string;
  readonly pan: string;
  readonly amount: number;
}

/** Details that fit one upload message. */
export const DETAILS_PER_MESSAGE = 8;

/** 0320 batch upload, up to eight details. */
export function uploadRequest(at: Management, details: readonly Detail[]): Request {
  const packed = details.map(({ stan, pan, amount }) => ({
    scheme: '00' as const,
    stan,
    pan,
    minor: amount,
  }));
  return {
    mti: '0320',
    fields: { ...management(at), '48': packDetails(packed), ...control(at, '201') },
    mac: false,
  };
}

/** 0320 end of an upload after an unbalanced settlement (60.3 = 202) with the number of details. */
export function uploadEndRequest(at: Management, count: number): Request {
  return {
    mti: '0320',
    fields: {
      ...management(at),
      '48': String(count).padStart(4, '0'),
      ...control(at, '202'),
    },
    mac: false,
  };
}

/** 0820 sign-off (60.3 = 002). */
export const signOffRequest = (at: Management): Request => ({
  mti: '0820',
  fields: { ...management(at), ...control(at, '002') },
  mac: false,
});

/** 0820 echo (60.3 = 301): is anybody there. */
export const echoRequest = (at: Management): Request => ({
  mti: '0820',
  fields: { ...management(at), ...control(at, '301') },
  mac: false,
});

/** 0820 telling the status of the terminal (60.3 = 362): F62 its serial number. */
export const statusRequest = (at: Management, serial: string): Request => ({
  mti: '0820',
  fields: { ...management(at), ...control(at, '362'), '62': Buffer.from(serial, 'latin1') },
  mac: false,
});

/** Network management codes of the downloads of lists with items: ask for the list, for an item, say that it is done. */
export const DOWNLOADS = {
  applications: { list: '382', item: '380', end: '381' },
  caKeys: { list: '372', item: '370', end: '371' },
} as const;

/** 0820 asking for a list of AIDs or CA keys; F62 says how many entries are here already. */
export const listRequest = (at: Management, code: '372' | '382', have: number): Request => ({
  mti: '0820',
  fields: { ...management(at), ...control(at, code), '62': packListRequest(have) },
  mac: false,
});

/** 0800 asking for parameters (360), an AID (380) or a CA key (370), named in F62, or telling the end (361, 381, 371). */
export const downloadRequest = (at: Management, code: string, item?: Uint8Array): Request => ({
  mti: '0800',
  fields: { ...management(at), ...control(at, code), ...(item && { '62': item }) },
  mac: false,
});
