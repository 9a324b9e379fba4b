import { createServer, type Socket } from 'node:net';

/** A device as an adb server sees it. */
export interface ServedDevice {
  readonly serial: string;
  readonly state: 'device' | 'unauthorized' | 'offline';
  /** What a command gives, before the connection of that command ends. */
  readonly run: (command: string, socket: Socket) => void;
}

/** An adb server as a peer of tests: requests with four digits of length, OKAY or FAIL, then the stream of a service. */
export async function serveAdbServer(devices: readonly ServedDevice[]) {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const okay = (body?: string) =>
    `OKAY${body === undefined ? '' : body.length.toString(16).padStart(4, '0') + body}`;
  const fail = (why: string) => `FAIL${why.length.toString(16).padStart(4, '0')}${why}`;
  const choose = (serial: string | undefined): ServedDevice | string => {
    const fitting = devices.filter((device) => serial === undefined || device.serial === serial);
    if (fitting.length > 1) return 'more than one device/emulator';
    const [device] = fitting;
    if (!device) return serial === undefined ? 'no devices/emulators found' : `device '${serial}' not found`;
    if (device.state === 'device') return device;
    return device.state === 'offline'
      ? 'device offline'
      : "device unauthorized.\nThis adb server's $ADB_VENDOR_KEYS is not set\nTry 'adb kill-server' if that seems wrong.";
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let held = '';
    let chosen: ServedDevice | undefined;
    const answer = (request: string): void => {
      asked.push(request);
      if (request === 'host:version') return void socket.end(okay('0029'));
      if (/^host:(?:host-)?features$/.test(request)) return void socket.end(okay('shell_v2,cmd'));
      if (/^host:devices/.test(request))
        return void socket.end(okay(devices.map(({ serial, state }) => `${serial}\t${state}\n`).join('')));
      if (/wait-for-any-disconnect$/.test(request)) return void socket.write('OKAY');
      const found = /^host(?:-serial:(.+?))?:features$/.exec(request);
      if (found || /^host-transport-id:\d+:features$/.test(request)) return void socket.end(okay('shell_v2'));
      const transport = /^host:(?:tport:(?:serial:(.+)|any)|transport-(?:id:(\d+)|any)|transport:(.+))$/.exec(
        request,
      );
      if (transport) {
        const [, serial, id, other] = transport;
        const device = id === undefined ? choose(serial ?? other) : (devices[Number(id) - 1] ?? 'not found');
        if (typeof device === 'string') return void socket.end(fail(device));
        chosen = device;
        socket.write('OKAY');
        if (request.startsWith('host:tport:')) {
          const bytes = Buffer.alloc(8);
          bytes.writeBigUInt64LE(BigInt(devices.indexOf(device) + 1));
          socket.write(bytes);
        }
        return;
      }
      const command = /^(?:exec|shell):(.*)$/s.exec(request)?.[1];
      if (chosen && command !== undefined) {
        socket.write('OKAY');
        chosen.run(command, socket);
        return;
      }
      socket.end(fail(`unknown request ${request}`));
    };
    socket.on('data', (chunk) => {
      held += chunk.toString('latin1');
      for (;;) {
        const length = Number.parseInt(held.slice(0, 4), 16);
        if (held.length < 4 || Number.isNaN(length) || held.length < 4 + length) return;
        const request = held.slice(4, 4 + length);
        held = held.slice(4 + length);
        answer(request);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  return {
    address: `127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
