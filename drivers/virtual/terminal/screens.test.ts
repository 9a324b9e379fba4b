import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { packaged } from '../../../rig/model/package-root.ts';
import { COLUMNS, cellsOf, ROWS } from './display.ts';
import { loadModel } from './model.ts';
import { loadResponseTexts } from './response-texts.ts';
import * as screens from './screens.ts';

interface ProfileScreens {
  readonly screens: Readonly<Record<string, { readonly match: readonly string[]; readonly code?: string }>>;
}
const profileOf = (id: string): ProfileScreens =>
  parse(readFileSync(packaged(`drivers/terminal/profiles/${id}.yaml`), 'utf8'));
const profile = profileOf('vt-4');

/** As the rig does: the first screen whose patterns are all found in the lines joined by newlines. */
const recognised = (screen: screens.Screen, by = profile) => {
  const text = screen.join('\n');
  return Object.entries(by.screens).find(([, { match }]) =>
    match.every((pattern) => new RegExp(pattern, 'mu').test(text)),
  )?.[0];
};

const LARGE = 9_999_999_999;
const CASES: readonly (readonly [expected: string | undefined, screen: screens.Screen])[] = [
  ['booting', screens.starting('1.0.0')],
  ['idle', screens.idle({ signedOn: true, reversalDue: false, stored: 0 })],
  ['idle-reversal-due', screens.idle({ signedOn: true, reversalDue: true, stored: 3 })],
  ['idle-stored', screens.idle({ signedOn: true, reversalDue: false, stored: 999 })],
  ['signed-off', screens.idle({ signedOn: false, reversalDue: true, stored: 0 })],
  ['menu-2', screens.MENU_PAGES[0] ?? []],
  ['menu-3', screens.MENU_PAGES[1] ?? []],
  ['menu-4', screens.MENU_PAGES[2] ?? []],
  ['info', screens.info({ version: '1.0.0', terminalId: '30001001', batch: '000001', stan: '999999' })],
  ['amount', screens.askAmount('REFUND', LARGE)],
  ['original-stan', screens.askVoucher('000001')],
  ['original-rrn', screens.askReference('123456789012')],
  ['original-date', screens.askDate('1122', 'COMPLETION NOTICE')],
  ['original-auth-code', screens.askAuthCode('123456', 'PRE-AUTH VOID')],
  ['instalments', screens.askInstalments('12')],
  ['pan', screens.askPan(19)],
  ['expiry', screens.askExpiry('3012')],
  ['tip', screens.askTip(LARGE)],
  ['signature', screens.askSignature(LARGE)],
  ['card', screens.askCard('BALANCE ENQUIRY', undefined)],
  ['sending-stored', screens.sendingStored('000001', 3)],
  ['downloading', screens.downloading('APPLICATIONS', 3)],
  ['stored', screens.stored(LARGE)],
  ['stored-refused', screens.storedRefused('000001', '25')],
  ['upload-failed', screens.uploadFailed('000001')],
  ['balance', screens.balance('00', '-99999999.99')],
  ['signed-off', screens.idle({ signedOn: false, reversalDue: false, stored: 1 })],
  ['sign-off-done', screens.signedOff()],
  ['echoed', screens.echoed()],
  ['downloaded', screens.downloaded({ parameters: 10, applications: 20, caKeys: 30 })],
  ['confirm', screens.confirmTransaction('CP VOID 000001', LARGE, '629999*********0012')],
  [
    'confirm',
    screens.confirmSettlement('000001', { count: 500, minor: LARGE }, { count: 500, minor: LARGE }),
  ],
  ['card', screens.askCard('REFUND', LARGE, 'TRY ANOTHER WAY')],
  ['pin', screens.askPin('REFUND', LARGE, 12)],
  ['code', screens.showCode('SALE', LARGE)],
  ['reading', screens.reading('SALE')],
  ['connecting', screens.connecting('SIGN ON')],
  ['waiting', screens.waiting('SETTLE')],
  ['reversing', screens.reversing('000001', 3)],
  ['uploading', screens.uploading(8, 500)],
  ['printing', screens.printing()],
  ['out-of-paper', screens.outOfPaper()],
  ['cover-open', screens.printerCoverOpen()],
  ['printer-hot', screens.printerTooHot()],
  ['approved', screens.approved('00', LARGE)],
  ['declined', screens.declined('A0', 'SIGN ON AGAIN')],
  ['no-answer', screens.noAnswer()],
  ['no-connection', screens.noConnection()],
  ['mac-error', screens.macError()],
  ['reversal-failed', screens.reversalFailed('000001')],
  ['cancelled', screens.cancelled('CARD REMOVED')],
  ['refused', screens.notPossible('NO SUCH RECORD')],
  ['refused', screens.notPossible('SIGN ON FIRST')],
  // Words that another screen begins with, on the second line of this one.
  ['refused', screens.notPossible('REFUSED BY ACQUIRER')],
  ['cancelled', screens.cancelled('DECLINED BY CARD')],
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

  for (const id of ['vt-6', 'vt-a']) {
    it(`in the words of ${id} every screen is recognised as the same`, () => {
      const model = loadModel(packaged(`drivers/virtual/models/${id}.yaml`));
      const own = profileOf(id);
      const head = model.head === '' ? [] : [model.head, ...Array.from({ length: model.blank }, () => '')];
      const declines = Object.entries(loadResponseTexts().texts).map(
        ([code, text]) => ['declined', screens.declined(code, text)] as const,
      );
      for (const [expected, screen] of [...CASES, ...declines]) {
        if (expected === undefined || !(expected in own.screens)) continue;
        const shown = [...head, ...screen.map(model.onScreen)];
        assert.equal(recognised(shown, own), expected, shown.join('|'));
      }
    });
  }
});
