import assert from 'node:assert/strict';
import { approve, settled } from './testing/scripted-acquirer.ts';
import { testCard } from './testing/terminal-rig.ts';
import { terminalSuite } from './testing/terminal-suite.ts';

describe('virtual terminal: other operations', () => {
  const suite = terminalSuite();
  const { start, startSignedOff, heard, only, on } = suite;

  describe('void and refund', () => {
    it('void names the original, marks it, and counts as credit', async () => {
      await start();
      await suite.terminal.sale();
      const [sale] = heard('0200');
      await suite.terminal.press('2');
      await suite.terminal.until('VOUCHER NO');
      await suite.terminal.type('2');
      await suite.terminal.press('enter');
      await suite.terminal.until('ENTER TO CONFIRM');
      assert.match(suite.terminal.body.screen.lines.join('|'), /^VOID 000002\|RMB +128\.50\|629999\*+0012\|/);
      await suite.terminal.press('enter');
      assert.equal((await suite.terminal.finish(testCard('debit-1'), 'chip'))[0], 'APPROVED');
      const request = heard('0200')[1]?.fields;
      assert.equal(request?.['3'], '200000');
      assert.equal(request?.['37'], `000000${sale?.fields['11']}`);
      assert.equal(request?.['38'], 'A1B2C3');
      assert.equal(request?.['61'], '0000070000021122');
      assert.match(suite.terminal.slips().at(-1) ?? '', /VOID[\s\S]*原凭证号 ORIG VOUCHER NO: 000002/);
      await suite.terminal.press('2');
      await suite.terminal.until('VOUCHER NO');
      await suite.terminal.type('000002');
      await suite.terminal.press('enter');
      await suite.terminal.until('ALREADY VOIDED');
      await suite.terminal.settle();
      assert.match(only('0500').fields['48'] ?? '', /^000000012850001000000012850001/);
    });

    it('void refuses what it cannot take back and another card', async () => {
      await start();
      await suite.terminal.sale();
      await suite.terminal.press('2');
      await suite.terminal.until('VOUCHER NO');
      await suite.terminal.type('77');
      await suite.terminal.press('enter');
      await suite.terminal.until('NO SUCH RECORD');
      await suite.terminal.until('READY');
      await suite.terminal.press('2');
      await suite.terminal.type('2');
      await suite.terminal.press('enter');
      await suite.terminal.until('ENTER TO CONFIRM');
      await suite.terminal.press('enter');
      await suite.terminal.until('INSERT/SWIPE/TAP');
      suite.terminal.present(testCard('debit-2'), 'swipe');
      await suite.terminal.until('ANOTHER CARD');
      assert.equal(heard('0200').length, 1);
    });

    it('refund names reference and date, and owes no reversal', async () => {
      await start({ response: 60_000 });
      const refund = async () => {
        await suite.terminal.press('3');
        await suite.terminal.until('REFERENCE NO');
        await suite.terminal.type('000000001234');
        await suite.terminal.press('enter');
        await suite.terminal.until('ORIGINAL DATE');
        await suite.terminal.type('1121');
        await suite.terminal.press('enter');
        await suite.terminal.until('ENTER AMOUNT');
        await suite.terminal.type('500');
        await suite.terminal.press('enter');
        return suite.terminal.finish(testCard('debit-1'), 'chip');
      };
      assert.equal((await refund())[0], 'APPROVED');
      const { fields, mac } = only('0220');
      assert.equal(mac, 'ok');
      assert.equal(fields['60.1'], '25');
      assert.equal(fields['37'], '000000001234');
      assert.equal(fields['61'], '0000000000001121');
      on('0220', () => 'silence');
      assert.equal((await refund())[0], 'NO ANSWER');
      assert.equal(suite.terminal.memory.reversal, null);
    });
  });

  describe('settlement', () => {
    it('balanced: a slip, a new batch', async () => {
      await start();
      await suite.terminal.sale();
      suite.terminal.forget();
      assert.deepEqual(await suite.terminal.settle(), ['SETTLED', 'BATCH 000007', 'BALANCED', '']);
      assert.equal(suite.terminal.memory.batch, '000008');
      assert.deepEqual(suite.terminal.memory.transactions, []);
      const [slip, ...more] = suite.terminal.slips();
      assert.equal(more.length, 0);
      assert.match(slip ?? '', /结算单 SETTLEMENT[\s\S]*SALES COUNT: 1\n[\s\S]*RMB 128\.50\n[\s\S]*BALANCED/);
    });

    it('not balanced: every detail is uploaded, then the end message', async () => {
      await start();
      await suite.terminal.sale();
      await suite.terminal.sale({ card: testCard('tap-1'), entry: 'tap', amount: '999' });
      on('0500', (message) => ({ ...approve(message), '48': settled(message, '2') }));
      assert.deepEqual(await suite.terminal.settle(), ['SETTLED', 'BATCH 000007', 'NOT BALANCED', '']);
      const [details, end, ...more] = heard('0320').map(({ fields }) => fields);
      assert.equal(more.length, 0);
      assert.equal(
        details?.['48'],
        '02' +
          '00000002' +
          '06299990000000000012' +
          '000000012850' +
          '00000003' +
          '06299990000000000046' +
          '000000000999',
      );
      assert.equal(end?.['60.3'], '202');
      assert.equal(end?.['48'], '0002');
    });

    it('goes on where an upload was broken off, and takes no sale in between', async () => {
      await start({ response: 60_000 });
      for (let i = 0; i < 9; i++)
        await suite.terminal.sale({ card: testCard('tap-1'), entry: 'tap', amount: '100' });
      suite.acquirer.script = (message) => {
        if (message.mti === '0500') return { ...approve(message), '48': settled(message, '2') };
        if (message.mti === '0800') return { ...approve(message), '60': '00000008003' };
        return heard('0320').length === 2 ? 'silence' : approve(message);
      };
      assert.equal((await suite.terminal.settle())[0], 'NO ANSWER');
      suite.terminal.body.power(false);
      suite.terminal.body.power(true);
      await suite.terminal.until('READY');
      await suite.terminal.press('1');
      await suite.terminal.until('SETTLE FIRST');
      await suite.terminal.signOn(); // brings another batch number; the open one keeps its own
      assert.equal((await suite.terminal.settle())[0], 'SETTLED');
      only('0500');
      assert.deepEqual([...new Set(heard('0320').map(({ fields }) => fields['60.2']))], ['000007']);
      assert.equal(suite.terminal.memory.batch, '000008');
      assert.deepEqual(
        heard('0320').map(({ fields }) => fields['48']?.slice(0, 2)),
        ['08', '01', '01', '00'],
      );
    });
  });

  it('reprints the last slip, marked and otherwise the same', async () => {
    await start();
    await suite.terminal.sale();
    const printed = suite.terminal.slips();
    suite.terminal.forget();
    await suite.terminal.press('5');
    await suite.terminal.until('REPRINTED');
    const again = suite.terminal.slips();
    assert.deepEqual(
      again.map((slip) => slip.replace('重打印凭证 DUPLICATE\n', '')),
      printed,
    );
    for (const slip of again) assert.match(slip, /重打印凭证 DUPLICATE\n/);
    assert.equal(heard('0200').length, 1);
  });

  describe('sign-on', () => {
    it('takes batch and time from the answer, and proves the keys', async () => {
      await startSignedOff();
      assert.equal(suite.terminal.body.screen.lines[0], 'PLEASE SIGN ON');
      assert.deepEqual((await suite.terminal.signOn()).slice(0, 2), ['SIGNED ON', 'BATCH 000007']);
      const { wrappedKeys } = suite.terminal.memory;
      on('0800', (message) => ({ ...approve(message), '62': Buffer.alloc(40, 7) }));
      assert.deepEqual((await suite.terminal.signOn()).slice(0, 2), ['NOT POSSIBLE', 'KEY CHECK FAILED']);
      assert.equal(suite.terminal.memory.wrappedKeys, wrappedKeys);
      await suite.terminal.sale();
      assert.match(suite.terminal.slips()[0] ?? '', /\d{4}\/11\/22 09:30:15/);
    });
  });
});
