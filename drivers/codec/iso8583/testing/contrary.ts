import { Dialect } from '../index.ts';

const named = (field: object) => ({ name: { en: 'a field', zh: '域' }, ...field });
const base = {
  version: 1,
  title: { en: 't', zh: 't' },
  dialogue: {
    stan: '11',
    terminal: '41',
    merchant: '42',
    amount: '4',
    currency: '49',
    rrn: '37',
    'auth-code': '38',
    code: '39',
  },
  messages: [{ kind: 'echo', request: '0800', response: '0810' }],
};

/** Everything that the shipped dialects do otherwise: other headers, prefixes, justifications, paddings, counts. */
export const contrary = Dialect.parse({
  ...base,
  id: 'contrary',
  frame: { length: { encoding: 'ascii', bytes: 4, 'counts-itself': true }, max: 1500 },
  mti: 'ascii',
  bitmap: 'hex',
  'prefix-encoding': 'ascii',
  fields: {
    '2': named({ type: 'n', prefix: 'll', max: 19, pad: 'F' }),
    '3': named({ type: 'n', length: 6, encoding: 'ascii' }),
    '4': named({ type: 'n', length: 5, justify: 'left', pad: 'F' }),
    '5': named({ type: 'n', length: 5 }),
    '6': named({
      type: 'n',
      prefix: 'll',
      max: 21,
      justify: 'right',
      counts: 'digits',
      'prefix-encoding': 'bcd',
    }),
    '7': named({ type: 'n', prefix: 'll', max: 40, counts: 'bytes', 'prefix-encoding': 'binary' }),
    '8': named({ type: 'n', prefix: 'll', max: 19, counts: 'bytes', pad: 'F' }),
    '9': named({ type: 'n', prefix: 'll', max: 19, counts: 'bytes', pad: 'E', justify: 'right' }),
    '10': named({ type: 'n', length: 12, encoding: 'binary' }),
    '28': named({ type: 'x', length: 9 }),
    '35': named({ type: 'z', prefix: 'll', max: 37, 'prefix-encoding': 'binary' }),
    '36': named({ type: 'z', prefix: 'lll', max: 104, counts: 'bytes', pad: 'F' }),
    '45': named({ type: 'z', prefix: 'll', max: 76, encoding: 'ascii' }),
    '46': named({ type: 'a', prefix: 'llll', max: 500, charset: 'latin1', 'prefix-encoding': 'ebcdic' }),
    '52': named({ type: 'b', length: 8, encoding: 'ascii' }),
    '55': named({ type: 'b', prefix: 'lll', max: 255, tlv: true, encoding: 'ascii', counts: 'digits' }),
    '63': named({ type: 'a', prefix: 'lll', max: 300, charset: 'gb18030', 'prefix-encoding': 'binary' }),
    '64': named({ type: 'b', length: 8 }),
    '70': named({ type: 'n', length: 3, encoding: 'ascii' }),
    '127': named({ type: 'b', prefix: 'lll', max: 300 }),
    '128': named({ type: 'b', length: 8 }),
  },
});

/** A mainframe's: all of it in EBCDIC, three bitmaps, no length header. */
export const ebcdic = Dialect.parse({
  ...base,
  id: 'ebcdic',
  frame: { max: 2000 },
  mti: 'ebcdic',
  bitmap: 'ebcdic-hex',
  tertiary: true,
  'prefix-encoding': 'ebcdic',
  encoding: { n: 'ebcdic', z: 'ebcdic', x: 'ebcdic', a: 'ebcdic', b: 'ebcdic' },
  ebcdic: 'cp037',
  fields: {
    '2': named({ type: 'n', prefix: 'll', max: 19, sensitive: 'pan' }),
    '3': named({ type: 'n', length: 6 }),
    '4': named({ type: 'n', length: 12, encoding: 'bcd' }),
    '28': named({ type: 'x', length: 9 }),
    '35': named({ type: 'z', prefix: 'll', max: 37 }),
    '41': named({ type: 'a', length: 8 }),
    '48': named({ type: 'a', prefix: 'lll', max: 200, charset: 'latin1' }),
    '52': named({ type: 'b', length: 8 }),
    '64': named({ type: 'b', length: 8, encoding: 'binary' }),
    '100': named({ type: 'n', prefix: 'll', max: 11, 'prefix-encoding': 'binary' }),
    '130': named({ type: 'a', prefix: 'll', max: 40 }),
    '192': named({ type: 'b', length: 8, encoding: 'binary' }),
  },
});

/** Lengths and MTI as numbers, a length header of two BCD bytes that counts itself. */
export const numbers = Dialect.parse({
  ...base,
  id: 'numbers',
  frame: { length: { encoding: 'bcd', bytes: 2, 'counts-itself': true }, max: 900, tpdu: 5 },
  mti: 'binary',
  'prefix-encoding': 'binary',
  encoding: { n: 'binary' },
  fields: {
    '2': named({ type: 'n', prefix: 'll', max: 19, encoding: 'bcd' }),
    '3': named({ type: 'n', length: 6 }),
    '4': named({ type: 'n', length: 15 }),
    '11': named({ type: 'n', length: 1 }),
    '55': named({ type: 'b', prefix: 'lll', max: 400 }),
    '90': named({ type: 'a', prefix: 'l', max: 200 }),
  },
});
