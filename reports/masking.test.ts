import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { parse } from 'yaml';
import { needsChromium, needsPoppler } from '../rig/house/tiers.ts';
import { openJournal } from '../rig/journal/journal.ts';
import { sealRun } from '../rig/journal/seal/index.ts';
import { CardFile, type TestCard, track2Of } from '../rig/model/card.ts';
import { type EventBody, PLANES } from '../rig/model/event.ts';
import { packaged } from '../rig/model/package-root.ts';
import { makeClock } from '../rig/model/time.ts';
import { compareRuns } from './compare/compare.ts';
import { comparedRun } from './compare/evidence.ts';
import { renderPage } from './compare/render.ts';
import { readRun } from './fold.ts';
import { renderAll } from './render.ts';
import { pngWithText } from './testing/png.ts';

const cards = CardFile.parse(parse(readFileSync(packaged('scenarios/cards.yaml'), 'utf8'))).cards;

const bcd = (digits: string) => Buffer.from(digits.length % 2 === 0 ? digits : `${digits}f`, 'hex');

/** How a card may cross a wire: every format that drivers, terminals and printers use. */
const WIRE: Readonly<Record<string, (card: TestCard) => Buffer>> = {
  ASCII: ({ pan }) => Buffer.from(pan),
  BCD: ({ pan }) => bcd(pan),
  'BCD, shifted': ({ pan }) => bcd(`0${pan}`),
  EBCDIC: ({ pan }) => Buffer.from([...pan].map((digit) => 0xf0 + Number(digit))),
  'track 2 as TLV': (card) => {
    const value = bcd(track2Of(card).replace('=', 'd'));
    return Buffer.concat([Buffer.from([0x57, value.length]), value]);
  },
  'PAN as TLV': ({ pan }) => Buffer.concat([Buffer.from([0x5a, Math.ceil(pan.length / 2)]), bcd(pan)]),
  'hex of TLV': ({ pan }) => Buffer.from(`5A0A${bcd(pan).toString('hex').toUpperCase()}`),
  'base64 in JSON': ({ pan }) =>
    Buffer.from(JSON.stringify({ data: Buffer.from(`..${pan}..`).toString('base64') })),
  'base64 of BCD in JSON': ({ pan }) => Buffer.from(JSON.stringify({ data: bcd(pan).toString('base64') })),
  'ESC/POS': ({ pan }) =>
    Buffer.from(`\x1b@\x1b!\x10CARD ${pan.replace(/(\d{4})(?=\d)/g, '$1 ')}\n\x1dV\0`, 'latin1'),
  'ESC/POS QR code': ({ pan }) =>
    Buffer.from(`\x1d(k\x16\x001P0https://x/?p=${pan}\x1d(k\x03\x001Q0`, 'latin1'),
};

/** As people and programs write it. */
const TEXTS: readonly ((card: TestCard) => string)[] = [
  ({ pan }) => `card ${pan} was read`,
  ({ pan }) => pan.replace(/(\d{4})(?=\d)/g, '$1-'),
  (card) => track2Of(card),
  ({ pan }) => `${Buffer.from(pan).toString('hex')} ${Buffer.from(pan).toString('base64')}`,
];

/** Everything that would give a card away in a file, as bytes to look for. */
function needles({ pan }: TestCard): readonly (readonly [string, Buffer])[] {
  const even = pan.length - (pan.length % 2);
  const inner = pan.slice(1, 1 + pan.length - 1 - ((pan.length - 1) % 2));
  const ascii = Buffer.from(pan);
  const base64 = [0, 1, 2].map((lead): [string, Buffer] => {
    const text = Buffer.concat([Buffer.alloc(lead), ascii]).toString('base64');
    return [
      `base64, ${lead}`,
      Buffer.from(text.slice(lead === 0 ? 0 : 4, Math.floor(text.length / 4) * 4 - 4)),
    ];
  });
  return [
    ['ASCII', ascii],
    ['UTF-16', Buffer.from(pan, 'utf16le')],
    ['EBCDIC', Buffer.from([...pan].map((digit) => 0xf0 + Number(digit)))],
    ['BCD', Buffer.from(pan.slice(0, even), 'hex')],
    ['BCD, shifted', Buffer.from(inner, 'hex')],
    ['hex', Buffer.from(ascii.toString('hex'))],
    ['HEX', Buffer.from(ascii.toString('hex').toUpperCase())],
    ...base64,
  ];
}

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());

