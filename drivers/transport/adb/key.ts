import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { AdbCredentialStore, AdbPrivateKey } from '@yume-chan/adb';
import { RigError } from '../../../rig/model/errors.ts';
import { readSecretFile } from '../secret-file.ts';

/** Where Google's own tools keep the key by which devices know this machine. */
const OWN_KEY = () => join(homedir(), '.android', 'adbkey');

/**
 * The key by which a device knows this machine: of a PEM file (as `adb keygen` writes it), else of `~/.android/adbkey`,
 * else a fresh one that is forgotten afterwards, so that the device asks its person every time. Nothing is written.
 * Errors: FILE_UNREADABLE, FILE_INVALID.
 */
export function adbKey(file: string | undefined): AdbCredentialStore {
  const known = file ?? (existsSync(OWN_KEY()) ? OWN_KEY() : undefined);
  const key = known === undefined ? fresh() : keyIn(known);
  const entry: AdbPrivateKey = {
    buffer: key.export({ type: 'pkcs8', format: 'der' }),
    name: `${userInfo().username}@${hostname()}`,
  };
  return { generateKey: () => entry, iterateKeys: () => [entry] };
}

const fresh = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

function keyIn(file: string): KeyObject {
  try {
    const key = createPrivateKey(readSecretFile(file));
    if (key.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === 2048) return key;
  } catch (cause) {
    if (cause instanceof RigError) throw cause;
  }
  throw new RigError('FILE_INVALID', 'file', `${file} holds no RSA key of 2048 bits in PEM`, {
    at: file,
    hint: `Make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out ${file}`,
  });
}
