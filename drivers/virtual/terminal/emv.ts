import type { ChipData } from './memory.ts';
import { seededBytes } from './random.ts';

/**
 * Chip data of a synthetic card. The cards have no issuer keys and the simulated acquirer does not check cryptograms, so
 * the cryptogram is seeded bytes; everything else is what an EMV terminal would say of such a transaction.
 */
export interface ChipTransaction {
  /** Tag 9C: first two digits of the processing code. */
  readonly type: string;
  readonly card: { readonly id: string };
  /** Fen. */
  readonly amount: number;
  readonly stan: string;
  readonly batch: string;
  /** Local date, `YYMMDD`. */
  readonly date: string;
  readonly pinEntered: boolean;
  /** Approved by card and terminal alone: a TC instead of an ARQC, and 8A says Y1. */
  readonly offline?: boolean;
  readonly seed: number;
}

/** An application identifier of the unregistered proprietary category (first nibble F): no scheme's. */
const AID = 'F000000333010101';
const LABEL = 'TEST DEBIT/CREDIT';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

/** EMV tags for F55, in the usual ARQC order; values as hex. */
export function chipTags(transaction: ChipTransaction): readonly (readonly [tag: string, value: string])[] {
  const { type, card, amount, stan, batch, date, pinEntered, offline, seed } = transaction;
  const purpose = `${batch}/${stan}`;
  const sequenceCounter = stan.padStart(8, '0');
  return [
    ['9F26', hex(seededBytes(seed, `cryptogram/${card.id}/${purpose}`, 8))],
    ['9F27', offline ? '40' : '80'], // TC: approved offline; ARQC: go online
    ['9F10', '07010103A00000010A010000000000'],
    ['9F37', hex(seededBytes(seed, `unpredictable/${purpose}`, 4))],
    ['9F36', Number(stan).toString(16).toUpperCase().padStart(4, '0').slice(-4)],
    ['95', pinEntered ? '0000040000' : '0000000000'], // online PIN entered
    ['9A', date],
    ['9C', type],
    ['9F02', String(amount).padStart(12, '0')],
    ['5F2A', '0156'],
    ['82', '7C00'],
    ['9F1A', '0156'],
    ['9F03', '000000000000'],
    ['9F33', 'E0E1C8'],
    ['9F34', pinEntered ? '420300' : '1F0300'], // enciphered PIN online, or no CVM required
    ['9F35', '22'], // attended, online with offline capability, merchant
    ['84', AID],
    ['9F09', '0020'],
    ['9F41', sequenceCounter],
    ...(offline ? ([['8A', '5931']] as const) : []),
  ];
}

/** The part of it that is printed. */
export function printedChipData(tags: readonly (readonly [string, string])[]): ChipData {
  const value = (tag: string) => tags.find(([name]) => name === tag)?.[1] ?? '';
  return {
    aid: value('84'),
    label: LABEL,
    cryptogram: value('9F26'),
    tvr: value('95'),
    tsi: 'E800',
    atc: value('9F36'),
  };
}
