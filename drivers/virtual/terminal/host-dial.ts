import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { connect as openSocket, type Socket } from 'node:net';
import { connect as openTls } from 'node:tls';

/** How the terminal finds its acquirer and proves who answers, beyond an address. */
export interface DialSetup {
  /** Name in its parameters: looked up, and what the acquirer's certificate must be for. */
  readonly name: string;
  /** Name server that it asks, `address:port`; absent: the address in its parameters stands. */
  readonly resolver?: string;
  /** PEM file of the authority that is installed in it; absent: plain TCP. Read at every connection, as it may be made later. */
  readonly trust?: string;
}

/** An attempt to connect that can be given up. */
export interface Attempt {
  /** The connection, TLS and all; undefined when there is none. Never rejects. */
  readonly made: Promise<Socket | undefined>;
  /** Ends whatever is under way. */
  abandon(): void;
}

/** Dials: looks the name up, connects, and speaks TLS, as far as the setup asks for it. */
export function dial(
  address: { readonly host: string; readonly port: number },
  setup: DialSetup | undefined,
): Attempt {
  const undo: (() => void)[] = [];
  let abandoned = false;
  const made = (async () => {
    const host =
      setup?.resolver === undefined ? address.host : await lookUp(setup.name, setup.resolver, undo);
    if (host === undefined || abandoned) return undefined;
    const socket = openSocket({ host, port: address.port, noDelay: true });
    undo.push(() => socket.destroy());
    if (!(await happens(socket, 'connect')) || abandoned) return undefined;
    if (setup?.trust === undefined) return socket;
    const secured = openTls({
      socket,
      ca: readFileSync(setup.trust),
      servername: setup.name,
      minVersion: 'TLSv1.2',
    });
    undo.push(() => secured.destroy());
    return (await happens(secured, 'secureConnect')) ? secured : undefined;
  })();
  return {
    made: made.catch(() => undefined),
    abandon: () => {
      abandoned = true;
      for (const end of undo.splice(0)) end();
    },
  };
}

async function lookUp(name: string, resolver: string, undo: (() => void)[]): Promise<string | undefined> {
  const asked = new Resolver({ tries: 1 });
  asked.setServers([resolver]);
  undo.push(() => asked.cancel());
  return (await asked.resolve4(name))[0];
}

/** True once it happens; false when the socket closes before. */
function happens(socket: Socket, event: 'connect' | 'secureConnect'): Promise<boolean> {
  socket.on('error', () => undefined); // 'close' follows, and is what counts
  return new Promise((resolve) => {
    socket.once(event, () => resolve(true));
    socket.once('close', () => resolve(false));
  });
}
