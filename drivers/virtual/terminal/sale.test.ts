import assert from 'node:assert/strict';
import { approve } from './testing/scripted-acquirer.ts';
import { testCard } from './testing/terminal-rig.ts';
import { terminalSuite } from './testing/terminal-suite.ts';

describe('virtual terminal: sale and answers', () => {
  const suite = terminalSuite();
  const { start, heard, only, on } = suite;

  describe('sale', () => {
    it('is approved, recorded and printed in two copies', async () => {
      await start();
      assert.deepEqual(await suite.terminal.sale(), ['APPROVED', 'CODE 00', 'RMB           128.50', '']);
      const request = only('0200');
      assert.equal(request.mac, 'ok');
      assert.equal(request.fields['4'], '000000012850');
      assert.equal(request.fields['22'], '051');
      assert.equal(request.fields['60'], '2200000700060');
      const [record] = suite.terminal.memory.transactions;
      assert.equal(record?.amount, 12850);
      assert.equal(suite.terminal.memory.reversal, null);
      assert.equal(record?.pan.includes('62999900000'), false, 'the PAN is not clear in flash');
      const [merchant, customer, ...more] = suite.terminal.slips();
      assert.equal(more.length, 0);
      for (const slip of [merchant, customer]) {
        assert.match(slip ?? '', /629999\*+0012 I\n/);
        assert.match(slip ?? '', /参考号 REF NO: 000000000002\n/);
        assert.match(slip ?? '', /\nRMB 128\.50\n/);
        assert.doesNotMatch(slip ?? '', /6299990000000000012/);
      }
      assert.match(merchant ?? '', /商户存根 MERCHANT COPY[\s\S]*SIGNATURE/);
      assert.match(customer ?? '', /持卡人存根 CARDHOLDER COPY/);
      assert.doesNotMatch(customer ?? '', /SIGNATURE/);
      const names = /ENTER AMOUNT|INSERT|READING|ENTER PIN|CONNECTING|WAITING|APPROVED|PRINTING|REMOVE|READY/;
      const sequence = suite.terminal.shown.map((screen) => names.exec(screen)?.[0] ?? screen);
      assert.deepEqual(
        sequence.filter((name, i) => name !== sequence[i - 1]),
        [
          'ENTER AMOUNT',
          'INSERT',
          'READING',
          'ENTER PIN',
          'CONNECTING',
          'WAITING',
          'APPROVED',
          'PRINTING',
          'REMOVE',
          'READY',
        ],
      );
    });

    it('tells the entry mode: stripe without chip data and as a fallback, contactless with it', async () => {
      await start();
      await suite.terminal.sale({ card: testCard('debit-2'), entry: 'swipe' });
      await suite.terminal.sale({ card: testCard('tap-1'), entry: 'tap' });
      const [stripe, tap] = heard('0200').map(({ fields }) => fields);
      assert.equal(stripe?.['22'], '021');
      assert.equal(stripe?.['55'], undefined);
      assert.equal(stripe?.['2'], undefined);
      assert.equal(stripe?.['60.5'], '1');
      assert.equal(tap?.['22'], '071');
      assert.equal(tap?.['55.9F02'], '000000012850');
      assert.equal(tap?.['60.5'], '0');
    });

    it('stores the reversal before the request leaves', async () => {
      await start();
      let stored: unknown;
      on('0200', (message) => {
        stored = suite.terminal.memory.reversal?.stan;
        return approve(message);
      });
      await suite.terminal.sale();
      assert.equal(stored, only('0200').fields['11']);
    });

    it('is declined cleanly: code and text, no slip, no reversal', async () => {
      await start();
      on('0200', () => ({ '37': '000000000009', '39': '61' }));
      assert.deepEqual(await suite.terminal.sale(), ['DECLINED', 'CODE 61', 'OVER AMOUNT LIMIT', '']);
      assert.deepEqual(suite.terminal.slips(), []);
      assert.equal(suite.terminal.memory.reversal, null);
      assert.deepEqual(suite.terminal.memory.transactions, []);
      on('0200', () => ({ '39': '58', '63': 'CUP终端位置异常' }));
      assert.deepEqual(await suite.terminal.sale(), ['DECLINED', 'CODE 58', '终端位置异常', '']);
    });

    it('goes by the approved amount when the acquirer approves less', async () => {
      await start();
      on('0200', (message) => ({ ...approve(message), '4': '000000010000', '39': '10' }));
      assert.deepEqual(await suite.terminal.sale(), ['APPROVED', 'CODE 10', 'RMB           100.00', '']);
      assert.match(suite.terminal.slips().join(), /RMB 100\.00[\s\S]*RMB 100\.00/);
      await suite.terminal.settle();
      assert.match(only('0500').fields['48'] ?? '', /^000000010000001/);
    });

    it('takes back an approval of more than was asked for', async () => {
      await start();
      on('0200', (message) => ({ ...approve(message), '4': '000000099999' }));
      assert.deepEqual((await suite.terminal.sale())[0], 'CANCELLED');
      assert.equal(suite.terminal.memory.reversal?.reason, '06');
    });

    it('takes back an approval when the chip card was pulled meanwhile', async () => {
      await start();
      on('0200', (message) => {
        suite.terminal.body.cardRemoved();
        return approve(message);
      });
      assert.deepEqual((await suite.terminal.sale()).slice(0, 2), ['CANCELLED', 'CARD REMOVED']);
      assert.equal(suite.terminal.memory.reversal?.reason, '96');
      assert.deepEqual(suite.terminal.slips(), []);
    });
  });

  describe('answers', () => {
    it('that are for another STAN, terminal or message, or do not decode, are no answers', async () => {
      await start();
      on('0200', (message) => {
        const other = (fields: Record<string, string>) =>
          suite.acquirer.answer({ ...message, fields: { ...message.fields, ...fields } });
        const garbage = Uint8Array.of(0, 3, 1, 2, 3);
        return {
          raw: Buffer.concat([
            garbage,
            other({ '11': '999999' }),
            other({ '41': '99999999' }),
            suite.acquirer.answer({ ...message, mti: '0400' }),
            suite.acquirer.answer(message, { ...approve(message), '38': 'RIGHT1' }),
          ]),
        };
      });
      assert.equal((await suite.terminal.sale())[0], 'APPROVED');
      assert.equal(suite.terminal.memory.transactions[0]?.authCode, 'RIGHT1');
    });

    it('with a wrong MAC are refused and reversed with reason A0', async () => {
      await start();
      on('0200', (message, nth) =>
        nth === 1
          ? { raw: suite.acquirer.answer(message, approve(message), Buffer.alloc(8, 0x55)) }
          : approve(message),
      );
      assert.deepEqual((await suite.terminal.sale()).slice(0, 2), ['MAC ERROR', 'CODE A0']);
      assert.match(suite.terminal.body.screen.lines[0] ?? '', /READY +REVERSAL DUE/);
      await suite.terminal.sale();
      assert.equal(only('0400').fields['39'], 'A0');
    });

    it('without a MAC are refused too', async () => {
      await start();
      on('0200', (message) => ({ raw: suite.acquirer.answer({ ...message, mac: 'absent' }) }));
      assert.equal((await suite.terminal.sale())[0], 'MAC ERROR');
    });

    it('that stop half way are none', async () => {
      await start();
      on('0200', (message) => ({ raw: suite.acquirer.answer(message).subarray(0, 40) }));
      const waiting = suite.terminal.sale();
      await suite.terminal.until('WAITING');
      await suite.acquirer.close();
      assert.equal((await waiting)[0], 'NO ANSWER');
      assert.equal(suite.terminal.memory.reversal?.reason, '98');
    });

    it('A0 and 77 send the terminal back to sign-on', async () => {
      await start();
      for (const code of ['A0', '77']) {
        on('0200', (message) => ({
          raw: suite.acquirer.answer({ ...message, mac: code === 'A0' ? 'absent' : 'ok' }, { '39': code }),
        }));
        assert.deepEqual((await suite.terminal.sale()).slice(0, 2), ['DECLINED', `CODE ${code}`]);
        assert.equal(suite.terminal.body.screen.lines[0], 'PLEASE SIGN ON');
        assert.equal(suite.terminal.memory.reversal, null);
        await suite.terminal.press('1');
        await suite.terminal.until('SIGN ON FIRST');
        await suite.terminal.signOn();
      }
    });
  });
});
