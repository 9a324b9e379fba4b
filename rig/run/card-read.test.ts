import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { Profile } from '../bench/profile.ts';
import { recognise } from '../bench/screens.ts';
import { packaged } from '../model/package-root.ts';
import { cardNotRead } from './card-read.ts';
import type { StepRecord } from './step-record.ts';

const profile = Profile.parse(parse(readFileSync(packaged('drivers/terminal/profiles/vt-4.yaml'), 'utf8')));

/** A sale by card that ended after these screens. */
const sale = (texts: readonly string[], more: object = {}): StepRecord => {
  const screens = texts.map((text, i) =>
    recognise(profile, { seq: i, at: i, lit: true, lines: text.split('\n') }),
  );
  return {
    step: { number: 1, action: { do: 'sale', entry: 'chip' }, expect: { outcome: 'approved' } },
    outcome: screens.at(-1)?.outcome,
    card: { id: 'debit-1' },
    screens,
    seen: { exchanges: [] },
    faults: [],
    ...more,
  } as unknown as StepRecord;
};
const PROMPT = 'SALE\nRMB 36.90\nINSERT/SWIPE/TAP';

describe('a card that was not read', () => {
  it('is nobody’s proven fault: not noticed at all, or gone while it was read', () => {
    for (const screens of [
      [PROMPT, 'CANCELLED\nTIME IS UP'],
      [PROMPT, 'SALE\nREADING CARD', 'CANCELLED\nCARD REMOVED'],
    ]) {
      const found = cardNotRead(sale(screens), profile);
      assert.equal(found?.verdict, 'inconclusive');
      assert.equal(found?.blame, 'bench');
      assert.ok(found?.undermines);
      assert.match(found?.observed ?? '', /it shows "CANCELLED/);
    }
  });

  it('is not what happened when the terminal asked for more, sent something, or was to give up', () => {
    const unread = [PROMPT, 'CANCELLED\nTIME IS UP'];
    assert.equal(cardNotRead(sale([PROMPT, 'ENTER PIN', 'CANCELLED\nTIME IS UP']), profile), undefined);
    assert.equal(cardNotRead(sale(unread, { seen: { exchanges: [{}] } }), profile), undefined);
    assert.equal(cardNotRead(sale(unread, { faults: [{}] }), profile), undefined);
    assert.equal(cardNotRead(sale(unread, { card: undefined }), profile), undefined);
    assert.equal(cardNotRead(sale([PROMPT, 'DECLINED\nCODE 51']), profile), undefined);
    const wanted = { number: 1, action: { do: 'sale', entry: 'chip' }, expect: { outcome: 'cancelled' } };
    assert.equal(cardNotRead(sale(unread, { step: wanted }), profile), undefined);
  });
});
