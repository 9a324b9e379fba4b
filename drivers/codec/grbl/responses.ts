/** Lines from a Grbl-class controller (Grbl 1.1, grblHAL, FluidNC) as values. Pure; never throws, whatever the line. */

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** `<Idle|MPos:0.000,0.000,0.000|FS:0,0|WCO:…>`. Only the state and one position are guaranteed. */
export interface StatusReport {
  readonly kind: 'status';
  /** A word; see `isWhole`. */
  readonly state: string;
  readonly sub?: number;
  /** Machine position. */
  readonly mpos?: Point;
  /** Work position = machine position − offset. */
  readonly wpos?: Point;
  /** Work coordinate offset; comes first and then every 10 to 30 reports. */
  readonly wco?: Point;
  /** All fields as they came, unknown ones included. */
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Words for a state that controllers of Grbl's family use; another one is a damaged report. Sources: `report.c` of Grbl
 * and grblHAL, `Report.cpp` of FluidNC.
 */
const STATES: ReadonlySet<string> = new Set(
  'Idle Run Hold Jog Alarm Door Check Home Sleep Tool ConfigAlarm Critical Starting'.split(' '),
);

/** Whether a report can be true: a state that exists, and a position. */
export const isWhole = (report: StatusReport): boolean =>
  STATES.has(report.state) && (report.mpos ?? report.wpos) !== undefined;

export type Response =
  /** A line was taken and queued; not: moved. */
  | { readonly kind: 'ok' }
  | { readonly kind: 'error'; readonly code: number }
  | { readonly kind: 'alarm'; readonly code: number }
  | StatusReport
  /** `[MSG:…]` */
  | { readonly kind: 'message'; readonly text: string }
  /** Any other bracket: `[VER:…]`, `[OPT:…]`, `[GC:…]`, `[G54:…]`. */
  | { readonly kind: 'feedback'; readonly tag: string; readonly text: string }
  /** `$130=200.000` */
  | { readonly kind: 'setting'; readonly number: number; readonly value: string }
  /** The controller has just (re)started. */
  | { readonly kind: 'banner'; readonly firmware: string; readonly version: string }
  /** `>G54:ok`, a start-up line; its `ok` acknowledges nothing. */
  | { readonly kind: 'startup'; readonly text: string }
  /** Marlin: it asks for a line again; an `ok` that acknowledges nothing follows. */
  | { readonly kind: 'resend'; readonly number: number }
  /** Marlin: it still works on what it was told. */
  | { readonly kind: 'busy' }
  /** Marlin: the line whose `ok` comes next was not understood. */
  | { readonly kind: 'refused'; readonly text: string }
  /** Marlin: it has stopped for good. */
  | { readonly kind: 'fault'; readonly text: string }
  /** Who it is, told because it was asked. */
  | { readonly kind: 'identity'; readonly firmware: string; readonly version: string }
  /** What only a controller of the other language says, and what voids a position there; see `understand`. */
  | { readonly kind: 'stranger'; readonly said: 'alarm' | 'banner' | 'fault' }
  | { readonly kind: 'unknown'; readonly text: string };

/** Understands one line without its end. */
export function parseResponse(line: string): Response {
  if (line === 'ok') return { kind: 'ok' };
  const coded = /^(error|ALARM):(\d{1,5})$/.exec(line);
  if (coded) return { kind: coded[1] === 'error' ? 'error' : 'alarm', code: Number(coded[2]) };
  if (line.startsWith('<') && line.endsWith('>')) return parseStatus(line) ?? { kind: 'unknown', text: line };
  if (line.startsWith('[') && line.endsWith(']')) return parseBracket(line);
  if (line.startsWith('>')) return { kind: 'startup', text: line.slice(1) };
  const setting = /^\$(\d{1,5})=([^ ]*)/.exec(line);
  if (setting) return { kind: 'setting', number: Number(setting[1]), value: setting[2] ?? '' };
  return parseBanner(line) ?? { kind: 'unknown', text: line };
}

/**
 * `Grbl 1.1h ['$' for help]`, `GrblHAL 1.1f ['$' or '$HELP' for help]`, FluidNC `Grbl 3.7 [FluidNC …]`. Boot-loader
 * chatter or the rest of a line that a restart cut off may stand before it.
 */
function parseBanner(line: string): Response | undefined {
  const match = /(Grbl(?:HAL)?) (\S{1,20}) \[(.*)\]$/i.exec(line);
  if (!match) return undefined;
  const fluid = /FluidNC (\S+)/.exec(match[3] ?? '');
  if (fluid) return { kind: 'banner', firmware: 'FluidNC', version: fluid[1] ?? '' };
  return { kind: 'banner', firmware: match[1] ?? '', version: match[2] ?? '' };
}

function parseBracket(line: string): Response {
  const inside = line.slice(1, -1);
  const colon = inside.indexOf(':');
  const tag = colon < 0 ? inside : inside.slice(0, colon);
  const text = colon < 0 ? '' : inside.slice(colon + 1);
  return tag === 'MSG' ? { kind: 'message', text } : { kind: 'feedback', tag, text };
}

function parseStatus(line: string): StatusReport | undefined {
  const [head = '', ...rest] = line.slice(1, -1).split('|');
  const state = /^([A-Za-z]{1,20})(?::(\d{1,3}))?$/.exec(head);
  if (!state?.[1]) return undefined;
  const fields = new Map<string, string>();
  for (const field of rest) {
    const colon = field.indexOf(':');
    fields.set(colon < 0 ? field : field.slice(0, colon), colon < 0 ? '' : field.slice(colon + 1));
  }
  const mpos = parsePoint(fields.get('MPos'));
  const wpos = parsePoint(fields.get('WPos'));
  const wco = parsePoint(fields.get('WCO'));
  return {
    kind: 'status',
    state: state[1],
    ...(state[2] === undefined ? {} : { sub: Number(state[2]) }),
    ...(mpos ? { mpos } : {}),
    ...(wpos ? { wpos } : {}),
    ...(wco ? { wco } : {}),
    fields,
  };
}

/** `-160.000,-60.000,-16.000`; a fourth and later axes are ignored. */
function parsePoint(text: string | undefined): Point | undefined {
  const parts = text?.split(',') ?? [];
  if (parts.length < 3 || !parts.every((part) => /^-?\d{1,6}(\.\d{1,6})?$/.test(part))) return undefined;
  const [x, y, z] = parts.map(Number);
  return x === undefined || y === undefined || z === undefined ? undefined : { x, y, z };
}
