import type { CardPlane, DisplayPlane, KeypadPlane, TillOrder, TillPlane, Wallet } from '../bench/planes.ts';
import type { HandAction, OperationName, Outcome, Profile, TypedValue } from '../bench/profile.ts';
import type { TillRecord } from '../model/book.ts';
import type { CodeFlaw, EntryMode, TestCard } from '../model/card.ts';
import { RigError } from '../model/errors.ts';
import type { Recorder } from '../model/event.ts';
import { type Clock, parseDuration } from '../model/time.ts';
import type { PinWay } from '../scenario/registry.ts';
import { orderFor } from './paper-seen.ts';
import { payCode } from './pay-code.ts';
import type { ScreenWatch, SeenScreen } from './screen-watch.ts';
import { quote } from './screen-watch.ts';

/** What a person would have in mind when entering a transaction. All texts are typed digit by digit. */
export interface Entry {
  readonly amountDigits?: string;
  readonly originalStan?: string;
  readonly originalRrn?: string;
  readonly originalDate?: string;
  readonly originalAuthCode?: string;
  readonly tipDigits?: string;
  readonly instalments?: string;
  readonly card?: TestCard;
  readonly mode?: EntryMode;
  /** What the cardholder does when asked for the PIN; absent: enters it. */
  readonly pin?: PinWay;
  /** What is wrong with the code that the cardholder shows. */
  readonly flaw?: CodeFlaw;
  /** Screen on which cancel is pressed, the first time that it shows, in place of all that is done there otherwise. */
  readonly cancelAt?: string;
}

/** A PIN of the same length that no digit of the card's own can be read out of. */
const anotherPin = (pin: string): string => {
  const [first = '', second = ''] = ['0', '1'].map((digit) => digit.repeat(pin.length));
  return pin === first ? second : first;
};

/** The text that a hand types when the terminal asks for a value of the step. */
function typedText(entry: Entry, value: TypedValue): string | undefined {
  switch (value) {
    case 'amount':
      return entry.amountDigits;
    case 'tip':
      return entry.tipDigits;
    case 'instalments':
      return entry.instalments;
    case 'expiry':
      return entry.card?.expiry;
    case 'original-stan':
      return entry.originalStan;
    case 'original-rrn':
      return entry.originalRrn;
    case 'original-date':
      return entry.originalDate;
    case 'original-auth-code':
      return entry.originalAuthCode;
  }
}

export interface OperationResult {
  readonly outcome: Outcome;
  readonly code: string | undefined;
  /** Screens seen during the operation, in order. */
  readonly screens: readonly SeenScreen[];
  /** Nominal ms from the last thing the hand did to the screen with the outcome. */
  readonly answeredAfter: number;
}

/** What a hand works with. */
export interface Hands {
  readonly keypad: KeypadPlane;
  readonly card: CardPlane | undefined;
  /** Begins what a till can begin, in place of the keys. */
  readonly till: TillPlane | undefined;
  readonly currency: string;
  readonly watch: ScreenWatch;
  /** Sees the digits of shuffled pads, and codes; absent where neither is. */
  readonly display?: DisplayPlane | undefined;
  /** Pays codes; absent: nobody here does. */
  readonly wallet?: Wallet | undefined;
  readonly profile: Profile;
  readonly clock: Clock;
  readonly recorder: Recorder;
}

/** How a key is pressed. */
interface PressManner {
  /** No record may tell which it was. */
  readonly secret?: boolean;
  /** A second press can do no harm when the first was not taken. */
  readonly retry?: boolean;
  /** The terminal must react; false: it may be busy. */
  readonly heard?: boolean;
}

/** @param ordered what a hand does on that screen, where a till has begun the operation */
function neverShown(
  at: string,
  { outcome }: SeenScreen,
  ordered: readonly HandAction[] | undefined,
): RigError {
  const never = `cancel was to be pressed at "${at}", which the terminal never showed; the operation ended with ${outcome}`;
  // What the order of a till has with it, no terminal asks for.
  const said = ordered?.some((act) => typeof act === 'object' && 'type' in act && SAID.includes(act.type));
  return said
    ? new RigError('TERMINAL_SCREEN', 'file', never, {
        hint: 'The till says it in its order. Write `needs: { hand: keypad }` into the scenario.',
      })
    : new RigError('TERMINAL_SCREEN', 'terminal', never);
}

/** Values that the order of a till has with it. */
const SAID: readonly TypedValue[] = ['amount', 'original-stan'];

/** What is done with a card for each way in which it reaches the terminal. */
const PRESENTING = { chip: 'insert', swipe: 'swipe', tap: 'tap', scan: 'show' } as const;

/** How long a slow cardholder thinks before each digit of the PIN, nominal ms. */
const THINKING = 45_000;

