import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import type { HostPlane } from '../../../rig/bench/planes.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { type Clock, makeClock } from '../../../rig/model/time.ts';
import { openSimulator } from '../../host/simulator/driver.ts';
import type { Tee } from '../../transport/tee.ts';
import { openPseudoTerminal } from '../../virtual/pty.ts';
import { startTerminal, type TerminalRig, testCard } from '../../virtual/terminal/testing/terminal-rig.ts';
import { listenForTill, type TillPort, tillOnSerial } from '../../virtual/till/till-port.ts';
import { authorisation, endOfDay, repeatReceipt, reversal, statusEnquiry } from './commands.ts';
import { toldBy } from './dialogue.ts';
import { type Before, beliefOf, recover } from './payment.ts';
import { openSession, type Session } from './session.ts';
import { openStream, type Place } from './stream.ts';

const TEE: Tee = { bytes: () => {}, unseen: () => {}, withheld: () => {}, link: () => {} };
const NOTHING: Before = { receipt: undefined, trace: undefined };
const PASSWORD = '000000';

describe('a till and the virtual terminal, by ZVT', () => {
  let host: HostPlane;
  let terminal: TerminalRig;
  let clock: Clock;
  let port: TillPort;
  const closing: (() => unknown)[] = [];

  beforeEach(async () => {
    clock = makeClock(60);
    host = await openSimulator(
      {
        listen: '127.0.0.1:0',
        dialect: 'unionpay-pos',
        keys: 'posrig:drivers/virtual/keys.yaml',
        regions: 'posrig:drivers/network/regions.yaml',
        acquirer: '48020000',
        downloads: 'posrig:drivers/host/downloads/synthetic.yaml',
      },
      {
        clock,
        recorder: { record: () => undefined },
        cards: ['debit-1'].map(testCard),
        resolve: (path) => packaged(path.replace(/^posrig:/, '')),
        lost: (error) => {
          throw error;
        },
      },
    );
    terminal = await startTerminal({ port: host.address.port });
    await terminal.signOn();
    port = await listenForTill({ host: '127.0.0.1', port: 0 }, terminal.body, clock);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await port.close();
    await terminal.close();
    await host.close();
  });

  const tcp = (address = port.address): Place => ({
    host: '127.0.0.1',
    tcp: Number(address.split(':')[1]),
  });
  const states: number[] = [];
  const open = async (place: Place = tcp()): Promise<Session> => {
    states.length = 0;
    const session = openSession(await openStream(place, TEE), clock, {
      state: ({ code }) => states.push(code),
    });
    closing.push(() => session.close());
    return session;
  };
  /** What the person at the terminal does while the till waits. */
  const cardAndPin = async () => {
    await terminal.until('INSERT/SWIPE/TAP');
    terminal.present(testCard('debit-1'), 'swipe');
    await terminal.until('ENTER PIN');
    await terminal.type(testCard('debit-1').pin ?? '');
    await terminal.press('enter');
  };
  const pay = async (session: Session, minor: number) => {
    const [paid] = await Promise.all([session.run(authorisation(minor, '156')), cardAndPin()]);
    return beliefOf(paid);
  };
  const money = () => host.ledger().map(({ kind, state, booked }) => `${kind} ${state} ${booked.minor}`);

  it('over TCP: pays, tells every state, voids by receipt number, closes the day', async () => {
    const session = await open();
    const paid = await pay(session, 1010);
    assert.equal(paid.outcome, 'approved');
    assert.equal(paid.told?.amount, 1010);
    assert.deepEqual(states.slice(0, 3), [0x0a, 0x0e, 0x01]);
    assert.ok(states.includes(0x04));
    assert.deepEqual(money(), ['sale posted 1010']);
    const again = await session.run(repeatReceipt(PASSWORD));
    const [told] = again.statuses.map(toldBy);
    assert.deepEqual(told, paid.told);

    const [voided] = await Promise.all([
      session.run(reversal(PASSWORD, paid.told?.receipt ?? '')),
      cardAndPin(),
    ]);
    assert.equal(beliefOf(voided).outcome, 'approved');
    const closed = await session.run(endOfDay(PASSWORD));
    assert.equal(closed.end.how, 'completed');
    assert.equal(terminal.memory.transactions.length, 0);
  });

  it('over a serial line: an amount that doubles DLE, a cancel by the till, a terminal that is busy', async () => {
    const line = await openPseudoTerminal();
    closing.push(() => line.close());
    closing.push(tillOnSerial(line, terminal.body, clock));
    const session = await open({ port: line.path, baud: 115_200 });
    assert.equal((await pay(session, 1010)).told?.amount, 1010);

    const paying = session.run(authorisation(2000, '156'));
    await terminal.until('INSERT/SWIPE/TAP');
    const other = await open();
    const busy = await other.run(authorisation(1, '156'));
    assert.deepEqual(busy.end, { how: 'refused', code: 0x9c });
    session.abort();
    assert.deepEqual(beliefOf(await paying), {
      ...beliefOf(await paying),
      outcome: 'declined',
      code: 0x6c,
    });
    assert.deepEqual(money(), ['sale posted 1010']);
  });

  it('a PIN that nobody enters ends in a refusal, and the terminal is idle again', async () => {
    const session = await open();
    const paying = session.run(authorisation(1250, '156'));
    await terminal.until('INSERT/SWIPE/TAP');
    terminal.present(testCard('debit-1'), 'swipe');
    assert.equal(beliefOf(await paying).code, 0x6c);
    await terminal.until(/^READY/);
    assert.equal((await session.run(statusEnquiry())).end.how, 'completed');
    assert.deepEqual(money(), []);
  });

  it('the link cut behind any byte of a payment, in either direction: what the till then finds out is what the host has', async () => {
    // Behind the command, the first states, the result; and beyond the end, where nothing is cut.
    const places: readonly (readonly ['till' | 'terminal', number])[] = [
      ['till', 4],
      ['till', 13],
      ['till', 16],
      ['till', 19],
      ['terminal', 2],
      ['terminal', 5],
      ['terminal', 14],
      ['terminal', 24],
      ['terminal', 40],
      ['terminal', 70],
      ['terminal', 100],
      ['terminal', 400],
    ];
    let minor = 1000;
    let receipt: Before = NOTHING;
    for (const [direction, bytes] of places) {
      minor += 10;
      const relay = await cuttingRelay(tcp(), direction, bytes);
      const session = await open(relay.place);
      const paying = session.run(authorisation(minor, '156'));
      const begun = Promise.race([
        terminal.until('INSERT/SWIPE/TAP').then(() => true),
        paying.then(() => false),
      ]);
      const late = !(await begun) && terminal.body.till.state === 'busy';
      if ((await begun) || late) await cardAndPin();
      let belief = beliefOf(await paying);
      await relay.close();
      if (belief.outcome === 'unknown') {
        belief = await recover({ clock, password: PASSWORD, minor, before: receipt, open: () => open() });
      }
      const booked = host
        .ledger()
        .some(({ booked: { minor: sum }, state }) => sum === minor && state === 'posted');
      assert.equal(belief.outcome, booked ? 'approved' : 'declined', `cut ${direction} ${bytes}`);
      if (booked) receipt = { receipt: belief.told?.receipt, trace: belief.told?.trace };
      await terminal.until(/^READY/);
    }
    assert.ok(host.ledger().length > 6);
  });
});

/** Passes bytes on until so many have gone one way, then closes both ends. */
async function cuttingRelay(to: Place, direction: 'till' | 'terminal', bytes: number) {
  const sockets: Socket[] = [];
  const server = createServer((till) => {
    const target = 'tcp' in to ? to.tcp : 0;
    const terminal = connect(target, '127.0.0.1');
    sockets.push(till, terminal);
    for (const socket of [till, terminal]) socket.on('error', () => {});
    let left = bytes;
    const pass = (from: Socket, into: Socket, counted: boolean) =>
      from.on('data', (chunk) => {
        const part = counted ? chunk.subarray(0, left) : chunk;
        into.write(part);
        if (!counted) return;
        left -= part.length;
        if (left <= 0) for (const socket of sockets) socket.end();
      });
    pass(till, terminal, direction === 'till');
    pass(terminal, till, direction === 'terminal');
    till.on('close', () => terminal.destroy());
    terminal.on('close', () => till.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return {
    place: { host: '127.0.0.1', tcp: typeof bound === 'object' && bound ? bound.port : 0 } satisfies Place,
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
