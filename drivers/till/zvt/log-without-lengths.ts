/** A logged APDU: `PT => ECR [04 FF] (  1) APDU: 0E`; what stands in the brackets beyond the control field is all of it. */
const SHOWN =
  /\[\s*([0-9a-f]{2})[ -]?([0-9a-f]{2})((?:[ -]?[0-9a-f]{2})*)\s*\](?:\s*\(\s*\d+\s*\))?(?:\s*(?:APDU|data|len\w*)?\s*[:=]?\s*((?:[0-9a-f]{2}[ -]?)+))?\s*$/i;

/**
 * APDUs of a log that writes the control field in brackets and the data behind it, without the length between them, as several
 * tills do. Empty when the text has none.
 */
export function apdusWithoutLengths(text: string): { readonly line: number; readonly bytes: Uint8Array }[] {
  return text.split(/\r?\n/).flatMap((shown, i) => {
    const [whole, cla = '', ins = '', inside = '', behind = ''] = SHOWN.exec(shown) ?? [];
    if (whole === undefined) return [];
    const bytes = (digits: string) => Buffer.from(digits.replaceAll(/[^0-9a-f]/gi, ''), 'hex');
    const control = bytes(cla + ins);
    const data = bytes(behind);
    if (inside !== '') return [{ line: i + 1, bytes: Buffer.concat([control, bytes(inside), data]) }];
    // An answer that was logged with its length: there is nothing behind it.
    const empty = data.length === 1 && data[0] === 0 && (control[0] === 0x80 || control[0] === 0x84);
    return [
      {
        line: i + 1,
        bytes: Buffer.concat([control, lengthOf(empty ? 0 : data.length), empty ? bytes('') : data]),
      },
    ];
  });
}

const lengthOf = (length: number): Uint8Array =>
  length < 0xff ? Uint8Array.of(length) : Uint8Array.of(0xff, length & 0xff, length >>> 8);
