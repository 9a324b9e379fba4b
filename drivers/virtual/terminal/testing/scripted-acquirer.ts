import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import {
  type DecodedMessage,
  Deframer,
  decodeMessage,
  encodeMessage,
  packWorkingKeys,
  verifyMac,
} from '../../../codec/iso8583/index.ts';
import { loadDialect } from '../../../host/dialect.ts';
import { responseTo } from '../answer.ts';

/**
 * The other end of the line for tests of the terminal alone: an acquirer that says exactly what the test wants it to say,
 * legal or not. It books nothing; tests about money run against the host simulator.
 */
export const TMK = '11'.repeat(16);
export const PIK = Buffer.alloc(16, 0x22);
export const MAK = Buffer.alloc(8, 0x33);

const dialect = loadDialect('unionpay-pos');

/** What arrived, clear, with whether its MAC was right. */
export interface Heard extends DecodedMessage {
  readonly hex: string;
  readonly mac: 'ok' | 'wrong' | 'absent';
  /** Connection number, from 1. */
  readonly connection: number;
}

/** Fields to answer with (on top of the echoed ones), nothing at all, or raw bytes. */
export type Reply =
  | Readonly<Record<string, string | Uint8Array>>
  | 'silence'
  | 'hang-up'
  | { readonly raw: Uint8Array };

export interface ScriptedAcquirer {
  readonly port: number;
  readonly heard: readonly Heard[];
  /** Decides what to answer; the default approves everything. */
  script: (message: Heard) => Reply;
  /** Encodes an answer, for replies that tests want to damage. */
  answer(
    message: Heard,
    fields?: Readonly<Record<string, string | Uint8Array>>,
    mak?: Uint8Array,
  ): Uint8Array;
  /** Refuses connections from now on. */
  refuse(): Promise<void>;
  close(): Promise<void>;
}

const ECHOED = ['3', '4', '11', '25', '41', '42', '49', '60'];

/** What a well-meaning acquirer says. */
export function approve(message: Heard): Readonly<Record<string, string | Uint8Array>> {
  const stan = message.fields['11'] ?? '';
  const common = { '12': '093015', '13': '1122', '37': `000000${stan}`, '39': '00' };
  if (message.mti === '0800') {
    const keys = packWorkingKeys(Buffer.from(TMK, 'hex'), { pik: PIK, mak: MAK }, '003');
    return { ...common, '60': '00000007003', '62': keys };
  }
  if (message.mti === '0500') return { ...common, '48': settled(message, '1') };
  if (message.mti === '0200')
    return { ...common, '38': 'A1B2C3', '44': '01020000   01040000   ', '63': 'CUP谢谢惠顾' };
  return common;
}

/** F48 of a settlement answer with another result digit. */
export const settled = (message: Heard, result: '1' | '2' | '3'): string =>
  (message.fields['48'] ?? '').replace(/^(\d{30})\d(\d{30})\d$/, `$1${result}$2${result}`);

function answerFrame(
  message: Heard,
  fields: Readonly<Record<string, string | Uint8Array>> = approve(message),
  mak: Uint8Array = MAK,
): Uint8Array {
  const echoed = ECHOED.filter((id) => message.fields[id] !== undefined);
  const merged = { ...Object.fromEntries(echoed.map((id) => [id, message.fields[id] ?? ''])), ...fields };
  const tpdu = `60${message.tpdu.slice(6)}${message.tpdu.slice(2, 6)}`;
  const signed = message.mac === 'absent' ? {} : { mak };
  return encodeMessage(
    dialect,
    { mti: responseTo(message.mti), tpdu, header: message.header, fields: merged },
    signed,
  );
}

/** Listens on a free loopback port. */
export async function startScriptedAcquirer(): Promise<ScriptedAcquirer> {
  const heard: Heard[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const connection = ++connections;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const deframer = new Deframer(dialect);
    socket.on('data', (chunk) => {
      for (const frame of deframer.push(chunk)) {
        const message: Heard = {
          ...decodeMessage(dialect, frame),
          hex: Buffer.from(frame).toString('hex').toUpperCase(),
          mac: verifyMac(dialect, frame, MAK),
          connection,
        };
        heard.push(message);
        const reply = acquirer.script(message);
        if (reply === 'silence') continue;
        if (reply === 'hang-up') socket.destroy();
        else socket.write(isRaw(reply) ? reply.raw : answerFrame(message, reply));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const closeServer = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  const acquirer: ScriptedAcquirer = {
    port: (server.address() as AddressInfo).port,
    heard,
    script: approve,
    answer: answerFrame,
    refuse: closeServer,
    close: closeServer,
  };
  return acquirer;
}

const isRaw = (reply: object): reply is { readonly raw: Uint8Array } => 'raw' in reply;
