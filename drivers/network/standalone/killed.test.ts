import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packaged } from '../../../rig/model/package-root.ts';
import { hostPort, splitHostPort } from '../endpoint.ts';
import { dial, frameOf, hangUp, TestHost } from '../relay/testing/peers.ts';

/** How long the flood goes on, and what of its end may be missing: a second that may wait, and one for a slow machine. */
const FLOOD_MS = 2600;
const MISSING_MS = 1800;
const OUTSTANDING = 30;

describe('a relay that is killed in a flood', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'posrig-killed-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has everything in its journal but the last moments, whole and in order', async () => {
    const [request, response] = [frameOf({ mti: '0200' }), frameOf({ mti: '0210' })];
    const host = await TestHost.start();
    let pending = 0;
    host.answer = (peer, chunk) => {
      for (pending += chunk.length; pending >= request.length; pending -= request.length)
        peer.socket.write(response);
    };
    const journal = join(folder, 'relay.jsonl');
    const verb = spawn(
      process.execPath,
      [
        ...[
          '--import',
          'tsx',
          packaged('drivers/network/standalone/testing/verb.ts'),
          'relay',
          '--json',
          '--quiet',
        ],
        ...['-l', '0', '-t', hostPort(host.address), '-d', 'unionpay-pos'],
        ...['--journal', journal, '--journal-behind', '1s'],
      ],
      { cwd: packaged('.'), stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      const [line] = (await once(createInterface({ input: verb.stdout }), 'line')) as [string];
      const address = splitHostPort((JSON.parse(line) as { address: string }).address);
      assert.ok(address);
      const terminal = await dial(address);
      /** When each response was here. */
      const came: number[] = [];
      for (let i = 0; i < OUTSTANDING; i++) terminal.socket.write(request);
      const began = performance.now();
      while (performance.now() - began < FLOOD_MS) {
        await terminal.bytes((came.length + 1) * response.length);
        while (came.length < Math.floor(terminal.count / response.length)) {
          came.push(performance.now());
          terminal.socket.write(request);
        }
      }
      verb.kill('SIGKILL');
      await once(verb, 'close');
      const lines = readFileSync(journal, 'utf8').split('\n').slice(0, -1);
      const events = lines.map(
        (text) => JSON.parse(text) as { n: number; type: string; message?: { mti: string } },
      );
      assert.deepEqual(
        events.map(({ n }) => n),
        events.map((_, i) => i + 1),
      );
      const written = events.filter(
        ({ type, message }) => type === 'message' && message?.mti === '0210',
      ).length;
      const last = came.at(-1) ?? 0;
      const due = came.filter((at) => at < last - MISSING_MS).length;
      assert.ok(
        due > 0 && written >= due,
        `${written} responses are written, ${due} ought to be, ${came.length} came`,
      );
    } finally {
      verb.kill('SIGKILL');
      hangUp();
      await host.stop();
    }
  });
});
