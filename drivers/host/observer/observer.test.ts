import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer as createHttpServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import type { HostPlane } from '../../../rig/bench/planes.ts';
import { HostPolicy } from '../../../rig/bench/policy.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { type Pem, TestAuthority } from '../../transport/test-ca.ts';
import { openSimulator, SimulatorOptions } from '../simulator/driver.ts';
import { AcquirerBench } from '../testing/acquirer-bench.ts';
import { card, cards, frameOf, keys, read, requests, totals48 } from '../testing/terminal.ts';
import { addressOf, Caller, drained, resolve, Stand, until } from './testing/stand.ts';

const KEYS = 'posrig:drivers/virtual/keys.yaml';

describe('observer: what it makes of a dialogue', () => {
  let stand: Stand;
  const folder = mkdtempSync(join(tmpdir(), 'posrig-observer-'));
  beforeEach(() => {
    stand = new Stand();
  });
  afterEach(() => stand.close());
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The simulated acquirer in the place of a real host. */
  async function acquirer(policy?: unknown, more: Record<string, unknown> = {}): Promise<HostPlane> {
    const plane = await openSimulator(
      SimulatorOptions.parse({ listen: '127.0.0.1:0', keys: KEYS, ...more }),
      {
        clock: makeClock(1),
        cards,
        resolve,
        recorder: { record: () => undefined },
        lost: (error) => stand.lost.push(error),
      },
    );
    stand.later(() => plane.close());
    if (policy !== undefined) plane.configure(HostPolicy.parse(policy));
    return plane;
  }

  async function inFrontOf(host: HostPlane, options: Record<string, unknown> = { keys: KEYS }) {
    const plane = await stand.observe(host.facts['address'] ?? '', options);
    const caller = new Caller(await stand.dial(plane));
    const ask = async (request: Parameters<typeof frameOf>) => read(await caller.ask(frameOf(...request)));
    return { plane, caller, ask };
  }

  const books = (plane: HostPlane) =>
    plane.ledger().map(({ kind, state, stan, batch, rrn, authCode, requested, booked, pan, reason }) => ({
      kind,
      state,
      stan,
      batch,
      rrn,
      authCode,
      requested,
      booked,
      pan,
      reason,
    }));

  it('keeps the same books as the acquirer itself, over a whole day', async () => {
    const host = await acquirer();
    const { plane, ask } = await inFrontOf(host);
    await ask(requests.signOn());
    const first = await ask(requests.sale('000001', 12850));
    await ask(requests.sale('000002', 500, { '52': new Uint8Array(8) }));
    const third = await ask(requests.sale('000003', 700));
    await ask(requests.reversal('000003', 700));
    await ask(requests.reversal('000003', 700));
    await ask(requests.reversal('000077', 700));
    await ask(requests.void('000004', first));
    await ask(requests.sale('000005', 900));
    const hold = await ask(requests.preAuth('000006', 3000));
    await ask(requests.ofHold('completion', '000007', 3000, hold));
    await ask(requests.offlineSale('000008', 250));
    await ask(requests.offlineSale('000008', 250));
    await ask(requests.sale('000005', 900));
    assert.equal(third.fields['39'], '00');
    const comparable = (list: ReturnType<typeof books>) =>
      list.map(({ rrn, authCode, reason, pan, ...same }) => ({
        ...same,
        ...(same.state === 'refused' ? {} : { rrn }),
      }));
    assert.deepEqual(comparable(books(plane)), comparable(books(host)));
    await ask(requests.settlement(totals48(17_000, 4, 12_850, 1)));
    await ask(requests.settlement(totals48(16_999, 4, 12_850, 1)));
    const [balanced, ...others] = host.settlements();
    const [seen, ...rest] = plane.settlements();
    assert.equal(rest.length, others.length);
    assert.deepEqual(seen?.claimed, balanced?.claimed);
    assert.equal(seen?.result, balanced?.result);
    assert.deepEqual(seen?.counted, balanced?.counted);
    assert.equal(plane.unread?.(0), undefined);
    assert.deepEqual(stand.lost, []);
  });

  it('calls unknown what it saw no answer to, until a later answer tells', async () => {
    const host = await acquirer({
      misbehave: [
        { on: 'sale', do: 'no-answer' },
        { on: 'reversal', do: 'no-answer' },
      ],
    });
    const { plane, caller, ask } = await inFrontOf(host);
    await ask(requests.signOn());
    caller.send(frameOf(...requests.sale('000001', 100)));
    await until(() => plane.exchanges().length === 2);
    const states = () => plane.ledger().map(({ kind, state }) => `${kind} ${state}`);
    assert.deepEqual(states(), ['sale unknown']);
    await ask(requests.sale('000002', 200));
    caller.send(frameOf(...requests.reversal('000002', 200)));
    await until(() => plane.exchanges().length === 4);
    assert.deepEqual(states(), ['sale unknown', 'sale unknown', 'reversal unknown']);
    await ask(requests.reversal('000001', 100));
    await ask(requests.reversal('000002', 200));
    assert.deepEqual(states(), ['sale reversed', 'sale reversed', 'reversal posted', 'reversal posted']);
    const [, unanswered] = plane.exchanges();
    assert.deepEqual([unanswered?.response, unanswered?.answeredAt], [undefined, undefined]);
  });

  it('tells exchanges that are over: answered, or cut off with their line', async () => {
    const host = await acquirer({ misbehave: [{ on: 'echo', do: 'no-answer' }] });
    const { plane, caller, ask } = await inFrontOf(host);
    const over: string[] = [];
    plane.onExchange(({ request, response }) => over.push(`${request.kind} ${response?.code ?? '-'}`));
    await ask(requests.signOn());
    caller.send(frameOf(...requests.echo()));
    await until(() => plane.exchanges().length === 2);
    assert.deepEqual(over, ['sign-on 00']);
    await host.close();
    await until(() => over.length === 2);
    assert.deepEqual(over, ['sign-on 00', 'echo -']);
  });

  it('learns the working keys from the sign-on and checks MAC and PIN block of what passes', async () => {
    const host = await acquirer();
    // Other working keys than the host's stand in the file: what passes is right only under those that were sent.
    const file = join(folder, 'keys.yaml');
    const tmk = '1111111111111111';
    writeFileSync(
      file,
      `version: 1\nterminals: [{ terminal-id: "30001001", tmk: "${tmk}${tmk}" }]\nworking-keys: { pik: "${'AB'.repeat(16)}", mak: "${'CD'.repeat(8)}" }\n`,
      { mode: 0o600 },
    );
    const { plane, ask, caller } = await inFrontOf(host, { keys: file });
    await ask(requests.sale('000001', 100));
    await ask(requests.signOn());
    await ask(requests.sale('000002', 100));
    const other = card('debit-2');
    await ask(requests.sale('000003', 100, { '2': other.pan }));
    await caller.ask(frameOf(...requests.sale('000004', 100), new Uint8Array(8)));
    await caller.ask(frameOf(...requests.sale('000005', 100), 'no-mac'));
    assert.deepEqual(
      plane.exchanges().map(({ request, checks }) => [request.stan, checks]),
      [
        ['000001', { mac: 'wrong', pin: 'malformed' }],
        ['000001', {}],
        ['000002', { mac: 'ok', pin: 'ok' }],
        ['000003', { mac: 'ok', pin: 'malformed' }],
        ['000004', { mac: 'wrong', pin: 'ok' }],
        ['000005', { mac: 'absent', pin: 'ok' }],
      ],
    );
    const answers = stand.of('message').filter(({ message }) => message.direction === 'response');
    assert.deepEqual(answers.map(({ checks }) => checks).slice(0, 3), [
      { mac: 'wrong' },
      { keys: 'ok' },
      { mac: 'ok' },
    ]);
    const told = JSON.stringify(stand.events).toUpperCase();
    for (const key of [keys.working.pik, keys.working.mak, Buffer.from(tmk.repeat(2), 'hex')])
      assert.ok(!told.includes(Buffer.from(key).toString('hex').toUpperCase()));
    assert.ok(!JSON.stringify(stand.events.filter(({ type }) => type !== 'bytes')).includes(other.pan));
  });

  it('checks nothing that it has no key for, and says so', async () => {
    const host = await acquirer();
    const { plane, ask } = await inFrontOf(host, {});
    await ask(requests.signOn());
    await ask(requests.sale('000001', 100));
    assert.deepEqual(plane.exchanges()[1]?.checks, { mac: 'unchecked', pin: 'unchecked' });
    const wrong = join(folder, 'other.yaml');
    writeFileSync(
      wrong,
      `version: 1\nterminals: [{ terminal-id: "30001001", tmk: "${'22'.repeat(16)}" }]\n`,
      {
        mode: 0o600,
      },
    );
    const second = await inFrontOf(host, { keys: wrong });
    await second.ask(requests.signOn());
    await second.ask(requests.sale('000002', 100));
    assert.deepEqual(second.plane.exchanges()[1]?.checks, { mac: 'unchecked', pin: 'unchecked' });
    assert.ok(stand.of('message').some(({ checks }) => checks?.['keys'] === 'wrong'));
  });

  it('tells several terminals apart', async () => {
    const host = await acquirer();
    const { plane, ask } = await inFrontOf(host);
    const second = new Caller(await stand.dial(plane));
    await ask(requests.signOn());
    const frames = [requests.sale('000001', 100), requests.sale('000002', 200)] as const;
    const [one, two] = await Promise.all([ask(frames[0]), second.ask(frameOf(...frames[1]))]);
    assert.deepEqual([one.fields['11'], read(two).fields['11']], ['000001', '000002']);
    assert.deepEqual(new Set(stand.of('message').map(({ connection }) => connection)), new Set(['c1', 'c2']));
    assert.deepEqual(
      plane.ledger().map(({ state }) => state),
      ['posted', 'posted'],
    );
  });

  it('is no simulator', async () => {
    const { plane } = await inFrontOf(await acquirer());
    assert.equal(plane.simulated, false);
    for (const ask of [() => plane.configure(HostPolicy.parse({})), () => plane.nextDay()])
      assert.throws(ask, (error: { code: string }) => error.code === 'HOST_UNSUPPORTED');
  });

  describe('in HTTP and TLS', () => {
    let ca: TestAuthority;
    const pem = (name: string, { certificate, key }: Pem) => {
      writeFileSync(join(folder, `${name}.pem`), certificate);
      writeFileSync(join(folder, `${name}-key.pem`), key, { mode: 0o600 });
      return { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}-key.pem`) };
    };
    before(async () => {
      ca = await TestAuthority.create('bench authority');
      writeFileSync(join(folder, 'ca.pem'), ca.pem.certificate);
    });

    it('reads POSTs between an HTTP client and an HTTP server that are not ours', async () => {
      const bench = new AcquirerBench();
      const server = createHttpServer((question, answer) => {
        const body: Buffer[] = [];
        question.on('data', (chunk: Buffer) => body.push(chunk));
        question.on('end', () => {
          assert.equal(question.headers['content-type'], 'x-ISO-TPDU/x-auth');
          const [request] = waiting.splice(0, 1);
          assert.ok(request);
          assert.deepEqual(Buffer.concat(body), Buffer.from(frameOf(...request)));
          const reply = bench.raw(request);
          answer.setHeader('content-type', 'x-ISO-TPDU/x-auth');
          answer.end(Buffer.from(framesOf(reply)));
        });
      });
      const waiting: ReturnType<typeof requests.sale>[] = [];
      server.listen(0, '127.0.0.1');
      await until(() => server.listening);
      stand.later(() => server.close());
      const plane = await stand.observe(addressOf(server), { framing: 'http-post', keys: KEYS });
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      stand.later(() => agent.destroy());
      const post = (request: ReturnType<typeof requests.sale>) =>
        new Promise<Buffer>((done, failed) => {
          waiting.push(request);
          const sent = httpRequest({
            ...plane.address,
            agent,
            method: 'POST',
            path: '/mjc/webtrans/VPB_lb',
            headers: { 'content-type': 'x-ISO-TPDU/x-auth' },
          });
          sent.on('error', failed);
          sent.on('response', (answer) => {
            const body: Buffer[] = [];
            answer.on('data', (chunk: Buffer) => body.push(chunk));
            answer.on('end', () => done(Buffer.concat(body)));
          });
          sent.end(frameOf(...request));
        });
      assert.equal(read(await post(requests.signOn())).fields['39'], '00');
      assert.equal(read(await post(requests.sale('000001', 12850))).fields['39'], '00');
      assert.deepEqual(
        plane.ledger().map(({ kind, state }) => [kind, state]),
        [['sale', 'posted']],
      );
      assert.deepEqual(plane.exchanges()[1]?.checks, { mac: 'ok', pin: 'ok' });
      assert.equal(plane.unread?.(0), undefined);
    });

    it('reads POSTs in front of the simulator as well', async () => {
      const host = await acquirer(undefined, { framing: 'http-post' });
      const plane = await stand.observe(host.facts['address'] ?? '', { framing: 'http-post', keys: KEYS });
      const caller = new Caller(await stand.dial(plane), 'http-post');
      assert.equal(read(await caller.ask(frameOf(...requests.signOn()))).fields['39'], '00');
      assert.equal(read(await caller.ask(frameOf(...requests.sale('000001', 100)))).fields['39'], '00');
      assert.deepEqual(
        plane.ledger().map(({ state }) => state),
        ['posted'],
      );
      const stranger = await stand.dial(host);
      stranger.end(frameOf(...requests.echo()));
      assert.deepEqual(await drained(stranger), Buffer.alloc(0));
    });

    it('speaks TLS to both sides, mutual and pinned', async () => {
      const host = await acquirer();
      const own = pem('server', await ca.issue(['127.0.0.1']));
      const terminal = await ca.issue(['pos-1'], { for: 'client' });
      // The far side: an observer too, which takes TLS off in front of the acquirer and wants our certificate.
      const far = await stand.observe(host.facts['address'] ?? '', {
        tls: { listen: { ...own, 'client-ca': join(folder, 'ca.pem') } },
      });
      const us = pem('us', await ca.issue(['observer'], { for: 'client' }));
      const plane = await stand.observe(far.facts['address'] ?? '', {
        keys: KEYS,
        tls: {
          listen: { ...own, 'client-ca': join(folder, 'ca.pem') },
          to: { ca: join(folder, 'ca.pem'), ...us },
        },
      });
      const socket = tlsConnect({
        ...plane.address,
        ca: ca.pem.certificate,
        cert: terminal.certificate,
        key: terminal.key,
      });
      socket.on('error', () => undefined);
      stand.later(() => socket.destroy());
      const caller = new Caller(socket);
      assert.equal(read(await caller.ask(frameOf(...requests.signOn()))).fields['39'], '00');
      assert.equal(read(await caller.ask(frameOf(...requests.sale('000001', 100)))).fields['39'], '00');
      assert.deepEqual(plane.exchanges()[1]?.checks, { mac: 'ok', pin: 'ok' });
      assert.ok(
        stand.of('link').some(({ state, detail }) => state === 'connected' && /TLSv1\.3$/.test(detail ?? '')),
      );
      // A terminal without a certificate does not get through; nothing of it reaches the acquirer.
      const before = far.exchanges().length;
      const stranger = tlsConnect({ ...plane.address, ca: ca.pem.certificate });
      stranger.on('error', () => undefined);
      await new Promise<void>((closed) => stranger.once('close', () => closed()));
      await until(() => stand.of('link').some(({ state }) => state === 'tls failed'));
      assert.equal(far.exchanges().length, before);
    });

    it('does not open in front of a host with another certificate than the pinned one, or an expired one', async () => {
      const DAY_MS = 86_400_000;
      const host = await acquirer();
      const behind = async (certificate: Pem, to: Record<string, unknown>) => {
        const far = await stand.observe(host.facts['address'] ?? '', {
          tls: { listen: pem('host', certificate) },
        });
        return stand.observe(far.facts['address'] ?? '', { tls: { to } });
      };
      const refused = (what: RegExp) => (error: { code: string; blame: string; message: string }) => {
        assert.deepEqual([error.code, error.blame], ['HOST_FAILED', 'acquirer']);
        assert.match(error.message, what);
        return true;
      };
      const good = await ca.issue(['127.0.0.1']);
      await assert.rejects(behind(good, { fingerprint: '00'.repeat(32) }), refused(/not the pinned one/));
      const old = await ca.issue(['127.0.0.1'], {
        from: new Date(Date.now() - 3 * DAY_MS),
        to: new Date(Date.now() - DAY_MS),
      });
      await assert.rejects(behind(old, { ca: join(folder, 'ca.pem') }), refused(/expired/));
      await behind(good, { ca: join(folder, 'ca.pem') });
    });

    it('TLS on a port that speaks plain TCP passes unread, and says so', async () => {
      const host = await acquirer();
      const plane = await stand.observe(host.facts['address'] ?? '');
      const socket = tlsConnect({ ...plane.address, rejectUnauthorized: false });
      socket.on('error', () => undefined);
      await new Promise<void>((closed) => socket.once('close', () => closed()));
      assert.match(plane.unread?.(0) ?? '', /could not be read/);
      assert.deepEqual(plane.ledger(), []);
    });
  });
});

const framesOf = (reply: ReturnType<AcquirerBench['raw']>): Uint8Array => {
  const frame = (reply as { frame?: Uint8Array }).frame;
  assert.ok(frame);
  return frame;
};
