import type { FuzzTask } from '../../rig/house/fuzz-task.ts';
import { isRigError } from '../../rig/model/errors.ts';
import { framingOf } from '../codec/ecr/framing.ts';
import { writeMessage } from '../codec/ecr/message.ts';
import type { Protocol } from '../codec/ecr/protocol.ts';
import { bareApdu } from '../codec/framing/bare-apdu.ts';
import { dleCrc } from '../codec/framing/dle-crc.ts';
import type { TwoWayFraming } from '../codec/framing/scanner.ts';
import { isControlField } from '../codec/zvt/catalogue.ts';
import { manualClock } from '../virtual/terminal/testing/manual-clock.ts';
import { ecrTill, zvtTill } from '../virtual/till/till-port.ts';
import { makeTill } from './ecr/driver.ts';
import { loadProtocol, protocolNames } from './protocol-file.ts';
import { type Dice, hostileLink } from './testing/hostile-link.ts';
import { paperTerminal, paperWire } from './testing/paper-terminal.ts';
import { makeZvtTill } from './zvt/driver.ts';

const RECORDER = {
  record: () => undefined,
  attach: (name: string, mime: string) => ({ id: name, path: name, mime, bytes: 0, sha256: '' }),
};
const BUS = { wanted: false, underWay: false, publish: () => {} };
const SALE = { kind: 'sale', amount: { minor: 250, currency: 'CNY' } } as const;
/** Longer than any patience of a till, nominal ms. */
const FOR_EVER = 4_000_000;
/** Until both ends have given up what they were about, nominal ms. */
const UNTIL_QUIET = 900_000;

interface Ends {
  readonly name: string;
  readonly serial: boolean;
  readonly protocol: Protocol | undefined;
}

/** Every protocol, over all that it is spoken over. */
export const allEnds = (): Ends[] => [
  { name: 'zvt', serial: true, protocol: undefined },
  { name: 'zvt', serial: false, protocol: undefined },
  ...protocolNames().flatMap((name) => {
    const protocol = loadProtocol(name);
    const { serial, tcp } = protocol.links;
    return [serial && { name, serial: true, protocol }, tcp && { name, serial: false, protocol }].filter(
      (ends) => ends !== undefined,
    );
  }),
];

/**
 * A till and a terminal, and something between them that changes what they say to each other and keeps every frame whole:
 * neither dies, the order comes to an end, and once the line is honest again the next payment is paid, once.
 */
export async function fuzz({ count, seed, progress }: FuzzTask): Promise<string> {
  const ends = allEnds();
  const dice = generator(seed);
  let refused = 0;
  for (let run = 0; run < count; run++) {
    const pair = ends[run % ends.length];
    if (!pair) throw new Error('there is no protocol');
    try {
      refused += await once(pair, dice);
    } catch (error) {
      const over = pair.serial ? 'serial' : 'TCP';
      throw new Error(`${pair.name}, ${over}, run ${run} of seed ${seed}: ${(error as Error).stack}`);
    }
    progress(run);
  }
  return `${count} conversations of ${ends.length} kinds; ${refused} orders found no terminal`;
}

/** @returns 1 when the till gave the hostile order up before it was under way */
async function once({ name, serial, protocol }: Ends, dice: Dice): Promise<number> {
  const clock = manualClock();
  const terminal = paperTerminal(clock);
  const wire = paperWire(serial, terminal, clock, protocol ? ecrTill(protocol) : zvtTill());
  const setup = serial ? protocol?.links.serial : protocol?.links.tcp;
  const framing: TwoWayFraming = setup
    ? framingOf(setup.framing)
    : serial
      ? dleCrc()
      : bareApdu({ known: isControlField });
  const link = hostileLink(framing, dice, protocol ? messagesOf(protocol) : ZVT_MESSAGES);
  const connect = async () => link.through(await wire());
  const context = { clock, recorder: RECORDER };
  const till = protocol
    ? makeTill(protocol, { currency: 'CNY' }, context, connect)
    : makeZvtTill(
        {
          ...(serial ? { port: '/dev/paper' } : { tcp: 'paper:1' }),
          baud: 9600,
          password: '000000',
          currency: 'CNY',
        },
        { ...context, bus: BUS, columns: 32 },
        connect,
      );
  const order = async () => {
    let done = false;
    const ordered = till.order(SALE).finally(() => {
      done = true;
    });
    ordered.catch(() => {});
    for (let waited = 0; !done && waited < FOR_EVER; waited += 20_000) await clock.advance(20_000);
    if (!done) throw new Error('the till waits for ever');
    return ordered;
  };
  link.hostile = true;
  let gaveUp = 0;
  try {
    await order();
  } catch (error) {
    if (!isRigError(error)) throw error;
    gaveUp = 1;
  }
  link.hostile = false;
  await clock.advance(UNTIL_QUIET);
  const before = terminal.book.length;
  const { outcome } = await order();
  const paid = terminal.book.length - before;
  if (outcome !== 'approved' || paid !== 1)
    throw new Error(`${name}: the next payment is ${outcome}, and was made ${paid} times`);
  return gaveUp;
}

/** Each message of the protocol once, with something in every field. */
const messagesOf = (protocol: Protocol): Uint8Array[] =>
  Object.keys(protocol.messages).map((name) =>
    writeMessage(protocol, name, {
      values: { amount: '250', result: 'approved', stan: '000042', 'auth-code': '654321', text: 'READY' },
    }),
  );

const ZVT_MESSAGES = [
  '06000C00000000BA0156030006021A00',
  '06010704000000000250',
  '060A00',
  '0620050000000303',
  '05010403000000',
  '06500300000',
  '06B000',
  '800000',
  '849C00',
  '040F0227006C',
  '04FF010A',
  '060F00',
  '061E016C',
  '06D10400414243',
  '06D30806060207040141',
].map((hex) => Buffer.from(hex.slice(0, hex.length & ~1), 'hex'));

/** Whole numbers below a bound; xorshift32. */
function generator(seed: number): Dice {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % Math.max(1, below);
  };
}
