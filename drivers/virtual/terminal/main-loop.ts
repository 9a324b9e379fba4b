import { awaitCardOut } from './card-reader.ts';
import { ENTRY_TIMEOUT, OperationEnds } from './entry.ts';
import { type Firmware, settingsIn, VERSION } from './firmware.ts';
import { FURTHER_MENUS, IDLE_MENU, type MenuEntry } from './menu.ts';
import { printOwedSlips } from './printing.ts';
import { seededFraction } from './random.ts';
import type { Screen } from './screens.ts';
import * as screens from './screens.ts';
import { runTasks } from './tasks.ts';
import { tillOperation } from './till/operation.ts';
import type { TillRequest } from './till/request.ts';

/** The firmware from mains on to mains off: start, slips owed from before the cut, then one operation after another. */
export async function runFirmware(firmware: Firmware): Promise<never> {
  await start(firmware);
  await printOwedSlips(firmware);
  for (;;) {
    await awaitCardOut(firmware);
    firmware.hands.flush();
    const asked = await idleEvent(firmware);
    if (typeof asked !== 'string') {
      await tillOperation(firmware, asked, operate);
      continue;
    }
    const key = asked;
    const entry = key === '00' ? await furtherMenu(firmware) : IDLE_MENU[key];
    if (entry) await operate(firmware, entry);
    else if (key === 'func') await showInfo(firmware);
  }
}

/** A start takes half to three quarters of what the data sheet allows. */
async function start({ flash, setup, cycle, show, defects }: Firmware): Promise<void> {
  show(screens.starting(VERSION));
  const boots = flash.memory.boots + 1;
  flash.commit({ boots, ...(defects.has('slip-lost-on-power-cut') && { owedSlips: [] }) });
  const last = flash.memory.lastSlip;
  if (defects.has('slip-again-after-power-cut') && last?.type === 'transaction')
    flash.commit({ owedSlips: [{ subject: last, copy: 'merchant' }] });
  await hangIfDue({ flash, defects, cycle });
  await cycle.sleep(setup.timers.boot * (0.5 + seededFraction(setup.seed, `boot/${boots}`) / 4));
}

/** A defect: nothing moves any more, and nothing but what shows is left. */
async function hangIfDue({
  flash,
  defects,
  cycle,
}: Pick<Firmware, 'flash' | 'defects' | 'cycle'>): Promise<void> {
  if (defects.has('hangs-with-reversal-due') && flash.memory.reversal !== null)
    await new Promise((_, reject) => cycle.onCut(() => reject(cycle.signal.reason)));
}

/** A key, or what the till asks for. */
async function idleEvent({ flash, hands, show, desk }: Firmware): Promise<string | TillRequest> {
  const { signedOn, reversal, notices } = flash.memory;
  show(screens.idle({ signedOn, reversalDue: reversal !== null, stored: notices.length }));
  desk.idle = true;
  try {
    for (;;) {
      const event = await hands.next(Number.POSITIVE_INFINITY);
      if (event === 'timeout') continue;
      if (event.type === 'key') return event.key;
      if (event.type === 'till') return event.request;
    }
  } finally {
    desk.idle = false;
  }
}

/** Leafs through the further pages of the menu; undefined when nothing is chosen. */
async function furtherMenu({ hands, show }: Firmware): Promise<MenuEntry | undefined> {
  for (let page = 0; ; ) {
    show(screens.MENU_PAGES[page] ?? []);
    const event = await hands.next(ENTRY_TIMEOUT);
    if (event === 'timeout' || (event.type === 'key' && event.key === 'cancel')) return undefined;
    if (event.type !== 'key') continue;
    const entry = FURTHER_MENUS[page]?.[event.key];
    if (entry) return entry;
    if (event.key === '00') page = (page + 1) % FURTHER_MENUS.length;
  }
}

async function operate(firmware: Firmware, entry: MenuEntry): Promise<void> {
  const { link, show, cycle, setup } = firmware;
  show(await outcomeOf(firmware, entry));
  link.close();
  await hangIfDue(firmware);
  await cycle.sleep(setup.timers.result);
  if (!(await printOwedSlips(firmware))) {
    show(screens.printerNotReady());
    await cycle.sleep(setup.timers.result);
  }
  await runTasks(firmware);
  link.close();
}

async function outcomeOf(firmware: Firmware, { run, afterOwedSlips, kind }: MenuEntry): Promise<Screen> {
  try {
    if (kind && !settingsIn(firmware).isOn(kind)) return screens.notPossible('SWITCHED OFF');
    if (afterOwedSlips && !(await printOwedSlips(firmware))) return screens.notPossible('PRINTER NOT READY');
    return await run(firmware);
  } catch (thrown) {
    if (thrown instanceof OperationEnds) return thrown.screen;
    throw thrown;
  }
}

async function showInfo({ flash, hands, setup, show }: Firmware): Promise<void> {
  const { batch, stan } = flash.memory;
  show(screens.info({ version: VERSION, terminalId: setup.terminalId, batch, stan }));
  for (;;) {
    const event = await hands.next(ENTRY_TIMEOUT);
    if (event === 'timeout' || (event.type === 'key' && event.key === 'cancel')) return;
  }
}
