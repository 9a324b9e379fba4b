import type { TestCard } from '../../../rig/model/card.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { loadDialect } from '../../host/dialect.ts';
import type { TerminalBody, TerminalSetup } from './body.ts';
import { defectsOf } from './defects.ts';
import { makeGlass } from './display.ts';
import { type Firmware, type Hardware, settingsIn } from './firmware.ts';
import { mountFlash, readMemory } from './flash.ts';
import { openHands } from './hands.ts';
import { openHostLink } from './host-link.ts';
import { keypadInput } from './keypad-input.ts';
import { runFirmware } from './main-loop.ts';
import { type PowerCycle, PowerLost, startPowerCycle } from './power-cycle.ts';
import { openPrinterLine } from './printer-line.ts';
import { loadResponseTexts } from './response-texts.ts';
import { realTimeClock } from './rtc.ts';
import { makeScanner } from './scanner.ts';
import { tillSocket } from './till/socket.ts';
import { makeVault } from './vault.ts';

/** Firmware and power of one life of the terminal. */
interface Life {
  readonly cycle: PowerCycle;
  readonly firmware: Firmware;
  readonly pressed: ReturnType<typeof keypadInput>;
}

/**
 * Builds a terminal, switched off. Its only ways to the world are this body, its flash folder and the TCP connections it
 * makes. Throws USAGE for an unknown defect, CRYPTO_KEY for a TMK that is not 16 bytes, TERMINAL_STATE for damaged flash.
 */
export async function createTerminal(setup: TerminalSetup): Promise<TerminalBody> {
  if (!/^[0-9A-Fa-f]{32}$/.test(setup.tmk)) {
    throw new RigError('CRYPTO_KEY', 'bench', 'the terminal master key must be 16 bytes as hex');
  }
  readMemory(setup.flash);
  const hardware: Hardware = {
    setup,
    dialect: loadDialect(setup.dialect ?? 'unionpay-pos'),
    texts: loadResponseTexts(),
    defects: defectsOf(setup.defects),
    vault: makeVault(setup.tmk),
    rtc: realTimeClock(setup.clock, setup.calendar),
  };
  const glass = makeGlass();
  const printerListeners: ((bytes: Uint8Array) => void)[] = [];
  let slot: TestCard | undefined;
  let life: Life | undefined;
  let ended: Promise<void> = Promise.resolve();

  const boot = (): Life => {
    const cycle = startPowerCycle(setup.clock);
    const hands = openHands(cycle);
    cycle.onCut(() => glass.dark());
    const flash = mountFlash(setup.flash, cycle, hardware.defects);
    const timers = {
      connect: setup.timers.connect,
      response: () => settingsIn({ flash, setup, defects: hardware.defects }).responseTimer,
    };
    const firmware: Firmware = {
      ...hardware,
      cycle,
      hands,
      flash,
      link: openHostLink(cycle, {
        address: setup.acquirer,
        host: setup.host,
        dialect: hardware.dialect,
        timers,
      }),
      printer: openPrinterLine(
        cycle,
        (bytes) => {
          for (const listener of printerListeners) listener(bytes);
        },
        setup.print === 'raster' ? 115_200 : 9600,
      ),
      chipCard: () => slot,
      desk: { idle: false },
      show: (screen, code) => {
        cycle.assertPowered();
        glass.show(screen, code);
      },
    };
    const pressed = keypadInput(setup.clock.now, (key) => hands.arrived({ type: 'key', key }));
    return { cycle, firmware, pressed };
  };

  const power = (on: boolean) => {
    if (on === (life !== undefined)) return;
    if (life) {
      const { cycle } = life;
      life = undefined;
      cycle.end();
      return;
    }
    const born = boot();
    life = born;
    ended = runFirmware(born.firmware).catch((reason: unknown) => {
      if (reason instanceof PowerLost) return;
      // A fault of this firmware itself: what a real terminal does is hang with a dark or frozen display.
      if (life === born)
        glass.show(['FATAL ERROR', reason instanceof Error ? reason.message : String(reason)]);
    });
  };

  const handsOf = () => life?.firmware.hands;
  const scanner = makeScanner((text) => handsOf()?.arrived({ type: 'code', text }), hardware.defects);
  return {
    power,
    get powered() {
      return life !== undefined;
    },
    keyDown: (key) => life?.pressed.down(key),
    keyUp: (key) => life?.pressed.up(key),
    cardInserted: (card) => {
      slot = card;
      handsOf()?.arrived({ type: 'card', entry: 'chip', card });
    },
    cardRemoved: () => {
      if (slot) handsOf()?.arrived({ type: 'card-removed' });
      slot = undefined;
    },
    cardSwiped: (card) => handsOf()?.arrived({ type: 'card', entry: 'swipe', card }),
    cardTapped: (card) => handsOf()?.arrived({ type: 'card', entry: 'tap', card }),
    scannerSees: scanner.sees,
    get screen() {
      return glass.visible;
    },
    onScreen: glass.onChange,
    onPrinterBytes: (listener) => {
      printerListeners.push(listener);
    },
    till: tillSocket(() => life?.firmware),
    printerReceives: (bytes) => life?.firmware.printer.receives(bytes),
    destroy: async () => {
      power(false);
      await ended;
    },
  };
}
