/** What is wrong with a file before anything parses it. */
export interface TextTrouble {
  /** The text that stands before the place: gives its line and column. */
  readonly before: string;
  readonly message: string;
  readonly expected: string;
}

/**
 * Bytes as text: UTF-8, or UTF-16 with a byte order mark (YAML 1.2.2, 5.2), with a lone carriage return as the end of a
 * line that it is (5.4). Control characters that no YAML text may have (5.1) are told where they stand: they are invisible
 * in an editor, and some steer a console.
 */
export function asText(bytes: Buffer): { readonly text: string } | { readonly trouble: TextTrouble } {
  const [first, second] = bytes;
  const wide =
    first === 0xff && second === 0xfe
      ? 'utf-16le'
      : first === 0xfe && second === 0xff
        ? 'utf-16be'
        : undefined;
  let text: string;
  try {
    text = new TextDecoder(wide ?? 'utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    const [message, expected] = wide
      ? ['the file is not UTF-16 text', 'whole characters behind its byte order mark']
      : ['the file is not UTF-8 text', 'UTF-8 (iconv -f GB18030 -t UTF-8 turns older Chinese text into it)'];
    return { trouble: { before: wide ? '' : decodable(bytes), message, expected } };
  }
  const control = CONTROL.exec(text);
  if (control)
    return {
      trouble: {
        before: text.slice(0, control.index),
        message: `a control character (U+${control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')})`,
        expected: 'text; between double quotes \\x1b stands for such a character',
      },
    };
  return { text: text.replace(/\r(?!\n)/g, '\n') };
}

/** What YAML 1.2.2, 5.1 calls not printable, and a text can hold. */
const CONTROL = /(?![\t\n\r\u0085])\p{Cc}|[\ufffe\uffff]/u;

/** As much of the beginning as is UTF-8. */
function decodable(bytes: Buffer): string {
  const decode = (end: number): string | undefined => {
    try {
      // Streaming: a character that is only cut off at the end is no mistake yet.
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
    } catch {
      return undefined;
    }
  };
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decode(middle) === undefined) bad = middle;
    else good = middle;
  }
  return decode(good) ?? '';
}
