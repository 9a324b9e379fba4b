import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { connect } from 'node:tls';
import { isRigError } from '../../../rig/model/errors.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { TestAuthority } from '../../transport/test-ca.ts';
import { hostPort, splitHostPort } from '../endpoint.ts';
import { dial, frameOf, hangUp, Peer, TestHost } from '../relay/testing/peers.ts';
import { planFrom } from './plan.ts';

type Child = ChildProcessByStdio<null, Readable, Readable>;
type Line = { readonly type: string; readonly [key: string]: unknown };

/** The verb in a process of its own; what it says, line by line. */
class Verb {
  readonly child: Child;
  readonly lines: Line[] = [];
  #wake: (() => void)[] = [];

  constructor(...args: string[]) {
    this.child = spawn(
      process.execPath,
      ['--import', 'tsx', packaged('drivers/network/standalone/testing/verb.ts'), 'relay', '--json', ...args],
      { cwd: packaged('.'), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Line);
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  async saw(fits: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const found = this.lines.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async address(what: string): Promise<{ host: string; port: number }> {
    const line = await this.saw(({ type, what: of }) => type === 'listening' && of === what);
    const address = splitHostPort(String(line['address']));
    if (!address) throw new Error(`not an address: ${JSON.stringify(line)}`);
    return address;
  }

  async end(): Promise<number> {
    this.child.kill('SIGINT');
    const [code] = await once(this.child, 'close');
    return code as number;
  }
}

describe('posrig relay', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'posrig-relay-'));
  let host: TestHost;
  let verb: Verb | undefined;

  beforeEach(async () => {
    host = await TestHost.start();
    host.answer = (peer) => peer.socket.write(frameOf({ mti: '0210', length: 200 }));
  });
  afterEach(async () => {
    verb?.child.kill('SIGKILL');
    hangUp();
    await host.stop();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('cuts at the byte asked for, tells the proof, journals it, and ends in order at Ctrl-C', async () => {
    const journal = join(folder, 'relay.jsonl');
    verb = new Verb(
      ...['--listen', '0', '--to', `127.0.0.1:${host.address.port}`, '--dialect', 'unionpay-pos'],
      ...['--fault', 'cut@response.byte(17) on=sale', '--journal', journal],
    );
    const terminal = await dial(await verb.address('relay'));
    terminal.socket.write(frameOf({ mti: '0200', fields: { '2': '6299990000000012' } }));
    await verb.saw((line) => line.type === 'fault' && line['phase'] === 'struck');
    await terminal.bytes(17);
    assert.equal(await verb.end(), 0);
    assert.equal(terminal.count, 17);
    const proof = verb.lines.findLast(({ type }) => type === 'fault')?.['proof'] as Record<string, unknown>;
    assert.equal(proof['state'], 'in-force');
    const written = readFileSync(journal, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    assert.deepEqual(
      written.map(({ n }) => n),
      written.map((_, i) => i + 1),
    );
    assert.ok(written.some(({ type }) => type === 'bytes'));
    for (const shown of [JSON.stringify(verb.lines), JSON.stringify(written)]) {
      assert.ok(!shown.includes('6299990000000012'));
      assert.match(shown, /629999/);
    }
  });

  it('without a dialect relays bytes, serves the API, and says when a fault never struck', async () => {
    verb = new Verb(
      ...['--listen', '0', '--to', `127.0.0.1:${host.address.port}`, '--api', '0'],
      ...['--fault', 'cut@connect nth=9'],
    );
    const terminal = await dial(await verb.address('relay'));
    terminal.socket.write('no message');
    await terminal.bytes(200);
    const api = await verb.address('api');
    const answer = await fetch(`http://127.0.0.1:${api.port}/proxies`);
    assert.deepEqual(await answer.json(), {});
    const faults = `http://127.0.0.1:${api.port}/faults`;
    const arm = (fault: string) => fetch(faults, { method: 'POST', body: JSON.stringify({ fault }) });
    assert.equal((await arm('cut@response.byte(1)')).status, 400);
    assert.equal((await arm('explode')).status, 400);
    const armed = await arm('reset@request.total(12)');
    assert.equal(armed.status, 201);
    const { id } = (await armed.json()) as { id: string };
    terminal.socket.write('more');
    await terminal.saw('ECONNRESET');
    const healed = await fetch(`${faults}/${id}`, { method: 'DELETE' });
    assert.equal(((await healed.json()) as { state: string }).state, 'in-force');
    assert.equal((await fetch(`${faults}/none`)).status, 404);
    assert.equal(await verb.end(), 2);
  });

  it('ends TLS by a lab authority, so that points inside the dialogue exist, and fails handshakes and look-ups', async () => {
    const authority = await TestAuthority.create('lab');
    const [ca, key] = [join(folder, 'ca.pem'), join(folder, 'ca-key.pem')];
    writeFileSync(ca, authority.pem.certificate);
    writeFileSync(key, authority.pem.key, { mode: 0o600 });
    verb = new Verb(
      ...['--listen', '0', '--to', `127.0.0.1:${host.address.port}`, '--dialect', 'unionpay-pos'],
      ...['--tls-ca', ca, '--tls-key', key, '--tls-name', 'acquirer.test,10.0.0.5'],
      ...['--dns', '0', '--dns-name', 'acquirer.test'],
      ...['-f', 'tls@tls.handshake how=expired', '-f', 'fin@response.byte(17) on=sale'],
      ...['-f', 'dns@connect how=wrong-address address=127.0.0.9'],
    );
    const [address, resolver] = [await verb.address('relay'), await verb.address('dns')];
    const dns = new Resolver({ timeout: 5000, tries: 1 });
    dns.setServers([`${resolver.host}:${resolver.port}`]);
    assert.deepEqual(await dns.resolve4('acquirer.test'), ['127.0.0.9']);
    const secure = () =>
      new Peer(connect({ ...address, servername: 'acquirer.test', ca: authority.pem.certificate }));
    await secure().saw('CERT_HAS_EXPIRED');
    const terminal = secure();
    terminal.socket.write(frameOf({ mti: '0200' }));
    await terminal.saw('end');
    assert.equal(terminal.count, 17);
    terminal.socket.destroy();
    assert.equal(await verb.end(), 0);
  });

  it('lets TLS pass unread, with the faults that are left', async () => {
    verb = new Verb(
      ...['--listen', '0', '--to', `127.0.0.1:${host.address.port}`, '--tls', 'pass-through'],
      ...['-f', 'reset@tls.handshake'],
    );
    const terminal = await dial(await verb.address('relay'));
    terminal.socket.write('as good as a ClientHello to one who does not read it');
    await terminal.saw('ECONNRESET');
    assert.equal(host.peers.length, 0);
    assert.equal(await verb.end(), 0);
  });

  it('takes the terminal from place to place, each of which enters the acquirer where its file says', async () => {
    const regions = join(folder, 'places.yaml');
    const place = (id: string, egress: string, entry: string) =>
      `  - { id: ${id}, title: { en: ${id}, zh: ${id} }, egress: ${egress}, rtt: 0, entry: ${entry}, source: { kind: chosen, from: a test } }\n`;
    writeFileSync(
      regions,
      `version: 1\nregions:\n${place('here', '127.9.0.1', 'east')}${place('there', '127.9.0.2', 'west')}${place('abroad', '::1', 'west')}`,
    );
    const west = await TestHost.start('127.0.0.3');
    try {
      verb = new Verb(
        ...['--listen', '0', '--to', '127.0.0.1:1', '--regions', regions, '--region', 'here', '--api', '0'],
        ...['--entries', `east=${hostPort(host.address)}`, '--entries', `west=${hostPort(west.address)}`],
      );
      const relay = await verb.address('relay');
      const api = hostPort(await verb.address('api'));
      const move = async (body: object) => {
        const answer = await fetch(`http://${api}/path`, { method: 'POST', body: JSON.stringify(body) });
        return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
      };
      const first = await dial(relay);
      first.socket.write('x');
      assert.equal((await host.peer(0)).socket.remoteAddress, '127.9.0.1');
      const { status, body } = await move({ region: 'there', live: 'reset' });
      assert.deepEqual(
        [status, body['region'], body['entry'], body['to']],
        [200, 'there', 'west', hostPort(west.address)],
      );
      await first.saw('ECONNRESET');
      (await dial(relay)).socket.write('x');
      assert.equal((await west.peer(0)).socket.remoteAddress, '127.9.0.2');
      const nowhere = await move({ region: 'atlantis' });
      assert.equal(nowhere.status, 400);
      assert.match(String(nowhere.body['error']), /atlantis.*here, there/);
      const other = await move({ region: 'abroad' });
      assert.match(String(other.body['error']), /seen from ::1.*cannot reach 127/);
      assert.equal((await move({ planet: 'mars' })).status, 400);
      const now = (await (await fetch(`http://${api}/path`)).json()) as Record<string, unknown>;
      assert.equal(now['region'], 'there');
      assert.equal(await verb.end(), 0);
    } finally {
      await west.stop();
    }
  });

  it('speaks IPv6 on every side', async function () {
    const six = await TestHost.start('::1').catch(() => undefined);
    if (!six) return this.skip();
    six.answer = (peer) => peer.socket.write(frameOf({ mti: '0210', length: 200 }));
    try {
      verb = new Verb(
        ...['--listen', '[::1]:0', '--to', hostPort(six.address), '--dialect', 'unionpay-pos'],
        ...['--api', '[::1]:0', '--dns', '[::1]:0', '--dns-name', 'acquirer.test'],
        ...['--dns-address', '127.0.0.1,2001:db8::7', '-f', 'fin@response.byte(17) on=sale'],
      );
      const terminal = await dial(await verb.address('relay'));
      terminal.socket.write(frameOf({ mti: '0200' }));
      await terminal.saw('end');
      assert.equal(terminal.count, 17);
      const dns = new Resolver({ timeout: 5000, tries: 1 });
      dns.setServers([hostPort(await verb.address('dns'))]);
      assert.deepEqual(await dns.resolve6('acquirer.test'), ['2001:db8::7']);
      assert.deepEqual(await dns.resolve4('acquirer.test'), ['127.0.0.1']);
      const api = hostPort(await verb.address('api'));
      const created = await fetch(`http://${api}/proxies`, {
        method: 'POST',
        body: JSON.stringify({ name: 'six', listen: '[::1]:0', upstream: hostPort(six.address) }),
      });
      const { listen } = (await created.json()) as { listen: string };
      const through = await dial(splitHostPort(listen) ?? six.address);
      through.socket.write('x');
      await through.bytes(200);
      terminal.socket.destroy();
      assert.equal(await verb.end(), 0);
    } finally {
      hangUp();
      await six.stop();
    }
  });

  it('tells what is wrong before a port is opened', () => {
    const refuses = (given: Record<string, unknown>, message: RegExp) =>
      assert.throws(
        () => planFrom({ seed: '1', cards: 'posrig:scenarios/cards.yaml', ...given }),
        (error) => isRigError(error) && error.blame === 'file' && message.test(error.message),
      );
    const path = { listen: '8583', to: 'acquirer.example:8583' };
    refuses({}, /nothing to relay/);
    refuses({ listen: '8583' }, /without --to/);
    refuses({ to: 'x:1' }, /without --listen/);
    refuses({ ...path, to: 'x:0' }, /port 0/);
    refuses({ ...path, listen: '70000' }, /host:port/);
    refuses({ ...path, access: '4g' }, /without --region/);
    refuses({ ...path, fault: ['cut@response.byte(1)'] }, /without --dialect/);
    refuses({ ...path, fault: ['cut@nowhere'] }, /nowhere/);
    refuses({ api: '8474', fault: ['refuse'] }, /need a path/);
    refuses({ ...path, seed: 'x' }, /--seed/);
    const tls = { tls: 'pass-through', dialect: 'unionpay-pos' };
    refuses({ ...path, ...tls, fault: ['cut@response.byte(17)'] }, /passes through unread/);
    refuses({ ...path, ...tls, fault: ['cut@connect heal=sale'] }, /passes through unread/);
    refuses({ ...path, ...tls, fault: ['tls how=expired'] }, /ends TLS itself/);
    refuses({ ...path, ...tls, tlsCa: 'ca.pem' }, /not ended here/);
    refuses({ ...path, tls: 'maybe' }, /--tls maybe/);
    refuses({ ...path, tls: 'terminate' }, /needs --tls-ca/);
    refuses({ ...path, toTls: true }, /none towards the client/);
    refuses({ ...path, fault: ['tls how=expired'] }, /no TLS is spoken/);
    refuses({ ...path, fault: ['dns how=nxdomain'] }, /no look-ups/);
    refuses({ ...path, dns: '5353' }, /--dns and --dns-name/);
    refuses({ ...path, dns: '5353', dnsName: 'x', dnsAddress: 'x' }, /--dns-address x/);
    refuses({ ...path, region: 'atlantis' }, /atlantis/);
    refuses({ ...path, region: 'wuxi', entry: 'mars' }, /no figures to the entry point "mars"/);
    refuses({ ...path, entries: ['shanghai'] }, /name=host:port/);
    refuses({ ...path, entries: ['shanghai=10.0.0.5:0'] }, /port 0/);
    refuses({ ...path, regions: '/nowhere.yaml' }, /cannot be read/);
    refuses({ api: '8474', entries: ['shanghai=10.0.0.5:1'] }, /need a path/);
    refuses({ ...path, fault: ['loss@response share=5'] }, /packet or kernel layer/);
    refuses({ ...path, framing: 'smoke' }, /--framing/);
    refuses({ ...path, fault: ['cut@connect region=atlantis'] }, /no region "atlantis"/);
    refuses({ ...path, region: 'wuxi', fault: ['handover@connect to=mars'] }, /no region "mars"/);
    for (const journalBehind of ['soon', '61s', '-1s'])
      refuses({ ...path, journalBehind }, /--journal-behind/);
    refuses({ tls: 'pass-through', api: '8474' }, /need a path/);
    assert.deepEqual(planFrom({ seed: '1', cards: 'posrig:scenarios/cards.yaml', ...path }).relay?.listen, {
      host: '127.0.0.1',
      port: 8583,
    });
  });
});
