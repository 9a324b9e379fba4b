import assert from 'node:assert/strict';
import fc from 'fast-check';
import { heldBy, movedBy } from '../../../rig/model/book.ts';
import type { DecodedMessage } from '../../codec/iso8583/index.ts';
import { signedOn } from '../testing/acquirer-bench.ts';
import { type Fields, requests, totals48 } from '../testing/terminal.ts';

/**
 * An account kept from nothing but requests and answers, by other rules than the ledger's: each approval has an effect on
 * money and holds, and a reversal takes back the effect of what it names.
 */
interface Effect {
  readonly moved: number;
  readonly held: number;
  readonly debit?: number;
  readonly credit?: number;
}

const LIKE: Readonly<Record<string, Fields>> = {
  sale: {},
  void: { '3': '200000', '60': '2300000100060' },
  'pre-auth': { '3': '030000', '25': '06', '60': '1000000100060' },
  'pre-auth-void': { '3': '200000', '25': '06', '60': '1100000100060' },
  completion: { '25': '06', '60': '2000000100060' },
  'completion-void': { '3': '200000', '25': '06', '60': '2100000100060' },
};

interface Done {
  readonly kind: string;
  readonly stan: string;
  readonly minor: number;
  readonly reply: DecodedMessage;
  readonly effect: Effect;
  reversed: boolean;
}

describe('acquirer: money and holds', () => {
  it('are what the answers say, whatever is asked in whatever order', () => {
    const step = fc.record({
      what: fc.constantFrom(
        'sale',
        'pre-auth',
        'offline-sale',
        'refund',
        'void',
        'pre-auth-void',
        'completion',
        'completion-notice',
        'completion-void',
        'adjust',
        'reversal',
        'reversal',
      ),
      minor: fc.constantFrom(100, 110, 115, 120),
      of: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const bench = signedOn();
        const done: Done[] = [];
        let [moved, held, debit, debits, credit, credits, number] = [0, 0, 0, 0, 0, 0, 0];
        const apply = (effect: Effect, sign: 1 | -1) => {
          moved += sign * effect.moved;
          held += sign * effect.held;
          debit += sign * (effect.debit ?? 0);
          credit += sign * (effect.credit ?? 0);
          if (effect.debit) debits += sign;
          if (effect.credit) credits += sign;
        };
        for (const { what, minor, of } of steps) {
          const stan = String(++number).padStart(6, '0');
          const other = done[of % Math.max(1, done.length)];
          const make = (kind: string, request: [string, Fields], effect: Effect, amount: number = minor) => {
            const reply = bench.ask(request);
            if (reply.fields['39'] !== '00') return;
            done.push({ kind, stan, minor: amount, reply, effect, reversed: false });
            apply(effect, 1);
          };
          if (what === 'sale')
            make(what, requests.sale(stan, minor), { moved: minor, held: 0, debit: minor });
          else if (what === 'offline-sale')
            make(what, requests.offlineSale(stan, minor), { moved: minor, held: 0, debit: minor });
          else if (what === 'pre-auth') make(what, requests.preAuth(stan, minor), { moved: 0, held: minor });
          else if (!other) continue;
          else if (what === 'refund')
            make(what, requests.refund(stan, minor, other.reply), { moved: -minor, held: 0, credit: minor });
          else if (what === 'void')
            make(
              what,
              requests.void(stan, other.reply),
              { moved: -other.minor, held: 0, credit: other.minor },
              other.minor,
            );
          else if (what === 'pre-auth-void')
            make(
              what,
              requests.ofHold(what, stan, other.minor, other.reply),
              { moved: 0, held: -other.minor },
              other.minor,
            );
          else if (what === 'completion' || what === 'completion-notice')
            make(what, requests.ofHold(what, stan, minor, other.reply), {
              moved: minor,
              held: -other.minor,
              debit: minor,
            });
          else if (what === 'completion-void')
            make(
              what,
              requests.completionVoid(stan, other.reply),
              { moved: -other.minor, held: -other.effect.held, credit: other.minor },
              other.minor,
            );
          else if (what === 'adjust') {
            const by = minor - other.minor;
            if (by === 0 || (other.kind !== 'sale' && other.kind !== 'offline-sale')) continue;
            const reply = bench.ask(requests.adjust(stan, minor, other.stan));
            if (reply.fields['39'] !== '00') continue;
            moved += by;
            debit += by;
            done.splice(done.indexOf(other), 1, {
              ...other,
              minor,
              reply: withAmount(other.reply, minor),
              effect: { moved: minor, held: 0, debit: minor },
            });
          } else {
            const like = LIKE[other.kind];
            const code = bench.code(requests.reversal(other.stan, other.minor, like ?? {}));
            if (!like) assert.notEqual(code, '00', other.kind);
            if (code === '00' && !other.reversed) {
              other.reversed = true;
              apply(other.effect, -1);
            }
          }
        }
        const ledger = bench.acquirer.ledger();
        assert.equal(
          ledger.reduce((sum, entry) => sum + movedBy(entry), 0),
          moved,
          'moved',
        );
        assert.equal(
          ledger.reduce((sum, entry) => sum + heldBy(entry), 0),
          held,
          'held',
        );
        const { fields } = bench.ask(requests.settlement(totals48(debit, debits, credit, credits)));
        assert.equal(fields['48.5'], '1', 'settlement');
      }),
      { numRuns: 150 },
    );
  }).timeout(120_000);
});

const withAmount = (reply: DecodedMessage, minor: number): DecodedMessage => ({
  ...reply,
  fields: { ...reply.fields, '4': String(minor).padStart(12, '0') },
});
