import { maskPan } from '../../../rig/model/card.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { EXIT } from '../../../rig/model/verdict.ts';
import { readPaymentCode } from '../../codec/qr/payment-code.ts';
import { readQr } from '../../codec/qr/picture.ts';
import { pictureIn } from '../../codec/qr/png.ts';
import { readContent } from '../../transport/read-bytes.ts';

/** What stands in a picture. */
export interface CodeSeen {
  readonly kind: 'payment' | 'text' | 'none';
  /** Absent for payment codes: they hold a card number. */
  readonly text?: string;
  /** First six and last four digits. */
  readonly pan?: string;
  readonly expiry?: string;
}

/** Reads the code in a PNG file. Errors: FILE_INVALID when it is no picture. */
export function codeIn(file: Uint8Array, name: string): CodeSeen {
  const picture = pictureIn(file);
  if (!picture)
    throw new RigError('FILE_INVALID', 'file', `${name} is no PNG picture that can be read`, {
      hint: 'Save the screenshot as PNG.',
    });
  const text = readQr(picture);
  if (text === undefined) return { kind: 'none' };
  const payment = readPaymentCode(text);
  return payment
    ? { kind: 'payment', pan: maskPan(payment.pan), expiry: payment.expiry }
    : { kind: 'text', text };
}

/** `posrig decode qr`. Returns the exit code: 0 with a code, 1 without. Errors: FILE_UNREADABLE, FILE_INVALID. */
export async function decodeQr(
  file: string | undefined,
  { json }: { readonly json?: boolean },
): Promise<number> {
  const name = file ?? 'standard input';
  const bytes = await readContent(file);
  const seen = codeIn(bytes, name);
  process.stdout.write(json ? `${JSON.stringify(seen)}\n` : `${wordsFor(seen)}\n`);
  return seen.kind === 'none' ? EXIT.failed : EXIT.ok;
}

function wordsFor({ kind, text = '', pan, expiry }: CodeSeen): string {
  if (kind === 'none') return 'no code that can be read';
  // What stands in a code is hostile text: nothing in it may reach the terminal as a command.
  if (kind === 'text') return text.replace(/[\p{Cc}\p{Cf}]/gu, '.');
  return `payment code of card ${pan}, expires ${expiry}`;
}
