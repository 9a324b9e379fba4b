import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { z } from 'zod';
import { RigError } from '../../../rig/model/errors.ts';
import { Addresses } from '../../../rig/model/region.ts';

/*
 * The look-ups of a terminal that dials its acquirer by name (RFC 1035). A terminal of the bench asks this responder; it
 * answers one name with the relay's own address, and fails as faults want it to. It forwards nothing.
 */

export const DnsOptions = z
  .strictObject({
    listen: z
      .string()
      .regex(/^(\[[^\]]+\]|[^:[\]]+):\d{1,5}$/, { error: 'expected host:port' })
      .describe('UDP address that the terminal asks'),
    name: z.string().min(1).max(253).describe('the name that it dials'),
    address: Addresses.optional().describe(
      'address of the relay as the terminal reaches it, IPv4 or IPv6, or a list of both; default: where it listens',
    ),
  })
  .describe('answers the look-ups of a terminal that dials by name, so that they can fail');

/** What becomes of a query. */
export type DnsAnswer =
  | { readonly do: 'address'; readonly addresses: readonly string[] }
  | { readonly do: 'nxdomain' }
  | { readonly do: 'silence' };

export interface DnsQuestion {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  /** Bytes of the question section, for the answer. */
  readonly section: Uint8Array;
}

const TYPE_A = 1;
const TYPE_AAAA = 28;
const CLASS_IN = 1;
/** Answers are forgotten at once: the next look-up must meet the next fault. */
const TTL_S = 0;

/** Reads a query with one question; undefined for anything else. Never throws. */
export function readQuestion(packet: Uint8Array): DnsQuestion | undefined {
  const view = Buffer.from(packet.buffer, packet.byteOffset, packet.length);
  // A query (QR 0, OPCODE 0) with exactly one question.
  if (view.length < 17 || (view.readUInt16BE(2) & 0xf800) !== 0 || view.readUInt16BE(4) !== 1)
    return undefined;
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = view[at];
    if (length === undefined || length > 63) return undefined;
    at++;
    if (length === 0) break;
    if (at + length > view.length || labels.length > 127) return undefined;
    labels.push(view.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > view.length || view.readUInt16BE(at + 2) !== CLASS_IN) return undefined;
  return {
    id: view.readUInt16BE(0),
    name: labels.join('.').toLowerCase(),
    type: view.readUInt16BE(at),
    section: view.subarray(12, at + 4),
  };
}

/** The answer to a question: the addresses of the type asked for (A, AAAA), none of that type, or no such name. */
export function writeAnswer(question: DnsQuestion, answer: Exclude<DnsAnswer, { do: 'silence' }>): Buffer {
  const found = answer.do === 'address' ? addressesOf(question.type, answer.addresses) : [];
  const head = Buffer.alloc(12);
  head.writeUInt16BE(question.id, 0);
  // A response (QR), authoritative (AA), recursion desired and available; RCODE 3: no such name.
  head.writeUInt16BE(0x8580 | (answer.do === 'nxdomain' ? 3 : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(found.length, 6);
  return Buffer.concat([head, question.section, ...found.map((address) => recordOf(question.type, address))]);
}

/** Addresses of one type, as they stand in a record (RFC 1035, RFC 3596). */
function addressesOf(type: number, addresses: readonly string[]): readonly Uint8Array[] {
  if (type === TYPE_A)
    return addresses.filter(isIPv4).map((text) => Uint8Array.from(text.split('.'), Number));
  if (type === TYPE_AAAA) return addresses.filter(isIPv6).map(sixteenBytes);
  return [];
}

function recordOf(type: number, address: Uint8Array): Buffer {
  const record = Buffer.alloc(12);
  // The name stands at offset 12 already.
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(CLASS_IN, 4);
  record.writeUInt32BE(TTL_S, 6);
  record.writeUInt16BE(address.length, 10);
  return Buffer.concat([record, address]);
}

/** An IPv6 address as bytes; its zone, if it has one, is of this machine only. */
function sixteenBytes(text: string): Uint8Array {
  // Without the dotted end that stands for the last two groups.
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text.split('%')[0] ?? '');
  const plain = dotted
    ? `${dotted[1]}${group(dotted[2], dotted[3])}:${group(dotted[4], dotted[5])}`
    : new SocketAddress({ address: text.split('%')[0] ?? '', family: 'ipv6' }).address;
  const [before = '', after] = plain.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const head = groups(before);
  const tail = after === undefined ? [] : groups(after);
  const all = [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail];
  return Uint8Array.from(
    all.flatMap((hex) => [Number.parseInt(hex, 16) >> 8, Number.parseInt(hex, 16) & 0xff]),
  );
}

const group = (high = '0', low = '0') => ((Number(high) << 8) | Number(low)).toString(16);

/** The responder on its UDP port. */
export class DnsResponder {
  readonly #socket: Socket;
  readonly #decide: (name: string) => DnsAnswer;

  private constructor(socket: Socket, decide: (name: string) => DnsAnswer) {
    this.#socket = socket;
    this.#decide = decide;
    socket.on('message', (packet, from) => this.#answer(packet, from));
  }

  /**
   * @param decide what a look-up of a name (small letters) meets
   * @throws TRANSPORT_OPEN, blame bench
   */
  static open(
    { host, port }: { readonly host: string; readonly port: number },
    decide: (name: string) => DnsAnswer,
  ): Promise<DnsResponder> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    return new Promise((resolve, reject) => {
      socket.once('error', (cause) =>
        reject(
          new RigError('TRANSPORT_OPEN', 'bench', `the relay cannot answer look-ups on ${host}:${port}`, {
            cause,
            hint: 'Check that the address is one of this machine and that nothing else uses the port.',
          }),
        ),
      );
      socket.bind(port, host, () => {
        socket.removeAllListeners('error').on('error', () => {});
        resolve(new DnsResponder(socket, decide));
      });
    });
  }

  get address(): { readonly host: string; readonly port: number } {
    const { address, port } = this.#socket.address();
    return { host: address, port };
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #answer(packet: Buffer, from: RemoteInfo): void {
    const question = readQuestion(packet);
    if (!question) return;
    const answer = this.#decide(question.name);
    if (answer.do === 'silence') return;
    this.#socket.send(writeAnswer(question, answer), from.port, from.address);
  }
}
