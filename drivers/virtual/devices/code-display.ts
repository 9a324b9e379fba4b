import { crc32 } from 'node:zlib';
import { enlarged, type Picture } from '../../codec/qr/picture.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { type Port, Refusal, serveLines, unknownCommand } from './line-device.ts';

/** Dots of the display, each way. */
export const CODE_DISPLAY = 128;
/** Camera pixels a dot: the display lies close before the scanner. */
const SEEN = 4;

/** A picture being received: rows by number, as they came. */
interface Draft {
  readonly width: number;
  readonly height: number;
  readonly rows: (Buffer | undefined)[];
}

/** A small display before the terminal's scanner, on the line protocol of the virtual bench's README. It is dark at first. */
export function attachCodeDisplay(port: Port, terminal: Pick<TerminalBody, 'scannerSees'>): void {
  let draft: Draft | undefined;
  let shown: string | undefined;

  const sizeIn = (word: string | undefined) => {
    const size = /^\d{1,3}$/.test(word ?? '') ? Number(word) : 0;
    if (size < 1 || size > CODE_DISPLAY) throw new Refusal(`no size ${(word ?? '').slice(0, 12) || 'named'}`);
    return size;
  };
  const take = (number: string | undefined, hex: string | undefined) => {
    const row = /^\d{1,3}$/.test(number ?? '') ? Number(number) : -1;
    if (!draft || row < 0 || row >= draft.height) throw new Refusal('no such row');
    const bytes = Math.ceil(draft.width / 8);
    if (!new RegExp(`^[0-9a-f]{${bytes * 2}}$`).test(hex ?? ''))
      throw new Refusal(`a row has ${bytes} bytes`);
    draft.rows[row] = Buffer.from(hex ?? '', 'hex');
    return `row ${row}`;
  };
  const show = () => {
    if (!draft) throw new Refusal('nothing to show');
    const { width, height } = draft;
    const rows = draft.rows.filter((row) => row !== undefined);
    if (rows.length < height) throw new Refusal(`${height - rows.length} rows are missing`);
    const luma = Uint8Array.from({ length: width * height }, (_, i) => {
      const x = i % width;
      const byte = rows[Math.floor(i / width)]?.[x >> 3] ?? 0;
      return byte & (0x80 >> (x & 7)) ? 0 : 255;
    });
    shown = crc32(Buffer.concat(rows)).toString(16).padStart(8, '0');
    const picture: Picture = { width, height, luma };
    terminal.scannerSees(enlarged(picture, SEEN));
    return `shown ${shown}`;
  };

  serveLines(port, ([command, first, second, ...rest]) => {
    if (rest.length > 0) throw new Refusal('too many words');
    switch (command) {
      case 'id?':
        return `id posrig-code 1 width=${CODE_DISPLAY} height=${CODE_DISPLAY}`;
      case 'state?':
        return shown === undefined ? 'state dark' : `state shown ${shown}`;
      case 'begin':
        draft = { width: sizeIn(first), height: sizeIn(second), rows: [] };
        return `begun ${draft.width} ${draft.height}`;
      case 'row':
        return take(first, second);
      case 'show':
        return show();
      case 'clear':
        draft = undefined;
        shown = undefined;
        terminal.scannerSees(undefined);
        return 'cleared';
      default:
        throw unknownCommand(command);
    }
  });
}
