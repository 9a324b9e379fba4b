import { RigError } from '../../../rig/model/errors.ts';
import type { Clock } from '../../../rig/model/time.ts';
import { framingOf, isMarked, linkOf } from '../../codec/ecr/framing.ts';
import { type ReadMessage, readMessage, writeMessage } from '../../codec/ecr/message.ts';
import type { LinkSetup, Protocol } from '../../codec/ecr/protocol.ts';
import type { Values } from '../../codec/ecr/values.ts';
import { deframe } from '../../codec/framing/scanner.ts';
import type { LinkEvent } from '../../codec/link/link.ts';
import { KEPT_WAITING, type LinkStream, LONGEST_DIALOGUE } from '../stream.ts';
import { ask, type Dialogue, type DialogueEnd, type DialogueStep, dialogueStep } from './dialogue.ts';

/** What a till hears while an exchange is under way. */
export interface Listener {
  progress?(message: ReadMessage): void;
  line?(text: string): void;
  /** What a message tells of a receipt, with its marks. */
  paper?(text: string): void;
  note?(text: string): void;
}

export interface ExchangeResult {
  readonly end: DialogueEnd;
  /** Messages of a list, first first. */
  readonly listed: readonly ReadMessage[];
  readonly receipt: readonly string[];
}

/** One connection to a terminal: one exchange at a time. */
export interface Session {
  /**
   * Runs an exchange of the protocol to its end, whatever that is.
   * @param within nominal ms that the terminal may be silent at most, where that is less than the protocol allows
   * @param prints the till prints: receipts that come behind the answer are waited for
   * @throws RigError TERMINAL_UNSUPPORTED when the protocol has no such exchange, CODEC_FIELD when a value does not fit
   */
  run(exchange: string, values?: Values, within?: number, prints?: boolean): Promise<ExchangeResult>;
  readonly closed: Promise<string | undefined>;
  close(): Promise<void>;
}

/** Silence that is needed at least to tell the end of a message, wall ms: a machine may be slower than a nominal clock. */
const LEAST_SILENCE_WALL_MS = 20;
/** An answer that a machine gives by itself is waited for at least so long, wall ms, however fast the clock runs. */
const LEAST_ANSWER_WALL_MS = 150;
/** Silence in the middle of a frame after which it is given up, nominal ms. */
const BROKEN_OFF = 5000;

/**
 * How long silence must be to end what is held, nominal ms; undefined: it never does. Over TCP nothing gets lost, only late:
 * half a message stays half a message.
 */
export const silenceOf = (
  setup: LinkSetup,
  whole: boolean,
  serial: boolean,
  clock: Clock,
): number | undefined => {
  const least = LEAST_SILENCE_WALL_MS * clock.rate;
  if (whole) return Math.max(setup.silence, least);
  if (!serial) return undefined;
  return Math.max(isMarked(setup.framing) ? setup.silence : BROKEN_OFF, least);
};

/**
 * The thin interpreter of the two machines (link and dialogue) over a stream and a clock.
 * @param currency ISO 4217 letters, for amounts that are written with a point
 */
