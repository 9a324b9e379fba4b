/** A moment as printed: month 1-12, and seconds of the day. */
interface PrintedTime {
  /** Where it is printed. */
  readonly year?: number;
  readonly month: number;
  readonly day: number;
  readonly seconds: number;
}

/** By colons or words first: dots may as well be those of a date. */
const TIMES = [
  /(?<!\d)([01]\d|2[0-3])\s?:\s?([0-5]\d)(?:\s?:\s?([0-5]\d))?/u,
  /(?<!\d)([01]\d|2[0-3])\s?[时時点點]\s?([0-5]\d)(?:\s?分\s?([0-5]\d))?/u,
  /(?<![\d.])([01]\d|2[0-3])\.([0-5]\d)(?:\.([0-5]\d))?(?![\d.])/u,
];
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/**
 * Every way to read date and time out of a printed text: `2026/11/22 09:30:15`, `22.11.26 09:30`, `11/22/2026 09:30`,
 * `22 NOV 2026 09:30`, `2026年11月22日 09:30`, `20261122 093015`. Day and month of a number like 05/06 may be either.
 */
export function readingsOf(text: string): readonly PrintedTime[] {
  const plain = text.normalize('NFKC').toUpperCase();
  const packed = /(?<!\d)(\d{4})(\d\d)(\d\d)\s?(\d\d)(\d\d)(\d\d)?(?!\d)/.exec(plain);
  if (packed) {
    const [, year = '', month = '', day = '', h = '', m = '', s = '0'] = packed;
    return valid([
      {
        year: Number(year),
        month: Number(month),
        day: Number(day),
        seconds: Number(h) * 3600 + Number(m) * 60 + Number(s),
      },
    ]);
  }
  const time = TIMES.map((pattern) => pattern.exec(plain)).find(Boolean);
  if (!time) return [];
  const seconds = Number(time[1]) * 3600 + Number(time[2]) * 60 + Number(time[3] ?? 0);
  const rest = plain.replace(time[0], ' ');
  const named = /(\d{1,2})[\s./-]*([A-Z]{3})/.exec(rest) ?? undefined;
  const month = named ? MONTHS.indexOf(named[2] ?? '') + 1 : 0;
  if (named && month > 0) return valid([{ month, day: Number(named[1]), seconds }]);
  const parts =
    eraDate(rest) ??
    /(\d{1,4})\s?[./年-]\s?(\d{1,2})(?:\s?[./月-]\s?(\d{1,4}))?/u.exec(rest) ??
    /(\d{4})(\d\d)(\d\d)/.exec(rest);
  if (!parts) return [];
  const [a = 0, b = 0, c] = parts.slice(1).map((part) => (part === undefined ? undefined : Number(part)));
  const yearFirst = (parts[1]?.length ?? 0) === 4;
  if (yearFirst) return valid([{ year: a, month: b, day: c ?? 0, seconds }]);
  const last = c === undefined ? {} : { year: full(c) };
  const both = [
    { ...last, month: a, day: b, seconds },
    { ...last, month: b, day: a, seconds },
  ];
  // Two digits first may be a year: 26/11/22.
  return valid(
    c === undefined || (parts[3]?.length ?? 0) === 4
      ? both
      : [...both, { year: full(a), month: b, day: c, seconds }],
  );
}

/** Years that are not counted from the common era: 令和8年 is 2026, and so is 民國115年, which also stands alone as 115. */
function eraDate(text: string): readonly (string | undefined)[] | undefined {
  const found =
    /(令和|R|民[國国])?\s?(?<!\d)(\d{1,3})\s?[./年-]\s?(\d{1,2})\s?[./月-]\s?(\d{1,2})(?!\d)/u.exec(text) ??
    undefined;
  if (!found) return undefined;
  const [whole, era, year = '', month, day] = found;
  const japanese = era === '令和' || era === 'R';
  if (era === undefined && (year.length !== 3 || !year.startsWith('1'))) return undefined;
  return [whole, String(Number(year) + (japanese ? 2018 : 1911)), month, day];
}

const full = (year: number) => (year < 100 ? 2000 + year : year);

const valid = (times: readonly PrintedTime[]) =>
  times.filter(({ month, day }) => month >= 1 && month <= 12 && day >= 1 && day <= 31);

/** One year with, one without a 29th of February: what a moment without its year may stand in. */
const SOME_YEARS = [2027, 2028];

const secondsOf = (year: number, month: number, day: number, seconds: number) =>
  Date.UTC(year, month - 1, day) / 1000 + seconds;

/**
 * Seconds between a printed moment and the host's, by the reading that fits best. The host names no year: of the printed
 * one and its neighbours that counts which is nearest, so that the turn of the year is one moment after the other.
 * Undefined when the text holds no date and time.
 * @param date MMDD
 * @param time hhmmss
 */
export function secondsApart(printed: string, date: string, time: string): number | undefined {
  const part = (text: string, at: number) => Number(text.slice(at, at + 2));
  const ofDay = part(time, 0) * 3600 + part(time, 2) * 60 + part(time, 4);
  const distances = readingsOf(printed).flatMap(({ year: own, month, day, seconds }) =>
    (own === undefined ? SOME_YEARS : [own]).flatMap((year) =>
      [year - 1, year, year + 1].map((other) =>
        Math.abs(
          secondsOf(year, month, day, seconds) - secondsOf(other, part(date, 0), part(date, 2), ofDay),
        ),
      ),
    ),
  );
  return distances.length === 0 ? undefined : Math.min(...distances);
}
