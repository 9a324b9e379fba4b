import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { type Pem, TestAuthority } from './test-ca.ts';
import { fingerprintOf, TlsAcceptor, TlsClientOptions, TlsConnector, TlsServerOptions } from './tls.ts';

const DAY_MS = 86_400_000;

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-tls-'));
  const write = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const writePem = (name: string, { certificate, key }: Pem) => ({
    certificate: write(`${name}.pem`, certificate),
    key: write(`${name}-key.pem`, key),
  });
  const same = (path: string) => path;
  let ca: TestAuthority;
  let caFile: string;
  let server: Pem;
  const open: { close(): unknown }[] = [];

  before(async () => {
    ca = await TestAuthority.create('posrig test authority');
    caFile = write('ca.pem', ca.pem.certificate);
    server = await ca.issue(['localhost', '127.0.0.1']);
  });
  afterEach(() => {
    for (const thing of open.splice(0)) thing.close();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Both ends of one connection, or why either end refused. */
  async function handshake(
    shown: Pem,
    client: Record<string, unknown>,
    mutual: Record<string, unknown> = {},
  ): Promise<{ server: TLSSocket | Error; client: TLSSocket | Error; raw: Socket }> {
    const acceptor = new TlsAcceptor(
      TlsServerOptions.parse({ ...writePem('server', shown), ...mutual }),
      same,
    );
    const connector = new TlsConnector(TlsClientOptions.parse(client), same);
    const listener: Server = createServer({ allowHalfOpen: true });
    open.push(listener);
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const accepted = once(listener, 'connection') as Promise<[Socket]>;
    const { port } = listener.address() as { port: number };
    const raw = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    raw.on('error', () => undefined);
    await once(raw, 'connect');
    const [far] = await accepted;
    far.on('error', () => undefined);
    open.push({ close: () => raw.destroy() }, { close: () => far.destroy() });
    const settle = (socket: Promise<TLSSocket>) =>
      socket.catch((error: unknown) => {
        raw.destroy();
        return error as Error;
      });
    const [one, two] = await Promise.all([
      settle(acceptor.secure(far)),
      settle(connector.secure(raw, '127.0.0.1')),
    ]);
    return { server: one, client: two, raw: far };
  }

  const refused = (result: TLSSocket | Error): string => {
    assert.ok(result instanceof Error, 'the handshake succeeded');
    return result.message;
  };

  it('carries bytes, half-close, and a reset of the socket beneath', async () => {
    const { server: far, client, raw } = await handshake(server, { ca: caFile });
    assert.ok(!(far instanceof Error) && !(client instanceof Error));
    const ended = once(far.resume(), 'end');
    client.end('question');
    await ended;
    const answer = once(client, 'data');
    far.write('answer');
    assert.equal(String((await answer)[0]), 'answer');
    for (const end of [client, far]) end.on('error', () => undefined);
    const closed = new Promise((resolve) => client.once('close', resolve));
    raw.resetAndDestroy();
    await closed;
  });

  it('accepts the pinned certificate of no known authority, and no other', async () => {
    const pin = fingerprintOf(new X509Certificate(server.certificate));
    const right = await handshake(server, { fingerprint: pin.replace(/(..)(?!$)/g, '$1:').toLowerCase() });
    assert.ok(!(right.client instanceof Error));
    const wrong = await handshake(server, { fingerprint: pin.replace(/^./, (c) => (c === '0' ? '1' : '0')) });
    assert.match(refused(wrong.client), /not the pinned one; it has [0-9A-F]{64}/);
  });

  it('wants both when it is given authority and pin', async () => {
    const other = await (await TestAuthority.create('another')).issue(['127.0.0.1']);
    const pin = fingerprintOf(new X509Certificate(other.certificate));
    assert.match(
      refused((await handshake(other, { ca: caFile, fingerprint: pin })).client),
      /unable to verify|issuer certificate|self.signed/i,
    );
  });

  it('refuses an authority that it does not know, another name, and what has expired', async () => {
    assert.match(refused((await handshake(server, {})).client), /unable to verify|issuer certificate/i);
    const elsewhere = await ca.issue(['acquirer.example']);
    assert.match(refused((await handshake(elsewhere, { ca: caFile })).client), /does not match|IP/);
    const named = await handshake(elsewhere, { ca: caFile, 'server-name': 'acquirer.example' });
    assert.ok(!(named.client instanceof Error));
    const old = await ca.issue(['127.0.0.1'], {
      from: new Date(Date.now() - 9 * DAY_MS),
      to: new Date(Date.now() - DAY_MS),
    });
    assert.match(refused((await handshake(old, { ca: caFile })).client), /expired/);
    const pin = fingerprintOf(new X509Certificate(old.certificate));
    assert.match(refused((await handshake(old, { fingerprint: pin })).client), /has expired: valid to/);
  });

  it('mutual: lets in who shows a certificate of the authority', async () => {
    const mutual = { 'client-ca': caFile };
    const own = writePem('client', await ca.issue(['pos-1'], { for: 'client' }));
    const known = await handshake(server, { ca: caFile, ...own }, mutual);
    assert.ok(!(known.server instanceof Error), String(known.server));
    const stranger = writePem(
      'stranger',
      await (await TestAuthority.create('another')).issue(['pos-1'], { for: 'client' }),
    );
    for (const client of [{ ca: caFile }, { ca: caFile, ...stranger }]) {
      assert.ok((await handshake(server, client, mutual)).server instanceof Error);
    }
  });

  it('refuses a private key that others can read, with the command that mends it', () => {
    const files = writePem('open one', server);
    chmodSync(files.key, 0o640);
    assert.throws(
      () => new TlsAcceptor(TlsServerOptions.parse(files), same),
      (error: { message: string; hint: string }) => {
        assert.match(error.message, /can be used by its group \(mode 0640\)/);
        assert.equal(error.hint, `chmod 600 '${files.key}'`);
        return true;
      },
    );
  });

  it('says so when certificate and key do not belong together', async () => {
    const files = writePem('mixed', { certificate: server.certificate, key: ca.pem.key });
    assert.throws(() => new TlsAcceptor(TlsServerOptions.parse(files), same), /belong together/);
    assert.throws(() => TlsClientOptions.parse({ certificate: 'c.pem' }), /certificate and key together/);
  });
});
