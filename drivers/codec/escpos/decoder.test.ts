import assert from 'node:assert/strict';
import iconv from 'iconv-lite';
import { columnsOfText } from './columns.ts';
import { guessCharset } from './detect.ts';
import { bytes, CHINESE, DLE, decode, ESC, FS, GS, LATIN, LF, receiptOf } from './testing/bytes.ts';
import { readableLines, textLines } from './text-lines.ts';

const runsOf = (content: Uint8Array, options = CHINESE) => receiptOf(content, options).runs;
const linesOf = (content: Uint8Array, options = CHINESE) => textLines(receiptOf(content, options));
const texts = (content: Uint8Array, options = CHINESE) => runsOf(content, options).map(({ text }) => text);

describe('codec: escpos text', () => {
  it('reads Chinese and Latin text of a Chinese printer without any switch', () => {
    assert.deepEqual(linesOf(bytes('金额 AMOUNT: RMB 128.50', LF)), ['金额 AMOUNT: RMB 128.50']);
  });

  it('places runs in dots: Chinese characters are two cells wide', () => {
    const [run] = runsOf(bytes('卡号A', LF));
    assert.deepEqual([run?.x, run?.y, run?.width, run?.height, run?.cells], [0, 0, 60, 24, 5]);
  });

  it('switches double bytes by FS & and FS .', () => {
    const content = bytes(FS, 0x2e, ESC, 0x74, 16, 0xe9, FS, 0x26, '额', FS, 0x2e, 0xe9, LF);
    assert.equal(texts(content).join(''), 'é额é');
    assert.equal(texts(content, LATIN).join(''), 'é额é');
  });

  it('reads four-byte GB 18030 characters', () => {
    const rare = '\u{20bb7}野家';
    assert.deepEqual(linesOf(bytes(rare, LF)), [rare]);
  });

  it('lets a half character stay half, and what follows whole', () => {
    const { runs, unknown } = receiptOf(bytes('A', 0xc5, LF, 'B', 0xc5, 0x20, 'C', LF));
    assert.equal(runs.map(({ text }) => text).join('/'), 'A\ufffd/B\ufffd C');
    assert.deepEqual(unknown, [
      { offset: 1, hex: 'c5' },
      { offset: 4, hex: 'c5' },
    ]);
  });

  it('goes on with a character that a status request interrupts', () => {
    const [lead = 0, trail = 0] = bytes('额');
    assert.deepEqual(linesOf(bytes(lead, DLE, 4, 1, trail, LF)), ['额']);
  });

  for (const [number, page, text] of [
    [2, 'cp850', 'Ä×ß'],
    [16, 'windows1252', '€“é'],
    [17, 'cp866', 'Привет'],
    [18, 'cp852', 'žluť'],
    [19, 'cp858', '€'],
    [15, 'iso8859-7', 'Αθήνα'],
    [37, 'cp864', '°·'],
    [46, 'windows1251', 'Чек'],
    [53, 'rk1048', 'Қазақ'],
  ] as const) {
    it(`obeys ESC t ${number} (${page})`, () => {
      const content = bytes(ESC, 0x74, number, iconv.encode(text, page), LF);
      assert.equal(texts(content, LATIN).join(''), text);
    });
  }

  it('knows pages that no common library has', () => {
    assert.equal(texts(bytes(ESC, 0x74, 1, 0xb1, 0xb2, 0xb3, LF), LATIN).join(''), 'ｱｲｳ');
    assert.equal(texts(bytes(ESC, 0x74, 200, 0xb1, LF), LATIN).join(''), '\ufffd');
  });

  it('obeys ESC R', () => {
    assert.equal(
      texts(bytes(ESC, 0x52, 2, '[\\]~', ESC, 0x52, 15, '$', ESC, 0x52, 3, '#', LF), LATIN).join(''),
      'ÄÖÜß¥£',
    );
  });

  it('reads Shift_JIS, Big5, EUC-KR, JIS and UTF-8', () => {
    const say = (charset: string, encoding: string, text: string, ...before: number[]) =>
      texts(bytes(Uint8Array.from(before), iconv.encode(text, encoding), LF), { charset, width: 576 }).join(
        '',
      );
    assert.equal(say('shift_jis', 'shift_jis', '領収書 ｱ'), '領収書 ｱ');
    assert.equal(say('big5', 'big5', '收據'), '收據');
    assert.equal(say('euc-kr', 'cp949', '영수증'), '영수증');
    assert.equal(say('utf-8', 'utf8', '小票 é'), '小票 é');
    assert.equal(say('cp437', 'utf8', '小票 é', FS, 0x28, 0x43, 2, 0, 48, 2), '小票 é');
    const jis = iconv.encode('領収', 'eucjp').map((byte) => byte & 0x7f);
    assert.equal(
      texts(bytes(FS, 0x43, 0, FS, 0x26, jis, FS, 0x2e, 'A', LF), { charset: 'shift_jis', width: 576 }).join(
        '',
      ),
      '領収A',
    );
  });

  it('lets no control or invisible character through', () => {
    const content = bytes(Buffer.from('a\u009bb\u202ec\u200bd', 'utf8'), LF);
    assert.equal(texts(content, { charset: 'utf-8', width: 576 }).join(''), 'a\ufffdb\ufffdc\ufffdd');
  });

  it('prints nothing while ESC = has chosen the customer display', () => {
    assert.deepEqual(linesOf(bytes('A', LF, ESC, 0x3d, 2, ESC, 0x40, 'TOTAL', LF, ESC, 0x3d, 1, 'B', LF)), [
      'A',
      'B',
    ]);
  });
});

