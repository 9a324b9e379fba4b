import type { Clock } from '../../../rig/model/time.ts';
import { bareApdu } from '../../codec/framing/bare-apdu.ts';
import { dleCrc } from '../../codec/framing/dle-crc.ts';
import { deframe } from '../../codec/framing/scanner.ts';
import type { ZvtApdu } from '../../codec/zvt/apdu.ts';
import { isControlField } from '../../codec/zvt/catalogue.ts';
import { answerWithin, type LinkEvent, linkStep, pauseIn, startLink, TIMERS } from '../../codec/zvt/link.ts';
import type { Printed, PrintedLine } from '../../codec/zvt/print.ts';
import { KEPT_WAITING, type LinkStream, LONGEST_DIALOGUE } from '../stream.ts';
import { abort } from './commands.ts';
import {
  ask,
  type Dialogue,
  type DialogueEnd,
  type DialogueEvent,
  type DialogueStep,
  dialogueStep,
} from './dialogue.ts';

/** What a till hears while a command is under way. */
export interface Listener {
  state?(state: { readonly code: number; readonly text: string | undefined; readonly minutes: number }): void;
  /** A status information, once. */
  status?(said: ZvtApdu): void;
  line?(text: string): void;
  /** A whole receipt that the terminal sent to be printed. @param kind 1 merchant's, 2 customer's, 3 administration */
  receipt?(lines: readonly PrintedLine[], kind: number | undefined): void;
  note?(text: string): void;
}

export interface CommandResult {
  readonly end: DialogueEnd;
  /** Last first. */
  readonly statuses: readonly ZvtApdu[];
  readonly lines: readonly string[];
}

/** Silence beyond T2 after which nothing is repeated any more, and how long it is waited for, nominal ms. */
const QUIET_MORE = 1000;
const QUIET_MAX = 60_000;
/** More lines than any receipt has. */
const LINES_MAX = 5000;

/** One connection to a terminal: one command at a time. */
export interface Session {
  /** Runs a command to its end, whatever that is; never rejects. */
  run(command: Uint8Array): Promise<CommandResult>;
  /**
   * What is still in the air of what came before is let pass: resolves when the line has been silent for longer than a frame
   * waits for its repetition, or after a minute. At once over TCP, where every connection begins anew.
   */
  quiet(): Promise<void>;
  /** Texts that name no character set are in this one from now on, as agreed at registration. */
  speak(charset: string): void;
  /** Asks the terminal to give up what it is doing; `run` tells what becomes of it. */
  abort(): void;
  readonly closed: Promise<string | undefined>;
  close(): Promise<void>;
}

/**
 * The thin interpreter of the two machines (transport and dialogue) over a stream and a clock.
 * @param listener hears states, receipt lines and remarks
 */
export function openSession(stream: LinkStream, clock: Clock, listener: Listener = {}): Session {
  const deframer = deframe(stream.serial ? dleCrc() : bareApdu({ known: isControlField }));
  let link = startLink(stream.serial);
  let dialogue: Dialogue | undefined;
  let finish: ((result: CommandResult) => void) | undefined;
  const timers = { t1: () => {}, t2: () => {}, dialogue: () => {} };
  let over: string | undefined;
  let charset: string | undefined;

  const onLink = (event: LinkEvent): void => {
    const step = linkStep(link, event);
    link = step.state;
    for (const effect of step.effects) {
      switch (effect.type) {
        case 'write':
          stream.write(effect.bytes);
          break;
        case 'deliver':
          onDialogue({ type: 'apdu', bytes: effect.apdu });
          break;
        case 'await-ack':
          timers.t2();
          if (effect.on)
            timers.t2 = clock.after(answerWithin(TIMERS.t2, clock.rate), () => onLink({ type: 'no-ack' }));
          break;
        case 'failed':
          onDialogue({ type: 'link-lost', why: effect.why });
          break;
        case 'note':
          listener.note?.(effect.text);
      }
    }
  };

  const onDialogue = (event: DialogueEvent): void => {
    if (dialogue) take(dialogueStep(dialogue, event));
    else listener.note?.('the terminal speaks without having been asked');
  };

  /** What has been printed of the receipt that is coming. */
  let paper: PrintedLine[] = [];
  let kind: number | undefined;
  const onPrint = (printed: Printed): void => {
    for (const line of printed.lines) {
      listener.line?.(line.text);
      if (paper.length < LINES_MAX) paper.push(line);
    }
    kind = printed.kind ?? kind;
    if (printed.over) receiptOver();
  };
  const receiptOver = (): void => {
    if (paper.length > 0) listener.receipt?.(paper, kind);
    [paper, kind] = [[], undefined];
  };

  const take = ({ state, effects }: DialogueStep): void => {
    dialogue = state;
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          onLink({ type: 'send', apdu: effect.apdu });
          break;
        case 'timer':
          timers.dialogue();
          timers.dialogue =
            effect.ms === undefined
              ? () => {}
              : clock.after(answerWithin(effect.ms, clock.rate), () => onDialogue({ type: 'timeout' }));
          break;
        case 'state':
          listener.state?.(effect);
          break;
        case 'print':
          onPrint(effect.printed);
          break;
        case 'note':
          listener.note?.(effect.text);
          break;
        case 'status':
          listener.status?.(effect.apdu);
          break;
      }
    }
    const done = dialogue;
    if (done?.phase !== 'done' || !done.end) return;
    dialogue = undefined;
    receiptOver();
    finish?.({ end: done.end, statuses: done.statuses, lines: done.lines });
    finish = undefined;
  };

  let heardAt = clock.now();
  stream.onData((bytes) => {
    heardAt = clock.now();
    timers.t1();
    for (const item of deframer.push(bytes)) onLink({ type: 'item', item });
    if (deframer.held === 0) return;
    timers.t1 = clock.after(pauseIn(stream.serial, clock.rate), () => {
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
    quiet: async () => {
      const deadline = clock.now() + QUIET_MAX;
      heardAt = clock.now();
      while (stream.serial && over === undefined && clock.now() < deadline) {
        const left = heardAt + answerWithin(TIMERS.t2, clock.rate) + QUIET_MORE - clock.now();
        if (left <= 0) return;
        await clock.sleep(left);
      }
    },
    speak: (agreed) => {
      charset = agreed;
    },
    close: () => stream.close(),
    abort: () => onLink({ type: 'send', apdu: abort() }),
    run: (command) =>
      new Promise((resolve) => {
        if (over !== undefined || dialogue) {
          const why = over ?? 'another command is under way';
          return resolve({ end: { how: 'lost', why }, statuses: [], lines: [] });
        }
        const enough = clock.after(LONGEST_DIALOGUE, () =>
          onDialogue({ type: 'link-lost', why: KEPT_WAITING }),
        );
        finish = (result) => {
          enough();
          resolve(result);
        };
        take(ask(command, charset));
      }),
  };
}
