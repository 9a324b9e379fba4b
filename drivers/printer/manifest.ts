import type { Manifest } from '../../rig/bench/manifest.ts';
import { declareDecode } from './decode-verb.ts';
import { declarePrinter, declareReceipts } from './printer-declare.ts';

/** What printers add to posrig: the drivers `escpos-serial`, `escpos-network`, `escpos-device` and `receipt-folder`, and the verbs `printer`, `receipts` and `decode escpos`. */
export const printer: Manifest = {
  drivers: [
    {
      name: 'escpos-serial',
      plane: 'printer',
      summary: "captures what the terminal prints on a serial line, in its printer's place (ESC/POS)",
      load: () => import('./escpos-serial.ts'),
    },
    {
      name: 'escpos-network',
      plane: 'printer',
      summary:
        "captures what the terminal prints over the network (port 9100), in its printer's place (ESC/POS)",
      load: () => import('./escpos-network.ts'),
    },
    {
      name: 'escpos-device',
      plane: 'printer',
      summary:
        'captures what the terminal prints over USB, where this machine is its printer (/dev/g_printer0)',
      load: () => import('./escpos-device.ts'),
    },
    {
      name: 'receipt-folder',
      plane: 'printer',
      summary: 'reads receipts that arrive as files: photos (PNG, JPEG), captured printer bytes, text',
      load: () => import('./receipt-folder.ts'),
    },
  ],
  declare: (program) => {
    declarePrinter(program);
    declareReceipts(program);
  },
  declareDecode,
  doctor: [async () => (await import('./ocr/tesseract.ts')).examineOcr()],
  slipReader: async () => (await import('./slip-reader.ts')).slipReader,
};
