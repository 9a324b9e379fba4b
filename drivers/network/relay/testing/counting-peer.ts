import { connect, createServer } from 'node:net';

/*
 * A peer that is a program of its own: it dials (argument `dial <port> <hex>`) or listens (`listen <hex>`), sends its message
 * once on every connection and counts what it receives. It writes one line a connection when that has ended: the bytes, hex.
 * The parent's input says how many connections to make, one after the other: a line each.
 */
const [, , role, ...rest] = process.argv;
const say = (text: string) => process.stdout.write(`${text}\n`);

if (role === 'listen') {
  const message = Buffer.from(rest[0] ?? '', 'hex');
  const server = createServer({ noDelay: true }, (socket) => {
    const got: Buffer[] = [];
    if (message.length > 0) socket.write(message);
    socket.on('data', (chunk) => got.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => say(Buffer.concat(got).toString('hex')));
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') say(String(address.port));
  });
  process.stdin.on('end', () => process.exit());
  process.stdin.resume();
} else {
  const [port, hex = ''] = rest;
  const message = Buffer.from(hex, 'hex');
  process.stdin.on('data', () => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
    const got: Buffer[] = [];
    socket.on('connect', () => message.length > 0 && socket.write(message));
    socket.on('data', (chunk) => got.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => say(Buffer.concat(got).toString('hex')));
  });
  process.stdin.on('end', () => process.exit());
}
