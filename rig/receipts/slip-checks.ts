import type { CapturedSlip } from '../bench/planes.ts';
import { readPrintedAmount } from '../books/printed-amount.ts';
import { scannedPayload } from '../model/barcode.ts';
import { describePolicy, fitsPolicy } from '../model/mask-policy.ts';
import { formatMoney, type Money } from '../model/money.ts';
import type { ReceiptRun } from '../model/receipt.ts';
import { formatDuration, parseDuration } from '../model/time.ts';
import type { Judged } from './judge.ts';
import { agreesWithCard, hostValue, inWords, showsValue, tillValue } from './known-value.ts';
import { approvedLines, declinedLines } from './on-paper.ts';
import { isNegative, oneAmount } from './one-amount.ts';
import { type Check, type CheckName, policyFor } from './pack.ts';
import { impossibleIn } from './possible-date.ts';
import { secondsApart } from './printed-time.ts';
import { differences } from './same-as.ts';
import { describeSlip, type Subject } from './subject.ts';

type SlipCheck<K extends CheckName> = (
  argument: NonNullable<Check[K]>,
  subject: Subject,
) => Judged | undefined;

const quoted = (printed: string | undefined) =>
  printed === undefined ? 'not printed' : printed === '' ? 'a label without a value' : `"${clip(printed)}"`;
const clip = (text: string) => (text.length > 120 ? `${text.slice(0, 119)}…` : text);
const linesOf = (slip: CapturedSlip, fields: readonly string[]) => [
  ...new Set(fields.flatMap((field) => slip.fieldLines?.[field] ?? [])),
];

/** The first of several items that is not as it should be decides; all of them good gives the last. */
function each<T>(items: readonly T[], judge: (item: T) => Judged | undefined): Judged | undefined {
  const judged = items.flatMap((item) => judge(item) ?? []);
  return judged.find(({ good }) => !good) ?? judged.at(-1);
}

