import assert from 'node:assert/strict';
import { approve } from './testing/scripted-acquirer.ts';
import { testCard } from './testing/terminal-rig.ts';
import { terminalSuite } from './testing/terminal-suite.ts';

describe('virtual terminal: hands and printer', () => {
  const suite = terminalSuite();
  const { start, on, dialogue } = suite;

  describe('hands', () => {
    it('cancel, clear and a minute of nothing', async () => {
      await start();
      await suite.terminal.press('1', '5', '00', 'clear');
      await suite.terminal.until(/RMB +0\.00/);
      await suite.terminal.press('enter', '7');
      await suite.terminal.until(/RMB +0\.07/);
      await suite.terminal.press('cancel');
      await suite.terminal.until(/^CANCELLED/);
      await suite.terminal.until(/^READY/);
      await suite.terminal.press('1');
      await suite.terminal.until('TIME IS UP');
      await suite.terminal.until(/^READY/);
      await suite.terminal.press('func');
      assert.deepEqual((await suite.terminal.until('INFO')).lines.slice(1), [
        'TID   30001001',
        'BATCH 000007',
        'STAN  000001',
      ]);
      await suite.terminal.press('cancel');
      await suite.terminal.until(/^READY/);
      assert.equal(dialogue(), '0800');
    });

    it('keys pressed while nobody asks are not kept', async () => {
      await start();
      on('0200', (message) => {
        for (const key of ['1', 'enter']) {
          suite.terminal.body.keyDown(key);
          suite.terminal.body.keyUp(key);
        }
        return approve(message);
      });
      await suite.terminal.sale();
      assert.equal(suite.terminal.body.screen.lines[0], 'READY');
    });

    it('a card that cannot be read that way is asked for again', async () => {
      await start();
      await suite.terminal.press('1', '5', 'enter');
      await suite.terminal.until('INSERT/SWIPE/TAP');
      suite.terminal.present(testCard('tap-1'), 'swipe');
      await suite.terminal.until('TRY ANOTHER WAY');
      suite.terminal.present(testCard('tap-1'), 'tap');
      await suite.terminal.until('ENTER PIN');
      await suite.terminal.press('cancel');
    });
  });

  describe('printer', () => {
    const status = (byte: number) => suite.terminal.body.printerReceives(Uint8Array.of(byte));
    const PAPER_OK = 0x12;
    const PAPER_OUT = 0x72;
    /** Answers DLE EOT 4 as a printer with this paper does. */
    const answering = (paper: () => number) =>
      suite.terminal.body.onPrinterBytes((bytes) => {
        if (Buffer.from(bytes).toString('hex') === '100404') queueMicrotask(() => status(paper()));
      });

    it('out of paper: waits for paper', async () => {
      await start({ printerAnswers: false });
      let paper = PAPER_OUT;
      answering(() => paper);
      const sale = suite.terminal.sale();
      await suite.terminal.until('OUT OF PAPER');
      assert.deepEqual(suite.terminal.slips(), []);
      paper = PAPER_OK;
      await sale;
      assert.equal(suite.terminal.slips().length, 2);
    });

    it('out of paper and given up: the slip is kept and comes before the next operation', async () => {
      await start({ printerAnswers: false });
      let paper = PAPER_OUT;
      answering(() => paper);
      const sale = suite.terminal.sale();
      await suite.terminal.until('OUT OF PAPER');
      await suite.terminal.press('cancel');
      await suite.terminal.until('PRINTER NOT READY');
      await sale;
      paper = PAPER_OK;
      assert.equal(suite.terminal.memory.owedSlips.length, 2);
      await suite.terminal.settle();
      assert.equal(suite.terminal.slips().length, 3);
      assert.match(suite.terminal.slips()[2] ?? '', /SETTLEMENT/);
    });
  });
});
