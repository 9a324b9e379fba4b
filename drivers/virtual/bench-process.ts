import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { RigError } from '../../rig/model/errors.ts';
import { makeClock } from '../../rig/model/time.ts';
import { loadProtocol } from '../till/protocol-file.ts';
import { serveAdb } from './adb/daemon.ts';
import { makePhone } from './adb/phone.ts';
import { type AndroidPorts, attachAndroid, watchDisplay } from './android/attach.ts';
import { onTouchScreen, type TouchTerminal } from './android/touch-screen.ts';
import { makeChip } from './cards/chip.ts';
import { countersIn } from './cards/counters.ts';
import { attachCardActuator } from './devices/card-actuator.ts';
import { attachCardMultiplexer } from './devices/card-multiplexer.ts';
import { attachCodeDisplay } from './devices/code-display.ts';
import { attachGantry } from './devices/gantry/gantry.ts';
import { attachPerson } from './devices/person.ts';
import { attachPowerRelay } from './devices/power-relay.ts';
import { attachPrinterLine } from './devices/printer-line.ts';
import { attachNetworkPrinter } from './devices/printer-network.ts';
import { attachScreenReader } from './devices/screen-reader.ts';
import { attachSolenoids } from './devices/solenoids.ts';
import { type Faulty, faultsOf } from './faults/faults.ts';
import { type Plug, plugged } from './plug.ts';
import { openPseudoTerminal, type PseudoTerminal } from './pty.ts';
import { ragged } from './ragged.ts';
import { makeRandom, type Random } from './random.ts';
import { claimStateFolder } from './state-folder.ts';
import type { TerminalBody, TerminalSetup } from './terminal/body.ts';
import { checkDefects } from './terminal/defects.ts';
import type { DialSetup } from './terminal/host-dial.ts';
import { housed } from './terminal/model.ts';
import { ecrTill, listenForTill, type TillPort, tillOnSerial } from './till/till-port.ts';
import { loadWorld, type World } from './world.ts';

/** Serial ports of the bench, and the TCP address that its terminal dials. */
export const SERIAL_PORTS = ['gantry', 'card', 'power', 'screen', 'printer'] as const;
export type SerialPortName = (typeof SERIAL_PORTS)[number];
/** Ports that only some worlds have: serial ones, and the TCP address of a phone's ADB daemon. */
export const OTHER_PORTS = ['solenoids', 'desk', 'multiplexer', 'codes', 'phone'] as const;
export type OtherPortName = (typeof OTHER_PORTS)[number];
/** TCP services that only some worlds have. */
export type OtherServiceName = 'camera' | 'adb' | 'paper';
export type BenchPorts = Readonly<Record<SerialPortName | 'acquirer' | 'resolver' | 'till', string>> &
  Readonly<Partial<Record<OtherPortName | OtherServiceName, string>>>;

export interface BenchSetup {
  /** Path of the world file. */
  readonly world: string;
  /** Nominal seconds per wall second, 0.01 to 1000. */
  readonly speed: number;
  readonly seed: number;
  /** Added to the defects of the world file. */
  readonly defects: readonly string[];
  /** Faults of the bench around it, added to those of the world file. */
  readonly faults?: readonly string[];
  /** `host:port` stored in the terminal; absent: a free port of the loopback address. */
  readonly acquirer?: string;
  /** Name under which the terminal looks its acquirer up, at a name server of the bench; absent: it dials the address. */
  readonly dials?: string;
  /** PEM file of the authority that is installed in the terminal, which then speaks TLS. */
  readonly trust?: string;
  /**
   * `host:port` where the till link listens, or `pty` for a serial port; absent: a free port of the loopback address, or a
   * serial port where the protocol knows only those.
   */
  readonly till?: string;
  /** Protocol of the till link: `zvt`, a shipped one, or the file that describes it; absent: as the world file says. */
  readonly tillProtocol?: string;
  /** Folder that keeps the terminal's memory; absent: a temporary one. */
  readonly state?: string;
  /** The firmware; tests bring their own. */
  readonly createTerminal?: (setup: TerminalSetup) => Promise<TerminalBody>;
}