export function openSession(
  protocol: Protocol,
  stream: LinkStream,
  clock: Clock,
  listener: Listener = {},
  currency?: string,
): Session {
  const setup = stream.serial ? protocol.links.serial : protocol.links.tcp;
  if (!setup) {
    const over = stream.serial ? 'a serial line' : 'TCP';
    throw new RigError('TERMINAL_UNSUPPORTED', 'file', `${protocol.id} is not spoken over ${over}`);
  }
  const deframer = deframe(framingOf(setup.framing));
  let link = linkOf(setup, 'till');
  let dialogue: Dialogue | undefined;
  let finish: ((result: ExchangeResult) => void) | undefined;
  const timers = { silence: () => {}, link: () => {}, dialogue: () => {} };
  let over: string | undefined;

  const onLink = (event: LinkEvent): void => {
    const step = link.on(event);
    link = step.link;
    for (const effect of step.effects) {
      switch (effect.type) {
        case 'write':
          stream.write(effect.bytes);
          break;
        case 'deliver':
          heard(effect.payload, effect.form);
          break;
        case 'sent':
          if (dialogue) take(dialogueStep(dialogue, { type: 'sent' }));
          break;
        case 'timer':
          timers.link();
          timers.link =
            effect.ms === undefined
              ? () => {}
              : clock.after(Math.max(effect.ms, LEAST_ANSWER_WALL_MS * clock.rate), () =>
                  onLink({ type: 'timeout' }),
                );
          break;
        case 'failed':
          if (dialogue) take(dialogueStep(dialogue, { type: 'link-lost', why: effect.why }));
          break;
        case 'note':
          listener.note?.(effect.text);
      }
    }
  };

  const heard = (payload: Uint8Array, form: string | undefined): void => {
    const message = readMessage(protocol, payload, 'terminal', form === 'SOH' ? 'progress' : undefined);
    if (!message) listener.note?.(`a message of ${payload.length} bytes that ${protocol.id} does not have`);
    else if (dialogue) take(dialogueStep(dialogue, { type: 'message', message }));
    else listener.note?.(`the terminal says ${message.name} without having been asked; not taken`);
  };

  const take = ({ state, effects }: DialogueStep): void => {
    dialogue = state;
    for (const effect of effects) {
      switch (effect.type) {
        case 'timer':
          timers.dialogue();
          timers.dialogue =
            effect.ms === undefined
              ? () => {}
              : clock.after(Math.max(effect.ms, LEAST_ANSWER_WALL_MS * clock.rate), onDialogueTimeout);
          break;
        case 'progress':
          listener.progress?.(effect.message);
          break;
        case 'paper':
          listener.paper?.(effect.text);
          break;
        case 'line':
          listener.line?.(effect.text);
          break;
        case 'note':
          listener.note?.(effect.text);
      }
    }
    if (state.phase !== 'done' || !state.end) return;
    dialogue = undefined;
    finish?.({ end: state.end, listed: state.listed, receipt: state.receipt });
    finish = undefined;
  };
  const onDialogueTimeout = () => dialogue && take(dialogueStep(dialogue, { type: 'timeout' }));

  stream.onData((bytes) => {
    timers.silence();
    for (const item of deframer.push(bytes)) {
      // A state that lasts is said again in the same words, which a link takes for a repetition.
      // An empty one says that somebody is there, and nothing of what was asked for.
      if (item.type === 'frame' && item.payload.length > 0 && dialogue)
        take(dialogueStep(dialogue, { type: 'alive' }));
      onLink({ type: 'item', item });
    }
    const silence = silenceOf(setup, deframer.whole, stream.serial, clock);
    if (deframer.held === 0 || silence === undefined) return;
    timers.silence = clock.after(silence, () => {
      for (const item of deframer.flush()) onLink({ type: 'item', item });
    });
  });
  void stream.closed.then((why) => {
    over = why ?? 'the link was closed';
    for (const stop of Object.values(timers)) stop();
    if (dialogue) take(dialogueStep(dialogue, { type: 'link-lost', why: over }));
  });

  return {
    closed: stream.closed,
    close: () => stream.close(),
    run: async (name, values = {}, within = Number.POSITIVE_INFINITY, prints = false) => {
      const exchange = protocol.exchanges[name];
      if (!exchange) {
        const known = Object.keys(protocol.exchanges).join(', ');
        throw new RigError('TERMINAL_UNSUPPORTED', 'file', `${protocol.id} has no exchange ${name}`, {
          hint: `It has ${known}.`,
        });
      }
      const told = protocol.messages[exchange.request]?.fields.some(({ holds }) => holds === 'reference');
      const payload = writeMessage(protocol, exchange.request, {
        values,
        ...(currency !== undefined && { currency }),
      });
      return new Promise((resolve) => {
        if (over !== undefined || dialogue) {
          const why = over ?? 'another exchange is under way';
          return resolve({ end: { how: 'lost', why }, listed: [], receipt: [] });
        }
        const enough = clock.after(LONGEST_DIALOGUE, () => {
          if (dialogue) take(dialogueStep(dialogue, { type: 'link-lost', why: KEPT_WAITING }));
        });
        finish = (result) => {
          enough();
          resolve(result);
        };
        const patience = Math.min(exchange.within, Math.max(within, LEAST_ANSWER_WALL_MS * clock.rate));
        take(ask({ ...exchange, within: patience }, told ? values.reference : undefined, prints));
        onLink({ type: 'send', payload });
      });
    },
  };
}