describe('codec: escpos style', () => {
  const styled = (...parts: (number | string)[]) => {
    const [run] = runsOf(bytes(...parts, LF));
    assert.ok(run);
    return run;
  };

  it('obeys ESC ! for Latin and FS ! for Chinese characters', () => {
    const [latin, chinese] = runsOf(bytes(ESC, 0x21, 0xb8, FS, 0x21, 0x04, 'A额', LF));
    assert.deepEqual([latin?.scaleX, latin?.scaleY, latin?.bold, latin?.underline], [2, 2, true, true]);
    assert.deepEqual(
      [chinese?.scaleX, chinese?.scaleY, chinese?.underline, chinese?.width],
      [2, 1, false, 48],
    );
  });

  it('obeys GS ! for both, up to eightfold', () => {
    const run = styled(GS, 0x21, 0x70, 'A');
    assert.deepEqual([run.scaleX, run.scaleY, run.width, run.height], [8, 1, 96, 24]);
    assert.deepEqual([styled(GS, 0x21, 0x07, '额').height], [192]);
  });

  it('obeys bold, double strike, underline, inverse, fonts, FS W', () => {
    assert.equal(styled(ESC, 0x45, 1, 'A').bold, true);
    assert.equal(styled(ESC, 0x45, 0xfe, 'A').bold, false);
    assert.equal(styled(ESC, 0x47, 1, 'A').bold, true);
    assert.equal(styled(ESC, 0x2d, 0x32, 'A').underline, true);
    assert.equal(styled(FS, 0x2d, 1, '额').underline, true);
    assert.equal(styled(GS, 0x42, 1, 'A').inverse, true);
    assert.deepEqual([styled(ESC, 0x4d, 1, 'A').width, styled(ESC, 0x4d, 1, 'A').height], [9, 17]);
    assert.equal(styled(FS, 0x57, 1, '额').width, 48);
  });

  it('spaces characters by ESC SP and FS S', () => {
    assert.equal(styled(ESC, 0x20, 3, 'AB').width, 30);
    assert.equal(styled(FS, 0x53, 1, 2, '额度').width, 54);
  });

  it('turns characters by ESC V and lines by ESC {', () => {
    assert.equal(styled(ESC, 0x56, 1, 'A').sideways, true);
    const upside = styled(ESC, 0x7b, 1, 'AB');
    assert.deepEqual([upside.turn, upside.x], [180, 360]);
    assert.deepEqual(linesOf(bytes(ESC, 0x7b, 1, 'second', LF, 'first', LF)), ['first', 'second']);
  });

  it('forgets all of it at ESC @, and the line that was not printed', () => {
    const [run] = runsOf(bytes(ESC, 0x21, 0x38, ESC, 0x61, 2, 'gone', ESC, 0x40, 'A', LF));
    assert.deepEqual([run?.text, run?.x, run?.bold, run?.scaleX], ['A', 0, false, 1]);
  });
});

