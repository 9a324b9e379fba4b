import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { loadProfile } from '../../rig/bench/load.ts';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import { HostPolicy } from '../../rig/bench/policy.ts';
import type { Profile } from '../../rig/bench/profile.ts';
import { ENTRY_MODES, type TestCard } from '../../rig/model/card.ts';
import { isRigError, RigError } from '../../rig/model/errors.ts';
import { parseAmount } from '../../rig/model/money.ts';
import { packaged } from '../../rig/model/package-root.ts';
import { makeClock } from '../../rig/model/time.ts';
import { EXIT } from '../../rig/model/verdict.ts';
import { decodeEscPos } from '../codec/escpos/decoder.ts';
import { readableLines } from '../codec/escpos/text-lines.ts';
import { openSimulator } from '../host/simulator/driver.ts';
import { loadProtocol } from '../till/protocol-file.ts';
import { parseAddress } from '../virtual/bench-process.ts';
import { makeChip } from '../virtual/cards/chip.ts';
import { countersInMemory } from '../virtual/cards/counters.ts';
import { openPseudoTerminal } from '../virtual/pty.ts';
import type { TerminalBody } from '../virtual/terminal/body.ts';
import { checkDefects } from '../virtual/terminal/defects.ts';
import { createTerminal } from '../virtual/terminal/index.ts';
import { housed } from '../virtual/terminal/model.ts';
import { type AttachTill, ecrTill, listenForTill, tillOnSerial, zvtTill } from '../virtual/till/till-port.ts';
import { loadWorld } from '../virtual/world.ts';
import { screenOf, workByItself } from './auto-hands.ts';

const Options = z.object({
  profile: z.string(),
  till: z.string().regex(/^(pty|(tcp:)?.+:\d{1,5})$/, '--till takes tcp:HOST:PORT or pty'),
  protocol: z.string().min(1).optional(),
  password: z
    .string()
    .regex(/^\d{6}$/, '--password takes six digits')
    .optional(),
  acquirer: z.string().optional(),
  limit: z.string().optional(),
  card: z.string(),
  entry: z.enum(ENTRY_MODES, { error: `--entry must be one of ${ENTRY_MODES.join(', ')}` }),
  hands: z.enum(['auto', 'yours'], { error: '--hands must be auto or yours' }),
  speed: z.coerce.number({ error: '--speed takes a number' }).min(0.01).max(1000),
  defect: z.array(z.string()).default([]),
  state: z.string().optional(),
  json: z.boolean().default(false),
});
type Options = z.infer<typeof Options>;

/** Models that ship, by the world in which one stands. */
const WORLDS: Readonly<Record<string, string>> = {
  'vt-4': 'drivers/virtual/world.yaml',
  'vt-6': 'drivers/virtual/world-vt-6.yaml',
  'vt-a': 'drivers/virtual/world-vt-a.yaml',
};

/**
 * `posrig terminal`: one virtual terminal by itself, with an acquirer behind it, for people who write tills. Runs until it is
 * told to end; resolves with the exit code. Errors: USAGE, SERVICE_FAILED when the till link cannot be had, FILE_*.
 */
