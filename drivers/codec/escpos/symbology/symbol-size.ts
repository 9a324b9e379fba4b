import { figuresOf, type SymbolContent } from './figure.ts';
import { MAXICODE } from './maxicode.ts';

/** Rows of PDF417 and of stacked symbols, in modules. */
const ROW_HEIGHT = 3;

/**
 * Dots that a two-dimensional symbol takes.
 * @param measured true: exactly, which means encoding it; false, or data that cannot be encoded: about
 */
export function symbolSize(content: SymbolContent, measured: boolean): { width: number; height: number } {
  const { symbology, payload, choices, module = 3 } = content;
  if (symbology === 'maxicode') return MAXICODE;
  const [figure] = measured ? figuresOf(content) : [];
  if (figure?.kind === 'modules') {
    const rows = symbology === 'pdf417' ? Number(choices?.['row-height'] ?? ROW_HEIGHT) : 1;
    return { width: figure.modules.width * module, height: figure.modules.height * module * rows };
  }
  const wide = symbology === 'pdf417' ? 3 : 1;
  const side = Math.ceil(Math.sqrt(payload.length * 9)) * module + 20;
  return { width: side * wide, height: side };
}
