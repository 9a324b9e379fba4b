import type { Clock } from '../../../rig/model/time.ts';
import type { Random } from '../random.ts';
import type { TerminalBody, VisibleScreen } from '../terminal/body.ts';
import type { Title } from './title.ts';

/** A fault between the terminal and what touches or sees it: the body as the devices around it then find it. */
export interface BodyFault extends Title {
  on(terminal: TerminalBody, random: Random, clock: Clock): Partial<TerminalBody>;
}

/** A spring that is worn holds a key for so long, nominal ms; auto-repeat and the next key come upon it. */
const STICKY_MS = 1500;
/** Long enough after a release that no debouncing forgives it, nominal ms. */
const AGAIN_MS = 150;
const SLIPS_OUT_MS = 700;
/** One of so many looks at the screen falls between two pictures. */
const FLICKER = 8;
const MISREAD = 4;
/** The sun comes round so often, and stays for so long, nominal ms. */
const GLARE = { every: 20_000, lasts: 5000 } as const;
const SLEEP_MS = 45_000;
const HOLD_MS = 70;
const CONFUSED: Readonly<Record<string, string>> = { '0': 'O', '1': '7', '8': 'B', O: '0', I: '1' };

/** Does something instead the first time only. */
const firstTime = <T>(instead: (value: T) => void, ordinary: (value: T) => void) => {
  let done = false;
  return (value: T) => {
    const act = done ? ordinary : instead;
    done = true;
    act(value);
  };
};

const seeing = (terminal: TerminalBody, change: (screen: VisibleScreen) => VisibleScreen) => ({
  get screen() {
    return change(terminal.screen);
  },
});

/** Only keys that are taken reach the terminal. */
function keysThat(terminal: TerminalBody, taken: () => boolean): Partial<TerminalBody> {
  const lost = new Set<string>();
  return {
    keyDown: (key) => {
      if (taken()) terminal.keyDown(key);
      else lost.add(key);
    },
    keyUp: (key) => {
      if (!lost.delete(key)) terminal.keyUp(key);
    },
  };
}

/** The backlight goes off when neither a hand nor the screen has done anything for a while. */
function sleepy(terminal: TerminalBody, _: Random, clock: Clock): Partial<TerminalBody> {
  const listeners: ((screen: VisibleScreen) => void)[] = [];
  let asleep = false;
  let cancel = () => {};
  const seen = () => {
    const { screen } = terminal;
    return asleep ? { lit: false, lines: screen.lines.map(() => '') } : screen;
  };
  const tell = () => {
    for (const listener of listeners) listener(seen());
  };
  /** True when it slept. */
  const wake = () => {
    const slept = asleep;
    asleep = false;
    cancel();
    cancel = clock.after(SLEEP_MS, () => {
      asleep = true;
      tell();
    });
    if (slept) tell();
    return slept;
  };
  terminal.onScreen(() => {
    if (!wake()) tell();
  });
  return {
    ...keysThat(terminal, () => !wake()),
    cardInserted: (card) => {
      wake();
      terminal.cardInserted(card);
    },
    onScreen: (listener) => void listeners.push(listener),
    get screen() {
      return seen();
    },
  };
}