const durationOf = (text: string): number => parseDuration(text) ?? 0;

/**
 * What is expected, or the failure of what was ordered when that comes first. When the terminal has told its till that it
 * refuses, it may not show anything at all: `soon` looks for it then.
 */
function unlessFails<T>(
  expected: Promise<T>,
  ordered: Promise<TillRecord> | undefined,
  soon: () => Promise<T | undefined>,
): Promise<T | undefined> {
  if (!ordered) return expected;
  // Whichever loses the race has still been looked at.
  expected.catch(() => {});
  return Promise.race([
    expected,
    ordered.then(({ outcome }) => (outcome === 'declined' ? soon() : expected)),
  ]);
}

/** The digits of a number as a screen may show them, e.g. `1,234.50` → `123450`; leading zeros dropped. */
const significant = (digits: string): string => digits.replace(/\D/g, '').replace(/^0+(?=\d)/, '');

/**
 * A hand that works the keys, card slot and eyes of a bench by the terminal's profile: it presses a key, sees what the
 * screen makes of it, and answers each screen as the profile says. A press is not done until something was seen.
 */
export class KeypadHand {
  readonly #hands: Hands;

  constructor(hands: Hands) {
    this.#hands = hands;
  }

  /** Enters one operation from the idle screen and follows it to its outcome. */
  async perform(name: OperationName, entry: Entry): Promise<OperationResult> {
    const { profile, watch, clock } = this.#hands;
    const operation = profile.operations[name];
    if (!operation) {
      throw new RigError(
        'TERMINAL_UNSUPPORTED',
        'file',
        `profile ${profile.id} does not say how to do: ${name}`,
      );
    }
    const start = watch.mark;
    /** What the cardholder does only when the terminal has given up. */
    const afterwards: (() => Promise<void>)[] = [];
    let lastHandMove = clock.now();
    let toCancel = entry.cancelAt;
    const ordered = this.#order(name, entry);
    if (!ordered) for (const key of operation.start) await this.press(key);
    let cursor = start;
    const deadline = clock.now() + durationOf(profile.timers.operation);
    for (;;) {
      const tells = (seen: SeenScreen) =>
        seen.outcome !== undefined ||
        (seen.id !== undefined && (seen.id in operation.answers || seen.id === toCancel));
      const expected = watch.expect(
        cursor,
        tells,
        Math.max(0, deadline - clock.now()),
        `a screen of the ${name} that asks or decides something`,
      );
      const from = cursor;
      const result = durationOf(profile.timers.result);
      const found = await unlessFails(expected, ordered, () => watch.find(from, tells, result));
      if (!found) {
        const answeredAfter = clock.now() - lastHandMove;
        return { outcome: 'refused', code: undefined, screens: watch.since(start), answeredAfter };
      }
      const { screen, at } = found;
      if (toCancel !== undefined && (screen.id === toCancel || screen.outcome !== undefined)) {
        if (screen.id !== toCancel)
          throw neverShown(toCancel, screen, ordered && operation.answers[toCancel]);
        await this.#cancel(screen.id in operation.answers);
        lastHandMove = clock.now();
        toCancel = undefined;
        cursor = this.#behind(at, screen.id);
        continue;
      }
      if (screen.outcome !== undefined) {
        for (const act of afterwards) await act();
        // A till that has to ask what became of it gets no answer before the hand has taken the card out.
        ordered?.catch((error: Error) => {
          const text = `till: ${name} failed after the terminal had decided: ${error.message}`;
          this.#hands.recorder.record({ type: 'note', level: 'warning', text });
        });
        return {
          outcome: screen.outcome,
          code: screen.code,
          screens: watch.since(start),
          answeredAfter: screen.at - lastHandMove,
        };
      }
      // What follows is judged from the screens behind the one being answered and its own echoes.
      const actions = operation.answers[screen.id ?? ''] ?? [];
      // A cardholder who has gone away presses nothing at all.
      const gone = entry.pin === 'never' && actions.includes('pin');
      for (const action of gone ? [] : actions) {
        if (action === 'pay-code') await payCode(this.#hands, screen, entry, afterwards);
        else await this.#act(action, entry);
        lastHandMove = clock.now();
      }
      cursor = this.#behind(at, screen.id);
    }
  }

  /**
   * Has the till begin the operation; undefined when keys must. What the till says (amount, voucher) the terminal does not
   * ask for. Rejects when the till could not order: that is the till's link, not a terminal that shows no screen.
   */
  #order(name: OperationName, { amountDigits, originalStan }: Entry): Promise<TillRecord> | undefined {
    const { till, currency, recorder } = this.#hands;
    const kind = orderFor(till, name);
    if (!till || !kind) return undefined;
    const order: TillOrder = {
      kind,
      ...(amountDigits !== undefined && { amount: { minor: Number(amountDigits), currency } }),
      ...(originalStan !== undefined && { receipt: originalStan }),
    };
    return till
      .settled()
      .then(() => till.order(order))
      .then((told) => {
        recorder.record({ type: 'note', level: 'info', text: `till: ${name} ${told.outcome}` });
        return told;
      });
  }