describe('codec: escpos layout', () => {
  it('aligns', () => {
    const xs = [0, 1, 2].map((align) => runsOf(bytes(ESC, 0x61, align, 'ABCD', LF))[0]?.x);
    assert.deepEqual(xs, [0, 168, 336]);
    assert.equal(runsOf(bytes(ESC, 0x61, 0x31, 'ABCD', LF))[0]?.x, 168);
  });

  it('places columns by absolute and relative position', () => {
    const line = bytes(
      '卡号',
      ESC,
      0x24,
      132,
      0,
      '6212',
      ESC,
      0x5c,
      12,
      0,
      '1234',
      ESC,
      0x5c,
      0xe8,
      0xff,
      'x',
      LF,
    );
    const xs = runsOf(line).map(({ text, x }) => [text, x]);
    assert.deepEqual(xs, [
      ['卡号', 0],
      ['6212', 132],
      ['1234', 192],
      ['x', 216],
    ]);
    assert.deepEqual(linesOf(bytes('卡号', ESC, 0x24, 132, 0, '6212', LF)), ['卡号       6212']);
  });

  it('ignores positions off the paper', () => {
    assert.equal(runsOf(bytes('A', ESC, 0x24, 0xff, 0xff, 'B', LF))[0]?.text, 'AB');
  });

  it('feeds by line spacing, lines and dots', () => {
    const ys = (...parts: (number | string)[]) => runsOf(bytes(...parts, LF)).map(({ y }) => y);
    assert.deepEqual(ys('A', LF, 'B'), [0, 30]);
    assert.deepEqual(ys(ESC, 0x33, 60, 'A', LF, ESC, 0x32, 'B', LF, 'C'), [0, 60, 90]);
    assert.deepEqual(ys('A', ESC, 0x64, 3, 'B'), [0, 90]);
    assert.deepEqual(ys('A', ESC, 0x4a, 100, 'B'), [0, 100]);
    assert.deepEqual(ys(ESC, 0x33, 0, 'A', LF, 'B'), [0, 24]);
    assert.deepEqual(ys(GS, 0x21, 0x03, 'A', LF, 'B'), [0, 96]);
    assert.deepEqual(ys('A', LF, ESC, 0x4b, 30, 'B'), [0, 0]);
  });

  it('sets small and large characters on one baseline', () => {
    const ys = runsOf(bytes('a', GS, 0x21, 0x11, 'B', LF)).map(({ y, height }) => y + height);
    assert.deepEqual(ys, [48, 48]);
    assert.deepEqual(linesOf(bytes('a', GS, 0x21, 0x11, 'B', LF)), ['aB']);
  });

  it('goes to tab stops, its own and the default ones', () => {
    assert.deepEqual(
      runsOf(bytes('A', 9, 'B', 9, 'C', LF)).map(({ x }) => x),
      [0, 96, 192],
    );
    assert.deepEqual(
      runsOf(bytes(ESC, 0x44, 5, 20, 0, 'A', 9, 'B', 9, 'C', 9, 'D', LF)).map(({ x }) => x),
      [0, 60, 240],
    );
  });

  it('keeps to margins and area, and wraps', () => {
    const content = bytes(GS, 0x4c, 24, 0, GS, 0x57, 48, 0, 'ABCDEF', LF);
    assert.deepEqual(
      runsOf(content).map(({ text, x }) => [text, x]),
      [
        ['ABCD', 24],
        ['EF', 24],
      ],
    );
    assert.equal(linesOf(bytes('金'.repeat(20), LF)).length, 2);
    assert.ok(linesOf(bytes('金'.repeat(99), LF)).every((line) => columnsOfText(line) <= 32));
  });

  it('scales positions by GS P', () => {
    assert.equal(runsOf(bytes(GS, 0x50, 203 / 7, 0, 'A', ESC, 0x24, 10, 0, 'B', LF))[1]?.x, 70);
  });

  it('ignores CR, unless the printer is switched to feed at it', () => {
    assert.deepEqual(linesOf(bytes('A\r\nB\r\n')), ['A', 'B']);
    assert.deepEqual(linesOf(bytes('A\rB\r'), { ...CHINESE, autoLineFeed: true }), ['A', 'B']);
  });

  it('shows blank lines, but not hundreds of them', () => {
    assert.deepEqual(linesOf(bytes('A', LF, LF, 'B', LF)), ['A', '', 'B']);
    assert.deepEqual(linesOf(bytes('A', LF, ESC, 0x64, 255, 'B', LF)).length, 5);
  });

  it('composes pages: areas, directions, positions', () => {
    const page = bytes(
      ESC, 0x4c, ESC, 0x57, 0, 0, 0, 0, 0x80, 1, 100, 0, 'top', LF,
      ESC, 0x57, 0, 0, 100, 0, 0x80, 1, 200, 0, ESC, 0x54, 3, 'down', LF, ESC, 0x54, 0, GS, 0x24, 54, 0, 'at 30', LF, 0x0c, 'after', LF,
    ); // biome-ignore format: bytes
    const receipt = receiptOf(page);
    assert.deepEqual(
      receipt.runs.map(({ text, x, y, turn }) => [text, x, y, turn]),
      [
        ['top', 0, 0, undefined],
        ['down', 360, 100, 90],
        ['at 30', 0, 130, undefined],
        ['after', 0, 300, undefined],
      ],
    );
    assert.deepEqual(decode(bytes(ESC, 0x4c, 'never printed', LF, ESC, 0x53)).receipts, []);
    assert.deepEqual(linesOf(bytes(ESC, 0x4c, 'one', LF, 0x18, 'two', LF, 0x0c)), ['two']);
    assert.deepEqual(linesOf(bytes(ESC, 0x4c, 'copy', LF, ESC, 0x0c, ESC, 0x0c, ESC, 0x53)), [
      'copy',
      'copy',
    ]);
  });
});

