import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { packaged } from '../../../rig/model/package-root.ts';
import { COLUMNS, cellsOf, ROWS } from './display.ts';
import { loadResponseTexts } from './response-texts.ts';
import * as screens from './screens.ts';

interface ProfileScreens {
  readonly screens: Readonly<Record<string, { readonly match: readonly string[]; readonly code?: string }>>;
}
const profile: ProfileScreens = parse(readFileSync(packaged('drivers/terminal/profiles/vt-4.yaml'), 'utf8'));

/** As the rig does: the first screen whose patterns are all found in the lines joined by newlines. */
const recognised = (screen: screens.Screen) => {
  const text = screen.join('\n');
  return Object.entries(profile.screens).find(([, { match }]) =>
    match.every((pattern) => new RegExp(pattern, 'u').test(text)),
  )?.[0];
};

const LARGE = 9_999_999_999;
const CASES: readonly (readonly [expected: string | undefined, screen: screens.Screen])[] = [
  ['booting', screens.starting('1.0.0')],
  ['idle', screens.idle({ signedOn: true, reversalDue: false })],
  ['idle-reversal-due', screens.idle({ signedOn: true, reversalDue: true })],
  ['signed-off', screens.idle({ signedOn: false, reversalDue: true })],
  ['info', screens.info({ version: '1.0.0', terminalId: '30001001', batch: '000001', stan: '999999' })],
  ['amount', screens.askAmount('REFUND', LARGE)],
  ['original-stan', screens.askVoucher('000001')],
  ['original-rrn', screens.askReference('123456789012')],
  ['original-date', screens.askDate('1122')],
  ['confirm', screens.confirmVoid('000001', LARGE, '629999*********0012')],
  [
    'confirm',
    screens.confirmSettlement('000001', { count: 500, minor: LARGE }, { count: 500, minor: LARGE }),
  ],
  ['card', screens.askCard('REFUND', LARGE, 'TRY ANOTHER WAY')],
  ['pin', screens.askPin('REFUND', LARGE, 12)],
  ['reading', screens.reading('SALE')],
  ['connecting', screens.connecting('SIGN ON')],
  ['waiting', screens.waiting('SETTLE')],
  ['reversing', screens.reversing('000001', 3)],
  ['uploading', screens.uploading(8, 500)],
  ['printing', screens.printing()],
  ['approved', screens.approved('00', LARGE)],
  ['declined', screens.declined('A0', 'SIGN ON AGAIN')],
  ['no-answer', screens.noAnswer()],
  ['no-connection', screens.noConnection()],
  ['mac-error', screens.macError()],
  ['reversal-failed', screens.reversalFailed('000001')],
  ['cancelled', screens.cancelled('CARD REMOVED')],
  ['refused', screens.notPossible('NO SUCH RECORD')],
  ['refused', screens.notPossible('SIGN ON FIRST')],
  ['signed-on', screens.signedOn('000001')],
  ['settled', screens.settled('000001', false)],
  ['reprinted', screens.reprinted()],
  ['remove-card', screens.removeCard()],
];

describe('screens', () => {
  for (const [expected, screen] of CASES) {
    it(`${screen.join('|')} is recognised as ${expected}`, () => {
      assert.equal(recognised(screen), expected);
      assert.ok(screen.length <= ROWS);
      for (const line of screen) assert.ok(cellsOf(line) <= COLUMNS, `"${line}" fits the display`);
    });
  }

  it('covers every screen of the profile', () => {
    assert.deepEqual(new Set(CASES.map(([name]) => name)), new Set(Object.keys(profile.screens)));
  });

  it('every response text leaves a decline recognisable', () => {
    for (const [code, text] of Object.entries(loadResponseTexts().texts)) {
      assert.equal(recognised(screens.declined(code, text)), 'declined');
    }
  });
});
