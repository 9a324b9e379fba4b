import { once } from 'node:events';
import { SerialPort } from 'serialport';
import { median, report } from '../../rig/house/measure.ts';
import { openSerial } from './serial.ts';
import { makeEchoPty } from './testing/echo-pty.ts';

/**
 * What a question and its answer cost on a serial port, all threads of the process together, beside the stream that
 * `serialport` itself offers. The other end is an echo outside this process: a pseudo-terminal whose output is its input.
 */
const EXCHANGES = 1000;
const ROUNDS = 7;
const QUESTION = new TextEncoder().encode('<Idle|MPos:-130.000,-70.000,-16.000|FS:0,0>\r\n');

const echo = await makeEchoPty();
const { path } = echo;

type Exchange = () => Promise<void>;

/** Processor time of one exchange, µs. */
async function cost(exchange: Exchange): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < EXCHANGES; i++) await exchange();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / EXCHANGES;
}

/** Asks by `write` and resolves when as many bytes have come back. */
function exchanges(
  write: (bytes: Uint8Array) => void,
  listen: (take: (chunk: Uint8Array) => void) => void,
): Exchange {
  let missing = 0;
  let answered = () => {};
  listen((chunk) => {
    missing -= chunk.length;
    if (missing === 0) answered();
  });
  return () =>
    new Promise((resolve) => {
      missing = QUESTION.length;
      answered = resolve;
      write(QUESTION);
    });
}

async function ours(): Promise<number> {
  const tee = { bytes: () => {}, unseen: () => {}, withheld: () => {}, link: () => {} };
  const stream = await openSerial({ path, baud: 115_200, what: 'echo' }, tee);
  const result = await cost(
    exchanges(
      (bytes) => void stream.write(bytes),
      (take) => void stream.onData(take),
    ),
  );
  await stream.close();
  return result;
}

async function theirs(): Promise<number> {
  const port = new SerialPort({ path, baudRate: 115_200 });
  await once(port, 'open');
  const result = await cost(
    exchanges(
      (bytes) => void port.write(bytes),
      (take) => void port.on('data', take),
    ),
  );
  port.close();
  await once(port, 'close');
  return result;
}

const found: { readonly ours: number; readonly theirs: number }[] = [];
for (let round = 0; round <= ROUNDS; round++) {
  const one = { ours: await ours(), theirs: await theirs() };
  if (round > 0) found.push(one);
}
report([
  {
    name: 'serial exchange, processor time',
    value: median(found.map((each) => each.ours)),
    unit: 'µs',
    beside: { name: "serialport's stream", value: median(found.map((each) => each.theirs)) },
    atMost: 0.7,
  },
]);
await echo.end();
