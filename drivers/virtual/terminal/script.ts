import type { DecodedMessage } from '../../codec/iso8583/index.ts';
import { type Firmware, identityOf } from './firmware.ts';
import { successor, type TransactionRecord } from './memory.ts';
import type { Financial } from './messages.ts';
import { noticeOf } from './notices.ts';
import { rowOf } from './transaction-table.ts';

/** Issuer script templates of F55: before and after the second cryptogram. */
const SCRIPTS = ['71', '72'] as const;

/** First nibble 2: every command was carried out (EMV book 4, script results); then the script's identifier. */
const DONE = '20';

/**
 * An approval may carry commands of the issuer for the chip. The card has carried them out; what became of them goes to
 * the acquirer as a notice (0620, 60.3 = 951, DF31 = script results) before the next online transaction.
 */
export function storeScriptResult(
  firmware: Firmware,
  transaction: Financial,
  record: TransactionRecord,
  { fields }: Pick<DecodedMessage, 'fields'>,
): void {
  const script = SCRIPTS.map((tag) => fields[`55.${tag}`]).find((value) => value !== undefined);
  // A card that was tapped is gone when the script comes.
  if (script === undefined || transaction.entry !== 'chip') return;
  const { flash, rtc } = firmware;
  const stan = successor(flash.memory.stan);
  const identity = identityOf(firmware);
  const request = {
    mti: '0620',
    fields: {
      '2': transaction.card.pan,
      '3': rowOf(record.kind).processingCode,
      '4': String(record.amount).padStart(12, '0'),
      '11': stan,
      '22': `${transaction.entry === 'chip' ? '05' : '07'}2`,
      '37': record.rrn,
      '41': identity.terminalId,
      '42': identity.merchantId,
      '49': '156',
      '55.9A': rtc.stamp().slice(2, 8),
      '55.9F26': record.chip?.cryptogram ?? '',
      '55.9F36': record.chip?.atc ?? '',
      '55.95': record.chip?.tvr ?? '',
      '55.DF31': DONE + identifierOf(script),
      '60.1': '00',
      '60.2': record.batch,
      '60.3': '951',
      '61.1': record.batch,
      '61.2': record.stan,
      '61.3': record.time.slice(4, 8),
    },
    mac: true,
  };
  flash.commit({
    stan,
    notices: [...flash.memory.notices, noticeOf(firmware, 'script-result', stan, request)],
  });
}

/** Script identifier, tag 9F18, four bytes; zeros when the script has none. */
const identifierOf = (template: string): string => /9F1804([0-9A-F]{8})/.exec(template)?.[1] ?? '00000000';
