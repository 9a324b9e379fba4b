import type { DriverContext, HostExchange, WalletAnswer } from '../../../rig/bench/planes.ts';
import { RigError, toRigError } from '../../../rig/model/errors.ts';
import type { Recorder } from '../../../rig/model/event.ts';
import type { DialogueMessage } from '../../../rig/model/message.ts';
import {
  asAnswerTo,
  type DecodedMessage,
  decodeMessage,
  toDialogueMessage,
} from '../../codec/iso8583/index.ts';
import type { Acquirer, Reply } from './acquirer.ts';
import type { Connection, Listener } from './server.ts';

/** What the simulator needs of a bench; `posrig host` gives it the same without one. */
export type SimulatorContext = Pick<DriverContext, 'clock' | 'cards' | 'resolve' | 'lost' | 'bench'> & {
  readonly recorder: Pick<Recorder, 'record'> & Partial<Pick<Recorder, 'attach'>>;
};

export interface ConversationOptions {
  readonly regionOf: (remote: string) => string;
  /** Exchanges that are kept, the latest ones; a bench keeps all. */
  readonly history?: number | undefined;
}

/** Between server and acquirer: decodes, asks, sends at the right time, and writes down what was exchanged. */
export class Conversation implements Listener {
  private readonly acquirer: Acquirer;
  private readonly context: SimulatorContext;
  private readonly options: ConversationOptions;
  private exchanges: HostExchange[] = [];
  /** Exchanges that were forgotten: the number of the first one that is kept. */
  private forgotten = 0;
  private readonly heard = new Set<(exchange: HostExchange) => void>();
  private readonly waiting = new Set<() => void>();
  private stopped = false;

  constructor(acquirer: Acquirer, context: SimulatorContext, options: ConversationOptions) {
    this.acquirer = acquirer;
    this.context = context;
    this.options = options;
  }

  all(): readonly HostExchange[] {
    return [...this.exchanges];
  }

  /** Tells of an exchange when it is over: answered, or certain never to be. */
  onExchange(heard: (exchange: HostExchange) => void): () => void {
    this.heard.add(heard);
    return () => this.heard.delete(heard);
  }

  /** Cancels answers that are still due; nothing is told or recorded any more. */
  stop(): void {
    this.stopped = true;
    for (const cancel of this.waiting) cancel();
    this.waiting.clear();
  }

  opened({ id, remote }: Connection): void {
    this.link(id, 'open', `from ${remote}, region ${this.options.regionOf(remote)}`);
  }

  closed({ id }: Connection): void {
    this.link(id, 'closed');
  }

  damaged({ id }: Connection, error: RigError): void {
    this.link(id, 'undecodable', `${error.message}; the connection is closed`);
  }

  failed(cause: Error): void {
    this.context.lost(
      new RigError('HOST_FAILED', 'bench', `the simulated acquirer has stopped listening: ${cause.message}`, {
        cause,
      }),
    );
  }

  frame(connection: Connection, frame: Uint8Array): void {
    if (this.stopped) return;
    let message: DecodedMessage;
    try {
      message = decodeMessage(this.acquirer.dialect, frame, { blame: 'terminal' });
    } catch (thrown) {
      // What does not decode gets no answer, as from a real front end; the framing is whole, so the line stays.
      this.link(connection.id, 'undecodable', `${toRigError(thrown).message}; no answer is sent`);
      return;
    }
    try {
      this.exchange(connection, message);
    } catch (thrown) {
      this.context.lost(toRigError(thrown));
    }
  }

  /** A customer's wallet pays a code; what the acquirer makes of it stands among the exchanges. Errors: CARD_UNKNOWN. */
  pay(card: string, text: string): WalletAnswer {
    const { answer, exchange } = this.acquirer.payCode(text, card, this.context.clock.now());
    if (exchange) {
      for (const message of [exchange.request, exchange.response])
        if (message)
          this.context.recorder.record({
            type: 'message',
            plane: 'host',
            connection: 'wallet',
            message,
            bytes: 0,
          });
      const { request, region, checks, at } = exchange;
      this.finish(this.begin({ request, region, checks, at }), exchange);
    }
    return answer;
  }

