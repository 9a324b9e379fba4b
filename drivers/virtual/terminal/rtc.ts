import type { Clock } from '../../../rig/model/time.ts';

/** The battery-backed calendar of the terminal. It runs on while the mains are off. */
export interface RealTimeClock {
  /** `YYYYMMDDhhmmss`, the terminal's local time. */
  stamp(): string;
  /** Sets date and time from a host's F13 `MMDD` and F12 `hhmmss`; the year stays. Nonsense is ignored. */
  set(date: string, time: string): void;
}

/** What is wrong with a calendar. */
export interface CalendarFault {
  /** s. */
  readonly ahead?: number | undefined;
  /** How much faster it runs, as a share. */
  readonly drift?: number | undefined;
  /** Put on or back by `by` s, once, nominal `after` ms from its start: as at the beginning of summer time. */
  readonly jump?: { readonly after: number; readonly by: number } | undefined;
}

const digitsOf = (date: Date) => date.toISOString().replace(/\D/g, '').slice(0, 14);

/** A calendar that starts from wall time and then advances with the nominal clock, unless something is wrong with it. */
export function realTimeClock(
  clock: Clock,
  { ahead = 0, drift = 0, jump }: CalendarFault = {},
): RealTimeClock {
  const began = clock.now();
  /** How far it has got beside a sound one since it began, ms. */
  const beside = () => {
    const run = clock.now() - began;
    return run * drift + (jump !== undefined && run >= jump.after ? jump.by * 1000 : 0);
  };
  let origin = Date.parse(clock.wallTime()) - clock.now() + ahead * 1000;
  const current = () => new Date(origin + clock.now() + beside());
  return {
    stamp: () => digitsOf(current()),
    set: (date, time) => {
      const parts = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(date + time);
      if (!parts) return;
      const [month, day, hour, minute, second] = parts.slice(1).map(Number);
      const told = Date.UTC(current().getUTCFullYear(), Number(month) - 1, day, hour, minute, second);
      if (digitsOf(new Date(told)).slice(4) === date + time) origin = told - clock.now() - beside();
    },
  };
}
