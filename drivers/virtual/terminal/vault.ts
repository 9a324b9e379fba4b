import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { RigError } from '../../../rig/model/errors.ts';

/** Keeps card numbers unreadable in flash (PCI DSS 3.5.1), under a storage key derived from the terminal master key. */
export interface Vault {
  /** base64 text; the same number gives the same text. */
  seal(pan: string): string;
  /** Throws CRYPTO_KEY for a text sealed by another terminal or damaged. */
  open(sealed: string): string;
}

const NONCE = 12;
const TAG = 16;

/** @param tmk terminal master key, hex */
export function makeVault(tmk: string): Vault {
  const derive = (purpose: string) => createHmac('sha256', Buffer.from(tmk, 'hex')).update(purpose).digest();
  const key = derive('flash storage');
  const nonceKey = derive('flash nonce');
  return {
    seal: (pan) => {
      // The nonce follows from the content (as in a SIV mode), so it never repeats with another content.
      const nonce = createHmac('sha256', nonceKey).update(pan).digest().subarray(0, NONCE);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(pan, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
    },
    open: (sealed) => {
      const bytes = Buffer.from(sealed, 'base64');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE));
        decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
        return decipher.update(bytes.subarray(NONCE + TAG), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw new RigError(
          'CRYPTO_KEY',
          'terminal',
          'a card number in flash was sealed under another master key',
          {
            hint: 'Delete the flash folder after changing the terminal master key.',
            cause,
          },
        );
      }
    },
  };
}
