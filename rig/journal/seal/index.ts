export { BAG, type CampaignPayload, type Sealed, type SealOptions, sealCampaign, sealRun } from './bag.ts';
export { fingerprintOf, newKey, PASSPHRASE_VARIABLE, signingKey, verifyingKey } from './keys.ts';
export { headOfRuns, toHex } from './statement.ts';
export { type Damage, type Verification, type VerifyOptions, verifyEvidence } from './verify.ts';
