import assert from 'node:assert/strict';
import { approve, settled } from './testing/scripted-acquirer.ts';
import { testCard } from './testing/terminal-rig.ts';
import { terminalSuite } from './testing/terminal-suite.ts';

describe('virtual terminal: defects', () => {
  const suite = terminalSuite();
  const { start, heard, only, on, dialogue } = suite;

  describe('defects', () => {
    const lostThenSale = async () => {
      on('0200', (message, nth) => (nth === 1 ? 'silence' : approve(message)));
      await suite.terminal.sale();
      await suite.terminal.sale();
    };

    it('no-reversal-on-timeout', async () => {
      await start({ response: 60_000, defects: ['no-reversal-on-timeout'] });
      await lostThenSale();
      assert.equal(dialogue(), '0800 0200 0200');
    });

    it('reversal-new-stan', async () => {
      await start({ response: 60_000, defects: ['reversal-new-stan'] });
      await lostThenSale();
      assert.notEqual(only('0400').fields['11'], heard('0200')[0]?.fields['11']);
      assert.equal(only('0400').mac, 'ok');
    });

    it('full-pan-on-slip', async () => {
      await start({ defects: ['full-pan-on-slip'] });
      await suite.terminal.sale();
      const [merchant, customer] = suite.terminal.slips();
      assert.match(merchant ?? '', /6299990000000000012 I/);
      assert.doesNotMatch(customer ?? '', /6299990000000000012/);
    });

    it('amount-from-request', async () => {
      await start({ defects: ['amount-from-request'] });
      on('0200', (message) => ({ ...approve(message), '4': '000000010000', '39': '10' }));
      await suite.terminal.sale();
      assert.match(suite.terminal.slips().join(), /RMB 128\.50/);
      assert.equal(suite.terminal.memory.transactions[0]?.amount, 10000);
    });

    it('reversal-forgotten-on-power-cut', async () => {
      await start({ response: 60_000, defects: ['reversal-forgotten-on-power-cut'] });
      on('0200', () => 'silence');
      await suite.terminal.sale();
      assert.match(suite.terminal.body.screen.lines[0] ?? '', /REVERSAL DUE/);
      suite.terminal.body.power(false);
      suite.terminal.body.power(true);
      await suite.terminal.until(/^READY$/m);
    });

    it('mac-not-checked', async () => {
      await start({ defects: ['mac-not-checked'] });
      on('0200', (message) => ({
        raw: suite.acquirer.answer(message, approve(message), Buffer.alloc(8, 0x55)),
      }));
      assert.equal((await suite.terminal.sale())[0], 'APPROVED');
    });

    it('no-batch-upload', async () => {
      await start({ defects: ['no-batch-upload'] });
      await suite.terminal.sale();
      on('0500', (message) => ({ ...approve(message), '48': settled(message, '2') }));
      assert.equal((await suite.terminal.settle())[0], 'SETTLED');
      assert.equal(heard('0320').length, 0);
    });

    it('slip-lost-on-power-cut', async () => {
      await start({ defects: ['slip-lost-on-power-cut'] });
      const sale = suite.terminal.sale({ card: testCard('tap-1'), entry: 'tap' });
      await suite.terminal.until('APPROVED');
      suite.terminal.body.power(false);
      suite.terminal.body.power(true);
      await sale;
      assert.deepEqual(suite.terminal.slips(), []);
      assert.equal(suite.terminal.memory.transactions.length, 1);
    });

    it('reprint-not-marked', async () => {
      await start({ defects: ['reprint-not-marked'] });
      await suite.terminal.sale();
      const printed = suite.terminal.slips();
      suite.terminal.forget();
      await suite.terminal.press('5');
      await suite.terminal.until('REPRINTED');
      assert.deepEqual(suite.terminal.slips(), printed);
    });

    it('void-not-in-totals', async () => {
      await start({ defects: ['void-not-in-totals'] });
      await suite.terminal.sale();
      await suite.terminal.press('2');
      await suite.terminal.type('2');
      await suite.terminal.press('enter');
      await suite.terminal.until('ENTER TO CONFIRM');
      await suite.terminal.press('enter');
      await suite.terminal.finish(testCard('debit-1'), 'chip');
      await suite.terminal.settle();
      assert.match(only('0500').fields['48'] ?? '', /^000000012850001000000000000000/);
    });

    it('decline-shown-as-approved', async () => {
      await start({ defects: ['decline-shown-as-approved'] });
      on('0200', () => ({ '39': '61' }));
      assert.deepEqual((await suite.terminal.sale()).slice(0, 2), ['APPROVED', 'CODE 61']);
      assert.equal(suite.terminal.slips().length, 2);
    });

    const enter = async (...steps: readonly (readonly [screen: string, digits: string])[]) => {
      for (const [screen, digits] of steps) {
        await suite.terminal.until(screen);
        await suite.terminal.type(digits);
        await suite.terminal.press('enter');
      }
    };
    const tap = async () => {
      await suite.terminal.until('INSERT/SWIPE/TAP');
      suite.terminal.present(testCard('tap-1'), 'tap');
    };
    const preAuth = async () => {
      on('0100', (message) => ({ ...approve(message), '38': '123456' }));
      await suite.terminal.press('00', '1');
      await enter(['ENTER AMOUNT', '50000']);
      return suite.terminal.finish(testCard('debit-1'), 'chip');
    };

    it('offline-sale-uploaded-twice', async () => {
      await start({ defects: ['offline-sale-uploaded-twice'] });
      await suite.terminal.press('00', '00', '3');
      await enter(['ENTER AMOUNT', '1200']);
      await tap();
      await suite.terminal.until(/^READY +1 STORED/);
      await suite.terminal.settle();
      const [first, second] = heard('0220');
      assert.equal(second?.fields['4'], first?.fields['4']);
      assert.notEqual(second?.fields['11'], first?.fields['11']);
    });

    it('completion-without-hold', async () => {
      await start({ defects: ['completion-without-hold'] });
      await preAuth();
      await suite.terminal.press('00', '3');
      await enter(['AUTHORISATION NO', '123456'], ['ORIGINAL DATE', '1122'], ['ENTER AMOUNT', '50000']);
      await tap();
      await suite.terminal.until('APPROVED');
      assert.equal(only('0200').fields['38'], undefined);
      assert.equal(only('0200').fields['61.2'], '000000');
    });

    it('tip-not-in-totals', async () => {
      await start({ defects: ['tip-not-in-totals'] });
      await suite.terminal.sale();
      await suite.terminal.press('00', '00', '4');
      await enter(['VOUCHER NO', '2'], ['ENTER TO CONFIRM', ''], ['ENTER TIP', '100']);
      await suite.terminal.until('APPROVED');
      await suite.terminal.settle();
      assert.match(only('0500').fields['48'] ?? '', /^000000012850001/);
    });

    it('pre-auth-in-totals', async () => {
      await start({ defects: ['pre-auth-in-totals'] });
      await preAuth();
      await suite.terminal.settle();
      assert.match(only('0500').fields['48'] ?? '', /^000000050000001/);
    });

    it('pre-auth-never-reversed', async () => {
      await start({ defects: ['pre-auth-never-reversed'] });
      on('0100', () => 'hang-up');
      await suite.terminal.press('00', '1');
      await enter(['ENTER AMOUNT', '50000']);
      await suite.terminal.finish(testCard('debit-1'), 'chip');
      await suite.terminal.sale();
      assert.equal(dialogue(), '0800 0100 0200');
    });

    it('signature-lost', async () => {
      await start({ defects: ['signature-lost'] });
      on('0820', () => 'hang-up');
      await suite.terminal.press('1');
      await enter(['ENTER AMOUNT', '100']);
      await tap();
      await enter(['ENTER PIN', ''], ['SIGN ON THE PAD', '']);
      await suite.terminal.until('APPROVED');
      assert.deepEqual(suite.terminal.memory.notices, []);
    });
  });
});
