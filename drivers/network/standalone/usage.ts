import { RigError } from '../../../rig/model/errors.ts';
import { type Endpoint, splitHostPort } from '../endpoint.ts';

/** A wrong command line: USAGE, blame file. */
export const wrong = (message: string, hint: string): RigError =>
  new RigError('USAGE', 'file', message, { hint });

/** `host:port`, or a port alone, which is one of 127.0.0.1. @throws USAGE for anything else */
export function addressOf(option: string, text: string): Endpoint {
  const address = splitHostPort(text.includes(':') ? text : `:${text}`);
  if (!address)
    throw wrong(`${option} ${text}: expected host:port`, 'For example 127.0.0.1:8583 or [::1]:8583.');
  return { ...address, host: address.host || '127.0.0.1' };
}
