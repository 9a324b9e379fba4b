import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { TestAuthority } from '../../transport/test-ca.ts';
import { dial, frameOf, Peer } from './testing/peers.ts';
import { RelayRig } from './testing/relay-rig.ts';
import { openTls, type RelayTls } from './tls-ends.ts';

const NAME = 'acquirer.posrig.test';
const SALE = frameOf({ mti: '0200' });
const APPROVAL = frameOf({ mti: '0210', fields: { '39': '00' } });

describe('relay under TLS', () => {
  let folder: string;
  let authority: TestAuthority;
  let tls: RelayTls;
  let rig: RelayRig;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'posrig-relay-tls-'));
    authority = await TestAuthority.create('lab');
    writeFileSync(join(folder, 'ca.pem'), authority.pem.certificate);
    writeFileSync(join(folder, 'ca-key.pem'), authority.pem.key, { mode: 0o600 });
    tls = await openTls({ terminal: { authority: 'ca.pem', key: 'ca-key.pem', names: [NAME] } }, (path) =>
      join(folder, path),
    );
  });
  after(() => rmSync(folder, { recursive: true }));
  afterEach(() => rig.close());

  /** A terminal that trusts the lab authority and dials by name. */
  function terminal(): { readonly socket: TLSSocket; readonly peer: Peer } {
    const socket = connect({ ...rig.relay.address, servername: NAME, ca: authority.pem.certificate });
    return { socket, peer: new Peer(socket) };
  }

  it('ended at the relay, every point inside the dialogue exists: exactly n bytes of the answer', async () => {
    rig = await RelayRig.open({ tls });
    rig.host.answer = (peer) => peer.count === 200 && void peer.socket.write(APPROVAL);
    const fault = await rig.arm('cut@response.byte(17) on=sale');
    const { socket, peer } = terminal();
    socket.write(SALE);
    await peer.bytes(17);
    await rig.struck(fault);
    const proof = await fault.heal();
    await peer.gone();
    assert.deepEqual(peer.received, Buffer.from(APPROVAL.subarray(0, 17)));
    assert.equal(proof.state, 'in-force', proof.summary);
    assert.equal(proof.trigger?.stan, '000001');

    const again = terminal();
    again.socket.write(SALE);
    await again.peer.bytes(200);
    again.socket.end();
    await rig.host.peers.at(-1)?.saw('end');
  });

  const failures: readonly (readonly [string, RegExp])[] = [
    ['expired', /^CERT_HAS_EXPIRED$/],
    ['wrong-name', /^ERR_TLS_CERT_ALTNAME_INVALID$/],
    [
      'unknown-ca',
      /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|ERR_OSSL_.*|CERT_SIGNATURE_FAILURE)$/,
    ],
    [
      'protocol-too-old',
      /^ERR_SSL_(UNSUPPORTED_PROTOCOL|TLSV1_ALERT_PROTOCOL_VERSION|NO_PROTOCOLS_AVAILABLE)$/,
    ],
  ];
  for (const [how, code] of failures) {
    it(`${how}: the terminal sees just that, and nothing reaches the host`, async () => {
      rig = await RelayRig.open({ tls });
      const fault = await rig.arm(`tls@tls.handshake how=${how}`);
      const { peer } = terminal();
      await peer.gone();
      assert.match(peer.log[0] ?? '', code);
      const proof = await fault.heal();
      assert.equal(proof.state, 'in-force', proof.summary);
      assert.equal(
        rig.host.peers.reduce((sum, { count }) => sum + count, 0),
        0,
      );
      const next = terminal();
      await once(next.socket, 'secureConnect');
      assert.equal(next.socket.authorized, true);
    });
  }

  it('handshake-cut: the terminal waits for an answer that never comes; reset: it is told', async () => {
    rig = await RelayRig.open({ tls });
    const cut = await rig.arm('tls@tls.handshake how=handshake-cut');
    const first = terminal();
    await rig.struck(cut);
    await rig.recorder.saw(() => cut.proof().swallowed.request > 0);
    assert.deepEqual(first.peer.log, []);
    assert.equal((await cut.heal()).state, 'in-force');
    await first.peer.gone();
    const reset = await rig.arm('reset@tls.handshake end=terminal');
    const second = terminal();
    await second.peer.gone();
    assert.equal(second.peer.log[0], 'ECONNRESET');
    assert.equal((await reset.heal()).state, 'in-force');
  });

  it('a terminal that does not begin a handshake leaves the fault unproved', async () => {
    rig = await RelayRig.open({ tls });
    const fault = await rig.arm('tls@tls.handshake how=expired');
    const peer = await dial(rig.relay.address);
    await rig.struck(fault);
    peer.socket.destroy();
    await rig.recorder.saw((event) => event.type === 'link' && event.state === 'closed');
    const proof = await fault.heal();
    assert.equal(proof.state, 'unknown');
    assert.match(proof.summary, /did not begin/);
  });

  it('passing through: bytes cross unread, points of the stream exist, points of a message are refused', async () => {
    const pem = await authority.issue([NAME]);
    const server = createTlsServer({ cert: pem.certificate, key: pem.key }, (socket) => socket.pipe(socket));
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    rig = await RelayRig.open({
      tls: await openTls('pass-through', (path) => path),
      to: { host: '127.0.0.1', port: address.port },
    });
    await assert.rejects(rig.arm('cut@response.byte(17)'), /TLS that passes through/);
    await assert.rejects(rig.arm('tls@tls.handshake how=expired'), /ends TLS itself/);
    const { socket, peer } = terminal();
    socket.write(SALE);
    await peer.bytes(200);
    assert.deepEqual(peer.received, Buffer.from(SALE));
    const reset = await rig.arm('reset@tls.handshake end=terminal');
    const second = terminal();
    await second.peer.gone();
    assert.equal(second.peer.log[0], 'ECONNRESET');
    assert.equal((await reset.heal()).state, 'in-force');
    socket.destroy();
    server.close();
  });
});
