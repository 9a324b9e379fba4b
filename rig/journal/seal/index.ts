export { BAG, type Sealed, type SealOptions, sealRun } from './bag.ts';
export { fingerprintOf, newKey, PASSPHRASE_VARIABLE, signingKey, verifyingKey } from './keys.ts';
export { toHex } from './statement.ts';
export { type Damage, type Verification, type VerifyOptions, verifyEvidence } from './verify.ts';
