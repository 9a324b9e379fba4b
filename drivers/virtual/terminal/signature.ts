import { changed } from './batch.ts';
import { confirm, OperationEnds } from './entry.ts';
import { type Firmware, identityOf } from './firmware.ts';
import type { SlipSubject, TransactionRecord } from './memory.ts';
import type { Request } from './messages.ts';
import { deliverNotices, noticeOf } from './notices.ts';
import { seededFraction } from './random.ts';
import * as screens from './screens.ts';

/** The pad of this model, in dots; a row is a whole number of four bytes, as the bitmap format wants it. */
const PAD = { width: 96, height: 32 };

/**
 * The picture that the pad took of a signature: a 1-bit Windows bitmap (BMP, 446 bytes), black on white. The strokes
 * follow from seed and voucher, as nobody holds a pen in front of a virtual pad.
 */
export function signaturePicture(seed: number, stan: string): Uint8Array {
  const { width, height } = PAD;
  const rowBytes = width / 8;
  const header = Buffer.alloc(62);
  header.write('BM', 0, 'latin1');
  header.writeUInt32LE(62 + rowBytes * height, 2);
  header.writeUInt32LE(62, 10); // where the dots begin
  header.writeUInt32LE(40, 14); // size of the info header
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(1, 28); // one bit a dot
  header.writeUInt32LE(rowBytes * height, 34);
  header.writeUInt32LE(0x00ffffff, 54); // colour 0 white, colour 1 black
  const dots = Buffer.alloc(rowBytes * height);
  const phase = seededFraction(seed, `signature/${stan}`) * Math.PI * 2;
  for (let x = 4; x < width - 4; x++) {
    const y = Math.round(height / 2 + Math.sin(x / 5 + phase) * (height / 3) * Math.cos(x / 17));
    const at = (height - 1 - y) * rowBytes + (x >> 3);
    dots[at] = (dots[at] ?? 0) | (0x80 >> (x & 7));
  }
  return Buffer.concat([header, dots]);
}

/** 0820 with the picture of the signature (60.1 = 07, 60.3 = 800): it names its transaction by STAN, batch and RRN. */
export function signatureRequest(
  at: { readonly terminalId: string; readonly merchantId: string },
  record: TransactionRecord,
  picture: Uint8Array,
): Request {
  return {
    mti: '0820',
    fields: {
      '4': String(record.amount).padStart(12, '0'),
      '11': record.stan,
      '37': record.rrn,
      '41': at.terminalId,
      '42': at.merchantId,
      '49': '156',
      '60.1': '07',
      '60.2': record.batch,
      '60.3': '800',
      '62': picture,
    },
    mac: true,
  };
}

/**
 * Asks for a signature on the pad once a transaction stands. The picture is stored with the transaction before it is
 * sent; if that fails it is sent later. Nobody signs: the slip keeps its line for a pen.
 */
export async function captureSignature(firmware: Firmware, record: TransactionRecord): Promise<void> {
  const { flash, setup, defects } = firmware;
  try {
    await confirm(firmware, screens.askSignature(record.amount));
  } catch (thrown) {
    if (thrown instanceof OperationEnds) return;
    throw thrown;
  }
  const request = signatureRequest(identityOf(firmware), record, signaturePicture(setup.seed, record.stan));
  const { transactions, owedSlips, lastSlip, notices } = flash.memory;
  const signed = <T extends SlipSubject | null>(subject: T): T =>
    subject?.type === 'transaction' && subject.record.stan === record.stan
      ? { ...subject, record: { ...subject.record, signed: true } }
      : subject;
  flash.commit({
    transactions: changed(transactions, record.stan, { signed: true }),
    owedSlips: owedSlips.map((slip) => ({ ...slip, subject: signed(slip.subject) })),
    lastSlip: signed(lastSlip),
    notices: [...notices, noticeOf(firmware, 'signature', record.stan, request)],
  });
  await deliverNotices(firmware);
  if (defects.has('signature-lost')) {
    flash.commit({ notices: flash.memory.notices.filter(({ kind }) => kind !== 'signature') });
  }
}
