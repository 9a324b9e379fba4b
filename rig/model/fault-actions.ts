import type { FaultLayer } from './fault.ts';

/** Where an action makes sense: classes of fault points. */
export type PointClass =
  /** `connect` */
  | 'connect'
  /** `tls.handshake` */
  | 'tls'
  /** `close` */
  | 'close'
  /** `leaving` and `arriving`: a whole message, nothing of it handed on */
  | 'whole'
  /** `first-byte`, `byte(n)`, `last-byte`: inside a message */
  | 'inside'
  /** `total(n)`: a byte of the stream, whatever its messages */
  | 'total'
  /** `request` and `response`: the stream as such, from now on */
  | 'stream';

/** Keys of a fault that say more about what it does. */
export type FaultParameter =
  | 'how'
  | 'for'
  | 'jitter'
  | 'distribution'
  | 'rate'
  | 'bytes'
  | 'bit'
  | 'every'
  | 'copies'
  | 'end'
  | 'direction'
  | 'address'
  | 'share'
  | 'burst'
  | 'to'
  | 'access'
  | 'live';

export interface FaultActionEntry {
  readonly summary: string;
  /** Layers that can do it, the preferred one first. */
  readonly layers: readonly FaultLayer[];
  readonly points: readonly PointClass[];
  readonly needs: readonly FaultParameter[];
  readonly takes: readonly FaultParameter[];
  readonly example: string;
}

const ANYWHERE = ['connect', 'whole', 'inside', 'total', 'close'] as const;

