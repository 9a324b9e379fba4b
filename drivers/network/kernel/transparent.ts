import { spawn } from 'node:child_process';
import { Server } from 'node:net';
import { RigError } from '../../../rig/model/errors.ts';
import { type Endpoint, hostPort } from '../endpoint.ts';
import { ADMIN_PATH } from './command.ts';
import type { Creation } from './creation.ts';
import { MOST_EXITS, tableOf } from './routes.ts';

/** How long the helper may take to start and to hand the socket over, wall ms. */
const HELPER_WALL_MS = 20_000;

/** Mark of packets that are led to this machine though their destination is elsewhere. */
export const LED_HERE = '0x50050173';

/** Before the main table, behind the rules of administrators; beside those of regions. */
const PREFERENCE = '17299';

/**
 * Node cannot set a socket option, so python3 does: it opens the socket as transparent (IP_TRANSPARENT 19 of ip(7),
 * IPV6_TRANSPARENT 75), binds it, listens, hands the descriptor over the channel on which Node's child processes pass
 * sockets (one line of JSON with the descriptor beside it), and ends when that is taken. Needs CAP_NET_ADMIN.
 */
const HELPER = `
import array, json, os, socket, sys
host, port = sys.argv[1], int(sys.argv[2])
six = ":" in host
listening = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_STREAM)
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listening.setsockopt(41 if six else 0, 75 if six else 19, 1)
listening.bind((host, port))
listening.listen(511)
channel = socket.socket(fileno=int(os.environ["NODE_CHANNEL_FD"]))
line = json.dumps({"cmd": "NODE_HANDLE", "type": "net.Server", "msg": {}}) + "\\n"
channel.sendmsg([line.encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [listening.fileno()]))])
channel.recv(4096)
`;

/**
 * A socket that listens on an address of this machine (port 0 takes a free one) and takes connections that TPROXY rules
 * lead to it; each of them has as its own address the one that was dialled.
 * @throws NETWORK_KERNEL, blame bench; with the code EADDRINUSE for a port that is taken
 */
export async function listenTransparently(at: Endpoint): Promise<Server> {
  const helper = spawn('python3', ['-c', HELPER, at.host, String(at.port)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, PATH: ADMIN_PATH },
    timeout: HELPER_WALL_MS,
    killSignal: 'SIGKILL',
  });
  let said = '';
  helper.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-2000);
  });
  try {
    return await new Promise<Server>((resolve, reject) => {
      helper.once('message', (_: unknown, handle: unknown) => {
        if (handle instanceof Server) resolve(handle);
        else reject(failure(at, 'it came without the socket'));
      });
      helper.once('error', (error) => reject(failure(at, error.message)));
      helper.once('close', () =>
        reject(failure(at, said.trim().split('\n').at(-1) || 'the helper ended without a word')),
      );
    });
  } finally {
    if (helper.connected) helper.disconnect();
  }
}

/** Routes what carries the mark to this machine, by a rule and a table of its own; the main table stays as it is. */
export async function routeMarkedHere(creation: Creation, family: 'ip' | 'ip6'): Promise<void> {
  const table = tableOf(MOST_EXITS);
  const six = family === 'ip6' ? 6 : undefined;
  await creation.route(['local', six ? '::/0' : '0.0.0.0/0', 'dev', 'lo', 'table', table]);
  await creation.rule(['fwmark', LED_HERE, 'lookup', table, 'pref', PREFERENCE], undefined, six);
}

function failure(at: Endpoint, why: string): Error {
  if (/address already in use/i.test(why)) return Object.assign(new Error(why), { code: 'EADDRINUSE' });
  return new RigError('NETWORK_KERNEL', 'bench', `no transparent socket on ${hostPort(at)}: ${why}`, {
    hint: 'It takes python3 and CAP_NET_ADMIN; `posrig doctor` tries it. Or lead packets by translation: by: dnat.',
  });
}
