import { isRigError } from '../../../rig/model/errors.ts';
import { encodeMessage, type WorkingKeys } from '../../codec/iso8583/index.ts';
import { type Answer, type Letterhead, type Response, responseTo } from './answer.ts';
import { keyOf } from './ledger.ts';
import { falsify, type Misdeeds, otherStan } from './misbehaviour.ts';
import type { Request } from './request.ts';
import { type Delivery, deliver, whole } from './wire.ts';

/** Approvals that are kept back for their reversal at once; the oldest is forgotten beyond this. */
const MOST_KEPT = 1000;

/** An answer on its way out. */
export interface Outgoing {
  /** As it was meant, MAC and falsified fields included, before it was damaged. */
  readonly frame: Uint8Array;
  readonly delivery: Delivery;
  readonly note?: string;
}

/** Makes bytes of answers, and whatever misdeeds make of them. */
export class Outbox {
  private readonly letterhead: Letterhead;
  private readonly workingKeys: (terminal: string) => WorkingKeys;
  private readonly kept = new Map<string, Uint8Array>();

  /** `workingKeys`: those in force for a terminal. */
  constructor(letterhead: Letterhead, workingKeys: (terminal: string) => WorkingKeys) {
    this.letterhead = letterhead;
    this.workingKeys = workingKeys;
  }

  replyTo(request: Request, answer: Answer, misdeeds: Misdeeds): Outgoing {
    const { dialect } = this.letterhead;
    const response = falsify(dialect, responseTo(request, answer, this.letterhead), misdeeds);
    const note = misdeeds.note;
    const frame = this.encode(request, response, misdeeds.has('wrong-mac'));
    const mtiAt = request.message.mtiAt;
    const stan = String(response.fields[dialect.dialogue.stan] ?? '');
    const stranger = () =>
      this.encode(
        request,
        { ...response, fields: { ...response.fields, [dialect.dialogue.stan]: otherStan(stan) } },
        false,
      );
    const kept = request.kind === 'reversal' ? this.takeKept(request) : undefined;
    if (misdeeds.has('approval-after-reversal')) this.keep(request, frame);
    const delivery =
      note === '' && !kept ? whole(frame) : deliver(dialect, frame, mtiAt, misdeeds, { stranger, kept });
    const remark = [note, kept ? 'followed by the approval of its original' : ''].filter(Boolean).join(', ');
    return { frame, delivery, ...(remark && { note: remark }) };
  }

  private keep(request: Request, frame: Uint8Array): void {
    this.kept.set(keyOf({ terminal: request.terminalId, batch: request.batch, stan: request.stan }), frame);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
  }

  private takeKept({ terminalId: terminal, batch, stan, original }: Request): Uint8Array | undefined {
    const key = keyOf({ terminal, batch: original.batch || batch, stan: original.stan || stan });
    const frame = this.kept.get(key);
    this.kept.delete(key);
    return frame;
  }

  /** Bytes of a response. One that the dialect cannot write becomes a plain 96, so that the terminal is not left alone. */
  private encode(request: Request, response: Response, wrongMac: boolean): Uint8Array {
    const { dialect } = this.letterhead;
    const mac =
      request.rule?.mac && request.terminal && dialect.mac
        ? { mak: this.workingKeys(request.terminalId).mak }
        : {};
    let frame: Uint8Array;
    try {
      frame = encodeMessage(dialect, response, mac);
    } catch (thrown) {
      if (!isRigError(thrown)) throw thrown;
      const { stan, terminal, code } = dialect.dialogue;
      const told = [stan, terminal].map((id) => [id, request.message.fields[id]] as const);
      const fields = Object.fromEntries(told.filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >;
      const failure = responseTo(request, { code: '96', rrn: '' }, this.letterhead).fields[code] ?? '96';
      frame = encodeMessage(dialect, { ...response, fields: { ...fields, [code]: failure } }, mac);
    }
    if (wrongMac && 'mak' in mac) {
      // The MAC stands last. Where it is hex text another digit keeps it text.
      const last = frame.length - 1;
      frame[last] = frame[last] === 0x30 ? 0x31 : 0x30;
    }
    return frame;
  }
}
