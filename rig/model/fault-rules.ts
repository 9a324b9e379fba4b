import { DNS_FAILURES, type Fault, type FaultLayer, TLS_FAILURES } from './fault.ts';
import {
  type FaultAction,
  type FaultActionEntry,
  type FaultParameter,
  faultAction,
  type PointClass,
} from './fault-actions.ts';
import type { MessageDirection } from './message.ts';

/** A point of the fault language, taken apart. */
export interface PlacedPoint {
  readonly class: PointClass;
  /** Of a message or a stream. */
  readonly direction?: MessageDirection;
  /** Of `inside`: bytes of the message that pass first; negative: counted from its end. `first` and `last` name a byte. */
  readonly byte?: number | 'first' | 'last';
  /** Of `total`: bytes of the connection that pass first. */
  readonly total?: number;
}

/** Takes a point apart; undefined when it is none. */
export function placePoint(point: string): PlacedPoint | undefined {
  if (point === 'connect' || point === 'close') return { class: point };
  if (point === 'tls.handshake') return { class: 'tls' };
  const match =
    /^(request|response)(?:\.(leaving|arriving|first-byte|last-byte|byte\((-?\d+)\)|total\((\d+)\)))?$/.exec(
      point,
    );
  if (!match) return undefined;
  const direction: MessageDirection = match[1] === 'request' ? 'request' : 'response';
  const [, , what, byte, total] = match;
  if (what === undefined) return { class: 'stream', direction };
  if (what === 'leaving' || what === 'arriving') return { class: 'whole', direction };
  if (total !== undefined) return { class: 'total', direction, total: Number(total) };
  if (what === 'first-byte') return { class: 'inside', direction, byte: 'first' };
  // "-0" is all but nothing: the end of the message.
  if (what === 'last-byte' || byte === '-0') return { class: 'inside', direction, byte: 'last' };
  return { class: 'inside', direction, byte: Number(byte) };
}

/** What stands at a point of each class, for messages. */
const POINT_WORDS: Readonly<Record<PointClass, string>> = {
  connect: 'connect',
  tls: 'tls.handshake',
  close: 'close',
  whole: 'request.leaving or response.leaving',
  inside: 'byte(n), first-byte or last-byte of request or response',
  total: 'request.total(n) or response.total(n)',
  stream: 'request or response',
};

/** A rule that a fault breaks. `key` is the key to blame. */
export interface FaultIssue {
  readonly key: keyof Fault;
  readonly message: string;
  readonly expected: string;
  /** The key itself is out of place, not its value. */
  readonly outOfPlace?: boolean;
}

/** What becomes of single messages on a relay, and of a share of all packets at a stream. */
const SHARED: readonly FaultAction[] = ['corrupt', 'duplicate', 'reorder'];

/** Layers that may do a fault as it is asked for, the preferred one first. */
export function faultLayers({
  at,
  do: action,
  layer,
}: Pick<Fault, 'at' | 'do' | 'layer'>): readonly FaultLayer[] {
  if (layer !== undefined) return [layer];
  return SHARED.includes(action) && placePoint(at)?.class === 'stream'
    ? ['packet']
    : faultAction(action).layers;
}

type Partially<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Everything that a schema cannot say about a fault. Works on what is there: parts may be missing or wrong by themselves. */
export function faultIssues(fault: Partially<Fault>): FaultIssue[] {
  const { do: action, at } = fault;
  if (action === undefined) return [];
  const entry = faultAction(action);
  const point = at === undefined ? undefined : placePoint(at);
  return [
    ...parameterIssues(action, entry, fault),
    ...(point ? pointIssues(action, entry, point, fault) : []),
    ...howIssues(action, fault),
    ...layerIssues(action, entry, fault.layer),
  ];
}

const PARAMETERS: readonly FaultParameter[] = [
  'how',
  'for',
  'jitter',
  'distribution',
  'rate',
  'bytes',
  'bit',
  'every',
  'copies',
  'end',
  'direction',
  'address',
  'share',
  'burst',
  'to',
  'access',
  'live',
];

const EXAMPLES: Readonly<Partial<Record<FaultParameter, string>>> = {
  for: 'a duration such as 5 s',
  rate: 'a rate such as 20 kbit/s',
  bytes: 'a number of bytes',
  share: 'a share in percent',
};

function* parameterIssues(
  action: FaultAction,
  { needs, takes }: FaultActionEntry,
  fault: Partially<Fault>,
): Generator<FaultIssue> {
  for (const key of needs) {
    if (fault[key] !== undefined || key === 'how') continue;
    yield { key: 'do', message: `a ${action} needs \`${key}\``, expected: `${key}: ${EXAMPLES[key] ?? ''}` };
  }
  // Whose close: the only thing that a direction says there.
  const whose: FaultParameter[] = fault.at === 'close' ? ['direction'] : [];
  const all = [...needs, ...takes, ...whose];
  for (const key of PARAMETERS) {
    if (fault[key] === undefined || all.includes(key)) continue;
    yield {
      key,
      message: `${action} has no \`${key}\``,
      expected:
        key === 'for'
          ? 'heal: { after: … }'
          : all.length > 0
            ? `of its own: ${all.join(', ')}`
            : 'none of its own',
      outOfPlace: true,
    };
  }
  if (action === 'handover' && fault.to === undefined && fault.access === undefined)
    yield {
      key: 'do',
      message: 'a handover goes nowhere',
      expected: 'to: a region, or access: an access network',
    };
  if (fault.jitter === undefined && fault.distribution !== undefined && all.includes('distribution'))
    yield {
      key: 'distribution',
      message: 'a distribution of no jitter',
      expected: 'jitter beside it',
      outOfPlace: true,
    };
}

