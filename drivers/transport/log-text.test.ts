import assert from 'node:assert/strict';
import fc from 'fast-check';
import { saidIn } from './log-text.ts';

/** What each speaker said, as hex, with the line where it begins. */
const said = (...lines: string[]): [number | undefined, string][] =>
  saidIn(lines.join('\n')).map(({ bytes, lines: from }) => [
    from[0]?.line,
    Buffer.from(bytes).toString('hex'),
  ]);

describe('a conversation out of a log', () => {
  it('tells bytes from times, words and numbers, in whatever form they are written', () => {
    const sale = '06010704000000000314';
    const forms = [
      '12:08:05.779 DBG Shop.Till Send - 06-01-07-04-00-00-00-00-03-14',
      '[2023-05-22 12:07:59.264] ECR -> PT  06 01 07 04 00 00 00 00 03 14',
      'Jan 12 08:01:02 kasse01 zvtd[8120]: TX[10]: 06010704000000000314',
      '{"at":"2023-01-13T13:14:20.955+01:00","to":"PT","data":"06-01-07-04-00-00-00-00-03-14"}',
      '2021.03.31 09:06:32 ECR=>|06|01|07|04|00|00|00|00|03|14|',
      String.raw`send b'\x06\x01\x07\x04\x00\x00\x00\x00\x03\x14'`,
      'out {0x06, 0x01, 0x07, 0x04, 0x00, 0x00, 0x00, 0x00, 0x03, 0x14}',
      '00000000  06 01 07 04 00 00 00 00  03 14                    ........ ..',
      '>> 0601 07 04 000000000314',
      'to terminal 06:01:07:04:00:00:00:00:03:14  ..........',
    ];
    for (const form of forms) assert.deepEqual(said(form), [[1, sale]], form);
    assert.deepEqual(said('12:08:05.777 INF Pay 3,14 at port 5001, order 4711', 'nothing said'), []);
    assert.deepEqual(said(String.raw`recv b'\x06\x1e\x01l\n'`), [[1, '061e016c0a']]);
  });

  it('joins what one side said in pieces, also under a heading, and parts it from what the other said', () => {
    assert.deepEqual(
      said(
        '1 K->T: 10 02 06',
        '2 K->T: 01 07 04',
        '3 T->K: 06',
        '4 T->K: 10 02 80 00',
        'T->K: 00 10',
        'K->T: 06',
      ),
      [
        [1, '1002060107 04'.replace(' ', '')],
        [3, '0610028000' + '0010'],
        [6, '06'],
      ],
    );
    assert.deepEqual(said('RX (5 bytes):', '  80 00', '  00 06', '  0F', 'TX (3 bytes):', '  80 00 00'), [
      [2, '800000060f'],
      [6, '800000'],
    ]);
    const [first] = saidIn('a: 80 00 00\na: 06 0F 00');
    assert.deepEqual(first?.lines, [
      { line: 1, at: 0 },
      { line: 2, at: 3 },
    ]);
  });

  it('survives every text', () => {
    const piece = fc.constantFrom(
      '06 0F 00',
      '->',
      "b'",
      '\\x06',
      '"',
      '\n',
      '12:00:00',
      ' ',
      '0x',
      ':',
      '00000000  ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 8 })), { maxLength: 40 }), (parts) => {
        for (const { bytes, lines } of saidIn(parts.join('')))
          assert.ok(bytes.length > 0 && lines.every(({ at }) => at < bytes.length));
      }),
      { numRuns: 300 },
    );
  });
});
