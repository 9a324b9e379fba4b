import { connect } from 'node:net';
import { RigError } from '../../rig/model/errors.ts';

const CONNECT_WALL_MS = 5000;
/** How long the far end may take to hang up when this one has, wall ms. */
const HANG_UP_WALL_MS = 1000;

/**
 * Tries a way by TCP and sends nothing: connects, hangs up, and waits until the far end has hung up as well, which shows
 * that whoever stands between the two has passed it on. `kept`: the far end keeps its side open, as some do.
 * Errors: TRANSPORT_OPEN when nobody listens, or the connection is reset.
 * @param address `host:port`, IPv6 in brackets; an unspecified address is that of this machine
 */
export function throughAndBack(
  address: { readonly host: string; readonly port: number },
  what: string,
): Promise<'closed' | 'kept'> {
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address.host] ?? address.host;
  const socket = connect({ host, port: address.port, noDelay: true });
  return new Promise<'closed' | 'kept'>((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => {});
      socket.destroy();
      act();
    };
    const fail = (why: string, cause?: Error) =>
      settle(() =>
        reject(
          new RigError('TRANSPORT_OPEN', 'bench', `${what} (${host}:${address.port}): ${why}`, {
            cause,
            hint: 'Is everything on the way up? Look at the addresses in the bench file.',
          }),
        ),
      );
    let timer = setTimeout(() => fail('nobody answers'), CONNECT_WALL_MS);
    socket.once('error', (error) => fail(error.message, error));
    socket.once('connect', () => {
      clearTimeout(timer);
      timer = setTimeout(() => settle(() => resolve('kept')), HANG_UP_WALL_MS);
      socket.once('end', () => settle(() => resolve('closed')));
      socket.resume().end();
    });
  });
}
