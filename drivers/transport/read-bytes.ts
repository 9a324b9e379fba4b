import { createReadStream } from 'node:fs';
import { isRigError, RigError } from '../../rig/model/errors.ts';
import { whyNot } from '../../rig/model/read-whole.ts';

/** What the `decode` verbs take at most, bytes. */
const MAX_INPUT = 16 * 1024 * 1024;

/**
 * The bytes to decode: a hex argument, a file, or standard input. Files and standard input may be the bytes themselves or
 * hex text (`hexBytes`). Errors: USAGE, FILE_UNREADABLE; more than 16 MiB are refused.
 */
export async function readBytes(hex: string | undefined, file: string | undefined): Promise<Uint8Array> {
  if (hex !== undefined) {
    const bytes = hexBytes(hex);
    if (!bytes) throw usage('the argument is not hex text with two digits a byte');
    return bytes;
  }
  const content = await readContent(file);
  return hexBytes(content.toString('latin1')) ?? Uint8Array.from(content);
}

/**
 * Bytes of hex text in any of the usual spellings (`1b 40`, `0x1b, 0x40`, `\x1b\x40`, `1B:40`, `1B-40`); undefined for what is
 * none, or has no digits.
 */
export function hexBytes(text: string): Uint8Array | undefined {
  const digits = text.replace(/0x|\\x|[\s,:-]/gi, '');
  return /^(?:[0-9a-f]{2})+$/i.test(digits) ? Uint8Array.from(Buffer.from(digits, 'hex')) : undefined;
}

/**
 * All of a file (which may be a pipe: `<(…)`), or of standard input. Errors: FILE_UNREADABLE, USAGE for more than 16 MiB,
 * which are never read: a device has no end.
 */
export async function readContent(file: string | undefined): Promise<Buffer> {
  if (file === undefined) return upToMost(process.stdin, 'standard input');
  try {
    return await upToMost(createReadStream(file), file);
  } catch (cause) {
    if (isRigError(cause)) throw cause;
    throw new RigError('FILE_UNREADABLE', 'file', `${file} cannot be read: ${whyNot(cause)}`, {
      cause,
      at: file,
    });
  }
}

async function upToMost(stream: AsyncIterable<Buffer>, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_INPUT) throw usage(`${name} has more than ${MAX_INPUT} bytes`);
  }
  return Buffer.concat(chunks);
}

const usage = (message: string): RigError =>
  new RigError('USAGE', 'file', message, {
    hint: 'Give the bytes as hex, with --file, or on standard input.',
  });