describe('codec: escpos receipts and requests', () => {
  it('ends receipts at every kind of cut, and by idleness', () => {
    const cuts = [
      [GS, 0x56, 0],
      [GS, 0x56, 0x31],
      [GS, 0x56, 66, 3],
      [ESC, 0x69],
      [ESC, 0x6d],
    ];
    for (const cut of cuts) {
      const { receipts } = decode(bytes('A', LF, Uint8Array.from(cut), 'B'));
      assert.deepEqual(
        receipts.map(({ end, runs }) => [end, runs[0]?.text]),
        [
          ['cut', 'A'],
          ['idle', 'B'],
        ],
      );
    }
  });

  it('takes blank paper for no receipt', () => {
    assert.deepEqual(decode(bytes(ESC, 0x40, LF, LF, GS, 0x56, 0, ESC, 0x40, LF)).receipts, []);
  });

  it('prints the rest of a line before it cuts', () => {
    assert.deepEqual(linesOf(bytes('no line feed', GS, 0x56, 66, 0)), ['no line feed']);
  });

  it('keeps requests apart from receipts', () => {
    const { requests, receipts } = decode(
      bytes('A', LF, DLE, 4, 1, GS, 0x72, 1, GS, 0x49, 66, GS, 0x61, 255, ESC, 0x76, DLE, 5, 1),
    );
    assert.deepEqual(requests.map(({ command, offset }) => [command, offset]), [
      ['DLE EOT', 2], ['GS r', 5], ['GS I', 8], ['GS a', 11], ['ESC v', 14], ['DLE ENQ', 16],
    ]); // biome-ignore format: a table
    assert.deepEqual(
      receipts.map(({ unknown }) => unknown),
      [[]],
    );
  });

  it('tells of bytes that nothing explains, with or without a receipt', () => {
    assert.deepEqual(receiptOf(bytes('A', 1, 2, ESC, 0x7e, 'B', LF)).unknown, [
      { offset: 1, hex: '01021b7e' },
    ]);
    assert.deepEqual(decode(bytes(1, ESC)).stray, [{ offset: 0, hex: '011b' }]);
  });
});

