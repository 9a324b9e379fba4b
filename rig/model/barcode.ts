import type { ReceiptBarcode } from './receipt.ts';

/** Digits of an EAN or UPC code that comes without its check digit: the printer works it out and prints it. */
const WITHOUT_CHECK: Readonly<Record<string, number>> = { ean13: 12, ean8: 7, upca: 11 };

/**
 * What a scanner reads from a code on paper. `payload` is what the sender sent; the bars of an EAN or UPC code end with a
 * check digit even where it sent none (ISO/IEC 15420: weights 3 and 1 from the right).
 */
export function scannedPayload({
  symbology,
  payload,
}: Pick<ReceiptBarcode, 'symbology' | 'payload'>): string {
  if (payload.length !== WITHOUT_CHECK[symbology] || !/^\d+$/.test(payload)) return payload;
  const sum = [...payload]
    .reverse()
    .reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 3 : 1), 0);
  return `${payload}${(10 - (sum % 10)) % 10}`;
}
