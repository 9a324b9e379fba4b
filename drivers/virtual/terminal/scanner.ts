import { type Picture, readQr } from '../../codec/qr/picture.ts';
import type { Defects } from './defects.ts';

/** The camera of the terminal that reads codes, and the little software behind it. */
export interface Scanner {
  /** What lies before the camera now; undefined: nothing. */
  sees(picture: Picture | undefined): void;
}

/** @param tell is given what a code says, each time one appears */
export function makeScanner(tell: (text: string) => void, defects: Defects): Scanner {
  let last: string | undefined;
  return {
    sees(picture) {
      if (!picture) return;
      const text = readQr(picture);
      // Firmware that does not empty its buffer finds the code of the customer before.
      const taken = text ?? (defects.has('scanner-keeps-last-code') ? last : undefined);
      last = text ?? last;
      if (taken !== undefined) tell(taken);
    },
  };
}
