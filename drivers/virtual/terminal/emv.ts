import type { Chip, ChipAnswer, TerminalData } from '../cards/chip.ts';
import type { ChipData } from './memory.ts';
import { seededBytes } from './random.ts';

/**
 * The terminal's half of a chip transaction: what it tells the chip, what of both goes into field 55, and what the second
 * GENERATE AC makes of the acquirer's answer.
 */
export interface ChipTransaction {
  /** Tag 9C: first two digits of the processing code. */
  readonly type: string;
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

/** Values of field 55 by tag, in the usual ARQC order, hex. */
export type EmvTags = readonly (readonly [tag: string, value: string])[];

/** A chip in the middle of a transaction. */
export interface ChipDialogue {
  readonly chip: Chip;
  readonly data: TerminalData;
  readonly tags: EmvTags;
}

/** An application identifier of the unregistered proprietary category (first nibble F): no scheme's. */
export const AID = 'F000000333010101';
const LABEL = 'TEST DEBIT/CREDIT';

/** What was done: offline data authentication, cardholder verification, card and terminal risk management. */
const STATUS = 'E800';
/** The same and issuer authentication. */
const STATUS_AUTHENTICATED = 'F800';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

/** First GENERATE AC: an ARQC, or a TC for what is approved offline. */
export function beginChip(chip: Chip, transaction: ChipTransaction): ChipDialogue {
  const { type, amount, stan, batch, date, pinEntered, offline = false, seed } = transaction;
  const data: TerminalData = {
    '9F02': String(amount).padStart(12, '0'),
    '9F03': '000000000000',
    '9F1A': '0156',
    '95': pinEntered ? '0000040000' : '0000000000', // online PIN entered
    '5F2A': '0156',
    '9A': date,
    '9C': type,
    '9F37': hex(seededBytes(seed, `unpredictable/${batch}/${stan}`, 4)),
  };
  const answer = chip.begin(offline ? 'TC' : 'ARQC', data);
  return { chip, data, tags: field55(data, answer, { stan, pinEntered, offline }) };
}

function field55(
  data: TerminalData,
  answer: ChipAnswer,
  {
    stan,
    pinEntered,
    offline,
  }: { readonly stan: string; readonly pinEntered: boolean; readonly offline: boolean },
): EmvTags {
  const {
    '9F26': cryptogram,
    '9F27': information,
    '9F10': issuerData,
    '9F36': counter,
    '82': profile,
  } = answer;
  return [
    ['9F26', cryptogram],
    ['9F27', information],
    ['9F10', issuerData],
    ['9F37', data['9F37']],
    ['9F36', counter],
    ['95', data['95']],
    ['9A', data['9A']],
    ['9C', data['9C']],
    ['9F02', data['9F02']],
    ['5F2A', data['5F2A']],
    ['82', profile],
    ['9F1A', data['9F1A']],
    ['9F03', data['9F03']],
    ['9F33', 'E0E1C8'],
    ['9F34', pinEntered ? '420300' : '1F0300'], // enciphered PIN online, or no CVM required
    ['9F35', '22'], // attended, online with offline capability, merchant
    ['84', AID],
    ['9F09', '0020'],
    ['9F41', stan.padStart(8, '0')],
    ...(offline ? ([['8A', '5931']] as const) : []),
  ];
}

/** What the chip made of the acquirer's answer. */
export interface ChipVerdict {
  readonly type: 'TC' | 'AAC';
  /** TVR and TSI as they stand afterwards, hex. */
  readonly tvr: string;
  readonly tsi: string;
}

/**
 * Hands the acquirer's answer to the chip: issuer authentication if there is any (tag 91), then the second GENERATE AC. A
 * chip that is asked for a TC and gives an AAC declines what the acquirer has approved. `code`: F39.
 */
export function endChip(
  { chip, data }: ChipDialogue,
  answer: { readonly approved: boolean; readonly code: string; readonly issuerData?: string | undefined },
): ChipVerdict {
  const { type, authentication } = chip.end(answer.approved ? 'TC' : 'AAC', data, answer);
  // Byte 5, bit 7 of the TVR: issuer authentication failed.
  const tvr = authentication === 'failed' ? `${data['95'].slice(0, 8)}40` : data['95'];
  return { type, tvr, tsi: authentication === 'not-performed' ? STATUS : STATUS_AUTHENTICATED };
}

/** The part of it that is printed. */
export function printedChipData(tags: EmvTags, verdict?: ChipVerdict): ChipData {
  const value = (tag: string) => tags.find(([name]) => name === tag)?.[1] ?? '';
  return {
    aid: value('84'),
    label: LABEL,
    cryptogram: value('9F26'),
    tvr: verdict?.tvr ?? value('95'),
    tsi: verdict?.tsi ?? STATUS,
    atc: value('9F36'),
  };
}
