export { BAG, type CampaignPayload, type Sealed, type SealOptions, sealCampaign, sealRun } from './bag.ts';
export type { Damage } from './damage.ts';
export { fingerprintOf, newKey, PASSPHRASE_VARIABLE, signingKey, verifyingKey } from './keys.ts';
export { headOfRuns, toHex } from './statement.ts';
export { type Verification, type VerifyOptions, verifyEvidence } from './verify.ts';