/** What a reader may get out of a file: its bytes, its text without separators, and what it holds packed. */
function contentsOf(path: string): readonly Buffer[] {
  const bytes = readFileSync(path);
  const contents = [bytes, Buffer.from(bytes.toString('latin1').replace(/[\s-]|&nbsp;/g, ''), 'latin1')];
  const packed = /<template id="trace">([\w+/=]+)</.exec(bytes.toString('latin1'))?.[1];
  if (packed !== undefined) contents.push(inflateRawSync(Buffer.from(packed, 'base64')));
  if (path.endsWith('.pdf')) {
    const text = execFileSync('pdftotext', ['-raw', path, '-'], { maxBuffer: 1 << 26 });
    contents.push(text, Buffer.from(text.toString('utf8').replace(/[\s-]/g, '')));
  }
  return contents;
}

function leaksIn(folder: string): readonly string[] {
  const wanted = cards.flatMap((card) =>
    needles(card).map(([form, needle]) => ({ id: card.id, form, needle })),
  );
  return filesBelow(folder).flatMap((path) =>
    contentsOf(path).flatMap((content) =>
      wanted
        .filter(({ needle }) => content.includes(needle))
        .map(({ id, form }) => `${path}: ${id} as ${form}`),
    ),
  );
}

describe('every test card through every plane and format', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'posrig-masking-'));
  const run = join(folder, 'run');
  after(() => rmSync(folder, { recursive: true }));

  before(async () => {
    const journal = openJournal(run, { clock: makeClock(), cards });
    const record = (body: EventBody) => journal.record(body);
    record({
      type: 'run.start',
      posrig: '1',
      seed: 1,
      rate: 1,
      by: 'keypad',
      bench: { id: 'b', title: `bench of ${cards[0]?.pan}`, sha256: '0' },
      profile: { id: 'p', title: 'p', maker: 'm', model: `m ${cards[0]?.pan}`, sha256: '0' },
      underTest: ['terminal'],
      planes: [],
      machine: {},
      argv: ['run', '--note', cards[0]?.pan ?? ''],
      scenarios: cards.length,
    });
    for (const card of cards) {
      const [text = '', ...others] = TEXTS.map((form) => form(card));
      journal.setScenario(card.id);
      record({
        type: 'scenario.start',
        id: card.id,
        title: { en: `${text}`, zh: text },
        theme: 't',
        file: `${card.pan}.yaml`,
        sha256: '0',
        proves: ['x.y'],
        parameters: { card: card.pan },
        given: { card: track2Of(card) },
        index: 1,
        of: cards.length,
      });
      record({ type: 'step.start', step: 1, action: 'sale', title: text });
      for (const plane of PLANES) {
        for (const [form, bytes] of Object.entries(WIRE)) {
          const hex = bytes(card).toString('hex');
          for (const dir of ['in', 'out'] as const) {
            const stream = `${plane} ${form}`;
            // Whole, and in two pieces that break the number.
            record({ type: 'bytes', plane, stream, dir, hex, count: hex.length / 2 });
            const half = Math.floor(hex.length / 4) * 2;
            for (const piece of [hex.slice(0, half), hex.slice(half)])
              record({ type: 'bytes', plane, stream, dir, hex: piece, count: piece.length / 2 });
          }
        }
        for (const said of others) record({ type: 'link', plane, stream: said, state: 'open', detail: said });
      }
      record({ type: 'screen', seq: 1, lit: true, lines: [text, card.pan.slice(0, 9), card.pan.slice(9)] });
      record({ type: 'key', key: card.pan, dwellMs: 1, verified: 'screen', attempt: 1 });
      record({ type: 'card', action: 'insert', card: card.pan });
      for (const plane of ['network', 'host'] as const)
        record({
          type: 'message',
          plane,
          connection: 'c',
          bytes: 1,
          note: text,
          message: {
            kind: 'sale',
            direction: 'request',
            mti: '0200',
            fields: [
              { id: '2', name: 'PAN', value: card.pan },
              { id: '35', name: 'track 2', value: track2Of(card) },
              { id: '55.5A', name: 'PAN', value: bcd(card.pan).toString('hex') },
              { id: '62', name: 'text', value: text, meaning: others.join(' ') },
            ],
          },
        });
      const artefacts = [
        journal.attach(
          'svg',
          'image/svg+xml',
          `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>${card.pan}</text></svg>`,
        ),
        journal.attach('text', 'text/plain', [text, ...others].join('\n')),
        journal.attach('json', 'application/json', WIRE['base64 in JSON']?.(card) ?? ''),
        journal.attach('png', 'image/png', pngWithText(new PNG({ width: 2, height: 2 }), card.pan)),
        ...Object.values(WIRE).map((bytes) => journal.attach('raw', 'application/octet-stream', bytes(card))),
      ].map(({ id }) => id);
      record({
        type: 'receipt',
        slip: {
          copy: 'merchant',
          duplicate: false,
          fields: { pan: card.pan },
          lines: [text, ...others],
          at: 0,
          artefacts,
        },
        width: 1,
        height: 1,
        forbidden: ['pan'],
      });
      record({ type: 'note', level: 'warning', text });
      record({
        type: 'expectation',
        step: 1,
        path: 'steps[0].expect.pan',
        expected: card.pan,
        observed: text,
        verdict: 'failed',
        blame: 'terminal',
      });
      record({ type: 'step.end', step: 1, outcome: text, nominalMs: 1 });
      record({
        type: 'scenario.end',
        id: card.id,
        verdict: 'failed',
        blame: 'terminal',
        reason: text,
        hint: text,
        findings: [{ verdict: 'failed', code: 'x', reason: text, blame: 'terminal' }],
        observed: [],
        books: [],
        wallMs: 1,
        nominalMs: 1,
      });
      journal.setScenario(undefined);
    }
    await journal.close();
  });

  it('would be found by this test if it were not masked', () => {
    const clear = mkdtempSync(join(tmpdir(), 'posrig-clear-'));
    for (const [i, card] of cards.entries()) {
      for (const [form, bytes] of Object.entries(WIRE)) {
        const file = join(clear, `${i}`);
        writeFileSync(file, bytes(card));
        // As bytes of a wire, or as the base64 of packed digits, that a reader would have to take apart first.
        if (form !== 'hex of TLV' && form !== 'base64 of BCD in JSON')
          assert.ok(leaksIn(clear).length > 0, form);
      }
    }
    rmSync(clear, { recursive: true });
  });

  it('stands in no file that a run, its reports and its seal leave behind', async function () {
    await needsChromium(this);
    await needsPoppler(this);
    const { written } = await renderAll(run, { lang: 'en', formats: ['junit', 'html', 'pdf', 'allure'] });
    assert.ok(written.length >= 4, JSON.stringify(written));
    const view = comparedRun(await readRun(run));
    writeFileSync(join(folder, 'compare.html'), await renderPage(compareRuns(view, view), 'en'));
    await sealRun(run, { out: join(folder, 'bag') });
    assert.deepEqual(leaksIn(folder).slice(0, 5), []);
    // Masked, not left out: every card still shows its first six and last four digits.
    const page = readFileSync(join(run, 'index.html'), 'utf8');
    for (const { pan } of cards)
      assert.ok(page.includes(`${pan.slice(0, 6)}${'*'.repeat(pan.length - 10)}${pan.slice(-4)}`), pan);
  });
});
