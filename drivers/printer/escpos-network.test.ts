import assert from 'node:assert/strict';
import { connect } from 'node:net';
import iconv from 'iconv-lite';
import { makeClock } from '../../rig/model/time.ts';
import { makeContext } from '../devices/testing/context.ts';
import { eventually, makePty } from '../transport/testing/pty.ts';
import { options as fileOptions, open as openFile } from './escpos-device.ts';
import { open, options } from './escpos-network.ts';

const SLIP = Buffer.concat([
  iconv.encode('商户存根 MERCHANT COPY\n金额 AMOUNT:\nRMB 128.50\n', 'gb18030'),
  Uint8Array.of(0x1d, 0x56, 0),
]);
const EOT = Uint8Array.of(0x10, 4, 1);

async function makePlane(make: typeof open) {
  const context = makeContext(makeClock(100));
  const recorder = {
    record: context.recorder.record,
    attach: (name: string, mime: string, content: string | Uint8Array) => ({
      id: name,
      path: name,
      mime,
      bytes: content.length,
      sha256: '',
    }),
  };
  return { context, printer: await make(options.parse({ listen: '127.0.0.1:0' }), { ...context, recorder }) };
}

describe('printer: capture over the network and from a device file', function () {
  this.timeout(60_000);

  it('captures slips of terminals that connect for each, answers them, and holds them back', async () => {
    const { printer } = await makePlane(open);
    const [, port] = /:(\d+)$/.exec(printer.facts['address'] ?? '') ?? [];
    for (let i = 1; i <= 2; i++) {
      const socket = connect(Number(port), '127.0.0.1');
      let heard = '';
      socket.on('data', (chunk) => {
        heard += chunk.toString('hex');
      });
      socket.write(EOT);
      await eventually('the answer', () => heard === '12');
      const release = await printer.hold();
      socket.write(EOT);
      await eventually('off line', () => heard === '121a');
      socket.write(SLIP);
      await release();
      await eventually('the slip', () => printer.slips().length === i);
      socket.destroy();
    }
    assert.equal(printer.slips()[1]?.lines[0], '商户存根 MERCHANT COPY');
    await printer.close();
  });

  it('captures what is written to a device file', async () => {
    const pty = await makePty();
    const make: typeof open = (_, context) => openFile(fileOptions.parse({ device: pty.path }), context);
    const { printer, context } = await makePlane(make);
    pty.send(SLIP);
    await eventually('the slip', () => printer.slips().length === 1);
    await printer.close();
    assert.deepEqual(context.losses, []);
    await assert.rejects(
      makePlane((_, it) => openFile(fileOptions.parse({ device: '/nowhere' }), it)),
      {
        code: 'TRANSPORT_OPEN',
      },
    );
    await pty.unplug();
  });
});