  private exchange(connection: Connection, message: DecodedMessage): void {
    const at = this.context.clock.now();
    const region = this.options.regionOf(connection.remote);
    const request = toDialogueMessage(this.acquirer.dialect, message);
    const reply = this.acquirer.answer(message, { region, at });
    this.context.recorder.record({
      type: 'message',
      plane: 'host',
      connection: connection.id,
      message: request,
      bytes: message.bytes.length,
      checks: reply.checks,
    });
    const { signature } = reply;
    if (signature) this.context.recorder.attach?.(`signature-${signature.of}`, IMAGE, signature.image);
    const number = this.begin({ request, region, checks: reply.checks, at });
    if (reply.delivery.pieces.length > 0) {
      this.send({ connection, request, reply, number }, 0);
      return;
    }
    this.note({ connection, request, reply }, `not sent${reply.note ? `: ${reply.note}` : ''}`);
    this.finish(number, {});
    if (reply.delivery.close) connection.close();
  }

  /** Sends a reply's pieces from the `i`th on, each when it is due. */
  private send(going: Going, i: number): void {
    const { connection, reply, number } = going;
    const { pieces, answer, close } = reply.delivery;
    if (i === answer) this.answered(going);
    const piece = pieces[i];
    if (!piece) {
      if (close) connection.close();
      return;
    }
    const go = () => {
      if (connection.send(piece.bytes)) this.send(going, i + 1);
      else if (i < answer) {
        this.note(going, 'not sent: the connection is closed');
        this.finish(number, {});
      }
    };
    if (piece.wait > 0) this.later(piece.wait, go);
    else go();
  }

  private later(wait: number, go: () => void): void {
    const cancel = this.context.clock.after(wait, () => {
      this.waiting.delete(cancel);
      go();
    });
    this.waiting.add(cancel);
  }

  /** The answer is out: what could be read of it is the response. */
  private answered(going: Going): void {
    const { reply, number } = going;
    const message = this.note(going, reply.note);
    const response = reply.delivery.legible ? message : undefined;
    this.finish(number, { ...(response && { response }), answeredAt: this.context.clock.now() });
  }

  /** Journals an answer, sent or not, and gives it as a message. */
  private note(
    { connection, request, reply: { frame } }: Omit<Going, 'number'>,
    note: string | undefined,
  ): HostExchange['response'] {
    if (frame === undefined) return undefined;
    const { dialect } = this.acquirer;
    const read = toDialogueMessage(dialect, decodeMessage(dialect, frame, { blame: 'rig' }));
    const message = asAnswerTo(request, read);
    this.context.recorder.record({
      type: 'message',
      plane: 'host',
      connection: connection.id,
      message,
      bytes: frame.length,
      ...(note && { note }),
    });
    return message;
  }

  private begin(exchange: HostExchange): number {
    const { history } = this.options;
    if (history !== undefined && this.exchanges.length >= 2 * history) {
      const gone = this.exchanges.length - history;
      this.exchanges = this.exchanges.slice(gone);
      this.forgotten += gone;
    }
    return this.forgotten + this.exchanges.push(exchange) - 1;
  }

  private finish(number: number, end: Partial<HostExchange>): void {
    const begun = this.exchanges[number - this.forgotten];
    if (!begun) return;
    const exchange = { ...begun, ...end };
    this.exchanges[number - this.forgotten] = exchange;
    for (const listener of this.heard) listener(exchange);
  }

  private link(stream: string, state: string, detail?: string): void {
    if (this.stopped) return;
    this.context.recorder.record({ type: 'link', plane: 'host', stream, state, ...(detail && { detail }) });
  }
}

/** A reply on its way out. */
interface Going {
  readonly connection: Connection;
  readonly request: DialogueMessage;
  readonly reply: Reply;
  /** Of the exchange. */
  readonly number: number;
}

/** Signatures come as JBIG or as whatever the acquirer agreed with the terminal: bytes. */
const IMAGE = 'application/octet-stream';
