import type { Clock } from '../../../rig/model/time.ts';
import type { Port } from '../devices/line-device.ts';
import type { Random } from '../random.ts';
import type { Title } from './title.ts';

/** What a cable fault may do beside changing what crosses it. */
export interface CableSite {
  readonly clock: Clock;
  readonly random: Random;
  /** Pulls the cable. */
  unplug(): void;
  /** Pulls it and plugs it in again: the port comes back under another path. */
  replug(): void;
  /** Pulls the cable of another device. */
  unplugOther(name: CablePort): void;
}

/** Serial lines of the bench that a fault can lie on. */
export type CablePort = 'gantry' | 'card' | 'power' | 'screen' | 'printer';

/** A fault of one of the bench's serial lines: the port as its device then sees it. */
export interface CableFault extends Title {
  readonly port: CablePort;
  on(port: Port, site: CableSite): Port;
}

/** Commands of a session cross the gantry's cable before the first key is pressed; faults that strike once come later. */
export const FIRST_BYTES = { from: 250, count: 900 } as const;
export const BAD_LINE = 700;

export const latin = (text: string) => Buffer.from(text, 'latin1');

/** Changes what the device says. */
export const saying =
  (make: (site: CableSite) => (bytes: Uint8Array, say: (bytes: Uint8Array) => void) => void) =>
  (port: Port, site: CableSite): Port => {
    const change = make(site);
    return { onData: port.onData, write: (bytes) => change(bytes, (changed) => port.write(changed)) };
  };

/** Changes what the device hears. */
export const hearing =
  (make: (site: CableSite) => (bytes: Uint8Array) => Uint8Array) =>
  (port: Port, site: CableSite): Port => {
    const change = make(site);
    return { write: port.write, onData: (listener) => port.onData((bytes) => listener(change(bytes))) };
  };

/** Once, when so many bytes of the rig have gone by. */
export const once = (act: (bytes: Uint8Array, site: CableSite) => Uint8Array) =>
  hearing((site) => {
    let left = FIRST_BYTES.from + Math.floor(site.random.next() * FIRST_BYTES.count);
    return (bytes) => {
      if (left <= 0) return bytes;
      left -= bytes.length;
      return left <= 0 ? act(bytes, site) : bytes;
    };
  });

export const insert = (...codes: number[]) => once((bytes) => Buffer.concat([bytes, Uint8Array.from(codes)]));

/** Whole lines that the device says. */
export const sayingLines = (make: (site: CableSite) => (line: string) => string) =>
  saying((site) => {
    const change = make(site);
    let rest = '';
    return (bytes, say) => {
      const lines = (rest + latin1Of(bytes)).split(/(?<=\n)/);
      rest = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '');
      const changed = lines.map(change).join('');
      if (changed !== '') say(latin(changed));
    };
  });
export const latin1Of = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** The device stops obeying, says `alarm`, and hears only a reset. */
export const locked =
  (strikes: (site: CableSite) => (heard: string) => boolean, alarm: string) =>
  (port: Port, site: CableSite): Port => {
    const strike = strikes(site);
    let struck = false;
    return {
      write: (bytes) => {
        if (!struck) port.write(bytes);
      },
      onData: (listener) =>
        port.onData((bytes) => {
          if (struck && !bytes.includes(0x18)) return;
          if (!struck && strike(latin1Of(bytes))) {
            struck = true;
            if (alarm !== '') port.write(latin(alarm));
            return;
          }
          struck = false;
          listener(bytes);
        }),
    };
  };

/** A setting that somebody has changed before the rig came. */
export const setting =
  (line: string) =>
  (port: Port): Port => ({
    write: port.write,
    onData: (listener) => {
      port.onData(listener);
      listener(latin(`${line}\n`));
    },
  });

/** Flips a bit of one byte in so many. */
export const damaged = ({ random }: CableSite, bytes: Uint8Array, mask?: number): Uint8Array =>
  bytes.map((byte) =>
    random.next() * BAD_LINE < 1 ? byte ^ (mask ?? 1 << Math.floor(random.next() * 8)) : byte,
  );

/** Loses one byte in so many. */
export const thinned = ({ random }: CableSite, bytes: Uint8Array): Uint8Array =>
  bytes.filter(() => random.next() * BAD_LINE >= 1);

/** Once, in mid-run, the controller stops: it says `alarm`, and hears only a reset. */
export const stopped = (alarm: string) =>
  locked(({ random }) => {
    let left = FIRST_BYTES.from + Math.floor(random.next() * FIRST_BYTES.count);
    return (heard) => {
      const before = left;
      left -= heard.length;
      return before > 0 && left <= 0;
    };
  }, alarm);

/** What the device says comes late by what `delay` tells, and in its order. */
export const delayed =
  (delay: (site: CableSite) => (bytes: Uint8Array) => number) =>
  (port: Port, site: CableSite): Port => {
    const of = delay(site);
    let last = 0;
    return {
      onData: port.onData,
      write: (bytes) => {
        const copy = Uint8Array.from(bytes);
        const now = site.clock.now();
        // After everything that was said before, however short its own delay is.
        last = Math.max(last + 0.001, now + of(copy));
        site.clock.after(last - now, () => port.write(copy));
      },
    };
  };

/** From its nth command of a kind on the device answers something else, or nothing. */
export const answering = (what: RegExp, answer: string | undefined) =>
  sayingLines(() => (said) => {
    if (!what.test(said)) return said;
    return answer === undefined ? '' : `${answer}\n`;
  });

/**
 * After hearing something the device hears nothing for `ms`, nominal, and what it says then comes only at the end of that:
 * it boots, or writes its memory.
 */
export const deafAfter =
  (strikes: (heard: string) => boolean, ms: number) =>
  (port: Port, site: CableSite): Port => {
    let deaf = false;
    let said: Uint8Array[] = [];
    return {
      write: (bytes) => {
        if (deaf) said.push(Uint8Array.from(bytes));
        else port.write(bytes);
      },
      onData: (listener) =>
        port.onData((bytes) => {
          if (deaf) return;
          deaf = strikes(latin1Of(bytes));
          if (deaf)
            site.clock.after(ms, () => {
              deaf = false;
              for (const kept of said) port.write(kept);
              said = [];
            });
          listener(bytes);
        }),
    };
  };