function* pointIssues(
  action: FaultAction,
  entry: FaultActionEntry,
  point: PlacedPoint,
  fault: Partially<Fault>,
): Generator<FaultIssue> {
  if (!entry.points.includes(point.class))
    yield {
      key: 'at',
      message: `no ${action} at ${fault.at}`,
      expected: entry.points.map((name) => POINT_WORDS[name]).join(', or '),
    };
  if (point.class !== 'whole' && point.class !== 'inside') {
    const why = `${fault.at} is no message`;
    if (fault.on !== undefined)
      yield {
        key: 'on',
        message: `${why}, so \`on\` says nothing`,
        expected: 'a point of a message',
        outOfPlace: true,
      };
    if (fault.terminal !== undefined)
      yield {
        key: 'terminal',
        message: `${why}, so no terminal id is known`,
        expected: 'a point of a message',
        outOfPlace: true,
      };
  }
  if (fault.direction !== undefined && point.class === 'stream')
    yield {
      key: 'direction',
      message: `${fault.at} says the direction already`,
      expected: 'none',
      outOfPlace: true,
    };
  if (SHARED.includes(action)) yield* shareIssues(action, point, fault);
  yield* stillIssues(action, point, fault);
  const healsOnConnect = typeof fault.heal === 'object' && 'on' in fault.heal && fault.heal.on === 'connect';
  if ((action === 'refuse' || action === 'dns') && healsOnConnect)
    yield {
      key: 'heal',
      message: `a ${action} cannot be healed by the next attempt to connect: the rig never sees that attempt`,
      expected: 'next-step, or a time',
    };
}

/** No request crosses that could heal it. */
function* stillIssues(
  action: FaultAction,
  { class: place, direction }: PlacedPoint,
  { heal, at }: Partially<Fault>,
): Generator<FaultIssue> {
  if (action !== 'stall' || place !== 'stream' || direction !== 'request') return;
  if (typeof heal !== 'object' || !('on' in heal) || heal.on === 'connect') return;
  yield {
    key: 'heal',
    message: `while the ${at} stream of every connection stands still no ${heal.on} comes that could heal it`,
    expected: 'a time, connect or next-step',
  };
}

/** At a stream a share of the packets is meant, which a relay of bytes has none of; at a message that message. */
function* shareIssues(
  action: FaultAction,
  { class: place }: PlacedPoint,
  fault: Partially<Fault>,
): Generator<FaultIssue> {
  if (place !== 'stream') {
    if (fault.share !== undefined)
      yield {
        key: 'share',
        message: `${fault.at} is one place, so there is no share of it`,
        expected: 'at: request or response',
        outOfPlace: true,
      };
    return;
  }
  if (fault.share === undefined)
    yield {
      key: 'do',
      message: `a ${action} at ${fault.at} needs \`share\``,
      expected: `share: percent of the packets${ofMessage(fault)}`,
    };
  if (fault.layer !== undefined && fault.layer !== 'packet')
    yield {
      key: 'layer',
      message: `the ${fault.layer} layer has no packets to ${action}`,
      expected: 'packet',
    };
  for (const key of ['bit', 'copies'] as const)
    if (fault[key] !== undefined)
      yield {
        key,
        message: `packets are told apart by chance, so \`${key}\` says nothing`,
        expected: 'none',
        outOfPlace: true,
      };
}

function* howIssues(action: FaultAction, { how }: Partially<Fault>): Generator<FaultIssue> {
  const words: readonly string[] = action === 'dns' ? DNS_FAILURES : action === 'tls' ? TLS_FAILURES : [];
  if (words.length === 0) return;
  if (how === undefined)
    yield { key: 'do', message: `a ${action} failure must say which`, expected: `how: ${words.join(', ')}` };
  else if (!words.includes(how))
    yield { key: 'how', message: `no ${action} failure ${how}`, expected: words.join(', ') };
}

function* layerIssues(
  action: FaultAction,
  { layers }: FaultActionEntry,
  layer: FaultLayer | undefined,
): Generator<FaultIssue> {
  if (layer !== undefined && !layers.includes(layer))
    yield { key: 'layer', message: `the ${layer} layer has no ${action}`, expected: layers.join(', ') };
}

/** How the same is said of a message, by who may have meant one. */
function ofMessage({ do: action, at }: Partially<Fault>): string {
  if (action === 'loss') return '';
  return action === 'corrupt' ? `; or ${at}.byte(n) for a message` : `; or ${at}.leaving for a message`;
}
