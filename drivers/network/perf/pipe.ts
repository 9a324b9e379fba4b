import { connect, createServer } from 'node:net';

/**
 * The least that a relay in Node can be, a program of its own: both sockets piped into each other, nothing looked at.
 * `pipe.ts <port of the host>`; says its port; ends with its standard input.
 */
const to = Number(process.argv[2]);
const server = createServer({ noDelay: true, allowHalfOpen: true }, (terminal) => {
  const host = connect({ port: to, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  for (const [socket, other] of [
    [terminal, host],
    [host, terminal],
  ] as const) {
    socket.pipe(other);
    socket.on('error', () => {});
    socket.on('close', () => other.destroy());
  }
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