export async function terminalVerb(given: Record<string, unknown>): Promise<number> {
  const read = Options.safeParse(given);
  if (!read.success) throw usage(read.error.issues[0]?.message ?? 'the options are not understood');
  const options = read.data;
  const worldFile = WORLDS[options.profile];
  if (worldFile === undefined)
    throw usage(
      `there is no virtual model "${options.profile}"`,
      `There is: ${Object.keys(WORLDS).join(', ')}.`,
    );
  const profile = valueOrThrow(loadProfile(options.profile)).value;
  const world = loadWorld(packaged(worldFile));
  const cards = [...world.magazine.values()];
  const { name: protocol, attach } = protocolFor(options, world.terminal.till);
  const card = cardIn(cards, options.card);
  if (!card.entry.includes(options.entry))
    throw usage(`card ${card.id} cannot be presented by ${options.entry}`);
  const clock = makeClock(options.speed);
  const say = sayer(options.json);
  const flash =
    options.state === undefined ? mkdtempSync(join(tmpdir(), 'posrig-terminal-')) : resolve(options.state);
  const closing: (() => unknown)[] = [
    () => options.state === undefined && rmSync(flash, { recursive: true, force: true }),
  ];
  try {
    const acquirer = await acquirerFor(options, clock, cards, closing);
    const counters = countersInMemory();
    const chips = new Map(cards.map((one) => [one.id, makeChip(one, world.issuerKeys, counters)] as const));
    const inside = await createTerminal({
      terminalId: world.terminal['terminal-id'],
      merchantId: world.terminal['merchant-id'],
      merchantName: world.terminal['merchant-name'],
      tmk: world.terminal.tmk,
      chipOf: (id) => chips.get(id),
      security: world.security,
      acquirer,
      flash,
      clock,
      seed: 1,
      defects: checkDefects(options.defect),
      timers: world.timers,
      ...(world.model && { words: world.model.onSlip }),
    });
    const body = world.model ? housed(inside, world.model) : inside;
    closing.push(() => body.destroy());
    body.onScreen(({ lit, lines }) => say.screen(lit, lines));
    showSlips(body, say.slip);
    const address = await openTill(options.till, body, clock, attach, closing);
    if (options.hands === 'auto')
      workByItself(body, profile, clock, { card, entry: options.entry, thinks: 1500, types: 120 });
    body.power(true);
    const ended = untilEnded(body, cards, Object.keys(profile.keypad.keys), say.note);
    // A till that comes at once finds a terminal that can sell: with hands it signs itself on.
    const idle = options.hands === 'yours' || idleWithin(body, profile, clock, SIGN_ON);
    if ((await Promise.race([idle, ended])) === false)
      say.note('the terminal has not signed on at its acquirer; it refuses payments until it has');
    say.ready(address, profile.title.en, protocol);
    await ended;
    return EXIT.ok;
  } finally {
    for (const close of closing.reverse()) await close();
    process.stdin.destroy();
  }
}

/** How long a terminal may take to start and sign on, nominal ms. */
const SIGN_ON = 60_000;

/** True when the terminal shows an idle screen in time. */
const idleWithin = (
  body: TerminalBody,
  profile: Profile,
  clock: ReturnType<typeof makeClock>,
  ms: number,
): Promise<boolean> =>
  new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve(false));
    const look = () => {
      const id = screenOf(profile, body.screen) ?? '';
      if (!profile.idle.includes(id) || profile['signed-off'].includes(id)) return;
      cancel();
      resolve(true);
    };
    body.onScreen(look);
    look();
  });

const usage = (message: string, hint?: string): RigError =>
  new RigError('USAGE', 'file', message, hint === undefined ? {} : { hint });

function cardIn(cards: readonly TestCard[], id: string): TestCard {
  const card = cards.find((one) => one.id === id);
  if (card) return card;
  throw usage(`there is no card "${id}"`, `There is: ${cards.map((one) => one.id).join(', ')}.`);
}

/** The acquirer that the terminal dials: the user's own, or one in this process. */
async function acquirerFor(
  { acquirer, limit }: Options,
  clock: ReturnType<typeof makeClock>,
  cards: readonly TestCard[],
  closing: (() => unknown)[],
) {
  if (acquirer !== undefined) return parseAddress(acquirer);
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
      cards,
      resolve: (path) => packaged(path.replace(/^posrig:/, '')),
      lost: () => {},
    },
  );
  closing.push(() => host.close());
  const most = limit === undefined ? undefined : parseAmount(limit, 'CNY');
  const policy = most === undefined ? {} : { 'single-limit': { amount: limit, code: '61' } };
  host.configure(HostPolicy.parse(policy));
  return host.address;
}

/** What the terminal's till link speaks: what is asked for, else the model's own where that goes over such a link, else ZVT. */
function protocolFor(
  { till, protocol, password }: Options,
  own: string,
): { readonly name: string; readonly attach: AttachTill } {
  const link = till === 'pty' ? 'serial' : 'tcp';
  const described = (name: string) => (name === 'zvt' ? undefined : loadProtocol(name));
  const asked = protocol === undefined ? undefined : described(protocol);
  if (asked && !asked.links[link])
    throw usage(
      `${asked.id} is not spoken over ${link === 'tcp' ? 'TCP' : 'a serial line'}`,
      link === 'tcp' ? '--till pty makes a serial port.' : '--till takes tcp:HOST:PORT.',
    );
  const wanted = protocol === undefined ? described(own) : asked;
  if (!wanted?.links[link]) return { name: 'zvt', attach: zvtTill(password) };
  if (password !== undefined) throw usage(`--password is for zvt, and this terminal speaks ${wanted.id}`);
  return { name: wanted.id, attach: ecrTill(wanted) };
}

