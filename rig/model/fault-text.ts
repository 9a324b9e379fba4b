import { RigError } from './errors.ts';
import { Fault } from './fault.ts';
import { FAULT_ACTION_NAMES, faultAction } from './fault-actions.ts';
import { faultIssues } from './fault-rules.ts';
import { MESSAGE_KINDS } from './message.ts';
import { nearestWord } from './nearest-word.ts';
import { parseDuration } from './time.ts';

/**
 * A fault in one line, for the command line: `action@point key=value …`, several joined by `;`:
 *
 *     cut@response.byte(17) on=reversal nth=3 heal=5s
 *     delay@response for=100ms jitter=20ms; corrupt@request.byte(40) bit=3
 *
 * The keys are those of the YAML form. `heal` takes a duration, `connect`, a kind of message, `next-step` or `never`.
 * Where an action has only one point, `@point` may be left out: `refuse`, `dns how=nxdomain`.
 */

const KEYS = Object.keys(Fault.shape).filter((key) => key !== 'at' && key !== 'do');
const NUMBERS = ['bytes', 'bit', 'copies', 'nth', 'times', 'connection', 'probability', 'share', 'burst'];

/** Several faults of one text, in its order. @throws USAGE, blame file, with the part that is wrong */
export function parseFaults(text: string): Fault[] {
  const parts = text.split(';').filter((part) => part.trim() !== '');
  if (parts.length === 0)
    throw wrong(text, 'no fault in it', 'A fault reads: cut@response.byte(17) on=sale heal=5s');
  return parts.map(parseFault);
}

/** One fault. @throws USAGE, blame file, with the part that is wrong */
export function parseFault(text: string): Fault {
  const [head, ...pairs] = words(text);
  if (head === undefined)
    throw wrong(text, 'no fault in it', 'A fault reads: cut@response.byte(17) on=sale heal=5s');
  const written: Record<string, unknown> = { ...headOf(head, text) };
  for (const pair of pairs) {
    const { key, value } = pairOf(pair, text);
    if (Object.hasOwn(written, key)) throw wrong(text, `"${key}" stands twice`, 'Say it once.');
    written[key] = valueFrom(key, value);
  }
  const parsed = Fault.safeParse(written);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const key = String(issue?.path[0] ?? '');
    throw wrong(text, key === 'heal' ? noHeal(written[key]) : `${key}: ${issue?.message}`, hintFor(key));
  }
  const broken = faultIssues(parsed.data)[0];
  if (broken) throw wrong(text, broken.message, `Expected ${broken.expected}.`);
  return parsed.data;
}

/** The one-line form of a fault; `parseFault` reads it back. */
export function formatFault(fault: Fault): string {
  const pairs = KEYS.flatMap((key) => {
    const value = (fault as Readonly<Record<string, unknown>>)[key];
    if (value === undefined || (key === 'nth' && value === 1) || (key === 'heal' && value === 'next-step'))
      return [];
    const text = key === 'heal' ? healText(fault.heal) : String(value);
    const tight = parseDuration(text) === undefined && key !== 'rate' ? text : text.replaceAll(' ', '');
    return [`${key}=${/[\s;"]/.test(tight) ? `"${tight}"` : tight}`];
  });
  return [`${fault.do}@${fault.at}`, ...pairs].join(' ');
}

const healText = (heal: Fault['heal']): string =>
  typeof heal === 'string' ? heal : 'after' in heal ? heal.after.replaceAll(' ', '') : heal.on;

/** Words at blanks; quotes keep blanks together. */
const words = (text: string): string[] =>
  [...text.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));

