import { inflateSync } from 'node:zlib';

/** What a page of a PDF that Chromium printed shows. */
export interface PdfPage {
  /** Glyphs of text. */
  readonly glyphs: number;
}

/**
 * Reads the pages of a PDF in order, as far as tests need it: Chromium writes plain objects, page contents as Flate
 * streams, and text as hex strings of two bytes a glyph.
 */
export function pdfPages(pdf: Buffer): readonly PdfPage[] {
  const text = pdf.toString('latin1');
  const objects = new Map<string, { readonly head: string; readonly at: number }>();
  for (const match of text.matchAll(/(?:^|\n)(\d+) 0 obj\s*(<<[\s\S]*?>>)\s*(?=stream|endobj)/g))
    objects.set(match[1] ?? '', { head: match[2] ?? '', at: match.index + match[0].length });
  const content = (number: string): string => {
    const object = objects.get(number);
    const length = Number(/\/Length (\d+)/.exec(object?.head ?? '')?.[1] ?? 0);
    if (!object) throw new Error(`the PDF has no object ${number}`);
    const start = object.at + (/^stream\r?\n/.exec(text.slice(object.at, object.at + 10))?.[0].length ?? 0);
    return inflateSync(pdf.subarray(start, start + length)).toString('latin1');
  };
  return [...objects.values()]
    .filter(({ head }) => /\/Type\s*\/Page\b(?!s)/.test(head))
    .map(({ head }) => ({ glyphs: glyphsIn(content(/\/Contents (\d+) 0 R/.exec(head)?.[1] ?? '')) }));
}

const glyphsIn = (content: string): number =>
  [...content.matchAll(/<([0-9A-Fa-f]+)>(?=[^<>]*T[jJ])/g)].reduce(
    (sum, [, hex = '']) => sum + hex.length / 4,
    0,
  );
