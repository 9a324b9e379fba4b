import { createServer } from 'node:net';

/**
 * The host of the measurements, a program of its own: answers every request of so many bytes with the frame given.
 * `echo.ts <request bytes> <response hex>`; says its port on standard output; ends with its standard input.
 */
const [size = '200', hex = ''] = process.argv.slice(2);
const requestBytes = Number(size);
const response = Buffer.from(hex, 'hex');

const server = createServer({ noDelay: true }, (socket) => {
  let pending = 0;
  socket.on('data', (chunk) => {
    pending += chunk.length;
    for (; pending >= requestBytes; pending -= requestBytes) socket.write(response);
  });
  socket.on('error', () => {});
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
