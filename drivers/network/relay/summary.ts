import { counted } from '../../../rig/model/counted.ts';
import type { FaultProof } from '../../../rig/model/fault.ts';
import type { RelayFault } from './relay-fault.ts';

/** What comes before a connection, or is one. */
const ALONE: readonly string[] = ['connection', 'look-up'];

/** What a fault did, in one or two sentences for the report. */
export function summaryOf(fault: RelayFault, trigger: FaultProof['trigger'], seen: number): string {
  const { fault: asked } = fault;
  const what = `${asked.do} at ${asked.at}`;
  if (!fault.struck) {
    const waited = asked.on ?? waitedFor(fault);
    const none =
      fault.unvisited && !ALONE.includes(waited)
        ? ', and nobody connected: whoever was meant takes another path'
        : '';
    const came = seen === 0 ? `no ${waited} came${none}` : `${seen} of ${asked.nth} came`;
    return `${what} never struck: ${fault.spared ?? came}.`;
  }
  const by = trigger
    ? ` by the ${trigger.kind} ${trigger.mti}${trigger.stan ? `, STAN ${trigger.stan}` : ''} (${trigger.bytes} bytes)`
    : '';
  const often = fault.strikes === 1 ? '' : `, ${fault.strikes} times`;
  const open = fault.trouble === undefined ? '' : ` Not certain: ${fault.trouble}.`;
  if (fault.underWay && fault.trouble === undefined)
    return `${what}: set off${by}${often}; takes effect.${deafTo(fault)}`;
  return `${what}: set off${by}${often}; ${deed(fault)}.${open}`;
}

/** A connection that stands still in both directions says nothing that could heal it. */
function deafTo({ fault: { do: action, heal, direction = 'both' }, point }: RelayFault): string {
  if (action !== 'stall' || point.class === 'stream' || direction === 'response') return '';
  if (typeof heal !== 'object' || !('on' in heal) || heal.on === 'connect') return '';
  return ` A ${heal.on} heals it only on another connection: on this one requests stand still, too, unless direction is response.`;
}

function waitedFor({ point, fault }: RelayFault): string {
  if (fault.do === 'dns') return 'look-up';
  if (point.class === 'connect') return 'connection';
  if (point.class === 'close') return 'close';
  if (point.class === 'tls') return 'TLS handshake';
  if (point.class === 'total' || point.class === 'stream') return `byte of a ${point.direction}`;
  return fault.terminal === undefined
    ? 'financial message'
    : `financial message of terminal ${fault.terminal}`;
}

/** What was done, from the counts of the fault. */
function deed(fault: RelayFault): string {
  const { handedOn, swallowed, fault: asked } = fault;
  if (fault.told !== undefined) return fault.told;
  const held = Math.round(fault.heldMs ?? 0);
  switch (asked.do) {
    case 'refuse':
      return "the port was closed, and an attempt of the relay's own was refused";
    case 'delay':
    case 'stall':
      // A stream that is late was not held: each part of it had a delay of its own.
      if (asked.do === 'delay' && fault.point.class === 'stream') return late(fault);
      return `held for ${held} ms${fault.length === undefined ? '' : ` of ${fault.length} ms`}`;
    case 'cut':
    case 'half-open':
    case 'reset':
    case 'fin':
    case 'accept-then-silence':
      return (
        `since then ${handedOn.request} bytes of requests and ${handedOn.response} of responses were handed on, ` +
        `${swallowed.request} and ${swallowed.response} swallowed, on ${counted(fault.cutConnections, 'connection')}`
      );
    default: {
      const out = swallowed.request + swallowed.response;
      return `${handedOn.request + handedOn.response} bytes were handed on${out > 0 ? `, ${out} left out` : ''}`;
    }
  }
}

function late({ handedOn, fault: asked }: RelayFault): string {
  const jitter = asked.jitter === undefined ? '' : ` and a jitter of ${asked.jitter}`;
  return `${handedOn.request + handedOn.response} bytes went on with a delay of ${asked.for}${jitter}`;
}
