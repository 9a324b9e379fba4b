import assert from 'node:assert/strict';
import { dialectNames, loadDialect } from '../../host/dialect.ts';
import type { Dialect, MessageRule } from './dialect.ts';
import { asAnswerTo, classify, OpenRequests, toDialogueMessage } from './index.ts';

const STAN = '000042';
const TERMINAL = '30001001';

/** What a message of a rule has of the fields that the rule goes by: its first value of each. */
const first = ({ match }: MessageRule) =>
  Object.fromEntries(Object.entries(match).map(([id, values]) => [id, values[0] ?? '']));

function subsets(fields: Readonly<Record<string, string>>): Record<string, string>[] {
  const all: Record<string, string>[] = [{}];
  for (const [id, value] of Object.entries(fields)) all.push(...all.map((one) => ({ ...one, [id]: value })));
  return all;
}

const named = (dialect: Dialect) => ({
  [dialect.dialogue.stan]: STAN,
  [dialect.dialogue.terminal]: TERMINAL,
});

describe('answers and what was asked', () => {
  for (const name of dialectNames()) {
    const dialect = loadDialect(name);

    it(`${name}: an answer is what was asked, whatever it repeats of it`, () => {
      for (const rule of dialect.messages) {
        const { response } = rule;
        const fields = first(rule);
        const request = {
          mti: rule.request,
          stan: STAN,
          terminal: TERMINAL,
          ...classify(dialect, { mti: rule.request, fields }),
        };
        for (const repeated of subsets(fields)) {
          const open = new OpenRequests(dialect);
          // Others of the line were there before and come after.
          for (const kind of ['balance', 'void'] as const)
            open.add({ mti: rule.request, kind, stan: '000041', terminal: TERMINAL });
          open.add(request);
          open.add({ mti: rule.request, kind: 'void', stan: STAN, terminal: '30001002' });
          const read = { mti: response, fields: { ...repeated, ...named(dialect) } };
          const asked = open.answeredBy({ mti: response, stan: STAN, terminal: TERMINAL });
          assert.deepEqual(
            [asked?.kind, asked?.of],
            [request.kind, request.of],
            `${rule.request} ${JSON.stringify(repeated)}`,
          );
          // Alone it is at least nothing that it contradicts, and what it says whole is said.
          const alone = classify(dialect, read);
          assert.notEqual(alone.kind, 'other', `${response} ${JSON.stringify(repeated)}`);
          if (Object.keys(repeated).length === Object.keys(fields).length)
            assert.ok(
              dialect.messages.some(
                (other) =>
                  other.response === response &&
                  other.kind === alone.kind &&
                  Object.entries(other.match).every(([id, values]) => values.includes(fields[id] ?? '')),
              ),
              `${response} ${JSON.stringify(repeated)} is ${alone.kind}`,
            );
        }
      }
    });
  }

  for (const name of ['iso8583-1993-ascii', 'iso8583-1993-packed']) {
    const dialect = loadDialect(name);
    for (const [f24, kind] of [
      [undefined, 'sale'],
      ['200', 'sale'],
      ['201', 'completion'],
    ] as const) {
      it(`${name}: a 1210 alone, F24 ${f24 ?? 'absent'}, is a ${kind}`, () => {
        const fields = { '3': '000000', ...(f24 && { '24': f24 }) };
        assert.equal(classify(dialect, { mti: '1210', fields }).kind, kind);
      });
    }
  }

  it('a repetition that the dialect does not name means what it repeats, and so does its answer', () => {
    const dialect = loadDialect('unionpay-pos');
    const fields = { '3': '000000', '25': '00', '60.1': '22' };
    assert.equal(classify(dialect, { mti: '0201', fields }).kind, 'sale');
    const open = new OpenRequests(dialect);
    open.add({ mti: '0201', kind: 'sale', stan: STAN });
    assert.equal(open.answeredBy({ mti: '0210', stan: STAN })?.kind, 'sale');
  });

  it('an answer of another type, STAN or terminal belongs to none; one without a STAN to the latest of its type', () => {
    const dialect = loadDialect('unionpay-pos');
    const open = new OpenRequests(dialect);
    open.add({ mti: '0200', kind: 'sale', stan: STAN, terminal: TERMINAL });
    open.add({ mti: '0400', kind: 'reversal', stan: STAN, terminal: TERMINAL });
    for (const wrong of [
      { mti: '0230', stan: STAN },
      { mti: '0210', stan: '000043' },
      { mti: '0210', stan: STAN, terminal: '30001002' },
      { mti: '0200', stan: STAN },
    ])
      assert.equal(open.answeredBy(wrong), undefined, JSON.stringify(wrong));
    assert.equal(open.answeredBy({ mti: '0210' })?.kind, 'sale');
    assert.equal(open.answeredBy({ mti: '0410', terminal: TERMINAL })?.kind, 'reversal');
  });

  it('forgets what is long past, and is not put off by frames that do not decode', () => {
    const dialect = loadDialect('unionpay-pos');
    const open = new OpenRequests(dialect);
    open.add({ mti: '0200', kind: 'sale', stan: STAN });
    for (let i = 0; i < 63; i++) open.add(Uint8Array.of(0, 1, i));
    assert.equal(open.answeredBy({ mti: '0210', stan: STAN })?.kind, 'sale');
    open.add(Uint8Array.of(0, 0));
    assert.equal(open.answeredBy({ mti: '0210', stan: STAN }), undefined);
  });

  it('an answer to a reversal says of what, when the request said it, and loses what it never was', () => {
    const dialect = loadDialect('iso8583-1993-ascii');
    const message = { mti: '1410', fields: { '3': '200000', '11': STAN } };
    const read = toDialogueMessage(dialect, {
      ...message,
      tpdu: '',
      header: '',
      layout: [],
      remarks: [],
      bytes: new Uint8Array(),
      mtiAt: 0,
    });
    assert.deepEqual([read.kind, read.of], ['reversal', 'refund']);
    assert.equal(asAnswerTo({ kind: 'reversal', of: 'sale' }, read).of, 'sale');
    assert.ok(!('of' in asAnswerTo({ kind: 'reversal' }, read)));
  });
});
