import { once } from 'node:events';
import { SerialPort } from 'serialport';
import { median, report } from '../../rig/house/measure.ts';
import { splitLines } from '../codec/framing/lines.ts';
import { tellsOfDeath } from './death.ts';
import { openSerial } from './serial.ts';
import { teeInto } from './tee.ts';
import { type EchoPty, makeEchoPty } from './testing/echo-pty.ts';

/**
 * How long a question and its answer take on a serial port, with everything on that a run has on (bytes into the journal
 * with their time, lines, death patterns), beside the bare stream of `serialport` on the same pseudo-terminal; then 64
 * ports at once in one process.
 */
const TRIPS = 3000;
const ROUNDS = 5;
const PORTS = 64;
/** What a keypad controller answers to a status request. */
const QUESTION = new TextEncoder().encode('<Idle|MPos:-130.000,-70.000,-16.000|FS:0,0>\n');

/** Asks once and resolves when the whole answer has come. */
type Trip = () => Promise<void>;
type Opened = { readonly trip: Trip; close(): Promise<void> };

function trips(write: (bytes: Uint8Array) => void): { readonly trip: Trip; take(count: number): void } {
  let missing = 0;
  let answered = () => {};
  return {
    take(count) {
      missing -= count;
      if (missing === 0) answered();
    },
    trip: () =>
      new Promise((resolve) => {
        missing = QUESTION.length;
        answered = resolve;
        write(QUESTION);
      }),
  };
}

/** What a journal does with an event before anybody writes it to disk. */
const recorded: { at: number; type: string }[] = [];
const recorder = {
  record: (event: { readonly type: string }) => {
    recorded.push({ at: performance.now(), type: event.type });
    if (recorded.length > 10_000) recorded.length = 0;
  },
  attach: (name: string, mime: string) => ({ id: name, path: name, mime, bytes: 0, sha256: '' }),
};

async function ours({ path }: EchoPty): Promise<Opened> {
  const stream = await openSerial({ path, baud: 115_200, what: 'echo' }, teeInto(recorder, 'keypad', 'echo'));
  const { trip, take } = trips((bytes) => void stream.write(bytes));
  const lines = splitLines(4096);
  stream.onData((chunk) => {
    for (const item of lines.push(chunk))
      if ('line' in item && tellsOfDeath(item.line)) throw new Error(item.line);
    take(chunk.length);
  });
  return { trip, close: () => stream.close() };
}

async function theirs({ path }: EchoPty): Promise<Opened> {
  const port = new SerialPort({ path, baudRate: 115_200 });
  await once(port, 'open');
  const { trip, take } = trips((bytes) => void port.write(bytes));
  port.on('data', (chunk: Buffer) => take(chunk.length));
  return {
    trip,
    async close() {
      port.close();
      await once(port, 'close');
    },
  };
}

/** Median of a trip, ms, and trips in a second. */
async function single(open: (echo: EchoPty) => Promise<Opened>, echo: EchoPty) {
  const { trip, close } = await open(echo);
  const took: number[] = [];
  const began = performance.now();
  for (let i = 0; i < TRIPS; i++) {
    const asked = performance.now();
    await trip();
    took.push(performance.now() - asked);
  }
  const seconds = (performance.now() - began) / 1000;
  await close();
  return { p50: median(took), rate: TRIPS / seconds };
}

/** Trips in a second over all ports together, each asking again as soon as it has its answer. */
async function together(
  open: (echo: EchoPty) => Promise<Opened>,
  echoes: readonly EchoPty[],
): Promise<number> {
  const opened = await Promise.all(echoes.map(open));
  const each = Math.ceil((2 * TRIPS) / echoes.length);
  const began = performance.now();
  await Promise.all(
    opened.map(async ({ trip }) => {
      for (let i = 0; i < each; i++) await trip();
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  await Promise.all(opened.map(({ close }) => close()));
  return (each * echoes.length) / seconds;
}

const echoes = await Promise.all(Array.from({ length: PORTS }, makeEchoPty));
const [first] = echoes;
if (!first) throw new Error('no pseudo-terminal');
const found: { ours: { p50: number; rate: number }; theirs: { p50: number; rate: number } }[] = [];
for (let round = 0; round <= ROUNDS; round++) {
  const one = { ours: await single(ours, first), theirs: await single(theirs, first) };
  if (round > 0) found.push(one);
}
const all: { ours: number; theirs: number }[] = [];
for (let round = 0; round <= 2; round++) {
  const one = { ours: await together(ours, echoes), theirs: await together(theirs, echoes) };
  if (round > 0) all.push(one);
}
const of = (pick: (one: (typeof found)[number]) => number) => median(found.map(pick));
report([
  {
    name: 'serial round trip, p50',
    value: of((one) => one.ours.p50),
    unit: 'ms',
    beside: { name: 'bare serialport', value: of((one) => one.theirs.p50) },
    atMost: 2,
  },
  {
    name: 'serial round trips, one port',
    value: of((one) => one.ours.rate),
    unit: '/s',
    beside: { name: 'asked for', value: 5000 },
    atLeast: 1,
  },
  {
    name: 'serial round trips, one port',
    value: of((one) => one.ours.rate),
    unit: '/s',
    beside: { name: 'bare serialport', value: of((one) => one.theirs.rate) },
    atLeast: 1,
  },
  {
    name: `serial round trips, ${PORTS} ports at once`,
    value: median(all.map((one) => one.ours)),
    unit: '/s',
    beside: { name: 'bare serialport', value: median(all.map((one) => one.theirs)) },
    atLeast: 0.5,
  },
]);
await Promise.all(echoes.map((echo) => echo.end()));
