import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { HostExchange, HostPlane } from '../../../rig/bench/planes.ts';
import { HostPolicy, MISDEEDS } from '../../../rig/bench/policy.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { makeClock } from '../../../rig/model/time.ts';
import {
  cardKeyUnder,
  cryptogramScheme,
  Deframer,
  decodeMessage,
  verifyMac,
} from '../../codec/iso8583/index.ts';
import {
  amount12,
  card,
  cards,
  dialect,
  type Fields,
  frameOf,
  keys,
  MAK,
  read,
  requests,
  totals48,
} from '../testing/terminal.ts';
import { openSimulator, SimulatorOptions } from './driver.ts';

/** Every misdeed as a terminal meets it: over a socket. */
describe('misbehaviour on the wire', () => {
  let plane: HostPlane;
  let socket: Socket;
  let chunks: Buffer[] = [];
  const tested = new Set<string>();

  beforeEach(async () => {
    const resolve = (path: string) => packaged(path.replace(/^posrig:/, ''));
    const options = { listen: '127.0.0.1:0', keys: 'posrig:drivers/virtual/keys.yaml' };
    plane = await openSimulator(SimulatorOptions.parse(options), {
      clock: makeClock(60),
      recorder: { record: () => undefined },
      cards,
      resolve,
      lost: (error) => assert.fail(error),
    });
    chunks = [];
    socket = connect({ ...plane.address, localAddress: '127.5.10.1', noDelay: true });
    socket.on('error', () => undefined).on('data', (chunk) => chunks.push(chunk));
    await once(socket, 'connect');
    await ask(requests.signOn());
  });

  afterEach(async () => {
    socket.destroy();
    await plane.close();
  });

  const misbehave = (misdeed: { do: keyof typeof MISDEEDS; on?: string; [more: string]: unknown }) => {
    tested.add(misdeed.do);
    plane.configure(HostPolicy.parse({ misbehave: [{ on: 'sale', ...misdeed }] }));
  };

  const over = () => new Promise<HostExchange>((done) => plane.onExchange(done));
  const tell = ([mti, fields]: [string, Fields]) => socket.write(frameOf(mti, fields));

  /** Resolves with what has arrived once that is at least so many bytes. */
  async function arrived(atLeast: number): Promise<Buffer> {
    while (Buffer.concat(chunks).length < atLeast) await once(socket, 'data');
    return Buffer.concat(chunks.splice(0));
  }

  /** Resolves with the next whole frames. */
  async function frames(count: number): Promise<Uint8Array[]> {
    const deframer = new Deframer(dialect);
    const found: Uint8Array[] = [];
    while (found.length < count) found.push(...deframer.push(await arrived(1)));
    return found;
  }

  async function ask(request: [string, Fields]) {
    tell(request);
    return read((await frames(1))[0]);
  }

  const posted = () => plane.ledger().filter(({ state, kind }) => state === 'posted' && kind === 'sale');

  it('wrong MAC', async () => {
    misbehave({ do: 'wrong-mac' });
    tell(requests.sale('000001', 100));
    const [frame] = await frames(1);
    assert.equal(verifyMac(dialect, frame ?? new Uint8Array(), MAK), 'wrong');
    assert.equal(posted().length, 1);
  });

  it('mislay: the totals at settlement lack it', async () => {
    misbehave({ do: 'mislay' });
    await ask(requests.sale('000001', 100));
    assert.equal((await ask(requests.settlement(totals48(100, 1)))).fields['48.5'], '2');
  });

  it('no answer, and close instead of an answer', async () => {
    misbehave({ do: 'no-answer' });
    const first = over();
    tell(requests.sale('000001', 100));
    assert.equal((await first).response, undefined);
    misbehave({ do: 'close' });
    const second = over();
    const closed = once(socket, 'close');
    tell(requests.sale('000002', 100));
    assert.equal((await second).response, undefined);
    await closed;
    assert.equal(Buffer.concat(chunks).length, 0);
    assert.equal(posted().length, 2);
  });

  it('late', async () => {
    misbehave({ do: 'late', after: '30 s' });
    const exchange = over();
    await ask(requests.sale('000001', 100));
    const { at, answeredAt } = await exchange;
    assert.ok((answeredAt ?? 0) - at >= 30_000);
  });

  it('duplicate answer', async () => {
    misbehave({ do: 'duplicate', after: '1 s' });
    tell(requests.sale('000001', 100));
    const [first, second] = await frames(2);
    assert.deepEqual(first, second);
    assert.equal(posted().length, 1);
  });

  it('an answer for another STAN', async () => {
    misbehave({ do: 'other-stan' });
    assert.equal((await ask(requests.sale('000001', 100))).fields['11'], '500001');
    assert.equal(posted()[0]?.stan, '000001');
  });

  it('an answer for another terminal, or of another type', async () => {
    misbehave({ do: 'other-terminal' });
    assert.equal((await ask(requests.sale('000001', 100))).fields['41'], '30001009');
    misbehave({ do: 'other-type' });
    assert.equal((await ask(requests.sale('000002', 100))).mti, '0810');
    assert.equal(posted().length, 2);
  });

  it('a wrong length header, too long and too short', async () => {
    for (const bytes of [8, -3]) {
      misbehave({ do: 'wrong-length', bytes });
      const exchange = over();
      tell(requests.sale(`00000${Math.abs(bytes)}`, 100));
      assert.equal((await exchange).response, undefined);
      const frame = await arrived(100);
      assert.equal(frame.readUInt16BE(0), frame.length - 2 + bytes);
    }
  });

  it('a wrong bitmap', async () => {
    misbehave({ do: 'wrong-bitmap' });
    tell(requests.sale('000001', 100));
    const [frame] = await frames(1);
    try {
      assert.equal(verifyMac(dialect, frame ?? new Uint8Array(), MAK), 'wrong');
      assert.notDeepEqual(decodeMessage(dialect, frame ?? new Uint8Array()).remarks, []);
    } catch (thrown) {
      assert.ok(isRigError(thrown), String(thrown));
    }
  });

  it('truncated, at half or where it says', async () => {
    const whole = (await ask(requests.sale('000001', 100))).bytes.length;
    misbehave({ do: 'truncated', bytes: 7 });
    const closed = once(socket, 'close');
    const exchange = over();
    tell(requests.sale('000002', 100));
    await closed;
    assert.equal((await exchange).response, undefined);
    const part = Buffer.concat(chunks);
    assert.equal(part.length, 7);
    assert.equal(part.readUInt16BE(0) + 2, whole);
    assert.equal(posted().length, 2);
  });

  it('one byte at a time', async () => {
    misbehave({ do: 'trickle', after: '100 ms' });
    let arrivals = 0;
    socket.on('data', () => arrivals++);
    assert.equal((await ask(requests.sale('000001', 100))).fields['39'], '00');
    assert.ok(arrivals > 3, `${arrivals} pieces`);
  });

  it('two responses in one segment', async () => {
    misbehave({ do: 'coalesced' });
    const [first, second] = await Promise.all([frames(2), tell(requests.sale('000001', 100))]).then(
      ([both]) => both.map(read),
    );
    assert.deepEqual([first?.fields['11'], second?.fields['11']], ['000001', '500001']);
  });

  it('an approval after the answer to its reversal', async () => {
    misbehave({ do: 'approval-after-reversal' });
    const silent = over();
    tell(requests.sale('000001', 100));
    assert.equal((await silent).response, undefined);
    tell(requests.reversal('000001', 100));
    const [first, second] = (await frames(2)).map(read);
    assert.deepEqual([first?.mti, second?.mti, second?.fields['39']], ['0410', '0210', '00']);
    assert.equal(plane.ledger()[0]?.state, 'reversed');
  });

  it('another amount, another currency, no RRN; the books are right', async () => {
    misbehave({ do: 'other-amount' });
    assert.equal((await ask(requests.sale('000001', 100))).fields['4'], '000000000200');
    misbehave({ do: 'other-amount', amount: 0.5 });
    assert.equal((await ask(requests.sale('000002', 100))).fields['4'], '000000000050');
    misbehave({ do: 'other-currency' });
    assert.equal((await ask(requests.sale('000003', 100))).fields['49'], '840');
    misbehave({ do: 'no-rrn' });
    assert.equal((await ask(requests.sale('000004', 100))).fields['37'], undefined);
    assert.deepEqual(
      posted().map(({ booked }) => booked),
      Array(4).fill({ minor: 100, currency: 'CNY' }),
    );
  });

  it('cut-over in the middle of a batch', async () => {
    const before = await ask(requests.sale('000001', 100));
    misbehave({ do: 'cut-over' });
    const after = await ask(requests.sale('000002', 100));
    assert.notEqual(after.fields['13'], before.fields['13']);
    assert.equal((await ask(requests.settlement(totals48(200, 2)))).fields['48.5'], '1');
  });

  it('a wrong answer of the issuer to the chip', async () => {
    misbehave({ do: 'wrong-arpc' });
    const key = cardKeyUnder(keys.issuers, card('debit-1'));
    assert.ok(key);
    const data = {
      '9F02': amount12(100),
      '9F03': '000000000000',
      '9F1A': '0156',
      '95': '0000000000',
      '5F2A': '0156',
      '9A': '261122',
      '9C': '00',
      '9F37': '01020304',
      '82': '7C00',
      '9F36': '0001',
      '9F10': '06010A03A00000',
    };
    const scheme = cryptogramScheme(10);
    const arqc = Buffer.from(scheme.cryptogram(key, data)).toString('hex').toUpperCase();
    const tags = Object.entries({ ...data, '9F26': arqc, '9F27': '80' });
    const field55 = Object.fromEntries(tags.map(([tag, value]) => [`55.${tag}`, value]));
    const wrong = (await ask(requests.sale('000001', 100, field55))).fields['55.91'];
    const right = (await ask(requests.sale('000002', 100, field55))).fields['55.91'];
    const expected = scheme.authentication(key, { ...data, '9F26': arqc }, '00');
    assert.equal(right, Buffer.from(expected).toString('hex').toUpperCase());
    assert.equal(wrong?.length, right?.length);
    assert.notEqual(wrong, right);
    assert.equal(posted().length, 2);
  });

  it('lies: books nothing, books twice', async () => {
    misbehave({ do: 'book-nothing' });
    assert.equal((await ask(requests.sale('000001', 100))).fields['39'], '00');
    assert.equal(posted().length, 0);
    misbehave({ do: 'book-twice' });
    assert.equal((await ask(requests.sale('000002', 100))).fields['39'], '00');
    assert.deepEqual(
      posted().map(({ stan }) => stan),
      ['000002', '000002'],
    );
    assert.equal((await ask(requests.settlement(totals48(100, 1)))).fields['48.5'], '2');
  });

  it('a void or a reversal that is answered and not done', async () => {
    const sale = await ask(requests.sale('000001', 100));
    misbehave({ do: 'book-nothing', on: 'void' });
    assert.equal((await ask(requests.void('000002', sale))).fields['39'], '00');
    assert.equal(posted().length, 1);
    misbehave({ do: 'book-nothing', on: 'reversal' });
    assert.equal((await ask(requests.reversal('000001', 100))).fields['39'], '00');
    assert.equal(posted().length, 1);
  });

  it('every time, and on anything', async () => {
    misbehave({ do: 'other-stan', on: 'any', nth: 'every' });
    for (const stan of ['000001', '000002']) {
      assert.equal((await ask(requests.sale(stan, 100))).fields['11'], `5${stan.slice(1)}`);
    }
    assert.equal((await ask(requests.echo())).fields['11'], '500002');
  });

  it('has a test for each', () => {
    assert.deepEqual([...tested].sort(), Object.keys(MISDEEDS).sort());
  });
});
