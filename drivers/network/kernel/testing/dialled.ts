import assert from 'node:assert/strict';
import { command } from '../command.ts';
import { Creation, inside } from '../creation.ts';
import { openPath, REQUEST } from './path.ts';

/** A terminal as a program of its own: sends what it is given and prints what comes back. */
const DIALS = `
const [host, port, hex] = process.argv.slice(1);
const socket = require('node:net').connect({ host, port: Number(port) }, () => socket.write(Buffer.from(hex, 'hex')));
let heard = Buffer.alloc(0);
socket.on('data', (chunk) => {
  heard = Buffer.concat([heard, chunk]);
  if (heard.length >= 200) { process.stdout.write(heard.toString('hex')); socket.destroy(); }
}).on('error', ({ code }) => process.stdout.write(code));`;

/** A terminal in a namespace of its own, in which an address is configured that the rig does not have. */
export async function openDialled(by: 'dnat' | 'tproxy') {
  const creation = new Creation();
  const away = await creation.namespace('terminal');
  const [near] = await creation.veth(
    { address: '198.18.0.1/30' },
    { namespace: away, address: '198.18.0.2/30' },
  );
  await creation.route(['default', 'via', '198.18.0.1'], away);
  const path = await openPath({
    listen: '198.18.0.1:0',
    terminal: { interface: near, dials: '203.0.113.10:8583', by },
  });
  const [program = '', ...words] = [...inside(away), process.execPath, '-e', DIALS];
  return {
    path,
    /** What the terminal hears to a request, in hex, or the code of its error. */
    dialled: () => command(program, [...words, '203.0.113.10', '8583', Buffer.from(REQUEST).toString('hex')]),
    done: async () => {
      await path.close();
      assert.deepEqual(await creation.remove(), []);
    },
  };
}
