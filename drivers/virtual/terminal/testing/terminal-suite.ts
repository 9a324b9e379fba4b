import assert from 'node:assert/strict';
import {
  approve,
  type Heard,
  type Reply,
  type ScriptedAcquirer,
  startScriptedAcquirer,
} from './scripted-acquirer.ts';
import { type RigOptions, startTerminal, type TerminalRig } from './terminal-rig.ts';

/** What the tests of one `describe` share: a scripted acquirer and a terminal, new for each test. */
export interface TerminalSuite {
  readonly terminal: TerminalRig;
  readonly acquirer: ScriptedAcquirer;
  /** A terminal that is signed on, with nothing shown or printed yet. */
  start(options?: Partial<RigOptions>): Promise<void>;
  /** The same before its first sign-on. */
  startSignedOff(): Promise<void>;
  /** Requests heard with this MTI. */
  heard(mti: string): readonly Heard[];
  /** The only request with this MTI. */
  only(mti: string): Heard;
  /** Answers requests of one MTI by `reply` (`nth` from 1), the others as a well-meaning acquirer. */
  on(mti: string, reply: (message: Heard, nth: number) => Reply): void;
  /** MTIs heard so far, in order. */
  dialogue(): string;
  /** Cuts the power in the instant in which this text stands in one of the first two lines. */
  cutAt(text: string): Promise<void>;
}

/** Call inside a `describe`. */
export function terminalSuite(): TerminalSuite {
  let acquirer: ScriptedAcquirer;
  let terminal: TerminalRig;

  beforeEach(async () => {
    acquirer = await startScriptedAcquirer();
  });
  afterEach(async () => {
    await terminal.close();
    await acquirer.close();
  });

  const heard = (mti: string) => acquirer.heard.filter((message) => message.mti === mti);
  return {
    get terminal() {
      return terminal;
    },
    get acquirer() {
      return acquirer;
    },
    start: async (options = {}) => {
      terminal = await startTerminal({ port: acquirer.port, ...options });
      await terminal.signOn();
      terminal.forget();
    },
    startSignedOff: async () => {
      terminal = await startTerminal({ port: acquirer.port });
    },
    heard,
    only: (mti) => {
      const [message, ...others] = heard(mti);
      assert.ok(message, `a ${mti} was heard`);
      assert.equal(others.length, 0, `one ${mti} only`);
      return message;
    },
    on: (mti, reply) => {
      let nth = 0;
      acquirer.script = (message) => (message.mti === mti ? reply(message, ++nth) : approve(message));
    },
    dialogue: () => acquirer.heard.map(({ mti }) => mti).join(' '),
    cutAt: (text) =>
      new Promise((resolve) => {
        let done = false;
        terminal.body.onScreen(({ lines }) => {
          if (done || (lines[0] !== text && lines[1] !== text)) return;
          done = true;
          terminal.body.power(false);
          resolve();
        });
      }),
  };
}
