import { concat, toHex } from './bytes.ts';
import { decrypt, encrypt } from './des.ts';
import { fail } from './fail.ts';

/** Key check value: first four bytes of the key encrypting zeros, 8 upper case hex characters. */
export const kcv = (key: Uint8Array): string => toHex(encrypt(key, new Uint8Array(8)).subarray(0, 4));

/** A key (8, 16 or 24 bytes) under a master key, ECB. */
export const wrapKey = (master: Uint8Array, key: Uint8Array): Uint8Array => encrypt(master, key);

/** The clear key of a wrapped one. */
export const unwrapKey = (master: Uint8Array, wrapped: Uint8Array): Uint8Array => decrypt(master, wrapped);

/** Working keys in clear: PIN key, MAC key, and the track key where one is used. 8 or 16 bytes each. */
export interface WorkingKeys {
  readonly pik: Uint8Array;
  readonly mak: Uint8Array;
  readonly tdk?: Uint8Array;
}

/** Which form field 62 of a sign-on reply takes, by 60.3: 001 single length, 003 double, 004 double with track key. */
export type SignOnForm = '001' | '003' | '004';

/**
 * Field 62 of a UnionPay sign-on reply: for each key its cryptogram under the TMK and its check value. Single form: 8 + 4
 * bytes each; double: 16 + 4, a MAC key of 8 bytes followed by eight zero bytes. Throws CRYPTO_KEY when a key does not
 * fit the form.
 */
export function packWorkingKeys(tmk: Uint8Array, keys: WorkingKeys, form: SignOnForm): Uint8Array {
  const size = form === '001' ? 8 : 16;
  const unit = (name: string, key: Uint8Array | undefined, mayBeShort: boolean) => {
    if (key?.length !== size && !(mayBeShort && key?.length === 8)) {
      fail(
        'CRYPTO_KEY',
        'bench',
        `${name}: sign-on ${form} needs a key of ${size} bytes, not ${key?.length ?? 0}`,
      );
    }
    const wrapped = wrapKey(tmk, key);
    return [wrapped, new Uint8Array(size - wrapped.length), Buffer.from(kcv(key), 'hex')];
  };
  return concat([
    ...unit('PIN key', keys.pik, false),
    ...unit('MAC key', keys.mak, true),
    ...(form === '004' ? unit('track key', keys.tdk, false) : []),
  ]);
}

/**
 * Reads field 62 of a sign-on reply (24, 40 or 60 bytes) and proves every key by its check value. Throws CRYPTO_KEY when
 * the length is another or a check value does not match (wrong TMK, damaged data).
 */
export function unpackWorkingKeys(tmk: Uint8Array, data: Uint8Array): WorkingKeys {
  const size = data.length === 24 ? 8 : 16;
  if (![24, 40, 60].includes(data.length)) {
    fail('CRYPTO_KEY', 'acquirer', `working keys: expected 24, 40 or 60 bytes, found ${data.length}`);
  }
  const unit = (name: string, index: number) => {
    const start = index * (size + 4);
    const wrapped = data.subarray(start, start + size);
    const check = toHex(data.subarray(start + size, start + size + 4));
    const short = size === 16 && wrapped.subarray(8).every((byte) => byte === 0);
    const key = unwrapKey(tmk, short ? wrapped.subarray(0, 8) : wrapped);
    if (kcv(key) !== check) fail('CRYPTO_KEY', 'acquirer', `${name}: its check value does not match`);
    return key;
  };
  return {
    pik: unit('PIN key', 0),
    mak: unit('MAC key', 1),
    ...(data.length === 60 && { tdk: unit('track key', 2) }),
  };
}
