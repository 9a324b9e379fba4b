import type { Clock } from '../../../rig/model/time.ts';
import { bareApdu } from '../../codec/framing/bare-apdu.ts';
import { dleCrc } from '../../codec/framing/dle-crc.ts';
import { deframe } from '../../codec/framing/scanner.ts';
import { isCommandClass, isControlField } from '../../codec/zvt/catalogue.ts';
import { answerWithin, type LinkEvent, linkStep, pauseIn, startLink, TIMERS } from '../../codec/zvt/link.ts';

/** One cable between a till and the terminal, for as long as it holds. */
export interface TillCable {
  readonly serial: boolean;
  write(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): void;
}

/** How the till has answered: with 80 00 or 84 00, with another 84, or not at all. */
export type Answered = 'yes' | 'no' | 'not';

/** The terminal's end of a conversation with a till. */
export interface Conversation {
  /** Sends something that nobody answers: an answer. */
  answer(apdu: Uint8Array): void;
  /** Says one thing after the other, each when the one before was answered, or was not for T3. */
  say(apdu: Uint8Array): Promise<Answered>;
  /** The cable is gone: nothing is said any more. */
  end(): void;
}

/** A till that wants to hear a status again answers 84 9C; it is said again after this, nominal ms, so many times at most. */
const AGAIN_AFTER = 2000;
const AGAIN_MAX = 30;
/** A till that prints sets a receipt before it answers the next line, wall ms. */
const TILL_AT_WORK_WALL_MS = 300;
/** Print line, and print text block. */
const PRINTS: ReadonlySet<number | undefined> = new Set([0xd1, 0xd3]);
const isPrint = ([first, second]: Uint8Array) => first === 0x06 && PRINTS.has(second);
/** More than all slips of an end of day: a till that commands faster than it answers is not heard. */
const MOST_WAITING = 2000;

interface Sentence {
  readonly apdu: Uint8Array;
  readonly again: number;
  done(answered: Answered): void;
}

/**
 * Framing, acknowledgement and turn-taking of the terminal's end (PA00P016).
 * @param powered a terminal without power neither hears nor speaks
 * @param heard what the till says, but for answers
 */
export function converse(
  cable: TillCable,
  clock: Clock,
  powered: () => boolean,
  heard: (apdu: Uint8Array) => void,
): Conversation {
  const deframer = deframe(
    cable.serial ? dleCrc() : bareApdu({ known: isControlField, strange: isCommandClass }),
  );
  let link = startLink(cable.serial);
  let open = true;
  const timers = { t1: () => {}, t2: () => {}, t3: () => {} };
  const waiting: Sentence[] = [];
  let asking: Sentence | undefined;
  /** When T3 of what is being asked runs out. */
  let until = Number.POSITIVE_INFINITY;

  const onLink = (event: LinkEvent): void => {
    if (!open || !powered()) return;
    const step = linkStep(link, event);
    link = step.state;
    for (const effect of step.effects) {
      if (effect.type === 'write') cable.write(effect.bytes);
      else if (effect.type === 'deliver') deliver(effect.apdu);
      else if (effect.type === 'failed') answered('not');
      else if (effect.type === 'await-ack') {
        timers.t2();
        if (effect.on)
          timers.t2 = clock.after(answerWithin(TIMERS.t2, clock.rate), () => onLink({ type: 'no-ack' }));
      }
    }
  };
  const send = (apdu: Uint8Array) => onLink({ type: 'send', apdu });

  const deliver = (apdu: Uint8Array) => {
    const [first, second] = apdu;
    if (first !== 0x80 && first !== 0x84) return waiting.length < MOST_WAITING ? heard(apdu) : undefined;
    // Late is late, also where the answer is read before the timer is looked at.
    if (asking && clock.now() >= until) answered('not');
    if (first === 0x84 && second === 0x9c && asking && asking.again < AGAIN_MAX) return sayAgain(asking);
    answered(first === 0x80 || second === 0 ? 'yes' : 'no');
  };

  const sayAgain = (sentence: Sentence) => {
    timers.t3();
    until = Number.POSITIVE_INFINITY;
    timers.t3 = clock.after(AGAIN_AFTER, () => begin({ ...sentence, again: sentence.again + 1 }));
  };
  const answered = (how: Answered) => {
    timers.t3();
    const said = asking;
    asking = undefined;
    said?.done(how);
    next();
  };
  const begin = (sentence: Sentence) => {
    asking = sentence;
    timers.t3();
    // Only a slip that the till does not take is printed elsewhere: late with anything else, it has heard it all the same.
    const wall = isPrint(sentence.apdu) ? TILL_AT_WORK_WALL_MS : 0;
    const patience = answerWithin(TIMERS.t3, clock.rate, wall);
    until = clock.now() + patience;
    timers.t3 = clock.after(patience, () => answered('not'));
    send(sentence.apdu);
  };
  const next = () => {
    if (asking) return;
    if (!open || !powered()) {
      for (const { done } of waiting.splice(0)) done('not');
      return;
    }
    const sentence = waiting.shift();
    if (sentence) begin(sentence);
  };

  cable.onData((bytes) => {
    timers.t1();
    for (const item of deframer.push(bytes)) onLink({ type: 'item', item });
    if (deframer.held === 0) return;
    timers.t1 = clock.after(pauseIn(cable.serial, clock.rate), () => {
      for (const item of deframer.flush()) onLink({ type: 'item', item });
    });
  });
  return {
    answer: send,
    say: (apdu) =>
      new Promise((done) => {
        waiting.push({ apdu, again: 0, done });
        next();
      }),
    end: () => {
      open = false;
      for (const stop of Object.values(timers)) stop();
      asking?.done('not');
      asking = undefined;
      next();
    },
  };
}
