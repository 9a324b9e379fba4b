import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRigError } from '../../../rig/model/errors.ts';
import { loadProtocol, protocolNames } from '../../till/protocol-file.ts';
import { deframe } from '../framing/scanner.ts';
import { framingOf } from './framing.ts';
import { readMessage, writeMessage } from './message.ts';
import type { Meaning, Protocol } from './protocol.ts';
import type { Values } from './values.ts';

const latin = (payload: Uint8Array): string => Buffer.from(payload).toString('latin1');
const payload = (text: string): Uint8Array => Buffer.from(text, 'latin1');
/** Zeros in front fill a number up, more of them where there is more room. */
const bare = (text: string | undefined) => text?.replace(/^0+/, '');
const values = (protocol: Protocol, text: string, from: 'till' | 'terminal'): Values | undefined =>
  readMessage(protocol, payload(text), from)?.values;

describe('messages of till protocols', () => {
  it('Transbank: what its SDKs send, and what its terminals answer', () => {
    const transbank = loadProtocol('transbank');
    const asked = { amount: '1500', reference: '12423' };
    assert.equal(latin(writeMessage(transbank, 'sale', { values: asked })), '0200|000001500|012423|||1');
    assert.equal(latin(writeMessage(transbank, 'close-day', { values: {} })), '0500||');
    assert.equal(latin(writeMessage(transbank, 'last-sale', { values: {} })), '0250|');
    assert.equal(
      latin(writeMessage(transbank, 'annulment', { values: { voucher: '000142' } })),
      '1200|000142|',
    );
    const answer =
      '0210|00|597029414300|IT750050|123asd|925171|1200|00|0|3331|72|DB|000000|0000000000000000331|P|16032026|120653||||';
    assert.deepEqual(values(transbank, answer, 'terminal'), {
      result: 'approved',
      'merchant-id': '597029414300',
      'terminal-id': 'IT750050',
      reference: '123asd',
      'auth-code': '925171',
      amount: '1200',
      'pan-last4': '3331',
      stan: '72',
      entry: 'DB',
      time: '20260316120653',
    });
    assert.equal(values(transbank, '0900|81', 'terminal')?.state, 'enter-pin');
    const annulled = values(transbank, '1210|00|597029414300|IT750050|162529|000142||', 'terminal');
    assert.deepEqual([annulled?.result, annulled?.voucher], ['approved', '000142']);
    const listed = values(transbank, '0261|00|597029414300|IT750050||||||||||||||||', 'terminal');
    assert.equal(listed?.['auth-code'], undefined);
    assert.equal(readMessage(transbank, payload('0260|1|'), 'till')?.name, 'sales-detail');
  });

  it('ECR17: widths and positions of the published tables', () => {
    const ecr17 = loadProtocol('ecr17');
    const asked = latin(writeMessage(ecr17, 'payment', { values: { amount: '650' } }));
    assert.equal(asked.length, 167);
    assert.equal(asked.slice(0, 31), '000000000P000000010000000000650');
    assert.equal(latin(writeMessage(ecr17, 'reversal', { values: { voucher: '12' } })).length, 26);
    assert.equal(latin(writeMessage(ecr17, 'send-last-result', { values: {} })).length, 22);
    assert.equal(latin(writeMessage(ecr17, 'status', { values: {} })), '000000000s');
    const paid = writeMessage(ecr17, 'paid', {
      values: { stan: '42', 'auth-code': '654321', entry: 'chip', time: '20260729152000', amount: '650' },
    });
    assert.equal(paid.length, 92);
    assert.equal(latin(paid).slice(31, 47), 'ICC6543212101520');
    const read = readMessage(ecr17, paid, 'terminal');
    assert.deepEqual([read?.name, read?.values.stan, read?.values.amount], ['paid', '000042', '650']);
    const basic = readMessage(ecr17, paid.subarray(0, 71), 'terminal');
    assert.equal(basic?.name, 'paid-basic');
    const refused = writeMessage(ecr17, 'refused', {
      values: { result: 'cancelled', text: 'TRANSAZIONE ANNULLATA DALL UTENTE' },
    });
    assert.equal(refused.length, 92);
    assert.deepEqual(readMessage(ecr17, refused, 'terminal')?.values.result, 'declined');
  });

  it('Concert: the message whose checksum equals ETX', () => {
    const concert = loadProtocol('concert');
    // Of its own accord the till wants the answer when the payment is over, never before.
    const own = writeMessage(concert, 'debit', { values: { amount: '1234' } });
    assert.equal(latin(own), `01${'00001234'}010978${' '.repeat(10)}A010B010`);
    const sent = writeMessage(concert, 'debit', { values: { amount: '1234' }, echo: { delay: 'A011' } });
    assert.equal(latin(sent), `01${'00001234'}010978${' '.repeat(10)}A011B010`);
    const early = readMessage(concert, payload(`019${'00001234'}1978${' '.repeat(10)}`), 'terminal');
    assert.equal(early?.values.result, 'accepted');
    assert.equal(sent.length, 34);
    const { serial } = concert.links;
    assert.ok(serial);
    const wire = framingOf(serial.framing).frame(sent);
    assert.equal(wire.at(-1), 0x03);
    const [frame] = deframe(framingOf(serial.framing)).push(wire);
    assert.equal(frame?.type, 'frame');
  });

  it('Caisse-AP: tags in any order, unknown ones beside them', () => {
    const caisse = loadProtocol('caisse-ap');
    const asked = latin(writeMessage(caisse, 'debit', { values: { amount: '2500', currency: '978' } }));
    assert.match(asked, /^CZ0040320CJ012\d{12}CA00201CB0042500CD0010CE003978/);
    const answer = 'CZ0040320AE00210CB0042500AC006A00395XX003abcCI0012AA016************0674';
    const read = readMessage(caisse, payload(answer), 'terminal');
    assert.deepEqual(read?.values, {
      result: 'approved',
      amount: '2500',
      'auth-code': 'A00395',
      entry: 'tap',
      pan: '************0674',
    });
    assert.equal(read?.rest, 'XX=abc');
    assert.equal(values(caisse, 'CZ0040320AE00201AF00211', 'terminal')?.reason, 'cancelled');
    assert.equal(readMessage(caisse, payload('CZ0040320AE0031')), undefined);
    // Who said it is not always known: a log has both ends in it.
    const alone = 'CZ0040320CJ012012345678901CA00201CB0041250CD0010CE003978AE00210AC006654321';
    assert.equal(readMessage(caisse, payload(alone))?.name, 'result');
    assert.equal(readMessage(caisse, payload(`${alone}ZU00212`))?.name, 'result');
    assert.equal(readMessage(caisse, payload(alone.slice(0, 56)))?.name, 'debit');
    // Tills leave out what they have nothing to say to, and ask for what is not known here.
    const bare = 'CZ0040300CJ012247300123456CA00201CB00512345CD0010CE003978';
    assert.equal(readMessage(caisse, payload(bare))?.name, 'debit');
    assert.equal(readMessage(caisse, payload(`${bare}CK003100`))?.name, 'debit');
    const probe = 'CZ0040320CJ012012345678901CA00201CB0041590CD001ICE003978CF0071590-01';
    assert.equal(readMessage(caisse, payload(probe))?.name, 'other-request');
  });

  it('a file of its own: widths count bytes, and no half of a character is left', () => {
    const mis = loadProtocol('example-mis');
    const sent = writeMessage(mis, 'progress', { values: { text: '请插卡或挥卡或刷卡或者输入密码' } });
    assert.equal(sent.length, 22);
    assert.equal(readMessage(mis, sent, 'terminal')?.values.text, '请插卡或挥卡或刷卡或');
  });

  it('says what does not fit, and what the layout needs for itself', () => {
    const transbank = loadProtocol('transbank');
    const code = (name: string, given: Values) => {
      try {
        writeMessage(transbank, name, { values: given });
        return 'written';
      } catch (error) {
        return isRigError(error) ? error.code : 'other';
      }
    };
    assert.equal(code('sale', { amount: '1234567890' }), 'CODEC_FIELD');
    assert.equal(code('annulment', { voucher: '1|2' }), 'CODEC_FIELD');
    assert.equal(code('nothing-of-the-kind', {}), 'CODEC_FIELD');
  });

  const told: Readonly<Partial<Record<Meaning, fc.Arbitrary<string>>>> = {
    amount: fc.integer({ min: 1, max: 99_999_999 }).map(String),
    stan: fc.integer({ min: 1, max: 999_999 }).map((number) => String(number).padStart(6, '0')),
    'auth-code': fc.stringMatching(/^[1-9A-Z][0-9A-Z]{5}$/),
    reference: fc.stringMatching(/^[1-9][0-9]{5}$/),
    result: fc.constantFrom('approved', 'declined'),
  };
  for (const name of protocolNames()) {
    it(`${name}: what is written is read again, and any bytes are read without harm`, () => {
      const protocol = loadProtocol(name);
      const messages = Object.entries(protocol.messages);
      fc.assert(
        fc.property(
          fc.record(told as Record<Meaning, fc.Arbitrary<string>>, { requiredKeys: [] }),
          fc.nat(),
          fc.uint8Array({ maxLength: 200 }),
          fc.nat(),
          (given, which, noise, cut) => {
            const [id, message] = messages[which % messages.length] ?? [];
            if (!id || !message) return;
            const wire = writeMessage(protocol, id, { values: given });
            const read = readMessage(protocol, wire, message.from, message.form);
            assert.ok(read, `${id} is not read`);
            // A refusal that says "approved" is another message.
            if (read?.name !== id) return;
            for (const { holds, is, optional } of message.fields) {
              if (holds === undefined || is !== undefined || optional) continue;
              const value = given[holds];
              if (value !== undefined) assert.equal(bare(read.values[holds]), bare(value), `${id}: ${holds}`);
            }
            readMessage(protocol, noise);
            readMessage(protocol, wire.subarray(0, cut % (wire.length + 1)), message.from, message.form);
          },
        ),
        { numRuns: 150 },
      );
    });
  }
});