export interface RunningBench {
  readonly ports: BenchPorts;
  /** Resolves with the reason when a port dies by itself. */
  readonly lost: Promise<string>;
  /** Unplugs everything. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a virtual bench in this process: terminal, devices, ports. The terminal is switched on last.
 * @throws RigError for a wrong world file, an unknown defect, or when no pseudo-terminal can be had
 */
export async function startBench(setup: BenchSetup): Promise<RunningBench> {
  const loaded = loadWorld(setup.world);
  const defects = checkDefects([...loaded.defects, ...setup.defects]);
  const clock = makeClock(setup.speed);
  const random = makeRandom(setup.seed);
  // Of their own seed: a fault more changes nothing else that is random.
  const faults = faultsOf([...loaded.faults, ...(setup.faults ?? [])], makeRandom(setup.seed));
  const world = faults.world(loaded);
  const acquirer = setup.acquirer === undefined ? await freeAddress() : parseAddress(setup.acquirer);
  const resolver = await freeAddress();
  const state = claimStateFolder(setup.state);
  const lines: PseudoTerminal[] = [];
  const others: Pick<PseudoTerminal, 'close'>[] = [];
  let terminal: TerminalBody | undefined;
  let switchOff = () => {};
  let endPrinting = () => {};
  let till: TillPort | undefined;
  let android: AndroidPorts | undefined;
  let plugs: Record<SerialPortName, Plug> | undefined;
  let nodes: Faulty | undefined;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      switchOff();
      endPrinting();
      await till?.close();
      await android?.close();
      await terminal?.destroy();
      nodes?.end();
      await Promise.all(Object.values(plugs ?? {}).map((plug) => plug.close()));
      await Promise.all([...lines, ...others].map((line) => line.close()));
      state.release();
    })();
    return closing;
  };

  try {
    const opened = await openLines(lines);
    const flash = join(state.path, 'flash');
    mkdirSync(flash, { recursive: true });
    const createTerminal = setup.createTerminal ?? (await import('./terminal/index.ts')).createTerminal;
    terminal = await createTerminal({
      terminalId: world.terminal['terminal-id'],
      merchantId: world.terminal['merchant-id'],
      merchantName: world.terminal['merchant-name'],
      print: world.terminal.print,
      ...(world.terminal.dialect !== undefined && { dialect: world.terminal.dialect }),
      tmk: world.terminal.tmk,
      chipOf: chipsOf(world, state.path),
      security: world.security,
      acquirer,
      ...(setup.dials === undefined && setup.trust === undefined
        ? {}
        : { host: dialOf(setup, acquirer, resolver) }),
      flash,
      clock,
      seed: setup.seed,
      defects,
      timers: world.timers,
      calendar: world.terminal.calendar,
      ...(world.model && { words: world.model.onSlip }),
    });
    if (world.model) terminal = housed(terminal, world.model);
    const touch = touchScreenOf(world, terminal, random.fork('touch screen'));
    terminal = faults.body(touch ?? terminal, clock);
    const pulled = Object.fromEntries(SERIAL_PORTS.map((name) => [name, plugged(opened[name])])) as Record<
      SerialPortName,
      Plug
    >;
    plugs = pulled;
    const cable = (name: SerialPortName) =>
      faults.cable(name, ragged(pulled[name], random.fork(`cable ${name}`)), {
        clock,
        unplug: pulled[name].unplug,
        replug: pulled[name].replug,
        unplugOther: (other) => pulled[other].unplug(),
      });
    switchOff = attachGantry(cable('gantry'), gantryOf(world), terminal, clock, random.fork('gantry'));
    attachCardActuator(cable('card'), world.magazine, terminal, clock);
    attachScreenReader(cable('screen'), world.display, terminal);
    const paper = world.terminal.printer === 'network' ? await freeAddress() : undefined;
    if (paper) endPrinting = attachNetworkPrinter(paper, terminal, clock);
    else attachPrinterLine(cable('printer'), terminal);
    attachPowerRelay(cable('power'), terminal, clock);
    android = touch
      ? await openAndroid(world, touch, clock, random.fork('camera'))
      : world.camera && (await watchDisplay(terminal, world.camera, random.fork('camera')));
    const otherPorts = await openOthers(world, terminal, clock, random, others);
    till = await openTill(setup.till, setup.tillProtocol ?? world.terminal.till, terminal, clock, lines);
    const paths = Object.fromEntries(SERIAL_PORTS.map((name) => [name, opened[name].path]));
    nodes = await faults.nodes(paths as Record<SerialPortName, string>, state.path);
    return {
      ports: {
        ...nodes.paths,
        acquirer: `${acquirer.host}:${acquirer.port}`,
        resolver: `${resolver.host}:${resolver.port}`,
        till: till.address,
        ...(paper && { paper: `${paper.host}:${paper.port}` }),
        ...android?.ports,
        ...otherPorts,
      },
      lost: new Promise((resolve) => {
        for (const name of SERIAL_PORTS) {
          opened[name].onLost(() => resolve(`the program behind port ${name} has ended`));
        }
      }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What stands in the terminal's parameters beside the address. */
const dialOf = ({ dials, trust }: BenchSetup, acquirer: Address, resolver: Address): DialSetup => ({
  name: dials ?? acquirer.host,
  ...(dials === undefined ? {} : { resolver: `${resolver.host}:${resolver.port}` }),
  ...(trust === undefined ? {} : { trust }),
});

/** Other ways to press keys than the gantry's, each on a port of its own, where the world has them. */
async function openOthers(
  world: World,
  terminal: TerminalBody,
  clock: ReturnType<typeof makeClock>,
  random: ReturnType<typeof makeRandom>,
  lines: Pick<PseudoTerminal, 'close'>[],
): Promise<Partial<Record<OtherPortName, string>>> {
  const paths: Partial<Record<OtherPortName, string>> = {};
  const cable = async (name: OtherPortName) => {
    const line = await openPseudoTerminal();
    lines.push(line);
    paths[name] = line.path;
    return ragged(line, random.fork(`cable ${name}`));
  };
  if (world.solenoids) {
    const own = random.fork('solenoids');
    attachSolenoids(await cable('solenoids'), world.solenoids, terminal, clock, own);
  }
  if (world.operator) {
    const keys = Object.keys(world.keys);
    attachPerson(await cable('desk'), world.operator, keys, terminal, clock, random.fork('person'));
  }
  if (world.scanner === 'display') attachCodeDisplay(await cable('codes'), terminal);
  if (world.scanner === 'phone') {
    const daemon = await serveAdb(makePhone(terminal.scannerSees), { host: LOOPBACK, port: 0 });
    lines.push({ close: daemon.close });
    paths.phone = daemon.address;
  }
  if (world.multiplexer)
    attachCardMultiplexer(await cable('multiplexer'), world.multiplexer, terminal, clock);
  return paths;
}

/** The terminal of a model whose keys are drawn on its screen. */
function touchScreenOf(
  { model, keys }: World,
  terminal: TerminalBody,
  random: Random,
): TouchTerminal | undefined {
  return model?.asksSecret && onTouchScreen(terminal, Object.keys(keys), model.asksSecret, random);
}

async function openAndroid(
  { display, keys, camera, adb, terminal }: World,
  touch: TouchTerminal,
  clock: ReturnType<typeof makeClock>,
  random: Random,
): Promise<AndroidPorts | undefined> {
  const geometry = display.pixels;
  if (!geometry) return undefined;
  return attachAndroid(
    touch,
    { model: terminal.profile.toUpperCase(), keys, geometry, camera, adb },
    clock,
    random,
  );
}

/** Where tills connect: an address, or one more serial port. */
async function openTill(
  where: string | undefined,
  protocolName: string,
  terminal: TerminalBody,
  clock: ReturnType<typeof makeClock>,
  lines: PseudoTerminal[],
): Promise<TillPort> {
  const protocol = protocolName === 'zvt' ? undefined : loadProtocol(protocolName);
  const attach = protocol && ecrTill(protocol);
  if (where === 'pty' || (where === undefined && protocol && !protocol.links.tcp)) {
    const line = await openPseudoTerminal();
    lines.push(line);
    const end = tillOnSerial(line, terminal, clock, attach);
    return { address: line.path, close: async () => end() };
  }
  const address =
    where === undefined ? { host: LOOPBACK, port: 0 } : parseAddress(where.replace(/^tcp:/, ''));
  return listenForTill(address, terminal, clock, attach);
}

/** Opens all serial ports at once; `opened` holds those that must be closed even if another one fails. */
async function openLines(opened: PseudoTerminal[]): Promise<Record<SerialPortName, PseudoTerminal>> {
  const results = await Promise.allSettled(SERIAL_PORTS.map(() => openPseudoTerminal()));
  const ports: Partial<Record<SerialPortName, PseudoTerminal>> = {};
  let failure: unknown;
  results.forEach((result, i) => {
    const name = SERIAL_PORTS[i];
    if (result.status === 'rejected') failure ??= result.reason;
    else if (name !== undefined) {
      opened.push(result.value);
      ports[name] = result.value;
    }
  });
  if (failure !== undefined) throw failure;
  return ports as Record<SerialPortName, PseudoTerminal>;
}

/** The chips of the cards in magazine and multiplexer; their counters stand in the state folder. */
function chipsOf({ magazine, multiplexer, issuerKeys }: World, folder: string): TerminalSetup['chipOf'] {
  const counters = countersIn(join(folder, 'cards.json'));
  const chips = new Map(
    [...magazine.values(), ...(multiplexer?.cards.values() ?? [])].map(
      (card) => [card.id, makeChip(card, issuerKeys, counters)] as const,
    ),
  );
  return (id) => chips.get(id);
}

function gantryOf(world: World) {
  const { travel, speed, acceleration } = world.gantry;
  // Somewhere in the middle, with the finger well up: nobody knows where before homing.
  const start = world.gantry.start ?? { x: -travel.x / 2, y: -travel.y / 2, z: -travel.z / 8 };
  const { controller } = world.gantry;
  return {
    machine: { travel, speed, acceleration },
    controller,
    lostSteps: world.gantry['lost-steps'],
    play: world.gantry.play,
    start,
    keypad: world.keypad,
    keys: world.keys,
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`; IPv6 in brackets. */
export function parseAddress(text: string): Address {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2] ?? 0);
  if (!match?.[1] || port < 1 || port > 65535) {
    throw new RigError('USAGE', 'file', `"${text}" is not an address`, {
      hint: 'Write HOST:PORT, e.g. 127.0.0.1:21234.',
    });
  }
  return { host: match[1].replace(/^\[|\]$/g, ''), port };
}

const LOOPBACK = '127.0.0.1';
/** Outside the ephemeral range: no connection of this machine takes the port between now and when somebody listens. */
const FREE_PORTS = { from: 20_000, count: 10_000 } as const;
const TRIES = 50;

async function freeAddress(): Promise<Address> {
  for (let i = 0; i < TRIES; i++) {
    // Not seeded on purpose: two benches with one seed must not want the same port.
    const port = FREE_PORTS.from + Math.floor(Math.random() * FREE_PORTS.count);
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, LOOPBACK, () => server.close(() => resolve(true)));
    });
    if (free) return { host: LOOPBACK, port };
  }
  throw new RigError('SERVICE_FAILED', 'bench', `no free port found between 20000 and 29999 on ${LOOPBACK}`, {
    hint: 'Name one with --acquirer HOST:PORT.',
  });
}