/** Checks on one slip, by name. Each says what it expected and what stands on the paper. */
export const SLIP_CHECKS: { readonly [K in CheckName]?: SlipCheck<K> } = {
  printed: (fields, { slip }) => {
    const missing = fields.filter((field) => !slip.fields[field]);
    return {
      good: missing.length === 0,
      expected: `${fields.join(', ')} printed`,
      observed:
        missing.length === 0
          ? 'printed'
          : missing.map((field) => `${field}: ${quoted(slip.fields[field])}`).join('; '),
      lines: linesOf(slip, missing),
    };
  },
  absent: (fields, { slip }) => {
    const there = fields.filter((field) => slip.fields[field] !== undefined);
    return {
      good: there.length === 0,
      expected: `no ${fields.join(', no ')}`,
      observed:
        there.length === 0 ? 'not printed' : there.map((f) => `${f}: ${quoted(slip.fields[f])}`).join('; '),
      lines: linesOf(slip, there),
    };
  },
  'absent-or-masked': (fields, { slip }) => {
    const legible = fields.filter((field) => /\d/.test((slip.fields[field] ?? '').normalize('NFKC')));
    return {
      good: legible.length === 0,
      expected: `no legible ${fields.join(', no legible ')}`,
      observed: legible.length === 0 ? 'not printed, or hidden' : `${legible.join(', ')} printed with digits`,
      lines: linesOf(slip, legible),
    };
  },
  masked: (asked, { slip, mask }) => {
    const printed = slip.fields['pan'];
    if (printed === undefined) return undefined;
    const policy = policyFor(asked, mask);
    const clear = slip.forbidden.includes('pan');
    return {
      good: !clear && fitsPolicy(printed, policy),
      expected: describePolicy(policy),
      observed: clear ? 'the full card number' : quoted(printed),
      lines: linesOf(slip, ['pan']),
    };
  },
  form: (forms, { slip }) =>
    each(Object.entries(forms), ([field, pattern]) => {
      const printed = slip.fields[field];
      if (!printed) return undefined;
      return {
        good: new RegExp(pattern, 'iu').test(printed.normalize('NFKC')),
        expected: `${field} of the form ${pattern}`,
        observed: quoted(printed),
        lines: linesOf(slip, [field]),
      };
    }),
  line: (patterns, { slip }) => {
    const at = fittingLines(slip, patterns);
    const wanted = patterns.map((pattern) => `/${pattern}/`).join(' or ');
    return {
      good: at.length > 0,
      expected: `a line with ${wanted}`,
      observed: at.length > 0 ? quoted(slip.lines[at[0] ?? 0]?.trim()) : 'no such line',
      lines: at.slice(0, 1),
    };
  },
  'no-line': (patterns, { slip }) => {
    const at = fittingLines(slip, patterns);
    return {
      good: at.length === 0,
      expected: `no line with ${patterns.map((pattern) => `/${pattern}/`).join(' or ')}`,
      observed: at.length === 0 ? 'no such line' : at.map((i) => quoted(slip.lines[i]?.trim())).join(', '),
      lines: at,
    };
  },
  forbidden: (kinds, { slip }) => {
    const found = slip.forbidden.filter((kind) => kinds.includes(kind));
    return {
      good: found.length === 0,
      expected: `no ${kinds.join(', no ')}`,
      observed: found.length === 0 ? 'none' : `the ${slip.copy} copy shows ${found.join(', ')}`,
      lines: [...new Set(found.flatMap((kind) => slip.forbiddenLines?.[kind] ?? []))],
    };
  },
  'matches-host': (fields, { slip, exchange, booked, currency, locale }) =>
    each(fields, (field) => {
      const host = hostValue(field, exchange, booked);
      if (host === undefined || host === '') return undefined;
      const printed = slip.fields[field];
      return {
        good: showsValue(printed, host, currency, locale),
        expected: `${field} ${inWords(host)} (host)`,
        observed: quoted(printed),
        lines: linesOf(slip, [field]),
      };
    }),
  'matches-till': (fields, { slip, told, currency, locale }) =>
    each(fields, (field) => {
      const value = tillValue(field, told);
      if (value === undefined) return undefined;
      const printed = slip.fields[field];
      // Links drop leading zeros of numbers, or add some.
      const good =
        typeof value === 'string'
          ? printed !== undefined && digits(printed) === digits(value)
          : showsValue(printed, value, currency, locale);
      return {
        good,
        expected: `${field} ${inWords(value)} (till)`,
        observed: quoted(printed),
        lines: linesOf(slip, [field]),
      };
    }),
  'matches-card': (fields, { slip, card }) =>
    each(fields, (field) => {
      const printed = slip.fields[field];
      const agrees = card && printed ? agreesWithCard(field, printed, card) : undefined;
      if (agrees === undefined || slip.forbidden.includes('pan')) return undefined;
      return {
        good: agrees,
        expected: `${field} of the card that was used (${card?.id})`,
        observed: quoted(printed),
        lines: linesOf(slip, [field]),
      };
    }),
  'names-original': (_, { slip, original }) => {
    const pairs = [
      ['original-stan', original?.stan],
      ['original-rrn', original?.rrn],
      ['original-auth-code', original?.authCode],
    ] as const;
    const known = pairs.filter(([, value]) => value !== undefined && value !== '');
    const printed = pairs.filter(([field]) => slip.fields[field]);
    const wrong = printed.find(([field, value]) => value && digits(slip.fields[field]) !== digits(value));
    const good = printed.length > 0 && !wrong;
    return {
      good,
      expected:
        known.length === 0
          ? `the number of the original transaction: ${pairs.map(([field]) => field).join(' or ')}`
          : `the original's number: ${known.map(([field, value]) => `${field} ${value}`).join(' or ')}`,
      observed: wrong
        ? `${wrong[0]} ${quoted(slip.fields[wrong[0]])}`
        : printed.map(([field]) => `${field} ${quoted(slip.fields[field])}`).join(', ') ||
          'no number of an original',
      lines: wrong ? linesOf(slip, [wrong[0]]) : [],
    };
  },
  'one-amount': (_, { slip, currency, locale }) => oneAmount(slip, currency, locale),
  positive: (fields, { slip }) =>
    each(fields, (field) => {
      const printed = slip.fields[field];
      if (!printed) return undefined;
      return {
        good: !isNegative(printed),
        expected: `${field} above zero: nothing is given back here`,
        observed: quoted(printed),
        lines: linesOf(slip, [field]),
      };
    }),
  'readable-amount': (fields, { slip, currency, locale }) =>
    each(fields, (field) => {
      const printed = slip.fields[field];
      if (!printed) return undefined;
      const amount = readPrintedAmount(printed, currency, locale);
      return {
        good: amount.ok,
        expected: `${field} as ${locale} writes amounts, with the decimals of its currency`,
        observed: amount.ok ? quoted(printed) : amount.why,
        lines: linesOf(slip, [field]),
      };
    }),
  'possible-date': (fields, { slip }) =>
    each(fields, (field) => {
      const printed = slip.fields[field];
      if (!printed) return undefined;
      const why = impossibleIn(printed);
      return {
        good: why === undefined,
        expected: `${field} that exists`,
        observed: why === undefined ? quoted(printed) : `${quoted(printed)}: ${why}`,
        lines: linesOf(slip, [field]),
      };
    }),
  'host-time': (tolerance, { slip, exchange }) => {
    const field = (id: string) => exchange?.response?.fields.find((one) => one.id === id)?.value.trim();
    const [time, date] = [field('12'), field('13')];
    const printed = slip.fields['date-time'];
    if (!printed || !/^\d{6}$/.test(time ?? '') || !/^\d{4}$/.test(date ?? '')) return undefined;
    const apart = secondsApart(printed, date ?? '', time ?? '');
    const limit = (parseDuration(tolerance) ?? 0) / 1000;
    const host = `${date?.slice(0, 2)}-${date?.slice(2)} ${(time ?? '').replace(/(\d\d)(?=\d)/g, '$1:')}`;
    return {
      good: apart !== undefined && apart <= limit,
      expected: `the host's date and time, ${host}, within ${formatDuration(limit * 1000)}`,
      observed: apart === undefined ? `${quoted(printed)}, which is no date and time` : quoted(printed),
      lines: linesOf(slip, ['date-time']),
    };
  },
  legible: (_, { slip }) => {
    const at = slip.lines.flatMap((line, i) => (/[\ufffd\ue000-\uf8ff]/u.test(line) ? [i] : []));
    return {
      good: at.length === 0,
      expected: 'text without broken characters',
      observed:
        at.length === 0
          ? 'legible'
          : at
              .slice(0, 3)
              .map((i) => quoted(slip.lines[i]?.trim()))
              .join(', '),
      lines: at,
    };
  },
  'adds-up': (_, { slip, currency, locale }) => {
    const read = (name: string): Money | undefined => {
      const amount = readPrintedAmount(slip.fields[name] ?? '', currency, locale);
      return amount.ok ? amount.money : undefined;
    };
    const [sales, credits, net] = [read('sales-total'), read('credit-total'), read('net-total')];
    if (!sales || !credits || !net) return undefined;
    const wanted = { minor: sales.minor - credits.minor, currency: sales.currency };
    return {
      good:
        wanted.minor === net.minor && wanted.currency === net.currency && credits.currency === net.currency,
      expected: `net total ${formatMoney(wanted)} (${formatMoney(sales)} less ${formatMoney(credits)})`,
      observed: quoted(slip.fields['net-total']),
      lines: linesOf(slip, ['net-total']),
    };
  },
  approved: (_, { slip, booked, exchange }) => {
    const answered = exchange?.response?.code;
    if (!booked && answered === undefined) return saysBoth(slip);
    const declined = booked ? booked.state === 'declined' : answered !== '00';
    const says = declinedLines(slip.lines).length > 0;
    return {
      good: !declined || says,
      expected: 'a slip only of what the host approved',
      observed: declined
        ? `${describeSlip(slip)}, although the host declined it${answered ? ` with code ${answered}` : ''}`
        : 'approved',
    };
  },
  'marked-duplicate': (_, { slip, reprint }) => ({
    good: slip.duplicate === reprint,
    expected: reprint ? 'a reprint marked as a duplicate' : 'no mark of a duplicate on an original',
    observed: slip.duplicate ? 'marked' : 'not marked',
    lines: slip.markLines ?? [],
  }),
  'same-as-original': (except, { slip, first }) => {
    if (!first) return undefined;
    const found = differences(first, slip, except);
    return {
      good: found.length === 0,
      expected: 'nothing but the mark differs from the original',
      observed: found.length === 0 ? 'the same' : found.map(({ text }) => text).join('; '),
      lines: found.flatMap(({ lines }) => lines),
    };
  },
  height: (heights, { slip }) =>
    each(Object.entries(heights), ([field, least]) => {
      const scale = heightOf(slip, field);
      if (scale === undefined) return undefined;
      return {
        good: scale >= least,
        expected: `${field} printed at least ${least} times as high`,
        observed: `${scale} times`,
        lines: linesOf(slip, [field]),
      };
    }),
  bold: (fields, { slip }) =>
    each(fields, (field) => {
      const runs = runsOf(slip, field);
      if (runs.length === 0) return undefined;
      const good = runs.every(({ bold }) => bold);
      return {
        good,
        expected: `${field} printed in bold`,
        observed: good ? 'bold' : 'not bold',
        lines: linesOf(slip, [field]),
      };
    }),
  code: ({ symbology, matches }, { slip }) => {
    const codes = slip.receipt.barcodes.filter((code) => !symbology || code.symbology === symbology);
    const fits = new RegExp(matches, 'u');
    // As it was sent, or as a scanner reads it.
    const good = codes.some((code) => fits.test(code.payload) || fits.test(scannedPayload(code)));
    const told = codes.map(
      (code) => `${code.symbology} ${quoted(code.payload.replace(/\d{12,}/g, hideDigits))}`,
    );
    return {
      good,
      expected: `a ${symbology ?? 'bar or QR'} code with /${matches}/`,
      observed: told.slice(0, 3).join(', ') || 'no such code',
    };
  },
};

