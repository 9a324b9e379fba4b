import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CardPlane } from '../../../rig/bench/planes.ts';
import { TestCard } from '../../../rig/model/card.ts';
import { paymentCode } from '../../codec/qr/payment-code.ts';
import { enlarged, type Picture, pictureOf, qrDots, readQr } from '../../codec/qr/picture.ts';
import { pictureIn, pngOf } from '../../codec/qr/png.ts';
import { makeContext, type TestContext } from '../../devices/testing/context.ts';
import { makePty, serveLines, type TestPty } from '../../transport/testing/pty.ts';
import { type RunningDaemon, serveAdb } from '../../virtual/adb/daemon.ts';
import { makePhone } from '../../virtual/adb/phone.ts';
import { attachCodeDisplay } from '../../virtual/devices/code-display.ts';
import { open, options, selfTest } from '../only-codes.ts';

describe('payment codes before the scanner', () => {
  let pty: TestPty;
  let context: TestContext;
  let plane: CardPlane | undefined;
  let daemon: RunningDaemon | undefined;
  let folder: string;
  /** What the scanner has read, picture by picture. */
  let read: (string | undefined)[];
  const sees = (picture: Picture | undefined) =>
    void read.push(picture ? (readQr(picture) ?? 'nothing') : 'dark');
  const wallet = () => {
    const card = context.cards.find(({ id }) => id === 'wallet-1');
    assert.ok(card);
    return card;
  };
  const openCodes = async (codes: Record<string, unknown>) => {
    plane = await open(options.parse({ codes: { dwell: '20 ms', ...codes } }), context);
    return plane;
  };
  /** No picture and no number of a code may stand in any record. */
  const assertUntold = () => {
    const told = context.events
      .map((event) =>
        event.type === 'bytes' ? Buffer.from(event.hex, 'hex').toString('latin1') : JSON.stringify(event),
      )
      .join('\n');
    assert.ok(!told.includes(wallet().pan) && !told.includes(paymentCode(wallet())), told);
    assert.ok(!/row \d+ [0-9a-f]{6}|iVBOR/.test(told), told);
  };

  beforeEach(async () => {
    pty = await makePty();
    context = { ...makeContext(), resolve: (path) => path };
    folder = mkdtempSync(join(tmpdir(), 'posrig-codes-'));
    read = [];
    plane = undefined;
    daemon = undefined;
  });
  afterEach(async () => {
    await plane?.close().catch(() => {});
    await daemon?.close();
    await pty.unplug();
    rmSync(folder, { recursive: true, force: true });
  });

  describe('on a display', () => {
    const port = () => ({
      write: pty.send,
      onData: (listener: (bytes: Uint8Array) => void) => pty.onData(listener),
    });

    it('shows the code of a card, takes it away, and records neither', async () => {
      attachCodeDisplay(port(), { scannerSees: sees });
      const card = await openCodes({ on: 'display', port: pty.path });
      assert.deepEqual([...card.cards], [['wallet-1', ['scan']]]);
      await card.show?.('wallet-1');
      await card.show?.('wallet-1', 'damaged');
      await card.show?.('wallet-1', 'foreign');
      const code = paymentCode(wallet());
      assert.deepEqual(read, ['dark', code, 'dark', 'nothing', 'dark', 'https://example.org/menu', 'dark']);
      assert.equal(
        context.events.filter((event) => event.type === 'card' && event.action === 'show').length,
        3,
      );
      await assert.rejects(async () => card.show?.('debit-1'), { code: 'CARD_UNKNOWN' });
      await assert.rejects(card.insert('wallet-1'), { code: 'CARD_UNKNOWN' });
      assert.equal(await selfTest(card), 'code display 128 × 128, memory read back');
      assertUntold();
    });

    it('believes the memory of the display, not its word', async () => {
      let rows = 0;
      serveLines(pty, (line) => {
        const [word = '', ...rest] = line.split(' ');
        if (word === 'id?') return 'id posrig-code 1 width=128 height=128';
        if (word === 'begin') return `begun ${rest.join(' ')}`;
        if (word === 'row') return `row ${rows++}`;
        if (word === 'clear') return 'cleared';
        return word === 'show' ? 'shown 00000000' : 'state dark';
      });
      const card = await openCodes({ on: 'display', port: pty.path });
      await assert.rejects(async () => card.show?.('wallet-1'), { code: 'CARD_ACTUATOR', blame: 'bench' });
      assert.ok(!context.events.some((event) => event.type === 'card'));
    });
  });

  describe('on a phone', () => {
    const start = async (more: Partial<ReturnType<typeof makePhone>> = {}) => {
      daemon = await serveAdb({ ...makePhone(sees), ...more }, { host: '127.0.0.1', port: 0 });
      return { on: 'phone', tcp: daemon.address, key: join(folder, 'key') };
    };
    beforeEach(async () => {
      const { generateKeyPairSync } = await import('node:crypto');
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      writeFileSync(join(folder, 'key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), {
        mode: 0o600,
      });
    });

    it('opens the picture, reads it back from the screen, and goes home again', async () => {
      const card = await openCodes(await start());
      await card.show?.('wallet-1');
      assert.deepEqual(read, ['dark', paymentCode(wallet()), 'dark']);
      assert.match(await selfTest(card), /phone VPHONE answers/);
      assertUntold();
    });

    it('is not believed when its screen shows something else', async () => {
      const phone = makePhone(sees);
      const stubborn = await start({
        run: (line) =>
          line.startsWith('am ') ? Promise.resolve(Buffer.from('Status: ok\n')) : phone.run(line),
      });
      const card = await openCodes(stubborn);
      const waiting = assert.rejects(async () => card.show?.('wallet-1'), { code: 'CARD_ACTUATOR' });
      context.abort.abort(Object.assign(new Error('enough'), { code: 'CARD_ACTUATOR' }));
      await waiting;
      assert.ok(!context.events.some((event) => event.type === 'card'));
    });
  });

  describe('by a person', () => {
    it('puts the picture where they are told, for as long as they need it', async () => {
      let refused = false;
      const asked: string[] = [];
      serveLines(pty, (line) => {
        if (line === 'id?') return 'id posrig-desk 1';
        if (!line.startsWith('ask ')) return 'error';
        const { text } = JSON.parse(line.slice(4)) as { text: string };
        asked.push(text);
        const file = /code in (\S+\.png)/.exec(text)?.[1] ?? '';
        const picture = pictureIn(readFileSync(file));
        sees(picture);
        return `said ${JSON.stringify({ by: 'ines', text: '', refused })}`;
      });
      const out = join(folder, 'codes');
      const card = await openCodes({ on: 'operator', port: pty.path, folder: out });
      await card.show?.('wallet-1');
      assert.deepEqual(read, [paymentCode(wallet())]);
      assert.ok(!existsSync(join(out, 'wallet-1.png')), 'it is removed again');
      refused = true;
      await assert.rejects(async () => card.show?.('wallet-1'), { code: 'OPERATOR_REFUSED', blame: 'bench' });
      assertUntold();
    });
  });

  describe('pictures from files', () => {
    const put = (name: string, text: string) => {
      const file = join(folder, name);
      writeFileSync(file, pngOf(enlarged(pictureOf(qrDots(text)), 4)));
      return file;
    };
    const never = { on: 'display', port: '/dev/none' };
    const images = (file: string) => openCodes({ ...never, images: { 'wallet-1': file } });

    it('are refused when they show a card outside the card file, another card, or no code', async () => {
      const stranger = TestCard.parse({ ...wallet(), pan: '4999999999999996' });
      await assert.rejects(images(put('a.png', paymentCode(stranger))), {
        code: 'CARD_UNKNOWN',
        message: /not in the card file, ending in 9996: it is refused/,
      });
      const other = context.cards.find(({ id }) => id === 'tap-1');
      assert.ok(other);
      await assert.rejects(images(put('b.png', paymentCode(other))), { message: /that of another card/ });
      writeFileSync(join(folder, 'c.png'), 'no picture');
      await assert.rejects(images(join(folder, 'c.png')), { code: 'FILE_INVALID' });
      await assert.rejects(images(join(folder, 'none.png')), { code: 'FILE_UNREADABLE' });
      // The wallet's own gets as far as the port.
      await assert.rejects(images(put('d.png', paymentCode(wallet()))), { code: 'TRANSPORT_OPEN' });
    });
  });

  it('asks for exactly one way to a phone', () => {
    const parse = (codes: object) => options.safeParse({ codes });
    assert.ok(!parse({ on: 'phone' }).success);
    assert.ok(!parse({ on: 'phone', tcp: '127.0.0.1:5555', usb: 'usb:18d1:4ee7' }).success);
    assert.ok(parse({ on: 'phone', tcp: '127.0.0.1:5555' }).success);
    assert.ok(!parse({ on: 'display', port: 'x', dwell: '1 h' }).success);
  });
});
