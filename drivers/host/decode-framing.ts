import { z } from 'zod';
import type { Dialect } from '../codec/iso8583/index.ts';

/** A way to read bytes, in words; empty words for the dialect's own. */
export interface Reading {
  readonly what: string;
  readonly dialect: Dialect;
}

type Frame = Dialect['frame'];
type LengthHeader = NonNullable<Frame['length']>;

/** What a command line says of how frames travel; what it leaves away is as the dialect says, or otherwise if need be. */
export interface Travel {
  /** `none` for no length header. */
  readonly length?: LengthHeader | 'none';
  readonly tpdu?: boolean;
  readonly header?: false;
  /** Bytes in front of each frame that are not read. */
  readonly skip?: number;
}

/** A length header as it is named on a command line: `binary2`, `bcd2`, `ascii4`, `binary2-inclusive`, `none`. */
export const LengthForm = z
  .string()
  .regex(/^(none|(binary|bcd|ascii|ebcdic)[1-6](-inclusive)?)$/)
  .transform((form): LengthHeader | 'none' => {
    const [, encoding, bytes, inclusive] = /^([a-z]+)([1-6])(-inclusive)?$/.exec(form) ?? [];
    if (encoding === undefined) return 'none';
    return {
      encoding: encoding as LengthHeader['encoding'],
      bytes: Number(bytes),
      'counts-itself': inclusive !== undefined,
    };
  });

const exclusive = (encoding: LengthHeader['encoding'], bytes: number): LengthHeader => ({
  encoding,
  bytes,
  'counts-itself': false,
});

const LENGTHS: readonly { readonly what: string; readonly length: LengthHeader | undefined }[] = [
  { what: 'without length header', length: undefined },
  { what: 'with a length header of 2 bytes', length: exclusive('binary', 2) },
  {
    what: 'with a length header of 2 bytes that counts itself',
    length: { ...exclusive('binary', 2), 'counts-itself': true },
  },
  { what: 'with a length header of 4 BCD digits', length: exclusive('bcd', 2) },
  { what: 'with a length header of 4 ASCII digits', length: exclusive('ascii', 4) },
  { what: 'with a length header of 4 bytes', length: exclusive('binary', 4) },
];

/** Bytes of a TPDU: `60`, destination, origin. */
const TPDU_BYTES = 5;

/** The dialect as the command line says that its frames travel. */
export function travelling(dialect: Dialect, { length, tpdu, header }: Travel): Dialect {
  const { frame } = dialect;
  return withFrame(dialect, {
    length: length === undefined ? frame.length : length === 'none' ? undefined : length,
    tpdu: tpdu === undefined ? frame.tpdu : tpdu ? frame.tpdu || TPDU_BYTES : 0,
    header: header === false ? undefined : frame.header,
  });
}

/**
 * The ways in which frames of a dialect travel elsewhere, those left out that the command line rules out: captures lose
 * their length header, and the same messages go with another header, with a TPDU or without it. For tools that explain
 * bytes, not for hosts: those have one framing.
 */
export function otherReadings(dialect: Dialect, travel: Travel = {}): Reading[] {
  const { tpdu, header } = dialect.frame;
  const transports = [
    { what: '', tpdu, header },
    tpdu === 0
      ? { what: ' and a TPDU', tpdu: TPDU_BYTES, header }
      : { what: ', without TPDU and header', tpdu: 0, header: undefined },
    ...(tpdu > 0 && header ? [{ what: ', without header', tpdu, header: undefined }] : []),
  ].filter(
    (way) =>
      (travel.tpdu === undefined || way.tpdu > 0 === travel.tpdu) && (travel.header !== false || !way.header),
  );
  const lengths =
    travel.length === undefined
      ? LENGTHS
      : travel.length === 'none'
        ? LENGTHS.slice(0, 1)
        : [{ what: 'with that length header', length: travel.length }];
  return transports.flatMap((way) =>
    lengths.map((form) => ({
      what: form.what + way.what,
      dialect: withFrame(dialect, { length: form.length, tpdu: way.tpdu, header: way.header }),
    })),
  );
}

function withFrame(
  dialect: Dialect,
  parts: {
    readonly length: LengthHeader | undefined;
    readonly tpdu: number;
    readonly header: Frame['header'];
  },
): Dialect {
  const { length, tpdu, header } = parts;
  const { max } = dialect.frame;
  return { ...dialect, frame: { max, tpdu, ...(length && { length }), ...(header && { header }) } };
}
