import { RigError, toRigError } from '../../../rig/model/errors.ts';
import type { Clock } from '../../../rig/model/time.ts';
import {
  FEATURE_LENGTH,
  featureAllOff,
  featureState,
  featureSwitch,
  summedSwitch,
} from '../../codec/relay/reports.ts';
import type { BoardOptions, OutputBoard } from './board.ts';

/** Vendor and product of the relay boards that are USB HID devices, and how they are spoken to. */
export const HID_BOARDS = {
  'hid-16c0': { vendor: 0x16c0, product: 0x05df, reads: true },
  'hid-5131': { vendor: 0x5131, product: 0x2007, reads: false },
} as const;
export type HidKind = keyof typeof HID_BOARDS;

/** Reports of a HID device, by control transfers to its interface (HID 1.11, section 7.2). */
export interface HidReports {
  setReport(type: 'output' | 'feature', bytes: Uint8Array): Promise<void>;
  getFeature(length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Boards of both kinds name at most eight outputs. */
const OUTPUTS = 8;

/** @param hid an open device of that kind */
export async function hidBoard(
  kind: HidKind,
  hid: HidReports,
  { what, used, lost }: BoardOptions,
  clock: Clock,
): Promise<OutputBoard> {
  const { reads } = HID_BOARDS[kind];
  let dead: RigError | undefined;
  /** A transfer that fails means that the device is gone: nothing is sent to it any more. */
  const transfer = async <T>(act: () => Promise<T>): Promise<T> => {
    if (dead) throw dead;
    try {
      return await act();
    } catch (cause) {
      dead = new RigError('TRANSPORT_LOST', 'bench', `the ${what} was lost: ${toRigError(cause).message}`, {
        hint: 'Check cable and hub; `posrig list devices` shows what is there.',
        cause,
      });
      lost(dead);
      throw dead;
    }
  };
  const turn = async (output: number, on: boolean) => {
    if (!reads) return transfer(() => hid.setReport('output', summedSwitch(output, on)));
    await transfer(() => hid.setReport('feature', featureSwitch(output, on)));
    const found = featureState(await transfer(() => hid.getFeature(FEATURE_LENGTH)), output);
    if (found === on) return;
    throw new RigError('KEYPAD_ALARM', 'bench', `an output of the ${what} did not go ${on ? 'on' : 'off'}`, {
      hint: on
        ? 'Is there such an output on this board?'
        : 'A contact may be stuck: look whether a key is still held.',
    });
  };
  const allOff = async () => {
    if (reads) await transfer(() => hid.setReport('feature', featureAllOff()));
    for (const output of used) await turn(output, false);
  };
  await allOff();
  return {
    outputs: OUTPUTS,
    facts: { 'read-back': reads ? 'by report' : 'none: what it did is assumed' },
    async pulse(output, ms) {
      try {
        await turn(output, true);
        await clock.sleep(ms);
      } catch (error) {
        if (!dead) await turn(output, false).catch(() => {});
        throw error;
      }
      await turn(output, false);
    },
    allOff,
    withhold: () => () => {}, // control transfers are not recorded at all
    close: () => hid.close(),
  };
}

/** HID class requests (HID 1.11, section 7.2): report type in the high byte of the value. */
const GET_REPORT = 0x01;
const SET_REPORT = 0x09;
/** A control transfer that takes longer is none any more, wall ms. */
const TRANSFER_WALL_MS = 2000;
const REPORT_TYPE = { output: 0x0200, feature: 0x0300 } as const;

/**
 * Opens the one HID relay board of that kind that fits; two without a serial number cannot be told apart and are refused.
 * Errors: TRANSPORT_OPEN.
 * @param serial its serial number, where several are plugged in
 */
export async function openHidReports(
  kind: HidKind,
  serial: string | undefined,
  what: string,
): Promise<HidReports> {
  const { vendor, product } = HID_BOARDS[kind];
  const cannot = (why: string, hint: string, cause?: unknown) =>
    new RigError('TRANSPORT_OPEN', 'bench', `the ${what} cannot be opened: ${why}`, { hint, cause });
  let device: Awaited<ReturnType<typeof import('usb').usb.getDevices>>[number] | undefined;
  try {
    const { usb } = await import('usb');
    const found = (await usb.getDevices()).filter(
      (each) =>
        each.vendorId === vendor &&
        each.productId === product &&
        (serial === undefined || each.serialNumber === serial),
    );
    if (found.length > 1)
      throw cannot(`${found.length} boards of this kind are plugged in`, 'Say `serial` in the bench file.');
    device = found[0];
    if (!device) throw cannot(`no ${kind} board is plugged in`, '`posrig list devices` shows what is there.');
    await device.open();
    await device.detachKernelDriver(0).catch(() => {}); // no driver holds it: all the better
    await device.claimInterface(0);
  } catch (cause) {
    if (cause instanceof RigError) throw cause;
    throw cannot(
      toRigError(cause).message,
      'Is access to it allowed? See the udev rules in `posrig doctor`.',
      cause,
    );
  }
  const usbDevice = device;
  const to = (request: number, value: number) =>
    ({ requestType: 'class', recipient: 'interface', request, value, index: 0 }) as const;
  return {
    async setReport(type, bytes) {
      await usbDevice.nativeControlTransferOut(to(SET_REPORT, REPORT_TYPE[type]), TRANSFER_WALL_MS, bytes);
    },
    async getFeature(length) {
      const setup = to(GET_REPORT, REPORT_TYPE.feature);
      const data = await usbDevice.nativeControlTransferIn(setup, TRANSFER_WALL_MS, length);
      if (!data) throw new Error('it did not answer');
      return data;
    },
    close: async () => {
      await usbDevice.close().catch(() => {});
    },
  };
}