async function openTill(
  where: string,
  body: TerminalBody,
  clock: ReturnType<typeof makeClock>,
  attach: AttachTill,
  closing: (() => unknown)[],
): Promise<string> {
  if (where === 'pty') {
    const line = await openPseudoTerminal();
    closing.push(() => line.close(), tillOnSerial(line, body, clock, attach));
    return line.path;
  }
  const free = /^(?:tcp:)?([^:]+):0$/.exec(where)?.[1];
  const at = free === undefined ? parseAddress(where.replace(/^tcp:/, '')) : { host: free, port: 0 };
  const port = await listenForTill(at, body, clock, attach);
  closing.push(() => port.close());
  return `tcp:${port.address}`;
}

/** ESC/POS: cut. */
const CUT = Uint8Array.of(0x1d, 0x56);
/** DLE EOT 4 and the answer of a printer that has paper. */
const ASK_PAPER = Uint8Array.of(0x10, 0x04, 0x04);
const PAPER_PRESENT = Uint8Array.of(0x12);

/** Its printer: answers for the paper, and tells each slip as text. */
function showSlips(body: TerminalBody, slip: (lines: readonly string[]) => void): void {
  let paper = Buffer.alloc(0);
  body.onPrinterBytes((bytes) => {
    if (ASK_PAPER.every((byte, i) => bytes[i] === byte)) {
      queueMicrotask(() => body.printerReceives(PAPER_PRESENT));
      return;
    }
    paper = Buffer.concat([paper, bytes]);
    for (let cut = paper.indexOf(CUT); cut >= 0 && cut + 4 <= paper.length; cut = paper.indexOf(CUT)) {
      const whole = paper.subarray(0, cut + 4);
      paper = paper.subarray(cut + 4);
      for (const receipt of decodeEscPos(whole, { charset: 'gb18030', width: 384 }).receipts)
        slip(readableLines(receipt));
    }
  });
}

/** Obeys standard input until it is told to quit, or the process is. */
function untilEnded(
  body: TerminalBody,
  cards: readonly TestCard[],
  keys: readonly string[],
  note: (text: string) => void,
): Promise<void> {
  return new Promise((resolveEnd) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolveEnd());
    // Without anybody at the keyboard it goes on; only `quit` and signals end it.
    createInterface({ input: process.stdin }).on('line', (line) => {
      const [word = '', what = ''] = line.trim().split(/\s+/);
      if (word === 'quit') return resolveEnd();
      try {
        const trouble = obey(body, cards, keys, word, what);
        if (trouble !== undefined) note(trouble);
      } catch (thrown) {
        if (!isRigError(thrown)) throw thrown;
        note(`${thrown.message}. ${thrown.hint ?? ''}`);
      }
    });
  });
}

/** One line of a person; a text says why it was not understood. */
function obey(
  body: TerminalBody,
  cards: readonly TestCard[],
  keys: readonly string[],
  word: string,
  what: string,
): string | undefined {
  switch (word) {
    case '':
      return undefined;
    case 'key':
      if (!keys.includes(what)) return `there is no key "${what}"; there is: ${keys.join(', ')}`;
      body.keyDown(what);
      body.keyUp(what);
      return undefined;
    case 'insert':
      body.cardInserted(cardIn(cards, what));
      return undefined;
    case 'swipe':
      body.cardSwiped(cardIn(cards, what));
      return undefined;
    case 'tap':
      body.cardTapped(cardIn(cards, what));
      return undefined;
    case 'remove':
      body.cardRemoved();
      return undefined;
    case 'power':
      body.power(what !== 'off');
      return undefined;
    default:
      return `not understood: ${word}; there is: key, insert, swipe, tap, remove, power, quit`;
  }
}

/** Writes what comes, as text or as JSON lines. */
function sayer(json: boolean) {
  const put = (text: string, object: object) =>
    process.stdout.write(json ? `${JSON.stringify(object)}\n` : `${text}\n`);
  return {
    ready: (till: string, title: string, protocol: string) =>
      put(`${title}: connect a till to ${till}, it speaks ${protocol}; Ctrl-C ends it`, {
        type: 'ready',
        till,
        protocol,
        pid: process.pid,
      }),
    screen: (lit: boolean, lines: readonly string[]) => {
      const shown = lines.filter((line) => line !== '').join(' | ');
      put(lit ? `[${shown}]` : '[dark]', { type: 'screen', lit, lines });
    },
    slip: (lines: readonly string[]) =>
      put(lines.map((line) => `  | ${line}`).join('\n'), { type: 'slip', lines }),
    note: (text: string) => put(`(${text})`, { type: 'note', text }),
  };
}
