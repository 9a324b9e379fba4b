import { createServer } from 'node:net';

/** A program for tests: a host that sends back what it gets, on the address and port named; ends with its input. */
const [address, port] = process.argv.slice(2);
const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.pipe(socket);
});
server.listen({ host: address, port: Number(port) }, () => process.stdout.write('ready\n'));
process.stdin.resume();
process.stdin.once('end', () => process.exit(0));
