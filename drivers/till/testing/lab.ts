import { isAbsolute } from 'node:path';
import type { DriverContext, HostPlane } from '../../../rig/bench/planes.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { type Clock, makeClock } from '../../../rig/model/time.ts';
import { openSimulator } from '../../host/simulator/driver.ts';
import { openPseudoTerminal } from '../../virtual/pty.ts';
import { startTerminal, type TerminalRig, testCard } from '../../virtual/terminal/testing/terminal-rig.ts';
import { ecrTill, listenForTill, tillOnSerial } from '../../virtual/till/till-port.ts';
import { loadProtocol } from '../protocol-file.ts';

/** A terminal that is signed on at a simulated acquirer, and people at it; tills are brought by tests. */
export interface TillLab {
  readonly clock: Clock;
  readonly host: HostPlane;
  readonly terminal: TerminalRig;
  /** Plugs the terminal's end of a protocol in; resolves with the port or the address. */
  plug(protocol: string, over: 'serial' | 'tcp', clock?: Clock): Promise<string>;
  /** What drivers are given. */
  readonly context: DriverContext;
  /** Card and PIN, as soon as they are asked for. */
  cardAndPin(): Promise<void>;
  /** The ledger: kind, state, minor units. */
  money(): string[];
  close(): Promise<void>;
}

export async function openTillLab({ rate = 60 } = {}): Promise<TillLab> {
  const clock = makeClock(rate);
  const host = await openSimulator(
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
  const terminal = await startTerminal({ port: host.address.port, rate });
  await terminal.signOn();
  const closing: (() => unknown)[] = [];
  const context: Pick<DriverContext, 'clock' | 'recorder' | 'resolve' | 'seed' | 'signal' | 'lost'> & {
    readonly profile: { readonly receipt: { readonly columns: number } };
  } = {
    clock,
    profile: { receipt: { columns: 32 } },
    recorder: {
      record: () => undefined,
      attach: (name, mime) => ({ id: name, path: name, mime, bytes: 0, sha256: '' }),
    },
    resolve: (path) => (isAbsolute(path) ? path : packaged(path.replace(/^posrig:/, ''))),
    seed: 1,
    signal: new AbortController().signal,
    lost: () => {},
  };
  return {
    clock,
    host,
    terminal,
    context: context as unknown as DriverContext,
    plug: async (name, over, own = clock) => {
      const attach = ecrTill(loadProtocol(name));
      if (over === 'tcp') {
        const port = await listenForTill({ host: '127.0.0.1', port: 0 }, terminal.body, own, attach);
        closing.push(() => port.close());
        return port.address;
      }
      const line = await openPseudoTerminal();
      closing.push(() => line.close());
      closing.push(tillOnSerial(line, terminal.body, own, attach));
      return line.path;
    },
    cardAndPin: async () => {
      await terminal.until('INSERT/SWIPE/TAP');
      terminal.present(testCard('debit-1'), 'swipe');
      await terminal.until('ENTER PIN');
      await terminal.type(testCard('debit-1').pin);
      await terminal.press('enter');
    },
    money: () => host.ledger().map(({ kind, state, booked }) => `${kind} ${state} ${booked.minor}`),
    close: async () => {
      for (const close of closing.reverse()) await close();
      await terminal.close();
      await host.close();
    },
  };
}
