import { RigError, toRigError } from '../../../rig/model/errors.ts';
import type { Fault } from '../../../rig/model/fault.ts';
import type { FaultAction } from '../../../rig/model/fault-actions.ts';
import { faultIssues, placePoint } from '../../../rig/model/fault-rules.ts';

/** What this layer does by nftables or in the kernel's TCP. */
export const KERNEL_ACTIONS: readonly FaultAction[] = [
  'cut',
  'reset',
  'half-open',
  'stall',
  'bandwidth',
  'refuse',
  'withhold-ack',
  'loss',
  'mtu',
];

/** The fault meets the connection of its message only; all others meet every connection of the terminal. */
export const isOfOneConnection = ({ do: action, at }: Fault): boolean =>
  placePoint(at)?.class !== 'stream' &&
  (action === 'reset' || action === 'half-open' || action === 'stall' || action === 'withhold-ack');

/** Why the kernel can do nothing of a fault or could never be shown to; undefined when it can. */
export function unableInKernel(fault: Fault): string | undefined {
  try {
    checkKernelFault(fault);
    return undefined;
  } catch (error) {
    return toRigError(error).message;
  }
}

/**
 * Refuses, before the transaction begins, what the kernel could never be shown to do.
 * @throws NETWORK_FAULT: blame file for a fault that makes no sense, bench for one that this layer lacks
 */
export function checkKernelFault(fault: Fault): void {
  const broken = faultIssues(fault)[0];
  if (broken)
    throw new RigError('NETWORK_FAULT', 'file', broken.message, { hint: `Expected ${broken.expected}.` });
  const cannot = (what: string, hint: string): never => refuseBy('kernel', what, hint);
  const point = placePoint(fault.at);
  if (!KERNEL_ACTIONS.includes(fault.do))
    cannot(
      `do ${fault.do}`,
      `It does ${KERNEL_ACTIONS.join(', ')}; the relay or the packet engine does others.`,
    );
  if (fault.do === 'withhold-ack' && point?.direction === 'request')
    cannot(
      'withhold the acknowledgement of a request: it is sent before any program has read the request',
      'Use response.leaving, or half-open.',
    );
  if (fault.do === 'reset' && fault.end !== undefined && fault.end !== 'both')
    cannot(`reset only the ${fault.end}`, 'Leave `end` out, or let the relay do it (layer: relay).');
  if (fault.do === 'reset' && (point?.class === 'connect' || point?.class === 'tls'))
    cannot(`reset at ${fault.at}`, 'Use layer: relay, or refuse.');
  if (fault.do === 'loss' && (fault.burst ?? 1) > 1)
    cannot('lose packets in bursts', 'The packet engine does (layer: packet).');
  if (fault.times !== undefined && fault.times !== 1)
    cannot('strike more than once', 'State the fault again in a later step, or use layer: relay.');
  if (fault.do === 'refuse' && point?.class !== 'connect')
    cannot(`refuse at ${fault.at}`, 'Use connect, or layer: relay.');
  if (point?.class === 'connect' && fault.nth > 1)
    cannot('wait for a later connection', 'Use a point of a message, or layer: relay.');
  if (point?.class === 'stream' && probabilityOrWho(fault))
    cannot('tell messages of a stream apart', 'Leave out what says which, or use a point of a message.');
  const whole = !isOfOneConnection(fault);
  if (whole && typeof fault.heal === 'object' && 'on' in fault.heal)
    cannot(
      'heal this on an event: nothing of the terminal arrives to tell of it',
      'Heal it after a time, or with the next step.',
    );
}

/** @throws NETWORK_FAULT, blame bench */
export function refuseBy(layer: string, what: string, hint: string): never {
  throw new RigError('NETWORK_FAULT', 'bench', `the ${layer} layer cannot ${what}`, { hint });
}

const probabilityOrWho = ({ probability, region, connection }: Fault): boolean =>
  probability !== undefined || region !== undefined || connection !== undefined;
