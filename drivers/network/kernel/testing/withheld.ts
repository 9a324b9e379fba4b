import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { TestAuthority } from '../../../transport/test-ca.ts';
import { Creation } from '../creation.ts';
import { countOf } from '../nft-listing.ts';
import { NftTable } from '../nft-table.ts';
import { rulesOf } from '../packet-rules.ts';
import { ssFilter, tcpStates } from '../tcp-state.ts';

/** What became of a number of runs. */
export interface Withheld {
  /** The terminal had the whole response, its kernel's acknowledgement was dropped, and the sender's kernel waits for it. */
  readonly proved: number;
  /** How long each response was held while the rule was armed and read back, wall ms. */
  readonly holds: readonly number[];
}

const RESPONSE = Buffer.alloc(200, 0x30);

/** The rig's end of a connection to a terminal, over TLS or not: it answers when it is told to. */
async function endOf(tls: boolean): Promise<{ readonly server: Server; dial(): Promise<[Socket, Socket]> }> {
  const accepted: Socket[] = [];
  const arrive = (socket: Socket) => {
    socket.on('error', () => {});
    accepted.push(socket);
  };
  const authority = tls ? await TestAuthority.create('posrig test authority') : undefined;
  const pem = await authority?.issue(['127.0.0.1']);
  const server = pem
    ? createTlsServer({ cert: pem.certificate, key: pem.key, noDelay: true }, arrive)
    : createServer({ noDelay: true }, arrive);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    server,
    async dial() {
      const where = { host: '127.0.0.1', port };
      const terminal: Socket =
        authority === undefined ? connect(where) : connectTls({ ...where, ca: authority.pem.certificate });
      terminal.on('error', () => {});
      await once(terminal, authority === undefined ? 'connect' : 'secureConnect');
      // A byte each way, so that nothing of the handshake is still to be acknowledged.
      terminal.write('?');
      while (accepted.length === 0) await new Promise((resolve) => setImmediate(resolve));
      const rig = accepted.shift() as Socket;
      await once(rig, 'data');
      rig.write('!');
      await once(terminal, 'data');
      return [rig, terminal];
    },
  };
}

/** Gate, arm, confirm, release, so many times, each on a connection of its own. */
export async function withholdAcknowledgements(runs: number, tls: boolean): Promise<Withheld> {
  const creation = new Creation();
  const table = await NftTable.open(creation, tls ? 'tls' : 'plain');
  const { server, dial } = await endOf(tls);
  const holds: number[] = [];
  let proved = 0;
  try {
    for (let run = 0; run < runs; run++) {
      const [rig, terminal] = await dial();
      const local = { address: rig.localAddress ?? '', port: rig.localPort ?? 0 };
      const remote = { address: rig.remoteAddress ?? '', port: rig.remotePort ?? 0 };
      const received = arrived(terminal, RESPONSE.length);
      const since = performance.now();
      const rules = rulesOf(
        { at: 'response.leaving', do: 'withhold-ack', nth: 1, heal: 'never' },
        { listen: local, socket: local, hosts: [] },
        { terminal: remote },
      );
      const { packets: before } = countOf(await table.add('ack', rules), 'ack');
      holds.push(performance.now() - since);
      rig.write(RESPONSE);
      await received;
      // The terminal's kernel may put its acknowledgement off for 40 ms, hoping to send it with data.
      let dropped = before;
      for (const deadline = Date.now() + 2000; dropped === before && Date.now() < deadline; )
        dropped = countOf(await table.read(), 'ack').packets;
      const [state] = await tcpStates(ssFilter(local, remote));
      if (state !== undefined && state.unacknowledged >= RESPONSE.length && dropped > before) proved++;
      terminal.destroy();
      rig.destroy();
      await table.remove('ack');
    }
  } finally {
    server.close();
    await table.close();
    await creation.remove();
  }
  return { proved, holds };
}

async function arrived(socket: Socket, bytes: number): Promise<void> {
  let count = 0;
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      count += chunk.length;
      if (count >= bytes) resolve();
    });
  });
}
