import type { Dialect } from '../codec/iso8583/index.ts';

/** Another way to read bytes than the dialect says, in words. */
export interface Reading {
  readonly what: string;
  readonly dialect: Dialect;
}

type LengthHeader = Dialect['frame']['length'];

const LENGTHS: readonly { readonly what: string; readonly length: LengthHeader }[] = [
  { what: 'without length header', length: undefined },
  {
    what: 'with a length header of 2 bytes',
    length: { encoding: 'binary', bytes: 2, 'counts-itself': false },
  },
  {
    what: 'with a length header of 2 bytes that counts itself',
    length: { encoding: 'binary', bytes: 2, 'counts-itself': true },
  },
  {
    what: 'with a length header of 4 BCD digits',
    length: { encoding: 'bcd', bytes: 2, 'counts-itself': false },
  },
  {
    what: 'with a length header of 4 ASCII digits',
    length: { encoding: 'ascii', bytes: 4, 'counts-itself': false },
  },
];

/** Bytes of a TPDU: `60`, destination, origin. */
const TPDU_BYTES = 5;

/**
 * The ways in which frames of a dialect travel elsewhere: captures lose their length header, and the same messages go with
 * another header, with a TPDU or without it. For tools that explain bytes, not for hosts: those have one framing.
 */
export function otherReadings(dialect: Dialect): Reading[] {
  const { frame } = dialect;
  const transports = [
    { what: '', tpdu: frame.tpdu, header: frame.header },
    frame.tpdu === 0
      ? { what: ' and a TPDU', tpdu: TPDU_BYTES, header: frame.header }
      : { what: ', without TPDU and header', tpdu: 0, header: undefined },
    ...(frame.tpdu > 0 && frame.header
      ? [{ what: ', without header', tpdu: frame.tpdu, header: undefined }]
      : []),
  ];
  return transports.flatMap(({ what, tpdu, header }) =>
    LENGTHS.map((form) => ({
      what: form.what + what,
      dialect: {
        ...dialect,
        frame: {
          max: frame.max,
          tpdu,
          ...(form.length && { length: form.length }),
          ...(header && { header }),
        },
      },
    })),
  );
}
