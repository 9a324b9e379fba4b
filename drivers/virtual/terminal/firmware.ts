import type { TestCard } from '../../../rig/model/card.ts';
import {
  type Dialect,
  encodeMessage,
  unpackWorkingKeys,
  type WorkingKeys,
} from '../../codec/iso8583/index.ts';
import { type Answer, judgeFrame } from './answer.ts';
import type { TerminalSetup } from './body.ts';
import type { Defects } from './defects.ts';
import type { EntryDevices } from './entry.ts';
import type { Flash } from './flash.ts';
import type { HostLink } from './host-link.ts';
import { successor } from './memory.ts';
import { HEADER, type Identity, type Request, TPDU } from './messages.ts';
import type { PowerCycle } from './power-cycle.ts';
import type { PrinterLine } from './printer-line.ts';
import type { ResponseTexts } from './response-texts.ts';
import type { RealTimeClock } from './rtc.ts';
import { type Settings, settingsOf } from './settings.ts';
import type { Vault } from './vault.ts';

/** What is built into the terminal and stays the same over power cuts. */
export interface Hardware {
  readonly setup: TerminalSetup;
  readonly dialect: Dialect;
  readonly texts: ResponseTexts;
  readonly defects: Defects;
  readonly vault: Vault;
  readonly rtc: RealTimeClock;
}

/** Everything that the operations of one power cycle work with. */
export interface Firmware extends Hardware, EntryDevices {
  readonly cycle: PowerCycle;
  readonly flash: Flash;
  readonly printer: PrinterLine;
  readonly link: HostLink;
  /** Where slips go instead of the printer, while a till that prints has the word; false when they did not get there. */
  readonly paper?: (slip: Uint8Array) => Promise<boolean>;
  /** Whether the idle screen is shown and an operation can begin. */
  readonly desk: { idle: boolean };
  /** The card in the chip slot at this moment. */
  chipCard(): TestCard | undefined;
}

/** What a download has changed, else what is built in. */
export const settingsIn = ({
  flash,
  setup,
  defects,
}: Pick<Firmware, 'flash' | 'setup' | 'defects'>): Settings =>
  settingsOf(defects.has('download-not-obeyed') ? undefined : flash.memory.downloads?.parameters, {
    responseTimer: setup.timers.response,
    merchantName: setup.merchantName,
  });

export const VERSION = '1.0.0';

export const identityOf = ({ setup }: Firmware): Identity => ({
  terminalId: setup.terminalId,
  merchantId: setup.merchantId,
});

/** Working keys of the last sign-on, unwrapped under the TMK. Throws CRYPTO_KEY when there are none. */
export function workingKeys({ setup, flash }: Firmware): WorkingKeys {
  const wrapped = Buffer.from(flash.memory.wrappedKeys ?? '', 'hex');
  return unpackWorkingKeys(Buffer.from(setup.tmk, 'hex'), wrapped);
}

/** The digit of the header that orders the terminal to do something once this transaction is over. */
const REQUIREMENT_AT = 5;

/** Puts down what the acquirer has ordered; `runTasks` does it. In flash, so that a power cut does not lose it. */
function noteTask({ flash, defects }: Firmware, header: string): void {
  const task = defects.has('requirement-ignored') ? '' : header.charAt(REQUIREMENT_AT);
  if (!/^[1-9]$/.test(task) || flash.memory.tasks.includes(task)) return;
  flash.commit({ tasks: [...flash.memory.tasks, task] });
}

/** Takes the next STAN; it is used up even if nothing is ever sent. */
export function nextStan({ flash }: Firmware): string {
  const stan = successor(flash.memory.stan);
  flash.commit({ stan });
  return stan;
}

/** Destination and origin the wrong way round. */
const ASTRAY = '6000000003';

/** Sends a request and waits for its answer; undefined when none came. The MAC key is needed where there is a MAC. */
export async function exchange(firmware: Firmware, request: Request): Promise<Answer | undefined> {
  const { dialect, texts, defects, link } = firmware;
  const mak = request.mac ? workingKeys(firmware).mak : undefined;
  const { mti, fields } = request;
  const tpdu = defects.has('tpdu-astray') ? ASTRAY : TPDU;
  const frame = encodeMessage(dialect, { mti, tpdu, header: HEADER, fields }, mak ? { mak } : {});
  const answer = await link.exchange(frame, (arrived) =>
    judgeFrame({ dialect, texts, defects, mak }, request, arrived),
  );
  if (answer?.type === 'answer') noteTask(firmware, answer.message.header);
  return answer;
}
