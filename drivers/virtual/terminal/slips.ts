import iconv from 'iconv-lite';
import type { Defects } from './defects.ts';
import { type EscposWriter, escposWriter } from './escpos-writer.ts';
import type { CardEntry, SettlementRecord, SlipCopy, SlipSubject, TransactionRecord } from './memory.ts';
import { yuan } from './screens.ts';
import { printedAmount, printedMoment, printedPan, printedTime } from './slip-values.ts';
import { rowOf } from './transaction-table.ts';
import type { Vault } from './vault.ts';

/** Whose slips these are. */
export interface SlipIssuer {
  readonly terminalId: string;
  readonly merchantId: string;
  readonly merchantName: string;
  readonly vault: Vault;
  readonly defects: Defects;
  /** Local date and time, `YYYYMMDDhhmmss`. */
  readonly now?: string;
  /** What the firmware writes, in the words of the model. */
  readonly words?: ((text: string) => string) | undefined;
}

/** Entry letters behind the card number: Manual, Stripe, Inserted chip, Contactless, QR code (JR/T 0001 practice). */
const ENTRY_LETTERS: Readonly<Record<CardEntry, string>> = {
  manual: 'M',
  swipe: 'S',
  chip: 'I',
  tap: 'C',
  scan: 'Q',
  'shown-code': 'Q',
};

const COPY_TITLES: Readonly<Record<SlipCopy, string>> = {
  merchant: '商户存根 MERCHANT COPY',
  customer: '持卡人存根 CARDHOLDER COPY',
  settlement: '结算单 SETTLEMENT',
};

/**
 * One copy of a slip as printer bytes, in the three areas of JR/T 0001: merchant, elements of the transaction, remarks
 * and signature. A duplicate differs by its mark only.
 */
export function slipBytes(
  issuer: SlipIssuer,
  subject: SlipSubject,
  copy: SlipCopy,
  duplicate = false,
): Uint8Array {
  const { defects } = issuer;
  const slip = escposWriter(issuer.words);
  slip.heading(subject.type === 'settlement' ? '银联POS结算单' : '银联POS签购单', 'large');
  slip.heading(COPY_TITLES[titleOf(copy, defects)], 'bold');
  if (duplicate ? !defects.has('reprint-not-marked') : defects.has('original-marked-duplicate'))
    slip.heading('重打印凭证 DUPLICATE', 'bold');
  slip.rule();
  merchantName(slip, issuer);
  slip.field('商户编号 MERCHANT NO', issuer.merchantId);
  slip.field('终端编号 TERMINAL NO', issuer.terminalId);
  slip.field('操作员 OPERATOR', '01');
  slip.rule();
  if (subject.type === 'transaction') transaction(slip, issuer, subject.record, copy, duplicate);
  else settlement(slip, subject.record, defects);
  return slip.feed(3).cut().bytes();
}

const titleOf = (copy: SlipCopy, defects: Defects): SlipCopy =>
  copy === 'customer' && defects.has('two-merchant-copies') ? 'merchant' : copy;

function merchantName(slip: EscposWriter, { merchantName: name, defects }: SlipIssuer): void {
  if (!defects.has('merchant-name-cut')) return void slip.field('商户名称 MERCHANT NAME', name);
  const bytes = iconv.encode(name, 'gb18030');
  // A fixed length in bytes: an odd one ends in the middle of a character.
  slip.line('商户名称 MERCHANT NAME:').lineOfBytes(bytes.subarray(0, bytes.length - 1));
}

