import { connect, createServer } from 'node:net';

/**
 * The best method to hold bytes for a time that is known here, and nothing else, a program of its own: a timer until
 * 2 ms before, then turn after turn of the loop. `held-pipe.ts <port of the host> <ms>`: responses are held for so long; says its
 * port; ends with its standard input.
 */
const [to = '', held = ''] = process.argv.slice(2);
const ms = Number(held);
const WATCH_MS = 2;

function hold(then: () => void): void {
  const due = performance.now() + ms;
  const watch = () => {
    if (performance.now() >= due) then();
    else setImmediate(watch);
  };
  if (ms > WATCH_MS) setTimeout(watch, ms - WATCH_MS);
  else watch();
}

const server = createServer({ noDelay: true }, (terminal) => {
  const host = connect({ port: Number(to), host: '127.0.0.1', noDelay: true });
  terminal.on('data', (bytes) => host.write(bytes));
  host.on('data', (bytes) => hold(() => terminal.write(bytes)));
  for (const [socket, other] of [
    [terminal, host],
    [host, terminal],
  ] as const) {
    socket.on('error', () => {});
    socket.on('close', () => other.destroy());
  }
});
server.listen({ port: 0, host: '127.0.0.1' }, () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