/** Everything that can be wrong between the terminal and its surroundings. */
export const BODY_FAULTS = {
  'key-sticks': {
    title: { en: 'A key stays down for a while, once', zh: '某键一度卡住不弹起' },
    on: (terminal, random, clock) => {
      let presses = 2 + Math.floor(random.next() * 6);
      return {
        keyUp: (key) => {
          if (--presses === 0) clock.after(STICKY_MS, () => terminal.keyUp(key));
          else terminal.keyUp(key);
        },
      };
    },
  },
  'key-doubles': {
    title: { en: 'A worn key closes again after its release now and then', zh: '磨损按键偶尔弹起后再次闭合' },
    on: (terminal, random, clock) => ({
      keyUp: (key) => {
        terminal.keyUp(key);
        if (random.next() >= 0.1) return;
        clock.after(AGAIN_MS, () => {
          terminal.keyDown(key);
          clock.after(AGAIN_MS, () => terminal.keyUp(key));
        });
      },
    }),
  },
  'card-not-seated': {
    title: {
      en: 'The first card is not seated: the end switch speaks, the reader sees nothing',
      zh: '首张卡未到位：开关动作而读卡器无感',
    },
    on: (terminal) => ({
      cardInserted: firstTime(
        () => {},
        (card) => terminal.cardInserted(card),
      ),
    }),
  },
  'card-slips-out': {
    title: { en: 'The first card slips out while its chip is read', zh: '读芯片时首张卡滑出' },
    on: (terminal, _, clock) => ({
      cardInserted: firstTime(
        (card) => {
          terminal.cardInserted(card);
          clock.after(SLIPS_OUT_MS, () => terminal.cardRemoved());
        },
        (card) => terminal.cardInserted(card),
      ),
    }),
  },
  'tap-missed': {
    title: { en: 'The first tap is outside of the field', zh: '首次挥卡未进入感应区' },
    on: (terminal) => ({
      cardTapped: firstTime(
        () => {},
        (card) => terminal.cardTapped(card),
      ),
    }),
  },
  battery: {
    title: { en: 'The terminal has a battery: it stays on without mains', zh: '终端带电池，断电不重启' },
    on: (terminal) => ({ power: (on) => (on ? terminal.power(true) : undefined) }),
  },
  'screen-flickers': {
    title: { en: 'The screen reader sees a dark screen now and then', zh: '读屏偶尔看到黑屏' },
    on: (terminal, random) =>
      seeing(terminal, (screen) =>
        random.next() * FLICKER < 1 ? { lit: false, lines: screen.lines.map(() => '') } : screen,
      ),
  },
  'screen-misread': {
    title: {
      en: 'The screen reader confuses 0 and O, 1 and 7, 8 and B now and then',
      zh: '读屏偶尔混淆 0/O、1/7、8/B',
    },
    on: (terminal, random) =>
      seeing(terminal, (screen) => {
        if (random.next() * MISREAD >= 1) return screen;
        const confuse = (char: string) => (random.next() < 0.3 ? (CONFUSED[char] ?? char) : char);
        return { lit: screen.lit, lines: screen.lines.map((line) => [...line].map(confuse).join('')) };
      }),
  },
  'screen-glare': {
    title: {
      en: 'A row of the screen cannot be read for a while, again and again: glare',
      zh: '屏幕某行反光，时常无法读取',
    },
    on: (terminal, random, clock) => {
      const row = Math.floor(random.next() * 4);
      const dazzled = () => clock.now() % GLARE.every < GLARE.lasts;
      return seeing(terminal, (screen) =>
        dazzled() ? { ...screen, lines: screen.lines.map((line, i) => (i === row ? '' : line)) } : screen,
      );
    },
  },
  'screen-faint': {
    title: {
      en: 'Low contrast: the screen reader misses characters now and then',
      zh: '屏幕对比度低，读屏偶尔漏字',
    },
    on: (terminal, random) =>
      seeing(terminal, (screen) => {
        if (random.next() * MISREAD >= 1) return screen;
        const fade = (char: string) => (random.next() < 0.15 ? ' ' : char);
        return { lit: screen.lit, lines: screen.lines.map((line) => [...line].map(fade).join('').trimEnd()) };
      }),
  },
  'screen-sleeps': {
    title: {
      en: 'The screen goes dark when nothing happens; the first key only wakes it',
      zh: '屏幕空闲后熄灭，首次按键仅唤醒',
    },
    on: sleepy,
  },
  'key-swallowed': {
    title: { en: 'The terminal takes no notice of a key now and then', zh: '终端偶尔不响应按键' },
    on: (terminal, random) => keysThat(terminal, () => random.next() >= 0.08),
  },
  'key-wants-holding': {
    title: { en: 'A press shorter than 70 ms does not count', zh: '短于 70 毫秒的按键不计' },
    on: (terminal, _, clock) => {
      const cancels = new Map<string, () => void>();
      const taken = new Set<string>();
      return {
        keyDown: (key) => {
          cancels.get(key)?.();
          cancels.set(
            key,
            clock.after(HOLD_MS, () => {
              taken.add(key);
              terminal.keyDown(key);
            }),
          );
        },
        keyUp: (key) => {
          cancels.get(key)?.();
          if (taken.delete(key)) terminal.keyUp(key);
        },
      };
    },
  },
  'chip-dead': {
    title: {
      en: 'The chip of every card inserted is not answered: the terminal wants another way',
      zh: '所有插卡芯片无应答，终端要求换方式',
    },
    on: (terminal) => ({
      cardInserted: (card) =>
        terminal.cardInserted({ ...card, entry: card.entry.filter((entry) => entry !== 'chip') }),
    }),
  },
  'vbus-stays': {
    title: { en: 'The port keeps its 5 V though its switch says off', zh: '开关已断而 VBUS 仍带电' },
    on: (terminal) => ({ power: (on) => (on ? terminal.power(true) : undefined) }),
  },
  'reboot-slow': {
    title: {
      en: 'The terminal takes 20 to 90 s more to come up after its power was off',
      zh: '断电后终端启动多需 20 至 90 秒',
    },
    on: (terminal, random, clock) => {
      let first = true;
      let cancel = () => {};
      return {
        power: (on) => {
          cancel();
          if (!on || first) terminal.power(on);
          else cancel = clock.after(20_000 + 70_000 * random.next(), () => terminal.power(true));
          first = false;
        },
      };
    },
  },
} as const satisfies Readonly<Record<string, BodyFault>>;

/** The body with some of it done otherwise. */
export function changed(terminal: TerminalBody, changes: Partial<TerminalBody>): TerminalBody {
  const {
    power = (on) => terminal.power(on),
    keyDown = (key) => terminal.keyDown(key),
    keyUp = (key) => terminal.keyUp(key),
    cardInserted = (card) => terminal.cardInserted(card),
    cardRemoved = () => terminal.cardRemoved(),
    cardSwiped = (card) => terminal.cardSwiped(card),
    cardTapped = (card) => terminal.cardTapped(card),
    onScreen = (listener) => terminal.onScreen(listener),
  } = changes;
  return {
    power,
    keyDown,
    keyUp,
    cardInserted,
    cardRemoved,
    cardSwiped,
    cardTapped,
    get powered() {
      return terminal.powered;
    },
    get screen() {
      return changes.screen ?? terminal.screen;
    },
    scannerSees: (picture) => terminal.scannerSees(picture),
    onScreen,
    onPrinterBytes: (listener) => terminal.onPrinterBytes(listener),
    printerReceives: (bytes) => terminal.printerReceives(bytes),
    till: terminal.till,
    destroy: () => terminal.destroy(),
  };
}
