import type { Clock } from '../../../rig/model/time.ts';

/** The battery-backed calendar of the terminal. It runs on while the mains are off. */
export interface RealTimeClock {
  /** `YYYYMMDDhhmmss`, the terminal's local time. */
  stamp(): string;
  /** Sets date and time from a host's F13 `MMDD` and F12 `hhmmss`; the year stays. Nonsense is ignored. */
  set(date: string, time: string): void;
}

const digitsOf = (date: Date) => date.toISOString().replace(/\D/g, '').slice(0, 14);

/** A calendar that starts from wall time and then advances with the nominal clock. */
export function realTimeClock(clock: Clock): RealTimeClock {
  let origin = Date.parse(clock.wallTime()) - clock.now();
  const current = () => new Date(origin + clock.now());
  return {
    stamp: () => digitsOf(current()),
    set: (date, time) => {
      const parts = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(date + time);
      if (!parts) return;
      const [month, day, hour, minute, second] = parts.slice(1).map(Number);
      const told = Date.UTC(current().getUTCFullYear(), Number(month) - 1, day, hour, minute, second);
      if (digitsOf(new Date(told)).slice(4) === date + time) origin = told - clock.now();
    },
  };
}