  /** Position of the first screen behind `at` that is another one than `id`: echoes of typing are skipped. */
  #behind(at: number, id: string | undefined): number {
    const later = this.#hands.watch.since(at);
    const offset = later.findIndex((seen) => seen.id !== id);
    return at + (offset < 0 ? later.length : offset);
  }

  async #act(action: Exclude<HandAction, 'pay-code'>, entry: Entry): Promise<void> {
    if (action === 'pin') return this.#pin(entry);
    if (action === 'pan') return this.#secret(entry.card?.pan, 'a card number');
    if (action === 'present-card') return this.#present(entry);
    if (action === 'remove-card') return this.#hands.card?.remove();
    if ('press' in action)
      return action.for === undefined || action.for === entry.mode ? this.press(action.press) : undefined;
    const text = typedText(entry, action.type);
    if (text === undefined) {
      throw new RigError(
        'TERMINAL_STATE',
        'terminal',
        `the terminal asks for ${action.type}, which this step does not have`,
      );
    }
    return this.#type(text, action.type);
  }

  /** Types digits and reads each back: the number on the screen must be what was typed so far. */
  async #type(text: string, what: string): Promise<void> {
    for (let count = 1; count <= text.length; count++) {
      const wanted = significant(text.slice(0, count));
      const seen = await this.#pressAndSee(this.#digitKey(text[count - 1] ?? ''), { retry: true });
      const numbers = (seen.lines.join('\n').match(/\d[\d.,]*/g) ?? []).map(significant);
      if (numbers.includes(wanted)) continue;
      throw new RigError(
        'KEYPAD_MISSED',
        'bench',
        `typed ${text.slice(0, count)} as ${what}, but the terminal shows ${quote(seen)}: another key than the intended one was hit`,
        {
          hint: 'Check the placement of the keypad in the bench file (`planes.keypad.placement`) and the seat of the terminal.',
        },
      );
    }
  }

  async #pin({ pin, card }: Entry): Promise<void> {
    if (pin === 'wrong') return this.#secret(card && anotherPin(card.pin), 'a PIN');
    if (pin !== 'slowly') return this.#secret(pin === 'none' ? '' : card?.pin, 'a PIN');
    for (const digit of card?.pin ?? '') {
      await this.#hands.clock.sleep(THINKING);
      await this.#secret(digit, 'a PIN');
    }
  }

  /**
   * Types digits that no record may tell, nor where the finger went for them. They are not read back: a terminal that
   * shows them is wrong, and one press that was not taken ends the operation.
   */
  async #secret(digits: string | undefined, what: string): Promise<void> {
    if (digits === undefined)
      throw new RigError(
        'TERMINAL_STATE',
        'terminal',
        `the terminal asks for ${what} in a step without a card`,
      );
    const pad = digits === '' ? undefined : await this.#shuffledPad();
    for (const digit of digits)
      await this.#pressAndSee(pad?.get(digit) ?? this.#digitKey(digit), { secret: true });
  }

  /** Where the digits stand on a pad that is shuffled; undefined where they stand where they always do. */
  async #shuffledPad(): Promise<ReadonlyMap<string, string> | undefined> {
    const { keypad, display, profile, watch } = this.#hands;
    if (!profile.keypad.shuffled.includes(watch.current.id ?? '')) return undefined;
    if (!display?.readPad) {
      throw new RigError(
        'PLANE_MISSING',
        'bench',
        'the digits are shuffled, and this bench does not see where',
        {
          hint: 'Give the display plane a camera (`pad` of line-screen, or the driver camera).',
        },
      );
    }
    // The finger would hide what it is about to press.
    await keypad.park();
    return display.readPad();
  }

  async #present(entry: Entry): Promise<void> {
    const { card: actuator, recorder } = this.#hands;
    if (!entry.card || !entry.mode) {
      throw new RigError('TERMINAL_STATE', 'terminal', 'the terminal asks for a card in a step without one');
    }
    if (!actuator)
      throw new RigError('PLANE_MISSING', 'bench', 'the bench has no card plane to present a card with');
    await this.#hands.keypad.park();
    if (entry.mode === 'shown-code') return;
    const action = PRESENTING[entry.mode];
    recorder.record({ type: 'note', level: 'info', text: `card ${entry.card.id}: ${action}` });
    if (action !== 'show') return actuator[action](entry.card.id);
    if (!actuator.show)
      throw new RigError(
        'PLANE_MISSING',
        'bench',
        'the card plane of the bench has nothing to show codes with',
        {
          hint: 'Name a display, a phone or a person under `codes` of the card plane in the bench file.',
        },
      );
    await actuator.show(entry.card.id, entry.flaw);
  }

  #digitKey(digit: string): string {
    const { keypad } = this.#hands.profile;
    return keypad.digits?.[digit] ?? digit;
  }

  /** Presses the key that leads back. Where the terminal `asks` for something it must hear it; while it works it need not. */
  async #cancel(asks: boolean): Promise<void> {
    const [key = ''] = this.#hands.profile.keypad.home;
    await this.#pressAndSee(key, { heard: asks });
    await this.#hands.keypad.park();
  }

  /** Presses a key and waits until the screen changed. */
  async press(key: string): Promise<void> {
    await this.#pressAndSee(key, {});
  }

  /**
   * One press, verified by a change of the screen. Pressed again only where a second press can do no harm (`retry`) and
   * the display confirms that nothing at all happened; never for a PIN digit or for a key that decides something. A display
   * that does not see what keys do verifies none, and that is recorded.
   */
  async #pressAndSee(
    key: string,
    { secret = false, retry = false, heard = true }: PressManner,
  ): Promise<SeenScreen> {
    const { keypad, watch, profile, recorder } = this.#hands;
    if (this.#hands.display?.tells === 'states') {
      const { dwellMs } = await keypad.press(key, { secret });
      recorder.record({ type: 'key', key: secret ? '*' : key, dwellMs, verified: 'unverified', attempt: 1 });
      return watch.current;
    }
    for (let attempt = 1; ; attempt++) {
      const mark = watch.mark;
      const before = watch.current;
      const pressed = await keypad.press(key, { secret });
      const reaction = await watch.find(mark, () => true, durationOf(profile.timers.reaction));
      const verified = reaction !== undefined;
      recorder.record({
        type: 'key',
        key: secret ? '*' : key,
        ...(pressed.position && !secret ? { position: pressed.position } : {}),
        dwellMs: pressed.dwellMs,
        verified: verified ? 'screen' : heard ? 'missed' : 'unverified',
        attempt,
      });
      if (reaction && this.#gaveUp(key, before, reaction.screen)) {
        throw new RigError(
          'KEYPAD_MISSED',
          'bench',
          `${secret ? 'a secret digit' : `key ${key}`} came too late: nothing had reached the terminal for ${profile.timers.entry}, and it gave up by itself, showing ${quote(reaction.screen)}`,
          { hint: 'The press before it was missed, or whoever presses is slower than the terminal waits.' },
        );
      }
      if (reaction) return reaction.screen;
      if (!heard) return watch.current;
      const now = await watch.refresh();
      if (now.seq !== before.seq) return now;
      if (retry && attempt < 2) continue;
      throw new RigError(
        'KEYPAD_MISSED',
        'bench',
        `pressed ${secret ? 'a secret digit' : `key ${key}`} ${attempt === 1 ? 'once' : `${attempt} times`}, and the terminal, showing ${quote(now)}, did not take it`,
        {
          hint: 'The finger probably missed: check the placement of the keypad in the bench file and the seat of the terminal.',
        },
      );
    }
  }

  /** Whether what followed a press is no answer to it: the screen had waited for a key until the terminal's patience ended. */
  #gaveUp(key: string, before: SeenScreen, after: SeenScreen): boolean {
    const { profile } = this.#hands;
    const { entry, reaction } = profile.timers;
    if (entry === undefined || after.outcome === undefined || key === profile.keypad['self-test'].back)
      return false;
    return after.at - before.at >= durationOf(entry) - durationOf(reaction);
  }

  /**
   * Proves that finger, keypad and display belong together before anything is judged: a harmless key must show its
   * screen, and the way back must work.
   */
  async selfTest(): Promise<void> {
    const { profile, watch } = this.#hands;
    const test = profile.keypad['self-test'];
    const mark = watch.mark;
    try {
      await this.press(test.press);
      const shown = await watch.find(
        mark,
        (screen) => screen.id === test.shows,
        durationOf(profile.timers.reaction),
      );
      if (!shown) {
        throw new RigError(
          'KEYPAD_MISSED',
          'bench',
          `key ${test.press} should show ${test.shows}, but the terminal shows ${quote(watch.current)}`,
        );
      }
      await this.press(test.back);
    } catch (thrown) {
      if (!(thrown instanceof RigError) || thrown.code !== 'KEYPAD_MISSED') throw thrown;
      throw new RigError('KEYPAD_MISSED', 'bench', `keypad self-test: ${thrown.message}`, {
        hint: 'The keypad does not lie where the bench file says: check `planes.keypad.placement` and the seat of the terminal.',
        cause: thrown,
      });
    }
  }
}
