import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import type { HostPlane } from '../../../rig/bench/planes.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { type Clock, makeClock } from '../../../rig/model/time.ts';
import { apdu, bcd } from '../../codec/zvt/build.ts';
import type { PrintedLine } from '../../codec/zvt/print.ts';
import { openSimulator } from '../../host/simulator/driver.ts';
import type { Tee } from '../../transport/tee.ts';
import { openPseudoTerminal } from '../../virtual/pty.ts';
import { startTerminal, type TerminalRig, testCard } from '../../virtual/terminal/testing/terminal-rig.ts';
import { listenForTill, type TillPort, tillOnSerial } from '../../virtual/till/till-port.ts';
import { attachZvt } from '../../virtual/till/zvt-port.ts';
import { openStream, type Place } from '../stream.ts';
import * as commands from './commands.ts';
import { toldBy } from './dialogue.ts';
import { type Before, beliefOf, recover, recoverEndOfDay } from './payment.ts';
import { openSession, type Session } from './session.ts';

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
  const receipts: { lines: readonly PrintedLine[]; kind: number | undefined }[] = [];
  const notes: string[] = [];
  const open = async (place: Place = tcp()): Promise<Session> => {
    for (const told of [states, receipts, notes]) told.length = 0;
    const session = openSession(await openStream(place, TEE), clock, {
      state: ({ code }) => states.push(code),
      receipt: (lines, kind) => receipts.push({ lines, kind }),
      note: (text) => notes.push(text),
    });
    closing.push(() => session.close());
    return session;
  };
  const { payments, administration, states: hears, lines: prints } = commands.CONFIG;
  const register = (session: Session, config: number = hears, columns?: number) =>
    session.run(
      commands.registration({
        ...{ password: PASSWORD, config, currency: '156' },
        ...(columns !== undefined && { columns }),
      }),
    );
  /** What the person at the terminal does while the till waits. */
  const cardAndPin = async () => {
    await terminal.until('INSERT/SWIPE/TAP');
    terminal.present(testCard('debit-1'), 'swipe');
    await terminal.until('ENTER PIN');
    await terminal.type(testCard('debit-1').pin ?? '');
    await terminal.press('enter');
  };
  const pay = async (session: Session, minor: number) => {
    const [paid] = await Promise.all([session.run(commands.authorisation(minor, '156')), cardAndPin()]);
    return beliefOf(paid);
  };
  const money = () => host.ledger().map(({ kind, state, booked }) => `${kind} ${state} ${booked.minor}`);

  it('over TCP: pays, tells every state, voids by receipt number, closes the day', async () => {
    const session = await open();
    assert.equal((await register(session)).end.how, 'completed');
    const paid = await pay(session, 1010);
    assert.equal(paid.outcome, 'approved');
    assert.equal(paid.told?.amount, 1010);
    assert.deepEqual(states.slice(0, 3), [0x0a, 0x0e, 0x01]);
    assert.ok(states.includes(0x04));
    assert.deepEqual(money(), ['sale posted 1010']);
    const again = await session.run(commands.repeatReceipt(PASSWORD));
    const [told] = again.statuses.map(toldBy);
    assert.deepEqual(told, paid.told);

    const [voided] = await Promise.all([
      session.run(commands.reversal(PASSWORD, paid.told?.receipt ?? '')),
      cardAndPin(),
    ]);
    assert.equal(beliefOf(voided).outcome, 'approved');
    const closed = await session.run(commands.endOfDay(PASSWORD));
    assert.equal(closed.end.how, 'completed');
    assert.equal(terminal.memory.transactions.length, 0);
  });

  it('over a serial line: an amount that doubles DLE, a cancel by the till, a terminal that is busy', async () => {
    const line = await openPseudoTerminal();
    closing.push(() => line.close());
    closing.push(tillOnSerial(line, terminal.body, clock));
    const session = await open({ port: line.path, baud: 115_200 });
    assert.equal((await pay(session, 1010)).told?.amount, 1010);

    const paying = session.run(commands.authorisation(2000, '156'));
    await terminal.until('INSERT/SWIPE/TAP');
    const other = await open();
    const busy = await other.run(commands.authorisation(1, '156'));
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
    const paying = session.run(commands.authorisation(1250, '156'));
    await terminal.until('INSERT/SWIPE/TAP');
    terminal.present(testCard('debit-1'), 'swipe');
    assert.equal(beliefOf(await paying).code, 0x6c);
    await terminal.until(/^READY/);
    assert.equal((await session.run(commands.statusEnquiry())).end.how, 'completed');
    assert.deepEqual(money(), []);
  });

  it('pre-authorises, books, gives back a part and all, refunds, and tells which holds are open', async () => {
    const session = await open();
    await register(session);
    const hold = async (minor: number) => {
      const [held] = await Promise.all([session.run(commands.preAuthorisation(minor, '156')), cardAndPin()]);
      return beliefOf(held).told?.receipt ?? '';
    };
    const card = async () => {
      await terminal.until('INSERT/SWIPE/TAP');
      terminal.present(testCard('debit-1'), 'swipe');
    };
    const openHolds = async () => {
      const { end } = await session.run(commands.openPreAuthorisations());
      assert.equal(end.how, 'aborted');
      return end.how === 'aborted' ? end.code : 0;
    };
    const first = await hold(50_000);
    const second = await hold(30_000);
    const third = await hold(20_000);
    assert.equal(await openHolds(), 0xb8);
    const [booked] = await Promise.all([session.run(commands.bookTotal(first, 48_000, '156')), card()]);
    assert.equal(beliefOf(booked).told?.amount, 48_000);
    // A partial reversal names what was not used.
    const [part] = await Promise.all([session.run(commands.partialReversal(second, 10_000, '156')), card()]);
    assert.equal(beliefOf(part).told?.amount, 20_000);
    const [given] = await Promise.all([session.run(commands.preAuthReversal(third)), cardAndPin()]);
    assert.equal(beliefOf(given).outcome, 'approved');
    assert.deepEqual(terminal.body.till.holds(), []);
    assert.deepEqual((await session.run(commands.bookTotal(third, 100, '156'))).end, {
      how: 'refused',
      code: 0xb8,
    });
    assert.deepEqual(money(), [
      ...['pre-auth captured 50000', 'pre-auth captured 30000', 'pre-auth released 20000'],
      ...['completion posted 48000', 'completion posted 20000', 'pre-auth-void posted 20000'],
    ]);
    // A refund names no original: the person at the terminal does.
    const { rrn = '', date = '' } = host.ledger().find(({ kind }) => kind === 'completion') ?? {};
    const refunding = session.run(commands.refund(PASSWORD, 1_000, '156'));
    await terminal.until('REFERENCE NO');
    await terminal.type(rrn);
    await terminal.press('enter');
    await terminal.until('ORIGINAL DATE');
    await terminal.type(date);
    await terminal.press('enter');
    await cardAndPin();
    const refunded = beliefOf(await refunding);
    assert.ok(
      refunded.outcome === 'approved' ? refunded.told?.amount === 1_000 : refunded.code !== undefined,
    );
    const { statuses } = await session.run(commands.turnoverTotals(PASSWORD));
    assert.ok((statuses[0] && toldBy(statuses[0]).amount) !== 0);
    const settled = beliefOf(await session.run(commands.endOfDay(PASSWORD)));
    assert.equal(settled.outcome, 'approved');
    const asked = await recoverEndOfDay({ clock, password: PASSWORD, open: () => open() });
    assert.equal(asked.outcome, 'approved');
  });

  it('a till that prints gets the receipts: in blocks and UTF-8, or line by line in CP437; the terminal prints nothing then', async () => {
    const session = await open();
    const agreed = await register(session, payments | administration | hears | prints, 32);
    assert.equal(agreed.end.how, 'completed');
    terminal.forget();
    await pay(session, 1010);
    assert.deepEqual(
      receipts.map(({ kind }) => kind),
      [1, 2],
    );
    const merchant = receipts[0]?.lines ?? [];
    assert.ok(merchant.some(({ text, align }) => text === '商户存根 MERCHANT COPY' && align === 'centre'));
    assert.ok(merchant.some(({ text, wide, high }) => /RMB 10\.10/.test(text) && wide === 2 && high === 2));
    const lines = apdu('0600', bcd(PASSWORD, 3), Uint8Array.of(payments | hears | prints), bcd('156', 2));
    await session.run(lines);
    receipts.length = 0;
    await pay(session, 2000);
    assert.equal(receipts.length, 2);
    assert.ok(receipts[0]?.lines.some(({ text }) => text.trim() === 'MERCHANT COPY'));
    await terminal.until(/^READY/);
    assert.deepEqual(terminal.slips(), []);
    // The end of day is no payment: this till has left it to the terminal.
    await session.run(commands.endOfDay(PASSWORD));
    assert.match(terminal.slips().join(''), /SETTLEMENT/);
  });

  it('repeats a receipt as it is asked to: told, printed, both; a till that has not registered hears of no states', async () => {
    const session = await open();
    await pay(session, 1010);
    assert.deepEqual(states, []);
    await terminal.until(/^READY/);
    terminal.forget();
    const told = await session.run(commands.repeatReceipt(PASSWORD, 'told'));
    assert.deepEqual([told.statuses.length, terminal.slips().length], [1, 0]);
    const printed = await session.run(commands.repeatReceipt(PASSWORD, 'printed'));
    assert.deepEqual([printed.end.how, printed.statuses.length], ['completed', 0]);
    assert.match(terminal.slips().join(''), /DUPLICATE/);
    await terminal.until(/^READY/);
    const both = await session.run(commands.repeatReceipt(PASSWORD, 'both'));
    assert.equal(both.statuses.length, 1);
    await terminal.until(/^READY/);
    const wrong = await session.run(commands.authorisation(100, '978'));
    assert.deepEqual(wrong.end, { how: 'refused', code: 0x1e });
    assert.equal((await session.run(commands.diagnosis())).end.how, 'completed');
  });

  it('a cable that is out for 5 s after the PIN: the result is repeated, and taken once', async () => {
    const cut = cableOf();
    closing.push(attachZvt(cut.terminalEnd, terminal.body, clock));
    const session = openSession(cut.tillEnd, clock, { note: (text) => notes.push(text) });
    notes.length = 0;
    const paying = session.run(commands.authorisation(1010, '156'));
    await cardAndPin();
    cut.plug(false);
    await terminal.until(/^APPROVED/);
    await clock.sleep(5000);
    cut.plug(true);
    const paid = await paying;
    assert.equal(beliefOf(paid).told?.amount, 1010);
    assert.equal(paid.statuses.length, 1);
    assert.deepEqual(money(), ['sale posted 1010']);
  });

  it('an answer of 84 9C has the status said again, and the person who takes four minutes does not run into T4', async () => {
    const cut = cableOf(false);
    closing.push(attachZvt(cut.terminalEnd, terminal.body, clock));
    const heard: string[] = [];
    let refusals = 2;
    cut.tillEnd.onData((bytes) => {
      const control = Buffer.from(bytes.subarray(0, 2)).toString('hex');
      if (control === '8000') return;
      heard.push(control);
      const again = control === '040f' && refusals-- > 0;
      cut.tillEnd.write(again ? Uint8Array.of(0x84, 0x9c, 0) : Uint8Array.of(0x80, 0, 0));
    });
    const ended = async () => {
      for (let i = 0; i < 1000 && !heard.some((control) => /^06[01]/.test(control)); i++)
        await clock.sleep(500);
      assert.ok(heard.includes('060f'), heard.join());
    };
    cut.tillEnd.write(commands.registration({ password: PASSWORD, config: hears, currency: '156' }));
    await ended();
    heard.length = 0;
    cut.tillEnd.write(commands.authorisation(1010, '156'));
    await terminal.until('INSERT/SWIPE/TAP');
    terminal.present(testCard('debit-1'), 'swipe');
    await terminal.until('ENTER PIN');
    const before = heard.length;
    // Well below the minute after which the terminal gives an entry up.
    for (let i = 0; i < 14; i++) {
      await clock.sleep(18_000);
      await terminal.press(i % 2 === 0 ? '1' : 'clear');
    }
    assert.ok(heard.slice(before).filter((control) => control === '04ff').length >= 3, heard.join());
    await terminal.type(testCard('debit-1').pin ?? '');
    await terminal.press('enter');
    await ended();
    assert.equal(heard.filter((control) => control === '040f').length, 3);
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
      const paying = session.run(commands.authorisation(minor, '156'));
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

/** A cable that can be pulled: what is said while it is out is lost. */
function cableOf(serial = true) {
  let plugged = true;
  const to = { till: (_: Uint8Array) => {}, terminal: (_: Uint8Array) => {} };
  const pass = (end: 'till' | 'terminal') => (bytes: Uint8Array) => {
    if (plugged) setImmediate(() => to[end](bytes));
  };
  return {
    plug: (is: boolean) => {
      plugged = is;
    },
    terminalEnd: {
      serial,
      write: pass('till'),
      onData: (listener: (bytes: Uint8Array) => void) => {
        to.terminal = listener;
      },
    },
    tillEnd: {
      serial,
      write: pass('terminal'),
      onData: (listener: (bytes: Uint8Array) => void) => {
        to.till = listener;
      },
      closed: new Promise<string | undefined>(() => {}),
      close: async () => {},
    },
  };
}

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
