import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { parse } from 'yaml';
import { z } from 'zod';
import { CardFile, type EntryMode, type TestCard } from '../../../../rig/model/card.ts';
import { packaged } from '../../../../rig/model/package-root.ts';
import { makeClock } from '../../../../rig/model/time.ts';
import { IssuerKey } from '../../../codec/iso8583/index.ts';
import { makeChip } from '../../cards/chip.ts';
import { countersInMemory } from '../../cards/counters.ts';
import type { Security, TerminalBody, TerminalSetup, VisibleScreen } from '../body.ts';
import { createTerminal } from '../index.ts';
import type { Memory } from '../memory.ts';
import { TMK } from './scripted-acquirer.ts';

/** A terminal in the hands of a test: keys, cards, what it shows, what it prints. */
export interface TerminalRig {
  readonly body: TerminalBody;
  /** First lines of every screen since the last `forget`, in order, joined by `|`. */
  readonly shown: readonly string[];
  readonly memory: Memory;
  /** Text of the slips printed since the last `forget`: bytes between cuts, commands removed. */
  slips(): string[];
  forget(): void;
  until(what: string | RegExp): Promise<VisibleScreen>;
  press(...keys: readonly string[]): Promise<void>;
  /** Digits, one key each. */
  type(digits: string): Promise<void>;
  present(card: TestCard, entry: EntryMode): void;
  /** From idle to idle; takes the card out when asked to. Resolves to the result screen's lines. */
  sale(options?: SaleOptions): Promise<readonly string[]>;
  signOn(): Promise<readonly string[]>;
  settle(): Promise<readonly string[]>;
  /** Card, PIN and whatever follows up to idle, from the card screen on. */
  finish(card: TestCard, entry: EntryMode): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface SaleOptions {
  readonly amount?: string;
  readonly card?: TestCard;
  readonly entry?: EntryMode;
}

export interface RigOptions {
  readonly port: number;
  readonly defects?: readonly string[];
  readonly seed?: number;
  readonly rate?: number;
  readonly response?: number;
  readonly security?: Partial<Security>;
  /** Whether the printer answers for its paper; default true. */
  readonly printerAnswers?: boolean;
}

const cards = CardFile.parse(parse(readFileSync(packaged('scenarios/cards.yaml'), 'utf8'))).cards;

export function testCard(id: string): TestCard {
  const card = cards.find((candidate) => candidate.id === id);
  if (!card) throw new Error(`no test card ${id}`);
  return card;
}

const issuerKeys = z
  .looseObject({ 'issuer-keys': z.array(IssuerKey) })
  .parse(parse(readFileSync(packaged('drivers/virtual/keys.yaml'), 'utf8')))['issuer-keys'];

/** The chips of the shipped cards, with counters that begin anew. */
export function chipOf(): TerminalSetup['chipOf'] {
  const counters = countersInMemory();
  const chips = new Map(cards.map((card) => [card.id, makeChip(card, issuerKeys, counters)] as const));
  return (id) => chips.get(id);
}

const RESULTS =
  /^(APPROVED|DECLINED|NO ANSWER|NO CONNECTION|MAC ERROR|REVERSAL FAILED|CANCELLED|NOT POSSIBLE|SIGNED ON|SETTLED|REPRINTED|PRINTER NOT)/;
const DEADLINE_WALL_MS = 20_000;

/** A powered terminal at its first idle screen, with its flash in a temporary folder. */
export async function startTerminal(options: RigOptions): Promise<TerminalRig> {
  const clock = makeClock(options.rate ?? 60);
  const flash = mkdtempSync(join(tmpdir(), 'vt-4-'));
  const body = await createTerminal({
    terminalId: '30001001',
    merchantId: '898320400000001',
    merchantName: '无锡样板商店',
    tmk: TMK,
    chipOf: chipOf(),
    security: { encryptsTracks: false, pinFormat: 0, ...options.security },
    acquirer: { host: '127.0.0.1', port: options.port },
    flash,
    clock,
    seed: options.seed ?? 1,
    defects: new Set(options.defects ?? []),
    timers: { boot: 1000, connect: 60_000, response: options.response ?? 300_000, result: 600 },
  });
  const shown: string[] = [];
  const printed: Uint8Array[] = [];
  body.onScreen((screen) => shown.push(screen.lit ? screen.lines.join('|') : 'dark'));
  body.onPrinterBytes((bytes) => {
    printed.push(bytes);
    if ((options.printerAnswers ?? true) && bytes[0] === DLE) {
      queueMicrotask(() => body.printerReceives(Uint8Array.of(PAPER_PRESENT)));
    }
  });

  const deadlines = new Set<NodeJS.Timeout>();
  const until = (what: string | RegExp): Promise<VisibleScreen> =>
    new Promise((resolve, reject) => {
      const fits = ({ lines }: VisibleScreen) => {
        const text = lines.join('\n');
        return typeof what === 'string' ? text.includes(what) : what.test(text);
      };
      let waiting = true;
      const look = (screen: VisibleScreen) => {
        if (!waiting || !fits(screen)) return;
        waiting = false;
        clearTimeout(deadline);
        resolve(screen);
      };
      const deadline = setTimeout(() => {
        waiting = false;
        reject(new Error(`waited for the screen ${what}; the terminal shows ${body.screen.lines.join('|')}`));
      }, DEADLINE_WALL_MS);
      deadlines.add(deadline);
      body.onScreen(look);
      look(body.screen);
    });

  const press = async (...keys: readonly string[]) => {
    for (const key of keys) {
      body.keyDown(key);
      body.keyUp(key);
      await clock.sleep(40);
    }
  };
  const type = (digits: string) => press(...digits);
  const idle = /^(READY|PLEASE SIGN ON)/;

  const present = (card: TestCard, entry: EntryMode) => {
    if (entry === 'chip') body.cardInserted(card);
    else if (entry === 'swipe') body.cardSwiped(card);
    else body.cardTapped(card);
  };

  const backToIdle = async () => {
    const result = await until(RESULTS);
    await until(/REMOVE CARD|^READY|^PLEASE SIGN ON/);
    body.cardRemoved();
    await until(idle);
    return result.lines;
  };

  const finish = async (card: TestCard, entry: EntryMode) => {
    await until('INSERT/SWIPE/TAP');
    present(card, entry);
    await until('ENTER PIN');
    await type(card.pin);
    await press('enter');
    return backToIdle();
  };

  const rig: TerminalRig = {
    body,
    shown,
    get memory(): Memory {
      return JSON.parse(readFileSync(join(flash, 'memory.json'), 'utf8'));
    },
    slips: () => slipTexts(Buffer.concat(printed)),
    forget: () => {
      shown.length = 0;
      printed.length = 0;
    },
    until,
    press,
    type,
    present,
    finish,
    sale: async ({ amount = '12850', card = testCard('debit-1'), entry = 'chip' } = {}) => {
      await until(idle);
      await press('1');
      await until('ENTER AMOUNT');
      await type(amount);
      await press('enter');
      return finish(card, entry);
    },
    signOn: async () => {
      await until(idle);
      await press('6');
      return backToIdle();
    },
    settle: async () => {
      await until(idle);
      await press('4');
      await until('ENTER TO CONFIRM');
      await press('enter');
      return backToIdle();
    },
    close: async () => {
      for (const deadline of deadlines) clearTimeout(deadline);
      await body.destroy();
      rmSync(flash, { recursive: true, force: true });
    },
  };
  body.power(true);
  await until(idle);
  return rig;
}

const ESC = 0x1b;
const FS = 0x1c;
const GS = 0x1d;
const DLE = 0x10;
const PAPER_PRESENT = 0x12;

/** Splits at cuts (GS V) and takes the ESC/POS commands that the terminal uses out of the text. */
export function slipTexts(bytes: Uint8Array): string[] {
  const slips: number[][] = [[]];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const command = String.fromCharCode(bytes[at + 1] ?? 0);
    if (byte === GS && command === 'V') {
      slips.push([]);
      at += 3;
    } else if (byte === FS || (byte === ESC && command === '@')) at += 1;
    else if (byte === ESC || byte === GS || byte === DLE) at += 2;
    else slips.at(-1)?.push(byte);
  }
  return slips.map((slip) => iconv.decode(Buffer.from(slip), 'gb18030')).filter((slip) => slip !== '');
}