function headOf(head: string, text: string): { do: string; at: string } {
  const at = head.indexOf('@');
  const action = at < 0 ? head : head.slice(0, at);
  const known = FAULT_ACTION_NAMES.find((name) => name === action);
  if (known === undefined) {
    const nearest = nearestWord(action, FAULT_ACTION_NAMES);
    throw wrong(
      text,
      `no fault is called "${action}"`,
      `${(Object.hasOwn(ELSEWHERE, action) ? ELSEWHERE[action] : undefined) ?? (nearest ? `Did you mean ${nearest}? ` : '')}Faults: ${FAULT_ACTION_NAMES.join(', ')}.`,
    );
  }
  const { points, example } = faultAction(known);
  if (at >= 0) return { do: known, at: head.slice(at + 1) };
  if (points[0] === 'connect' && (points.length === 1 || known === 'refuse'))
    return { do: known, at: 'connect' };
  if (points.length === 1 && points[0] === 'tls') return { do: known, at: 'tls.handshake' };
  throw wrong(text, `${known} does not say where`, `For example: ${example}`);
}

/** What is called otherwise elsewhere, or is a key of another fault here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  jitter: 'Jitter is a key of a delay: delay@response for=100ms jitter=20ms distribution=normal. ',
  latency: 'That is a delay: delay@response for=100ms jitter=20ms. ',
  rst: 'That is a reset: reset@response.leaving. ',
  drop: 'Nothing more passes under a cut: cut@response.leaving; packets are lost by loss@response share=5; bytes are taken out by drop-bytes@response.byte(40) bytes=3. ',
  blackhole: 'That is a cut: cut@response.leaving. ',
  throttle: 'That is a bandwidth: bandwidth@response rate=20kbit/s. ',
  slow: 'That is a bandwidth or a delay: bandwidth@response rate=20kbit/s, delay@response for=2s. ',
  timeout: 'That is a stall, which lets all go on afterwards, or a cut: stall@response.leaving for=30s. ',
  segment: 'That is a split: split@response.leaving bytes=1 every=5ms. ',
  nxdomain: 'That is a failure of dns: dns how=nxdomain. ',
  expired: 'That is a failure of tls: tls how=expired. ',
  move: 'That is a handover: handover@request.last-byte to=chengdu live=keep. ',
};

function pairOf(pair: string, text: string): { key: string; value: string } {
  const equals = pair.indexOf('=');
  const key = equals < 0 ? pair : pair.slice(0, equals);
  if (!KEYS.includes(key)) {
    const nearest = nearestWord(key, KEYS);
    throw wrong(
      text,
      `unknown key "${key}"`,
      `${nearest ? `Did you mean ${nearest}? ` : ''}Keys: ${KEYS.join(', ')}.`,
    );
  }
  if (equals < 0 || equals === pair.length - 1)
    throw wrong(text, `"${key}" has no value`, `Write ${key}=… without blanks around the equals sign.`);
  return { key, value: pair.slice(equals + 1) };
}

function valueFrom(key: string, value: string): unknown {
  if (key === 'heal') {
    if (value === 'next-step' || value === 'never') return value;
    return parseDuration(value) === undefined ? { on: value } : { after: value };
  }
  return NUMBERS.includes(key) && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

const noHeal = (heal: unknown) =>
  `heal: not a way to heal: ${typeof heal === 'object' && heal !== null && 'on' in heal ? heal.on : heal}`;

function hintFor(key: string): string {
  switch (key) {
    case 'at':
      return `Points: connect, tls.handshake, close; request and response, alone or with .leaving, .arriving, .first-byte, .byte(n), .last-byte or .total(n).`;
    case 'heal':
      return 'Expected a duration such as 5s, connect, a kind of message, next-step or never.';
    case 'on':
      return `Kinds: any, ${MESSAGE_KINDS.join(', ')}.`;
    default:
      return (
        (Fault.shape as Readonly<Record<string, { description?: string | undefined }>>)[key]?.description ??
        ''
      );
  }
}

function wrong(text: string, what: string, hint: string): RigError {
  const shown = text.length > 120 ? `${text.slice(0, 117)}...` : text;
  return new RigError('USAGE', 'file', `the fault "${shown.trim()}" is wrong: ${what}`, { hint });
}
