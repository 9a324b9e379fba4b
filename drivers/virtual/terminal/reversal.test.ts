import assert from 'node:assert/strict';
import { approve } from './testing/scripted-acquirer.ts';
import { testCard } from './testing/terminal-rig.ts';
import { terminalSuite } from './testing/terminal-suite.ts';

describe('virtual terminal: reversal and power cut', () => {
  const suite = terminalSuite();
  const { start, heard, only, on, dialogue, cutAt } = suite;

  describe('reversal', () => {
    const lose = () => on('0200', (message, nth) => (nth === 1 ? 'silence' : approve(message)));

    it('of an unanswered sale goes before the next one, with its STAN and without PIN and track', async () => {
      await start({ response: 60_000 });
      lose();
      assert.equal((await suite.terminal.sale())[0], 'NO ANSWER');
      assert.match(suite.terminal.body.screen.lines[0] ?? '', /READY +REVERSAL DUE/);
      assert.equal((await suite.terminal.sale({ amount: '2000' }))[0], 'APPROVED');
      assert.equal(dialogue(), '0800 0200 0400 0200');
      const [lost, , next] = [heard('0200')[0], undefined, heard('0200')[1]];
      const reversal = only('0400');
      assert.equal(reversal.mac, 'ok');
      assert.equal(reversal.fields['39'], '98');
      for (const id of ['2', '3', '4', '11', '25', '41', '42', '60']) {
        assert.equal(reversal.fields[id], lost?.fields[id], `F${id}`);
      }
      for (const id of ['26', '35', '37', '52', '53']) assert.equal(reversal.fields[id], undefined, `F${id}`);
      assert.notEqual(next?.fields['11'], lost?.fields['11']);
      assert.equal(next?.connection, reversal.connection);
      assert.equal(suite.terminal.memory.reversal, null);
      assert.equal(suite.terminal.body.screen.lines[0], 'READY');
    });

    it('ignores the late answer to the sale that it takes back', async () => {
      await start({ response: 60_000 });
      lose();
      await suite.terminal.sale();
      const [lost] = heard('0200');
      assert.ok(lost);
      const normal = suite.acquirer.script;
      suite.acquirer.script = (message) =>
        message.mti === '0400'
          ? { raw: Buffer.concat([suite.acquirer.answer(lost), suite.acquirer.answer(message)]) }
          : normal(message);
      assert.equal((await suite.terminal.sale())[0], 'APPROVED');
      assert.equal(suite.terminal.memory.transactions.length, 1);
    });

    it('is tried three times, then the new sale is not made; it is never forgotten', async () => {
      await start({ response: 30_000 });
      suite.acquirer.script = (message) => (message.mti === '0800' ? approve(message) : 'silence');
      await suite.terminal.sale();
      assert.equal((await suite.terminal.sale())[0], 'REVERSAL FAILED');
      assert.equal(dialogue(), '0800 0200 0400 0400 0400');
      suite.acquirer.script = (message) => (message.mti === '0400' ? { '39': '96' } : approve(message));
      assert.equal((await suite.terminal.sale())[0], 'REVERSAL FAILED');
      assert.equal(heard('0400').length, 6);
      suite.acquirer.script = (message) => (message.mti === '0400' ? { '39': '25' } : approve(message));
      assert.equal((await suite.terminal.sale())[0], 'APPROVED');
      assert.equal(heard('0200').length, 2);
      assert.equal(new Set(heard('0400').map(({ fields }) => fields['11'])).size, 1);
    });

    it('goes before settlement', async () => {
      await start({ response: 60_000 });
      lose();
      await suite.terminal.sale();
      assert.equal((await suite.terminal.settle())[0], 'SETTLED');
      assert.equal(dialogue(), '0800 0200 0400 0500');
    });

    it('is not owed when the request never left', async () => {
      await start();
      await suite.acquirer.refuse();
      assert.equal((await suite.terminal.sale())[0], 'NO CONNECTION');
      assert.equal(suite.terminal.memory.reversal, null);
      assert.equal(suite.terminal.body.screen.lines[0], 'READY');
    });
  });

  describe('power cut', () => {
    it('between approval and receipt: the slips are printed after the start, the sale stays', async () => {
      await start();
      const cut = cutAt('APPROVED');
      const sale = suite.terminal.sale().catch((error: unknown) => error);
      await cut;
      assert.deepEqual(suite.terminal.body.screen, { lit: false, lines: ['', '', '', ''] });
      assert.deepEqual(suite.terminal.slips(), []);
      assert.equal(suite.terminal.memory.transactions.length, 1);
      assert.equal(suite.terminal.memory.reversal, null);
      suite.terminal.forget();
      suite.terminal.body.power(true);
      await suite.terminal.until('REMOVE CARD');
      assert.equal(suite.terminal.slips().length, 2);
      assert.match(suite.terminal.shown.join('\n'), /^STARTING[\s\S]*\nPRINTING/);
      suite.terminal.body.cardRemoved();
      await suite.terminal.until('READY');
      assert.deepEqual(suite.terminal.memory.owedSlips, []);
      await sale;
    });

    it('while waiting: the reversal is still owed after the start', async () => {
      await start();
      const cut = new Promise<void>((resolve) => {
        on('0200', (message, nth) => {
          if (nth > 1) return approve(message);
          suite.terminal.body.power(false);
          resolve();
          return approve(message);
        });
      });
      const sale = suite.terminal.sale().catch(() => undefined);
      await cut;
      assert.equal(suite.terminal.body.screen.lit, false);
      suite.terminal.body.cardRemoved();
      suite.terminal.body.power(true);
      await suite.terminal.until('REVERSAL DUE');
      assert.deepEqual(suite.terminal.slips(), []);
      await suite.terminal.sale();
      assert.equal(dialogue(), '0800 0200 0400 0200');
      assert.equal(only('0400').fields['11'], heard('0200')[0]?.fields['11']);
      await sale;
    });

    it('before the request left: the reversal goes all the same', async () => {
      await start();
      const cut = cutAt('WAITING');
      const sale = suite.terminal.sale().catch(() => undefined);
      await cut;
      suite.terminal.body.cardRemoved();
      suite.terminal.body.power(true);
      await suite.terminal.until('REVERSAL DUE');
      await suite.terminal.sale();
      assert.equal(dialogue(), '0800 0400 0200');
      await sale;
    });

    it('in the middle of a slip stops it at that byte; it is printed whole later', async () => {
      await start();
      let bytes = 0;
      let atCut = 0;
      suite.terminal.body.onPrinterBytes((piece) => {
        bytes += piece.length;
        if (bytes > 300 && atCut === 0) {
          atCut = bytes;
          suite.terminal.body.power(false);
        }
      });
      const sale = suite.terminal.sale({ card: testCard('tap-1'), entry: 'tap' });
      sale.catch(() => undefined);
      await suite.terminal.until(/^PRINTING/);
      await suite.terminal.until(/^$|^\n/);
      assert.equal(bytes, atCut);
      assert.equal(suite.terminal.slips().length, 1);
      suite.terminal.forget();
      suite.terminal.body.power(true);
      await suite.terminal.until('READY');
      assert.equal(suite.terminal.slips().length, 2);
    });

    it('keeps working keys, batch and totals', async () => {
      await start();
      await suite.terminal.sale();
      suite.terminal.body.power(false);
      suite.terminal.body.power(true);
      await suite.terminal.until('READY');
      await suite.terminal.sale({ amount: '2000' });
      await suite.terminal.settle();
      assert.match(only('0500').fields['48'] ?? '', /^000000014850002/);
    });
  });
});