/** The one table of what a fault can do. Schema, rules, guide and errors come from it. */
export const FAULT_ACTIONS = {
  cut: {
    summary:
      'from this point both ends see nothing more, neither bytes nor a close, on this and on new connections, until healed',
    layers: ['relay', 'kernel', 'packet'],
    points: ANYWHERE,
    needs: [],
    takes: ['direction'],
    example: 'cut@response.byte(17) on=reversal nth=3 heal=5s',
  },
  reset: {
    summary: 'the connection ends with an RST; what was handed on before is not waited for by the receiver',
    layers: ['relay', 'kernel', 'packet'],
    points: [...ANYWHERE, 'tls'],
    needs: [],
    takes: ['end'],
    example: 'reset@response.leaving on=sale end=terminal',
  },
  fin: {
    summary: 'the connection ends with an orderly FIN, the rest of the message is never delivered',
    layers: ['relay'],
    points: [...ANYWHERE, 'tls'],
    needs: [],
    takes: ['end'],
    example: 'fin@response.byte(60) end=terminal',
  },
  'half-open': {
    summary: 'one end is gone, the other is never told: it believes in its connection and hears nothing more',
    layers: ['relay', 'kernel'],
    points: ['whole', 'inside', 'total'],
    needs: [],
    takes: ['end'],
    example: 'half-open@response.leaving end=host',
  },
  stall: {
    summary: 'this connection stands still; nothing is lost, and all goes on after `for` or when healed',
    layers: ['relay', 'kernel', 'packet'],
    points: [...ANYWHERE, 'stream'],
    needs: [],
    takes: ['for', 'direction'],
    example: 'stall@response.byte(30) for=5s',
  },
  delay: {
    summary: 'held for `for`, and a random jitter on top; what comes behind stays behind',
    layers: ['relay', 'packet', 'kernel'],
    points: [...ANYWHERE, 'stream'],
    needs: ['for'],
    takes: ['jitter', 'distribution'],
    example: 'delay@response.leaving times=always for=400ms jitter=100ms distribution=normal',
  },
  bandwidth: {
    summary: 'handed on at no more than `rate`',
    layers: ['relay', 'kernel', 'packet'],
    points: ['whole', 'inside', 'stream'],
    needs: ['rate'],
    takes: [],
    example: 'bandwidth@response rate=20kbit/s',
  },
  truncate: {
    summary:
      'the rest of this message is left out, its length header says otherwise; what follows is delivered',
    layers: ['relay'],
    points: ['inside'],
    needs: [],
    takes: [],
    example: 'truncate@response.byte(60) on=sale',
  },
  'drop-bytes': {
    summary: '`bytes` bytes are taken out of the stream: corruption, not packet loss',
    layers: ['relay'],
    points: ['inside', 'total'],
    needs: ['bytes'],
    takes: [],
    example: 'drop-bytes@response.byte(40) bytes=3',
  },
  corrupt: {
    summary:
      'one bit of the byte at this point is inverted; at a stream, in `share` percent of the packets, which TCP then drops',
    layers: ['relay', 'packet'],
    points: ['inside', 'total', 'stream'],
    needs: [],
    takes: ['bit', 'share'],
    example: 'corrupt@response.byte(40) bit=3',
  },
  duplicate: {
    summary:
      'the message is delivered again, right behind itself; at a stream, `share` percent of the packets are',
    layers: ['relay', 'packet'],
    points: ['whole', 'stream'],
    needs: [],
    takes: ['copies', 'share'],
    example: 'duplicate@response.leaving on=sale',
  },
  reorder: {
    summary:
      'the message is held until the next one of its direction has passed, for at most `for` (10 s); at a stream, `share` percent of the packets overtake the others, which are `for` (60 ms) late',
    layers: ['relay', 'packet'],
    points: ['whole', 'stream'],
    needs: [],
    takes: ['for', 'share'],
    example: 'reorder@response.leaving',
  },
  split: {
    summary: 'handed on in segments of `bytes` bytes, `every` apart',
    layers: ['relay'],
    points: ['whole', 'inside', 'stream'],
    needs: ['bytes'],
    takes: ['every'],
    example: 'split@response.leaving bytes=1 every=5ms',
  },
  coalesce: {
    summary:
      'the message waits for the next one of its direction, for at most `for` (10 s), and both leave as one segment',
    layers: ['relay'],
    points: ['whole'],
    needs: [],
    takes: ['for'],
    example: 'coalesce@response.leaving',
  },
  refuse: {
    summary: 'new connections are refused',
    layers: ['relay', 'kernel'],
    points: ['connect', 'whole'],
    needs: [],
    takes: [],
    example: 'refuse@connect',
  },
  'accept-then-silence': {
    summary: 'the connection is accepted, and nobody ever answers on it',
    layers: ['relay'],
    points: ['connect'],
    needs: [],
    takes: [],
    example: 'accept-then-silence@connect',
  },
  dns: {
    summary: 'the look-up of the host name fails: nxdomain, timeout or wrong-address',
    layers: ['relay'],
    points: ['connect'],
    needs: ['how'],
    takes: ['address'],
    example: 'dns@connect how=nxdomain',
  },
  tls: {
    summary: 'the handshake fails: expired, wrong-name, unknown-ca, protocol-too-old or handshake-cut',
    layers: ['relay'],
    points: ['tls'],
    needs: ['how'],
    takes: [],
    example: 'tls@tls.handshake how=expired',
  },
  handover: {
    summary: 'the terminal moves to the region `to` or the access network `access` at this point; see `live`',
    layers: ['relay', 'kernel'],
    points: ['connect', 'whole', 'inside', 'total'],
    needs: [],
    takes: ['to', 'access', 'live'],
    example: 'handover@request.last-byte to=chengdu access=4g live=keep',
  },
  'withhold-ack': {
    summary:
      'the message is delivered, and its sender never learns of it: the acknowledgement does not come back',
    layers: ['kernel', 'packet'],
    points: ['whole'],
    needs: [],
    takes: [],
    example: 'withhold-ack@response.leaving on=sale',
  },
  loss: {
    summary: '`share` percent of the packets are lost, in bursts of `burst` on average',
    layers: ['packet', 'kernel'],
    points: ['stream'],
    needs: ['share'],
    takes: ['burst'],
    example: 'loss@response share=5 burst=4',
  },
  mtu: {
    summary: 'packets of more than `bytes` bytes vanish (a path MTU black hole)',
    layers: ['kernel', 'packet'],
    points: ['stream'],
    needs: ['bytes'],
    takes: [],
    example: 'mtu@request bytes=1000',
  },
} as const satisfies Record<string, FaultActionEntry>;

export type FaultAction = keyof typeof FAULT_ACTIONS;
export const FAULT_ACTION_NAMES = Object.keys(FAULT_ACTIONS) as [FaultAction, ...FaultAction[]];

/** The entry of an action with everything that only some have. */
export const faultAction = (name: FaultAction): FaultActionEntry => FAULT_ACTIONS[name];
