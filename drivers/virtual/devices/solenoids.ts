import type { Clock } from '../../../rig/model/time.ts';
import { numatoOutput } from '../../codec/relay/numato.ts';
import { readSummed } from '../../codec/relay/reports.ts';
import type { Random } from '../random.ts';
import type { TerminalBody } from '../terminal/body.ts';
import { numberIn, type Port, Refusal, serveLines, unknownCommand } from './line-device.ts';

/** Boards that drive the solenoids over the keys, by what they speak. */
export const SOLENOID_BOARDS = ['posrig-solenoid', 'numato', 'lcus'] as const;
export type SolenoidBoard = (typeof SOLENOID_BOARDS)[number];

export interface SolenoidSetup {
  readonly board: SolenoidBoard;
  /** Which key hangs on which output, counted from 1. */
  readonly keys: Readonly<Record<string, number>>;
}

/** What the firmware of a `posrig-solenoid` keeps to, nominal ms. */
export const FIRMWARE = { outputs: 32, maxOn: 500, heartbeat: 1000 } as const;
/** A plunger comes down and goes back, nominal ms. */
const DOWN_MS = 12;
const UP_MS = 8;

type Keys = Pick<TerminalBody, 'keyDown' | 'keyUp'>;

/** The mechanics: outputs move plungers, plungers close keys, and contacts bounce as they close and open. */
export interface Plungers {
  set(output: number, on: boolean): void;
  isOn(output: number): boolean;
  allOff(): void;
}

export function makePlungers(
  keys: Readonly<Record<string, number>>,
  terminal: Keys,
  clock: Clock,
  random: Random,
): Plungers {
  const keyOn = new Map(Object.entries(keys).map(([key, output]) => [output, key]));
  const on = new Set<number>();
  const moving = new Map<number, { readonly due: number; arrive(): void; cancel(): void }>();
  const down = new Set<string>();

  /** A contact goes to `closed`, with a bounce on the way more often than not. */
  const contact = (key: string, closed: boolean) => {
    if (down.has(key) === closed) return;
    const flip = (to: boolean) => (to ? terminal.keyDown(key) : terminal.keyUp(key));
    if (closed) down.add(key);
    else down.delete(key);
    flip(closed);
    // All within the few milliseconds of a metal dome, on a fast clock at one instant: later would be another press.
    for (let bounces = Math.floor(random.next() * 3); bounces > 0; bounces--) {
      flip(!closed);
      flip(closed);
    }
  };
  const plungers: Plungers = {
    isOn: (output) => on.has(output),
    set(output, wanted) {
      if (on.has(output) === wanted) return;
      if (wanted) on.add(output);
      else on.delete(output);
      const key = keyOn.get(output);
      if (key === undefined) return;
      const before = moving.get(output);
      before?.cancel();
      // A timer may be late, the plunger was not: what was due has happened.
      if (before && before.due <= clock.now()) before.arrive();
      const ms = wanted ? DOWN_MS : UP_MS;
      const arrive = () => {
        moving.delete(output);
        contact(key, wanted);
      };
      moving.set(output, { due: clock.now() + ms, arrive, cancel: clock.after(ms, arrive) });
    },
    allOff() {
      for (const output of [...on]) plungers.set(output, false);
    },
  };
  return plungers;
}

/** Puts a board with its solenoids on a port. */
export function attachSolenoids(
  port: Port,
  { board, keys }: SolenoidSetup,
  terminal: Keys,
  clock: Clock,
  random: Random,
): void {
  const plungers = makePlungers(keys, terminal, clock, random);
  if (board === 'posrig-solenoid') serveFirmware(port, plungers, clock);
  else if (board === 'numato') serveNumato(port, plungers);
  else serveSummed(port, plungers);
}

/** The line protocol `posrig-solenoid 1` of the virtual bench's README. */
function serveFirmware(port: Port, plungers: Plungers, clock: Clock): void {
  let armed = false;
  let cancel = () => {};
  const safe = () => {
    armed = false;
    plungers.allOff();
  };
  const heard = () => {
    cancel();
    cancel = clock.after(FIRMWARE.heartbeat, safe);
  };
  const { outputs, maxOn, heartbeat } = FIRMWARE;
  serveLines(port, async ([command, argument, time, ...rest]) => {
    heard();
    if (rest.length > 0) throw new Refusal('too many words');
    switch (command) {
      case 'id?':
        return `id posrig-solenoid 1 outputs=${outputs} max-on=${maxOn} heartbeat=${heartbeat}`;
      case 'arm':
        armed = true;
        return 'armed';
      case 'off':
        safe();
        return 'off';
      case 'state?':
        return armed ? 'state armed' : 'state off';
      case 'press': {
        const output = numberIn(argument, 'output', outputs);
        const ms = /^\d{1,4}$/.test(time ?? '') ? Number(time) : 0;
        if (ms < 1 || ms > maxOn) throw new Refusal(`at most ${maxOn} ms`);
        if (!armed) throw new Refusal('not armed');
        plungers.set(output, true);
        await clock.sleep(ms);
        plungers.set(output, false);
        heard();
        return `pressed ${output} ${ms}`;
      }
      default:
        throw unknownCommand(command);
    }
  });
}

/** ASCII over CDC: CR ends a command, which is echoed; `>` says ready. It knows no time-out: what is on stays on. */
function serveNumato(port: Port, plungers: Plungers): void {
  const say = (text: string) => port.write(Buffer.from(text, 'latin1'));
  const answer = (line: string): string => {
    const [noun, verb, name = ''] = line.split(' ');
    if (line === 'ver') return '00000008\n\r';
    const output = numatoOutput(name);
    if (noun !== 'relay' || output === undefined) return '';
    if (verb === 'on' || verb === 'off') plungers.set(output, verb === 'on');
    return verb === 'read' ? `${plungers.isOn(output) ? 'on' : 'off'}\n\r` : '';
  };
  let line = '';
  port.onData((bytes) => {
    for (const char of Buffer.from(bytes).toString('latin1')) {
      if (char === '\r') {
        say(`${line}\n\r${answer(line)}>`);
        line = '';
      } else if (line.length < 80) line += char;
    }
  });
}

/** `A0 n s sum`: four bytes, nothing comes back; what is damaged does nothing. */
function serveSummed(port: Port, plungers: Plungers): void {
  let rest: number[] = [];
  port.onData((bytes) => {
    rest.push(...bytes);
    while (rest.length >= 4) {
      const read = readSummed(Uint8Array.from(rest.slice(0, 4)));
      if (read) plungers.set(read.output, read.on);
      rest = rest.slice(read ? 4 : 1);
    }
  });
}