function transaction(
  slip: EscposWriter,
  issuer: SlipIssuer,
  record: TransactionRecord,
  copy: SlipCopy,
  duplicate: boolean,
): void {
  const { defects, vault } = issuer;
  const pan = vault.open(record.pan);
  slip.field('发卡行 ISSUER', record.issuer);
  slip.field('收单行 ACQUIRER', record.acquirer);
  slip.field('卡号 CARD NO', `${printedPan(pan, copy, defects)} ${ENTRY_LETTERS[record.entry]}`);
  if (defects.has('expiry-on-slip') && record.expiry) slip.field('有效期 EXP DATE', record.expiry);
  slip.field('交易类型 TRANS TYPE', rowOf(record.kind).slip);
  slip.field('批次号 BATCH NO', record.batch);
  slip.field('凭证号 VOUCHER NO', record.stan);
  if (record.authCode !== '') slip.field('授权码 AUTH NO', record.authCode);
  if (record.rrn !== '' && !defects.has('rrn-missing')) slip.field('参考号 REF NO', record.rrn);
  slip.field('日期时间 DATE TIME', printedMoment(record, duplicate, issuer.now ?? record.time, defects));
  if (record.instalments !== undefined)
    slip.field('分期期数 INSTALMENTS', String(Number(record.instalments)));
  if (record.tip !== undefined) slip.field('小费 TIP', `RMB ${yuan(record.tip)}`);
  slip.line('金额 AMOUNT:').large(printedAmount(record, copy, defects));
  slip.rule();
  remarks(slip, record, defects);
  if (defects.has('track-in-remarks') && record.expiry)
    slip.field('备注 REMARKS', `57 ${pan}D${record.expiry.replace('/', '')}220`);
  if (defects.has('raster-pan')) slip.picture(['卡号 CARD NO:', pan.replace(/\d{4}(?=\d)/g, '$& ')]);
  if (defects.has('qr-with-pan')) slip.qr(`https://receipt.example/v?c=${pan}&n=${record.stan}`);
  if (copy === 'merchant') signature(slip, record, defects);
}

function remarks(
  slip: EscposWriter,
  { kind, original, chip, remarks: texts }: TransactionRecord,
  defects: Defects,
): void {
  if (defects.has('original-not-named')) {
    // Nothing says what is taken back.
  } else if (original?.stan !== undefined) slip.field('原凭证号 ORIG VOUCHER NO', original.stan);
  else if (original?.rrn !== undefined) slip.field('原参考号 ORIG REF NO', original.rrn);
  if (original?.authCode !== undefined) slip.field('原授权码 ORIG AUTH NO', original.authCode);
  if (original?.date !== undefined) slip.field('原交易日期 ORIG DATE', original.date);
  if (chip) {
    const cryptogram = kind === 'offline-sale' ? 'TC' : 'ARQC';
    if (!defects.has('aid-missing')) slip.field('AID', chip.aid);
    slip.field('APP LABEL', chip.label).field(cryptogram, chip.cryptogram);
    slip.field('TVR', chip.tvr).field('TSI', chip.tsi).field('ATC', chip.atc);
  }
  for (const text of texts) slip.field('备注 REMARKS', text);
}

function signature(
  slip: EscposWriter,
  { entry, signed, pinVerified }: TransactionRecord,
  defects: Defects,
): void {
  if (signed) slip.field('电子签名 E-SIGNATURE', 'YES');
  else if (entry === 'scan' || entry === 'shown-code')
    slip.line('付款码支付 无需签名').line('PAID BY CODE, NO SIGNATURE');
  else if (pinVerified && !defects.has('signature-line-after-pin')) {
    slip.line('已验证密码 无需签名').line('PIN VERIFIED, NO SIGNATURE');
  } else slip.line('持卡人签名 CARDHOLDER SIGNATURE:').line().line().rule();
  slip.line('本人确认以上交易同意记入本卡账户');
  slip.line('I ACKNOWLEDGE SATISFACTORY').line('RECEIPT OF GOODS/SERVICES');
}

function settlement(
  slip: EscposWriter,
  { batch, stan, time, totals, balanced }: SettlementRecord,
  defects: Defects,
): void {
  slip.field('批次号 BATCH NO', batch);
  slip.field('凭证号 VOUCHER NO', stan);
  slip.field('日期时间 DATE TIME', printedTime(time));
  slip.rule();
  slip.field('消费笔数 SALES COUNT', String(totals.debitCount));
  slip.field('消费总额 SALES TOTAL', `RMB ${yuan(totals.debit)}`);
  slip.field('贷记笔数 CREDIT COUNT', String(totals.creditCount));
  slip.field('贷记总额 CREDIT TOTAL', `RMB ${yuan(totals.credit)}`);
  const net = defects.has('settlement-slip-adds-wrong')
    ? totals.debit + totals.credit + 100
    : totals.debit - totals.credit;
  slip.field('净额 NET TOTAL', `RMB ${net < 0 ? '-' : ''}${yuan(Math.abs(net))}`);
  slip.field('对账结果 RESULT', balanced ? '对账平 BALANCED' : '对账不平 NOT BALANCED');
}
