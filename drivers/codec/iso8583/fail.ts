import { type ErrorCode, RigError } from '../../../rig/model/errors.ts';
import type { Blame } from '../../../rig/model/verdict.ts';

/** Throws the codec's error: which field, where, what was expected. Never holds a value: values may be card data. */
export function fail(
  code: Extract<ErrorCode, 'CODEC_FRAME' | 'CODEC_FIELD' | 'CRYPTO_KEY'>,
  blame: Blame,
  message: string,
  hint?: string,
): never {
  throw new RigError(code, blame, message, hint === undefined ? {} : { hint });
}
