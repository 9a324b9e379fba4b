import { crc32 } from 'node:zlib';
import type { DriverContext } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import type { Picture } from '../../codec/qr/picture.ts';
import { openLineDevice } from '../../transport/line-device.ts';
import type { CodesOn } from './options.ts';
import type { Shower } from './shower.ts';

const ANSWER_MS = 5000;
const STATE = /^state (?:dark|shown [0-9a-f]{8})$/;
const DARK = 'state dark';

/** The rows of a picture as the display takes them: a bit a pixel, 1 is dark, filled up to whole bytes. */
export function rowsOf({ width, height, luma }: Picture): readonly string[] {
  return Array.from({ length: height }, (_, y) => {
    const bytes = Buffer.alloc(Math.ceil(width / 8));
    for (let x = 0; x < width; x++)
      if ((luma[y * width + x] ?? 255) < 128) bytes[x >> 3] = (bytes[x >> 3] ?? 0) | (0x80 >> (x & 7));
    return bytes.toString('hex');
  });
}

/** CRC-32 (that of PNG and Ethernet) of all rows, one after the other, as eight hex digits. */
export const checksumOf = (rows: readonly string[]): string =>
  crc32(Buffer.from(rows.join(''), 'hex'))
    .toString(16)
    .padStart(8, '0');

/**
 * A small display before the terminal's scanner, on the line protocol `posrig-code 1`. What counts is the checksum that the
 * display forms of its own picture memory. The picture of a code is in no record. Errors: CARD_ACTUATOR, and those of the line.
 */
export async function openLineDisplay(options: CodesOn<'display'>, context: DriverContext): Promise<Shower> {
  const device = await openLineDevice(
    {
      port: options.port,
      baud: options.baud,
      what: 'code display',
      stream: 'codes',
      plane: 'card',
      identity: 'posrig-code',
      code: 'CARD_ACTUATOR',
      onLost: context.lost,
    },
    context.clock,
    context.recorder,
  );
  const { facts } = device.identity;
  const most = { width: Number(facts['width'] ?? 0), height: Number(facts['height'] ?? 0) };

  const demand = async (wanted: string) => {
    const found = await device.ask('state?', STATE, ANSWER_MS);
    if (found === wanted) return;
    throw new RigError('CARD_ACTUATOR', 'bench', `the code display reads "${found}"; expected "${wanted}"`, {
      hint: 'Its picture memory is not what was sent: check its cable and its supply.',
    });
  };
  const put = async (picture: Picture) => {
    const { width, height } = picture;
    if (width > most.width || height > most.height) {
      throw new RigError(
        'CARD_ACTUATOR',
        'bench',
        `a picture of ${width} × ${height} does not fit on the code display of ${most.width} × ${most.height}`,
        { hint: 'Use a smaller picture, or one with one pixel a module.' },
      );
    }
    const rows = rowsOf(picture);
    const release = device.withhold('the picture of a payment code');
    try {
      await device.ask(`begin ${width} ${height}`, `begun ${width} ${height}`, ANSWER_MS);
      for (const [n, row] of rows.entries()) await device.ask(`row ${n} ${row}`, `row ${n}`, ANSWER_MS);
      const shown = `shown ${checksumOf(rows)}`;
      await device.ask('show', shown, ANSWER_MS);
      await demand(`state ${shown}`);
    } finally {
      release();
    }
  };
  const clear = async () => {
    await device.ask('clear', 'cleared', ANSWER_MS);
    await demand(DARK);
  };
  try {
    await clear();
  } catch (error) {
    await device.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    facts: { ...facts, codes: 'display' },
    show: ({ picture }) => put(picture),
    clear,
    test: async () => {
      // A plain grey bar is no code: a terminal makes nothing of it.
      await put({ width: 16, height: 4, luma: new Uint8Array(64).map((_, i) => (i % 2 ? 255 : 0)) });
      await clear();
      return `code display ${most.width} × ${most.height}, memory read back`;
    },
    close: () => {
      closing ??= clear().finally(device.close);
      return closing;
    },
  };
}
