import { openSerial, type SerialOptions } from './serial.ts';
import type { ByteStream } from './stream.ts';
import type { Tee } from './tee.ts';
import { openBulk } from './usb-bulk.ts';

/** `bulk:` and a USB name without its `usb:`; `#2` behind it chooses an interface. */
const BULK = /^bulk:(.*?)(?:#(\d{1,3}))?$/;

/**
 * Opens what a bench file calls a port: a serial one (a path, a name under by-id, `usb:…`), or the bulk endpoints of a
 * USB device (`bulk:1209:ac02`, `bulk:1209:ac02@1-2.4#1`). Errors: TRANSPORT_OPEN, FILE_INVALID.
 */
export function openPort(options: SerialOptions, tee: Tee): Promise<ByteStream> {
  const [, device, number] = BULK.exec(options.path) ?? [];
  if (device === undefined) return openSerial(options, tee);
  const chosen = number === undefined ? {} : { interfaceNumber: Number(number) };
  return openBulk({ device: `usb:${device}`, what: options.what, ...chosen }, tee);
}
