import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { inside } from '../../kernel/creation.ts';

/** A terminal as a program of its own: dials and sends what it is told, by one JSON object a line. */
const PROGRAM = `
const { connect } = require('node:net');
const say = (what) => process.stdout.write(JSON.stringify(what) + '\\n');
let socket, heard = 0, wanted = 0, since = 0, log = [];
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { dial, send, bytes, look } = JSON.parse(line);
  since = performance.now();
  if (dial) {
    log = [];
    const mine = (socket = connect({ ...dial, noDelay: true }));
    mine.on('error', (error) => { if (mine === socket) { log.push(error.code); if (mine.connecting || !mine.localPort) say({ refused: error.code }); } });
    mine.on('connect', () => say({ ms: performance.now() - since, from: mine.localAddress, port: mine.localPort }));
    mine.on('data', (chunk) => { heard += chunk.length; if (wanted > 0 && heard >= wanted) { wanted = 0; say({ ms: performance.now() - since, heard }); } });
    mine.on('end', () => { if (mine === socket) log.push('FIN'); });
  }
  if (send) { heard = 0; wanted = bytes; socket.write(Buffer.from(send, 'hex')); }
  if (look) say({ heard, log });
}).on('close', () => process.exit(0));
`;

export interface Answer {
  readonly ms?: number;
  readonly from?: string;
  readonly port?: number;
  readonly heard?: number;
  readonly log?: readonly string[];
  readonly refused?: string;
}

export interface Dialler {
  dial(host: string, port: number): Promise<Answer>;
  /** Sends, and resolves when so many bytes have come back. */
  exchange(bytes: Uint8Array, answer: number): Promise<Answer>;
  /** Sends without waiting for anything. */
  send(bytes: Uint8Array): void;
  /** What it has heard since it sent, and what its socket was told. */
  look(): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts the program in a network namespace. */
export function openDialler(namespace: string): Dialler {
  const [program = '', ...words] = [...inside(namespace), process.execPath, '-e', PROGRAM];
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const tell = (what: unknown) => void child.stdin.write(`${JSON.stringify(what)}\n`);
  const ask = async (what: unknown): Promise<Answer> => {
    tell(what);
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the terminal program has ended');
    return JSON.parse(value) as Answer;
  };
  return {
    dial: (host, port) => ask({ dial: { host, port } }),
    exchange: (bytes, answer) => ask({ send: Buffer.from(bytes).toString('hex'), bytes: answer }),
    send: (bytes) => tell({ send: Buffer.from(bytes).toString('hex'), bytes: 0 }),
    look: () => ask({ look: true }),
    async close() {
      const gone = once(child, 'exit');
      child.stdin.end();
      await gone;
    },
  };
}
