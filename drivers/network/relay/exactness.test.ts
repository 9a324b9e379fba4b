import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { parseFault } from '../../../rig/model/fault-text.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { loadDialect } from '../../host/dialect.ts';
import { loadAccess, loadRegions } from '../regions.ts';
import { RelayPlane } from './plane.ts';
import { frameOf, TestRecorder } from './testing/peers.ts';

const PROGRAM = fileURLToPath(new URL('testing/counting-peer.ts', import.meta.url));
const SALE = frameOf({ mti: '0200' });
const APPROVAL = frameOf({ mti: '0210', fields: { '39': '00' } });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** A counting peer; `line` waits for what it says next. */
function peer(...args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const input = child.stdin;
  const output = child.stdout;
  if (!input || !output) throw new Error('no pipes');
  const lines = createInterface({ input: output })[Symbol.asyncIterator]();
  return {
    line: async (): Promise<string> => {
      const { value, done } = await lines.next();
      if (done) throw new Error('the counting peer has ended');
      return value;
    },
    connect: () => void input.write('1\n'),
    stop: async () => {
      input.end();
      await once(child, 'exit');
    },
  };
}

/** Keeps every processor busy until stopped. */
function load(): () => Promise<void> {
  const workers = Array.from(
    { length: availableParallelism() },
    () => new Worker('for (;;) Math.sqrt(Math.random());', { eval: true }),
  );
  return async () => {
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
}

describe('a cut at a byte, counted by programs of their own', () => {
  for (const [direction, busy] of [
    ['request', false],
    ['response', true],
  ] as const) {
    it(`delivers exactly n of the 200 bytes of a ${direction}, 200 of 200${busy ? ', with all processors busy' : ''}`, async () => {
      const unload = busy ? load() : async () => {};
      const host = peer('listen', direction === 'response' ? hex(APPROVAL) : '');
      const recorder = new TestRecorder();
      const relay = await RelayPlane.open(
        {
          listen: { host: '127.0.0.1', port: 0 },
          to: { host: '127.0.0.1', port: Number(await host.line()) },
          dialect: loadDialect('unionpay-pos'),
          regions: loadRegions(),
          access: loadAccess(),
        },
        { clock: makeClock(50), recorder, seed: 1, lost: assert.fail },
      );
      const terminal = peer('dial', String(relay.address.port), direction === 'request' ? hex(SALE) : '');
      const [message, receiver, sender] =
        direction === 'request' ? [SALE, host, terminal] : [APPROVAL, terminal, host];
      let exact = 0;
      for (let n = 0; n < 200; n++) {
        const fault = await relay.arm(parseFault(`cut@${direction}.byte(${n})`));
        terminal.connect();
        await recorder.saw((event) => event.type === 'fault' && event.phase === 'struck');
        recorder.events.length = 0;
        const proof = await fault.heal();
        const [received, nothing] = [await receiver.line(), await sender.line()];
        assert.equal(nothing, '');
        assert.equal(proof.state, 'in-force', proof.summary);
        if (received === hex(message.subarray(0, n))) exact++;
      }
      assert.equal(exact, 200);
      await terminal.stop();
      await host.stop();
      await relay.close();
      await unload();
    }).timeout(180_000);
  }
});
