import { makeTokenizer } from './tokenizer.ts';

/**
 * Guesses the charset of a capture whose printer is unknown. A stream that says itself what it prints (`FS &`, `ESC t`)
 * needs no guess and gets `cp437`, the printers' default. Otherwise, if the bytes from 0x80 pair up as GB 2312
 * characters (but for a broken one here and there), and not as the frames and accents of a code page would, it is `gb18030`.
 */
export function guessCharset(bytes: Uint8Array): 'gb18030' | 'cp437' {
  const tokenizer = makeTokenizer();
  const pairs = new Set<number>();
  let stretched = 0;
  let count = 0;
  let bad = 0;
  for (const token of [...tokenizer.write(bytes), ...tokenizer.end()]) {
    if (token.kind === 'command') {
      const { id } = token.command;
      if (id === 'FS &' || (id === 'ESC t' && token.bytes[2] !== 0)) return 'cp437';
    }
    if (token.kind !== 'text') continue;
    for (let i = 0; i < token.bytes.length; i++) {
      const lead = token.bytes[i] ?? 0;
      if (lead < 0x80) continue;
      const trail = token.bytes[++i] ?? 0;
      if (!isGb2312(lead, trail)) {
        // Half a character, or one that GB 2312 lacks: the next byte may begin another.
        bad++;
        i--;
        continue;
      }
      pairs.add(lead * 256 + trail);
      count++;
      if (lead === trail) stretched++;
    }
  }
  // A row of one byte is a rule drawn with a frame character.
  return pairs.size >= 2 && stretched * 2 < count && bad * BAD_SHARE <= count ? 'gb18030' : 'cp437';
}

/** One byte that does not pair up is forgiven for so many that do. */
const BAD_SHARE = 8;

/** Rows 1 to 9 (signs) and 16 to 87 (characters). */
const isGb2312 = (lead: number, trail: number) =>
  ((lead >= 0xa1 && lead <= 0xa9) || (lead >= 0xb0 && lead <= 0xf7)) && trail >= 0xa1 && trail <= 0xfe;
