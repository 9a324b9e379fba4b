import { z } from 'zod';
import type { DriverContext, PowerPlane } from '../../rig/bench/planes.ts';
import { RigError } from '../../rig/model/errors.ts';
import { FEATURE_LENGTH, featureState, featureSwitch, summedSwitch } from '../codec/relay/reports.ts';
import { type ClaimedUsb, claimUsb } from '../transport/usb-device.ts';
import { isUsbName } from '../transport/usb-name.ts';
import { commonOptions, switched } from './switched.ts';

/** Options of the driver `hid-relay` in a bench file. */
export const options = z.strictObject({
  device: z
    .string()
    .default('usb:16c0:05df')
    .refine(isUsbName, 'a USB name, e.g. usb:16c0:05df@1-2')
    .describe('USB name of the board; several boards of a kind are told apart by place'),
  channel: z.int().min(1).max(8),
  ...commonOptions,
});
export type HidRelayOptions = z.infer<typeof options>;

const WHAT = 'HID relay';
const LIMIT_WALL_MS = 2000;
/** HID 1.11, 7.2: reports by class requests to the interface. */
const GET_REPORT = 0x01;
const SET_REPORT = 0x09;
const OUTPUT = 0x0200;
const FEATURE = 0x0300;

/**
 * One channel of a common HID relay board: those of vendor 16C0 (feature report `[FF|FD n]`, state in its last byte), and
 * those of vendor 5131 (`[A0 n s sum]`), which cannot be read back. Errors: POWER_RELAY, TRANSPORT_OPEN.
 */
export async function open(options: HidRelayOptions, context: DriverContext): Promise<PowerPlane> {
  const { channel } = options;
  const claimed = await claimUsb(options.device, WHAT, 0);
  const report = reports(claimed);
  const mute = claimed.facts.vid === '5131';
  return switched(
    {
      what: `channel ${channel} of the ${WHAT}`,
      facts: {
        device: `${claimed.facts.vid}:${claimed.facts.pid}@${claimed.facts.where}`,
        channel: String(channel),
      },
      async read() {
        if (mute) return undefined;
        const on = featureState(await report.get(FEATURE), channel);
        if (on === undefined) throw failed('its answer is too short');
        return on ? 'on' : 'off';
      },
      put(state) {
        const on = state === 'on';
        return mute
          ? report.set(OUTPUT, summedSwitch(channel, on))
          : report.set(FEATURE, featureSwitch(channel, on));
      },
      release: claimed.release,
    },
    options,
    context,
  );
}

function reports({ device }: ClaimedUsb) {
  const setup = (request: number, value: number) =>
    ({ requestType: 'class', recipient: 'interface', request, value, index: 0 }) as const;
  const attempt = async <T>(act: Promise<T>): Promise<T> => {
    try {
      return await act;
    } catch (cause) {
      throw failed(cause instanceof Error ? cause.message : String(cause), cause);
    }
  };
  return {
    async get(kind: number): Promise<Uint8Array> {
      const { data } = await attempt(
        device.controlTransferIn(setup(GET_REPORT, kind), FEATURE_LENGTH, LIMIT_WALL_MS),
      );
      return data ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(0);
    },
    async set(kind: number, bytes: Uint8Array): Promise<void> {
      await attempt(device.controlTransferOut(setup(SET_REPORT, kind), bytes, LIMIT_WALL_MS));
    },
  };
}

const failed = (why: string, cause?: unknown): RigError =>
  new RigError('POWER_RELAY', 'bench', `the ${WHAT} does not do what it is told: ${why}`, {
    cause,
    hint: 'Unplug it and plug it in again; check its own supply.',
  });
