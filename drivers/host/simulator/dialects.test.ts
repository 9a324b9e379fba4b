import assert from 'node:assert/strict';
import { HostPolicy } from '../../../rig/bench/policy.ts';
import { type DecodedMessage, decodeMessage, encodeMessage } from '../../codec/iso8583/index.ts';
import { loadDialect } from '../dialect.ts';
import { loadResponseCodes } from '../response-codes.ts';
import { amount12, card, cards, type Fields, keys, MERCHANT, TERMINAL } from '../testing/terminal.ts';
import { Acquirer } from './acquirer.ts';

/** The same conversation in dialects that are nobody's in particular: no batch numbers, no sign-on, F90 or F56 for the original. */
describe('simulator in generic dialects', () => {
  for (const [name, generation, ok, over, unknown] of [
    ['iso8583-1987-ascii', '0', '00', '61', '25'],
    ['iso8583-1987-packed', '0', '00', '61', '25'],
    ['iso8583-1987-ascii-binary', '0', '00', '61', '25'],
    ['iso8583-1987-ebcdic', '0', '00', '61', '25'],
    ['iso8583-1987-packed-ebcdic', '0', '00', '61', '25'],
    ['iso8583-1993-ascii', '1', '000', '121', '914'],
    ['iso8583-1993-packed', '1', '000', '121', '914'],
  ] as const) {
    it(name, () => {
      const dialect = loadDialect(name);
      const acquirer = new Acquirer({
        dialect,
        keys,
        cards,
        codes: loadResponseCodes(dialect['response-codes'] ?? ''),
        acquirerId: '48020000',
        start: new Date('2026-11-22T07:04:05Z'),
      });
      let at = 0;
      const ask = (mti: string, fields: Fields): DecodedMessage => {
        at += 1000;
        const message = decodeMessage(dialect, encodeMessage(dialect, { mti: generation + mti, fields }));
        const reply = acquirer.answer(message, { region: 'wuxi', at });
        return decodeMessage(dialect, reply.frame ?? new Uint8Array(), { blame: 'acquirer' });
      };
      const base = (stan: string, minor: number) => ({
        '2': card('debit-1').pan,
        '3': '000000',
        '4': amount12(minor),
        '11': stan,
        '12': generation === '1' ? '261122150405' : '150405',
        '41': TERMINAL,
        '42': MERCHANT,
        '49': '156',
        ...(generation === '1' && { '22': '510101514344', '24': '200' }),
      });
      const code = (message: DecodedMessage) => message.fields['39'];
      const paid = ask('200', base('000001', 5000));
      assert.equal(code(paid), ok);
      assert.equal(paid.mti, `${generation}210`);
      assert.equal(paid.fields['37']?.length, 12);
      assert.equal(paid.fields['12']?.length, generation === '1' ? 12 : 6);
      assert.equal(code(ask('200', { ...base('000002', 700) })), ok);
      // The original of a reversal stands in a field of its own; its own STAN is another.
      const original: Fields =
        generation === '1'
          ? { '56': `1200000002${'261122150405'}` }
          : { '90': `0200000002${'0'.repeat(10)}${'0'.repeat(22)}` };
      assert.equal(code(ask('400', { ...base('000003', 700), ...original })), ok);
      assert.equal(code(ask('401', { ...base('000003', 700), ...original })), ok);
      assert.equal(
        code(ask('400', { ...base('000004', 700), ...replaced(original, '000002', '000099') })),
        unknown,
      );
      assert.deepEqual(
        acquirer.ledger().map(({ kind, state, stan }) => [kind, state, stan]),
        [
          ['sale', 'posted', '000001'],
          ['sale', 'reversed', '000002'],
          ['reversal', 'posted', '000002'],
          ['reversal', 'refused', '000099'],
        ],
      );
      acquirer.configure(
        HostPolicy.parse({ 'single-limit': { amount: 10 }, rules: [{ answer: { text: '超过限额' } }] }),
      );
      const declined = ask('200', base('000005', 1001));
      assert.equal(code(declined), over);
      assert.equal(declined.fields['63'], '????');
      const totals = (debit: number): Fields => ({
        '11': '000006',
        '41': TERMINAL,
        '42': MERCHANT,
        ...(generation === '1' && { '12': '261122150405', '24': '500' }),
        '74': '0'.repeat(10),
        '76': '1'.padStart(10, '0'),
        '86': '0'.repeat(16),
        '88': String(debit).padStart(16, '0'),
      });
      const wrong = ask('500', totals(5001));
      assert.deepEqual(
        [wrong.fields['66'], code(wrong)],
        generation === '1' ? [undefined, '501'] : ['2', '00'],
      );
      assert.equal(Number(wrong.fields['88']), 5000);
      const right = ask('500', totals(5000));
      assert.deepEqual(
        [right.fields['66'], code(right)],
        generation === '1' ? [undefined, '500'] : ['1', '00'],
      );
      assert.equal(acquirer.settlements().at(-1)?.result, 'balanced');
    });
  }
});

const replaced = (fields: Fields, from: string, to: string): Fields =>
  Object.fromEntries(Object.entries(fields).map(([id, value]) => [id, String(value).replace(from, to)]));
