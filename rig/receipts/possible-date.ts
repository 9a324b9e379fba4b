/** Days of a month; of February by the year, where it is known. */
function daysOf(month: number, year: number | undefined): number {
  if (month === 2) return year === undefined || new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

const isDay = (month: number, day: number, year?: number) =>
  month >= 1 && month <= 12 && day >= 1 && day <= daysOf(month, year);

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const full = (year: number) => (year < 100 ? 2000 + year : year);

/**
 * What cannot be true of a printed date and time: a day that no month has, whichever way day, month and year are meant,
 * or an hour, minute or second that no clock shows. Undefined: it is possible, or of a form that is not known.
 */
export function impossibleIn(printed: string): string | undefined {
  const text = printed.normalize('NFKC').toUpperCase().trim().slice(0, 100);
  const clock =
    /(?<!\d)(\d{1,2})\s?:\s?(\d{2})(?!\d)(?:\s?:\s?(\d{2})(?!\d))?/.exec(text) ??
    /(?<!\d)(\d{1,2})\s?[时時点點]\s?(\d{2})(?:\s?分\s?(\d{2}))?/u.exec(text);
  const rest = clock ? text.replace(clock[0], ' ') : text;
  const packed = /^(20\d\d)(\d\d)(\d\d)(?:\D{0,2}(\d\d)(\d\d)(\d\d)?)?$/.exec(text);
  const day = packed ? impossibleDay(`${packed[1]}-${packed[2]}-${packed[3]}`) : impossibleDay(rest);
  return day ?? impossibleTime((clock ?? packed?.slice(3))?.slice(1));
}

function impossibleTime(parts: readonly (string | undefined)[] | undefined): string | undefined {
  if (parts?.[0] === undefined) return undefined;
  const [h = 0, m = 0, s = 0] = parts.map((part) => Number(part ?? 0));
  // 24:00 ends a day, and a minute may have a leap second.
  if (m <= 59 && s <= 60 && (h <= 23 || (h === 24 && m === 0 && s === 0))) return undefined;
  return `no clock shows ${parts.filter((part) => part !== undefined).join(':')}`;
}

function impossibleDay(text: string): string | undefined {
  const named = /(?<!\d)(\d{1,2})[\s./-]*([A-Z]{3})[A-Z]*|\b([A-Z]{3})[A-Z]*[\s./-]*(\d{1,2})(?!\d)/.exec(
    text,
  );
  const month = MONTHS.indexOf(named?.[2] ?? named?.[3] ?? '') + 1;
  if (named && month > 0) {
    const day = Number(named[1] ?? named[4]);
    return isDay(month, day) ? undefined : `${MONTHS[month - 1]} has no day ${day}`;
  }
  const match =
    /(?<!\d)(\d{1,4})\s?([./年-])\s?(\d{1,2})(?:\s?[./月-]\s?(\d{1,4})(?!\d))?/u.exec(text) ?? undefined;
  if (!match) return undefined;
  const [whole, first = '', sign, second = '', third] = match;
  const [a, b] = [Number(first), Number(second)];
  const c = third === undefined ? undefined : Number(third);
  const ways: boolean[] = [];
  if (first.length === 4) ways.push(c === undefined || isDay(b, c, a));
  else if (first.length > 2) return undefined;
  else if (c === undefined) ways.push(isDay(a, b), isDay(b, a));
  else {
    ways.push(isDay(a, b, full(c)), isDay(b, a, full(c)));
    // Dots stand in dates that begin with the day.
    if ((third?.length ?? 0) <= 2 && sign !== '.') ways.push(isDay(b, c, full(a)));
  }
  return ways.some(Boolean) ? undefined : `no calendar has ${whole.trim()}`;
}
