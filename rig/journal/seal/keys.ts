import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { RigError } from '../../model/errors.ts';

/** Where a passphrase is looked for when a key needs one and nobody can be asked. */
export const PASSPHRASE_VARIABLE = 'POSRIG_KEY_PASSPHRASE';

export interface NewKey {
  readonly privatePath: string;
  readonly publicPath: string;
  readonly fingerprint: string;
}

/**
 * Makes an Ed25519 key pair: the private key (PKCS #8 PEM, encrypted with AES-256-CBC when there is a passphrase; an empty one is none) at `path`,
 * readable by its owner alone, the public key (SPKI PEM) at `path.pub`. Never replaces a file: throws FILE_INVALID.
 */
export function newKey(path: string, passphrase?: string): NewKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase ? { cipher: 'aes-256-cbc', passphrase } : {}),
  });
  const publicPath = `${path}.pub`;
  create(path, pem.toString(), 0o600);
  create(publicPath, publicKey.export({ type: 'spki', format: 'pem' }).toString(), 0o644);
  return { privatePath: path, publicPath, fingerprint: fingerprintOf(publicKey) };
}

function create(path: string, content: string, mode: number): void {
  try {
    writeFileSync(path, content, { mode, flag: 'wx' });
    // The umask may have taken more away than it should; it can never have added.
    chmodSync(path, mode);
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new RigError(
      exists ? 'FILE_INVALID' : 'FILE_UNREADABLE',
      'file',
      exists ? `${path} exists; a key is never overwritten` : `${path} cannot be written`,
      { cause, hint: 'Name another file.', at: path },
    );
  }
}

/**
 * A private key for signing. Throws FILE_INVALID when others than its owner can read it, when it is no Ed25519 key, or when
 * the passphrase is missing or wrong.
 */
export function signingKey(path: string, passphrase = process.env[PASSPHRASE_VARIABLE]): KeyObject {
  const pem = read(path);
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw invalid(path, `${path} is a private key that others than its owner can use`, `chmod 600 ${path}`);
  }
  try {
    const key = createPrivateKey({ key: pem, ...(passphrase ? { passphrase } : {}) });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    const locked = pem.includes('ENCRYPTED');
    throw invalid(
      path,
      locked
        ? `${path} needs a passphrase${passphrase ? ', and the one given does not fit' : ''}`
        : `${path} holds no private key`,
      locked ? `Give it in the environment variable ${PASSPHRASE_VARIABLE}.` : 'posrig key new makes one.',
      cause,
    );
  }
  throw invalid(path, `${path} is no Ed25519 key`, 'posrig key new makes one.');
}

/** A public key to verify with. Throws FILE_INVALID when the file holds none of Ed25519. */
export const verifyingKey = (path: string): KeyObject => publicKeyFrom(read(path), path);

/** The same from its PEM text; `path` is for messages. A private key is not taken for its public one. */
export function publicKeyFrom(pem: string, path: string): KeyObject {
  try {
    if (!pem.includes('PRIVATE')) {
      const key = createPublicKey(pem);
      if (key.asymmetricKeyType === 'ed25519') return key;
    }
  } catch (cause) {
    throw invalid(path, `${path} holds no public key`, 'Name the .pub file of the key.', cause);
  }
  throw invalid(path, `${path} holds no public Ed25519 key`, 'Name the .pub file of the key.');
}

/** SHA-256 over the SPKI bytes of a public key, hexadecimal in groups of four: what people compare over the telephone. */
export function fingerprintOf(key: KeyObject): string {
  const shared = key.type === 'private' ? createPublicKey(key) : key;
  const digest = createHash('sha256')
    .update(shared.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  return (digest.match(/.{4}/g) ?? []).join(' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new RigError('FILE_UNREADABLE', 'file', `${path} cannot be read`, { cause, at: path });
  }
}

const invalid = (path: string, sentence: string, hint: string, cause?: unknown): RigError =>
  new RigError('FILE_INVALID', 'file', sentence, {
    hint,
    at: path,
    ...(cause === undefined ? {} : { cause }),
  });