/** The content of a code may be a card number. */
const hideDigits = (digits: string) => digits.slice(0, 6) + '*'.repeat(digits.length - 10) + digits.slice(-4);

/** Nobody knows what the host answered: paper that says it was declined must not show an approval as well. */
function saysBoth(slip: CapturedSlip): Judged | undefined {
  const declined = declinedLines(slip.lines);
  if (declined.length === 0) return undefined;
  const approved = approvedLines(slip.lines);
  const code = slip.fields['auth-code'];
  const shows = [
    ...(approved[0] === undefined ? [] : [quoted(slip.lines[approved[0]]?.trim())]),
    ...(code ? [`auth-code ${quoted(code)}`] : []),
  ];
  return {
    good: shows.length === 0,
    expected: 'no approval on a slip that says that it was declined',
    observed:
      shows.length === 0
        ? 'declined'
        : `${shows.join(', ')} beside ${quoted(slip.lines[declined[0] ?? 0]?.trim())}`,
    lines: [...declined, ...approved, ...(code ? linesOf(slip, ['auth-code']) : [])],
  };
}

const digits = (text: string | undefined) =>
  (text ?? '')
    .normalize('NFKC')
    .trim()
    .replace(/^0+(?=.)/, '');

function fittingLines(slip: CapturedSlip, patterns: readonly string[]): number[] {
  const fits = patterns.map((pattern) => new RegExp(pattern, 'iu'));
  return slip.lines.flatMap((line, i) => {
    const plain = line.normalize('NFKC').slice(0, 500);
    return fits.some((one) => one.test(plain)) ? [i] : [];
  });
}

/** How many times as high as ordinary text the value of a field is; undefined when the field is not printed. */
export function heightOf(slip: CapturedSlip, field: string): number | undefined {
  const own = runsOf(slip, field);
  return own.length === 0 ? undefined : Math.max(...own.map(({ scaleY }) => scaleY));
}

/** The runs of text in which the value of a field stands. */
function runsOf(slip: CapturedSlip, field: string): readonly ReceiptRun[] {
  const value = slip.fields[field]?.replace(/\s/g, '');
  if (!value) return [];
  const boxes = linesOf(slip, [field]).flatMap((i) => slip.boxes?.[i] ?? []);
  return slip.receipt.runs.filter((run) => {
    const text = run.text.replace(/\s/g, '');
    const there = boxes.some((box) => run.y + run.height > box.y && run.y < box.y + box.height);
    return there && text !== '' && (text.includes(value) || value.includes(text));
  });
}
