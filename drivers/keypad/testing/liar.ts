import type { EventClock } from './event-clock.ts';

/** How a device at the other end of a gantry's port deceives. */
export interface Lies {
  /** What it takes for a move or dwell before it says that it is done, nominal ms; a perfect liar takes the right time. */
  readonly takes: (line: string) => number;
  /** Sends every line back before anything else, as a port whose echo was left on does. */
  readonly echo?: boolean;
  /** Says nothing of its own at all. */
  readonly mute?: boolean;
  readonly settings?: string;
}

const SETTINGS =
  '$1=255\r\n$10=1\r\n$13=0\r\n$20=1\r\n$22=1\r\n$24=500\r\n$25=5000\r\n$27=1\r\n$130=200\r\n$131=200\r\n$132=40';

/** Something that speaks like Grbl 1.1, says `ok` to everything, reports to stand where it was sent, and never moves. */
export function liar(
  clock: EventClock,
  lies: Lies,
  say: (text: string) => void,
): (bytes: Uint8Array) => void {
  const at = { X: -1, Y: -1, Z: -1 };
  let line = '';
  let busyUntil = 0;
  const tell = (text: string, ms = 0) => {
    if (lies.mute) return;
    busyUntil = Math.max(busyUntil, clock.now() + ms);
    clock.after(busyUntil - clock.now(), () => say(`${text}\r\n`));
  };
  return (bytes) => {
    for (const char of Buffer.from(bytes).toString('latin1')) {
      if (lies.echo) say(char);
      if (char === '?') {
        const place = [at.X, at.Y, at.Z].map((mm) => mm.toFixed(3)).join(',');
        tell(`<Idle|MPos:${place}|FS:0,0>`);
      } else if (char === '\x18') tell("\r\nGrbl 1.1h ['$' for help]");
      else if (char !== '\n') line += char;
      else {
        for (const [, axis, mm] of line.matchAll(/([XYZ])([+-]?[\d.]+)/g)) {
          if (axis === 'X' || axis === 'Y' || axis === 'Z') at[axis] = Number(mm);
        }
        if (line === '$I') tell('[VER:1.1h.20190830:]\r\n[OPT:V,15,128]\r\nok');
        else if (line === '$$') tell(`${lies.settings ?? SETTINGS}\r\nok`);
        else tell('ok', lies.takes(line));
        line = '';
      }
    }
  };
}
