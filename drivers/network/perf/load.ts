import { connect, type Socket } from 'node:net';

/**
 * The load of the measurements, a program of its own: so many connections, each of which sends a request and waits for
 * its whole response before the next. `load.ts <port> <connections> <wall ms> <response bytes> <request hex>`; says
 * `measuring` when it is warm, then one JSON object: round trips that count, round trips in all, µs at p50 and p99,
 * connections that were lost.
 */
const [port = '', connections = '', wallMs = '', responseSize = '', hex = ''] = process.argv.slice(2);
const request = Buffer.from(hex, 'hex');
const responseBytes = Number(responseSize);
const WARM_UP = 0.2;

const sockets: Socket[] = [];
const trips: number[] = [];
let lost = 0;
let all = 0;
let measuring = false;
let over = false;

function converse(socket: Socket): void {
  let received = 0;
  let since = process.hrtime.bigint();
  const send = () => {
    since = process.hrtime.bigint();
    socket.write(request);
  };
  socket.on('data', (chunk) => {
    received += chunk.length;
    if (received < responseBytes) return;
    received -= responseBytes;
    all++;
    if (measuring) trips.push(Number(process.hrtime.bigint() - since) / 1000);
    if (!over) send();
  });
  socket.on('close', () => {
    if (!over) lost++;
  });
  socket.on('error', () => {});
  send();
}

const open = () =>
  new Promise<Socket>((resolve, reject) => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });

for (let i = 0; i < Number(connections); i++) sockets.push(await open());
for (const socket of sockets) converse(socket);
setTimeout(() => {
  measuring = true;
  process.stdout.write('measuring\n');
  const since = performance.now();
  setTimeout(() => {
    measuring = false;
    over = true;
    const seconds = (performance.now() - since) / 1000;
    trips.sort((a, b) => a - b);
    const at = (share: number) => trips[Math.floor(share * (trips.length - 1))] ?? 0;
    process.stdout.write(
      `${JSON.stringify({ trips: trips.length, all, rate: trips.length / seconds, p50: at(0.5), p99: at(0.99), lost })}\n`,
    );
    for (const socket of sockets) socket.destroy();
  }, Number(wallMs));
}, Number(wallMs) * WARM_UP);
