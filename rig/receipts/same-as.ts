import type { CapturedSlip } from '../bench/planes.ts';

/** Something that a reprint says otherwise than the original did. */
export interface Difference {
  readonly text: string;
  /** Lines of the reprint. */
  readonly lines: readonly number[];
}

/** What a reprint may have more: marks, and blank lines around them. */
const plain = (line: string) => line.normalize('NFKC').replace(/\s+/g, ' ').trim();

/**
 * Lines that differ between an original and its reprint, fields in `except` and the marks of a duplicate left out; at
 * most five are told.
 */
export function differences(
  first: CapturedSlip,
  again: CapturedSlip,
  except: readonly string[],
): readonly Difference[] {
  const skippedOf = (slip: CapturedSlip) =>
    new Set([...(slip.markLines ?? []), ...except.flatMap((field) => slip.fieldLines?.[field] ?? [])]);
  const linesOf = (slip: CapturedSlip) => {
    const skipped = skippedOf(slip);
    return slip.lines.flatMap((line, at) =>
      skipped.has(at) || plain(line) === '' ? [] : [{ text: plain(line), at }],
    );
  };
  const [before, after] = [linesOf(first), linesOf(again)];
  const found: Difference[] = [];
  const missing = without(before, after);
  const more = without(after, before);
  for (let i = 0; i < Math.max(missing.length, more.length) && found.length < 5; i++) {
    const [old, now] = [missing[i], more[i]];
    found.push({
      text: `${now ? `"${clip(now.text)}"` : 'nothing'} instead of ${old ? `"${clip(old.text)}"` : 'nothing'}`,
      lines: now ? [now.at] : [],
    });
  }
  const codes = (slip: CapturedSlip) =>
    slip.receipt.barcodes.map(({ symbology, payload }) => `${symbology} ${payload}`).join();
  if (codes(first) !== codes(again)) found.push({ text: 'another bar or QR code', lines: [] });
  return found;
}

const clip = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

interface Line {
  readonly text: string;
  readonly at: number;
}

/** Lines of `of` that `other` has not, counting repetitions. */
function without(of: readonly Line[], other: readonly Line[]): readonly Line[] {
  const counts = new Map<string, number>();
  for (const { text } of other) counts.set(text, (counts.get(text) ?? 0) + 1);
  return of.filter(({ text }) => {
    const left = counts.get(text) ?? 0;
    if (left > 0) counts.set(text, left - 1);
    return left === 0;
  });
}
