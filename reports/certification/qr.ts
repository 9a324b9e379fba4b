import { encode } from 'uqr';

/** Quiet zone around the symbol, modules (ISO/IEC 18004 asks for four). */
const QUIET = 4;

/**
 * A QR code as SVG in one path, so that it prints sharp and stays small. Level M. The text must be short (at most 2,331
 * bytes fit); what it says is ASCII here.
 */
export function qrSvg(text: string, title: string): string {
  const { data, size } = encode(text, { ecc: 'M', border: 0 });
  const path = data
    .flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])))
    .join('');
  const side = size + 2 * QUIET;
  return `<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges" role="img" aria-label="${title.replace(/[&<>"]/g, '')}"><rect width="${side}" height="${side}" fill="#fff"/><path fill="#000" d="${path}"/></svg>`;
}