describe('codec: escpos symbols and pictures', () => {
  const qr = (text: string, module = 4, level = 49) => {
    const data = Buffer.from(text, 'utf8');
    return bytes(
      GS, '(k', 4, 0, 49, 65, 50, 0, GS, '(k', 3, 0, 49, 67, module, GS, '(k', 3, 0, 49, 69, level,
      GS, '(k', data.length + 3, 0, 49, 80, 48, data, GS, '(k', 3, 0, 49, 81, 48,
    ); // biome-ignore format: bytes
  };

  it('reads QR codes', () => {
    const [code] = receiptOf(bytes(ESC, 0x61, 1, qr('https://example.com/订单/1'))).barcodes;
    assert.deepEqual(
      [code?.symbology, code?.payload, code?.level, code?.width],
      ['qr', 'https://example.com/订单/1', 'M', 29 * 4],
    );
    assert.equal(code?.x, (384 - 116) / 2);
  });

  it('reads symbols that compatible printers have in one command', () => {
    const content = bytes(
      ...[GS, 0x5a, 2, ESC, 0x5a, 5, 0x48, 4, 6, 0, 'WEIXIN'],
      ...[GS, 0x5a, 0, ESC, 0x5a, 4, 2, 3, 5, 0, 'PDF41'],
      ...[GS, 0x77, 5, GS, 0x6b, 97, 0, 3, 7, 0, 'ALIPAY\0'],
      ...[
        GS,
        0x6b,
        98,
        0,
        8,
        2,
        0,
        'DM',
        GS,
        0x6b,
        32,
        1,
        1,
        '二维码',
        0,
        GS,
        0x6b,
        34,
        2,
        8,
        'P',
        0,
        'end',
        LF,
      ],
    );
    const { barcodes, runs, unknown } = receiptOf(content);
    assert.deepEqual(
      barcodes.map(({ symbology, payload, level, module, choices }) => [
        symbology,
        payload,
        level,
        module,
        choices,
      ]),
      [
        ['qr', 'WEIXIN', 'H', 4, { version: 5 }],
        ['pdf417', 'PDF41', undefined, 3, { columns: 4, ec: 2 }],
        ['qr', 'ALIPAY\0', 'Q', 5, undefined],
        ['datamatrix', 'DM', undefined, 5, undefined],
        ['qr', '二维码', 'L', 5, { version: 1 }],
        ['pdf417', 'P', undefined, 5, { columns: 2, ec: 8 }],
      ],
    );
    // A version is a size: 17 and four modules for each.
    assert.equal(barcodes[0]?.width, (17 + 4 * 5) * 4);
    assert.deepEqual([runs.map(({ text }) => text), unknown], [['end'], []]);
  });

  it('reads codes in the charset of the printer, each for itself', () => {
    const codes = ['收款码：甲乙丙丁', '收款码：子丑寅卯'].map((text) => {
      const data = iconv.encode(text, 'gb18030');
      return bytes(GS, 0x6b, 97, 0, 1, data.length, 0, data);
    });
    const { barcodes } = receiptOf(bytes(...codes));
    assert.deepEqual(
      barcodes.map(({ payload }) => payload),
      ['收款码：甲乙丙丁', '收款码：子丑寅卯'],
    );
  });

  it('prints a stored code again, but not without end', () => {
    const again = bytes(GS, '(k', 3, 0, 49, 81, 48);
    const { barcodes, unknown } = receiptOf(bytes(qr('A'), ...Array<Uint8Array>(500).fill(again)));
    assert.equal(barcodes.length, 65);
    assert.equal(
      unknown.reduce((n, { hex }) => n + hex.length / 2, 0),
      (500 - 64) * 8,
    );
  });

  it('reads barcodes of both forms', () => {
    const one = receiptOf(bytes(GS, 'h', 50, GS, 'w', 2, GS, 'k', 2, '4006381333931', 0)).barcodes[0];
    assert.deepEqual(
      [one?.symbology, one?.payload, one?.width, one?.height],
      ['ean13', '4006381333931', 190, 50],
    );
    const two = receiptOf(bytes(GS, 'H', 2, GS, 'k', 69, 4, 'AB12')).barcodes[0];
    assert.deepEqual([two?.symbology, two?.payload, two?.caption], ['code39', 'AB12', 'below']);
  });

  it('reads digit pairs of Code 128 as digits', () => {
    const data = bytes('{C', 62, 99, 99, 0, 1, '{Bx{{', '{1');
    assert.equal(receiptOf(bytes(GS, 'k', 73, data.length, data)).barcodes[0]?.payload, '6299990001x{');
  });

  const rowsOf = (content: Uint8Array, options = CHINESE) => {
    const [image] = receiptOf(content, options).images;
    assert.ok(image);
    const stride = Math.ceil(image.width / 8);
    return Array.from({ length: image.height }, (_, y) =>
      Buffer.from(image.bits.subarray(y * stride, (y + 1) * stride)).toString('hex'),
    );
  };

  it('reads GS v 0 in all sizes', () => {
    assert.deepEqual(rowsOf(bytes(GS, 'v0', 0, 1, 0, 2, 0, 0xa0, 0x0f)), ['a0', '0f']);
    assert.deepEqual(rowsOf(bytes(GS, 'v0', 3, 1, 0, 1, 0, 0xa1)), ['cc03', 'cc03']);
  });

  it('reads graphics of GS ( L and GS 8 L, rows and columns', () => {
    const rows = bytes(
      GS,
      '(L',
      12,
      0,
      48,
      112,
      48,
      1,
      1,
      49,
      8,
      0,
      2,
      0,
      0xa0,
      0x0f,
      GS,
      '(L',
      2,
      0,
      48,
      50,
    );
    assert.deepEqual(rowsOf(rows), ['a0', '0f']);
    const columns = bytes(
      GS,
      '8L',
      12,
      0,
      0,
      0,
      48,
      113,
      48,
      1,
      2,
      49,
      2,
      0,
      8,
      0,
      0x80,
      0x01,
      GS,
      '(L',
      2,
      0,
      48,
      50,
    );
    assert.deepEqual(
      rowsOf(columns).filter((row) => row !== '00'),
      ['80', '80', '40', '40'],
    );
  });

  it('reads bit images of ESC * in the line, and joins their bands', () => {
    const band = bytes(ESC, '*', 33, 2, 0, 0x80, 0, 0, 0, 0, 1, LF);
    const { images } = receiptOf(bytes(ESC, '3', 24, band, band));
    assert.deepEqual(
      images.map(({ width, height }) => [width, height]),
      [[2, 48]],
    );
    assert.deepEqual([images[0]?.bits[0], images[0]?.bits[23], images[0]?.bits[24]], [0x80, 0x40, 0x80]);
    assert.deepEqual(
      receiptOf(bytes('A', ESC, '*', 0, 1, 0, 0xff, 'B', LF)).runs.map(({ x }) => x),
      [0, 14],
    );
  });

  it('joins bands of senders that feed by the height of what they have just sent', () => {
    const band = bytes(GS, 'v0', 0, 1, 0, 8, 0, new Uint8Array(8).fill(0xff));
    const feed = bytes(ESC, 'J', 8);
    assert.deepEqual(
      receiptOf(bytes(band, feed, band, feed)).images.map(({ height }) => height),
      [16],
    );
    assert.deepEqual(receiptOf(bytes(band, ESC, 'J', 9, band)).images.length, 2);
  });

  it('prints pictures from memory, and says so where it does not have them', () => {
    const defined = bytes(FS, 'q', 1, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, FS, 'p', 1, 0);
    assert.deepEqual(rowsOf(defined), ['80', ...Array<string>(7).fill('00')]);
    const absent = receiptOf(bytes(FS, 'p', 1, 0, 'A', LF));
    assert.deepEqual(absent.stored, [{ x: 0, y: 0, name: 'NV 1' }]);
    assert.match(readableLines(absent)[0] ?? '', /"NV 1" of the printer's own memory/);
    const key = [0x30, 0x31] as const;
    const download = bytes(GS, '(L', 13, 0, 48, 83, 48, ...key, 1, 8, 0, 2, 0, 49, 0xa0, 0x0f, 1);
    assert.deepEqual(rowsOf(bytes(download, GS, '(L', 6, 0, 48, 85, ...key, 1, 1)), ['a0', '0f']);
  });

  it('believes no size that the data cannot fill', () => {
    const liar = bytes(
      GS,
      '(L',
      11,
      0,
      48,
      112,
      48,
      1,
      1,
      49,
      0xff,
      0xff,
      0xff,
      0xff,
      0xaa,
      GS,
      '(L',
      2,
      0,
      48,
      50,
    );
    assert.ok(receiptOf(liar).images.every(({ bits }) => bits.length < 10_000));
  });
});

describe('codec: escpos commands of compatible printers', () => {
  it('sets wide and narrow characters as printers with ESC/P in them do', () => {
    const runs = runsOf(bytes(0x0e, 'Wide', 0x14, 'A', 0x0f, 'narrow', 0x12, 'B', LF), LATIN);
    assert.deepEqual(
      runs.map(({ text, width }) => [text, width]),
      [
        ['Wide', 96],
        ['A', 12],
        ['narrow', 54],
        ['B', 12],
      ],
    );
  });
  it('prints the pictures of panel printers', () => {
    const { images, runs } = receiptOf(bytes(0x12, 0x2a, 2, 1, 0xf0, 0x0f, 'x', LF), LATIN);
    assert.deepEqual(
      images.map(({ width, height, bits }) => [width, height, [...bits]]),
      [[8, 2, [0xf0, 0x0f]]],
    );
    assert.equal(runs[0]?.text, 'x');
    assert.equal(texts(bytes(0x12, '********', LF), LATIN).join(''), '********');
  });
  for (const [maker, content] of [
    ['SNBC', bytes(GS, 'o', 0, 4, 0, 2, GS, 'k', 11, 'MA,https://example.com/1', 0)],
    ['Bematech', bytes(GS, 'k', 81, 1, 8, 0, 1, 24, 0, 'https://example.com/1', 0, 13, 10)],
    ['Daruma', bytes(ESC, 0x81, 23, 0, 4, 'M', 'https://example.com/1')],
  ] as const) {
    it(`prints the QR code of ${maker}`, () => {
      const { barcodes, unknown, runs } = receiptOf(bytes(content, 'behind', LF), LATIN);
      assert.deepEqual(
        barcodes.map(({ symbology, payload, module, level }) => [symbology, payload, module, level]),
        [['qr', 'https://example.com/1', 4, 'M']],
      );
      assert.deepEqual(unknown, []);
      assert.equal(runs.map(({ text }) => text).join(''), 'behind');
    });
  }
  it('passes over what is told to a customer display', () => {
    const display = bytes(ESC, '=', 2, 0x1f, '$', 1, 2, 'TOTAL 1.00', 0x1f, 'X', 4, ESC, '=', 1);
    const { runs, unknown } = receiptOf(bytes(display, 'paper', LF), LATIN);
    assert.deepEqual([runs.map(({ text }) => text), unknown], [['paper'], []]);
  });
});

describe('codec: escpos charset guess', () => {
  it('sees Chinese where nothing says so', () => {
    assert.equal(guessCharset(bytes(ESC, 0x40, '商户存根 ', GS, 0x21, 0x11, '金额', LF)), 'gb18030');
  });
  it('sees it where a character is cut in half, or is a rare one', () => {
    const half = bytes('商户存根 商户名称:样板商', 0xb5, LF, '凭证号:000012 金额', LF);
    assert.equal(guessCharset(half), 'gb18030');
    assert.equal(guessCharset(bytes('商户存根 商户名称:样板商店 \u{20bb7}野家 凭证号', LF)), 'gb18030');
    assert.equal(guessCharset(bytes(0xb5, 0xea, ' Caf', 0x82, LF)), 'cp437');
  });
  it('takes accents, frames and Cyrillic for what they are', () => {
    assert.equal(guessCharset(bytes(iconv.encode('Café Ärger', 'cp437'))), 'cp437');
    assert.equal(guessCharset(bytes(iconv.encode('════════════────', 'cp437'))), 'cp437');
    assert.equal(guessCharset(bytes(ESC, 0x74, 46, iconv.encode('Спасибо', 'windows1251'))), 'cp437');
    assert.equal(guessCharset(bytes('plain ASCII')), 'cp437');
  });
  for (const [charset, text] of [
    ['euc-kr', '신용카드 매출전표 카드번호 승인번호 합계 36,500원 감사합니다'],
    ['big5', '信用卡簽帳單 商店存根 卡號 授權碼 總額 NT$ 1,234 謝謝光臨'],
    ['shift_jis', 'クレジットカード売上票 お客様控え 金額 ¥1,234 ありがとうございます'],
    ['utf-8', '商户存根 金额 128.50'],
    ['utf-8', 'Čeština: žluťoučký kůň úpěl'],
    ['gb18030', '银联POS签购单 商户存根 卡号 授权码 金额 请妥善保管'],
  ] as const) {
    it(`tells ${charset} from others: ${text.slice(0, 8)}`, () => {
      assert.equal(guessCharset(bytes(ESC, 0x40, iconv.encode(text, charset), LF)), charset);
    });
  }
  it('takes European receipts for no Japanese or Chinese ones', () => {
    for (const [page, text] of [
      ['cp850', 'Reçu à conserver, châtaignes grillées, crème brûlée, pâté, gâteau'],
      ['cp852', 'Účtenka: žluťoučký kůň, děkujeme, přejeme pěkný den'],
      ['cp866', 'Кассовый чек. Спасибо за покупку!'],
      ['windows1252', 'Größe Übergabe Müller Straße Äpfel'],
    ] as const) {
      assert.equal(guessCharset(bytes(iconv.encode(text, page), LF)), 'cp437', text);
    }
  });
  it('leaves streams that switch by themselves alone', () => {
    assert.equal(guessCharset(bytes(FS, 0x26, '商户存根', FS, 0x2e)), 'cp437');
  });
});
