import 'reflect-metadata';
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { RigError } from '../../rig/model/errors.ts';

/*
 * A test authority for benches. Node has the keys and the signatures (WebCrypto) but issues no certificates;
 * @peculiar/x509 writes them with just these, so no second implementation of cryptography comes in.
 */

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
} as const;
const DAY_MS = 86_400_000;
const YEARS_MS = 3 * 365 * DAY_MS;

export interface Pem {
  readonly certificate: string;
  readonly key: string;
}

export interface IssueOptions {
  /** Default: yesterday to three years from now. */
  readonly from?: Date;
  readonly to?: Date;
  readonly for?: 'server' | 'client';
}

/** An authority that exists to be trusted by one bench. Terminals before TLS 1.2 know no elliptic curves: `rsa` is for them. */
export class TestAuthority {
  readonly pem: Pem;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #certificate: x509.X509Certificate;
  readonly #algorithm: typeof ALGORITHM | typeof RSA;

  private constructor(
    keys: webcrypto.CryptoKeyPair,
    certificate: x509.X509Certificate,
    algorithm: typeof ALGORITHM | typeof RSA,
    pem: Pem,
  ) {
    this.#keys = keys;
    this.#certificate = certificate;
    this.#algorithm = algorithm;
    this.pem = pem;
  }

  static async create(name: string, kind: 'ecdsa' | 'rsa' = 'ecdsa'): Promise<TestAuthority> {
    const algorithm = kind === 'rsa' ? RSA : ALGORITHM;
    const keys = await pair(algorithm);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [name] }],
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + YEARS_MS),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const pem = { certificate: certificate.toString('pem'), key: await privatePem(keys) };
    return new TestAuthority(keys, certificate, algorithm, pem);
  }

  /** An authority that was made before. Its key decides which kind it is. Throws FILE_INVALID. */
  static async load(pem: Pem): Promise<TestAuthority> {
    try {
      const key = createPrivateKey(pem.key);
      const algorithm = key.asymmetricKeyType === 'rsa' ? RSA : ALGORITHM;
      const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
      const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
      const { subtle } = webcrypto;
      const keys = {
        privateKey: await subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
        publicKey: await subtle.importKey('spki', spki, algorithm, true, ['verify']),
      };
      return new TestAuthority(keys, new x509.X509Certificate(pem.certificate), algorithm, pem);
    } catch (cause) {
      throw new RigError('FILE_INVALID', 'file', 'the test authority cannot be read', {
        cause,
        hint: 'Delete its two files to have a new one; terminals must then be given the new certificate.',
      });
    }
  }

  /** A certificate for host names and IP addresses, with a key of its own. The first name is its common name. */
  async issue(names: readonly string[], options: IssueOptions = {}): Promise<Pem> {
    const keys = await pair(this.#algorithm);
    const purpose =
      options.for === 'client' ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth;
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [{ CN: [names[0] ?? 'posrig'] }],
      issuer: this.#certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: this.#algorithm,
      notBefore: options.from ?? new Date(Date.now() - DAY_MS),
      notAfter: options.to ?? new Date(Date.now() + YEARS_MS),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
          true,
        ),
        new x509.ExtendedKeyUsageExtension([purpose]),
        new x509.SubjectAlternativeNameExtension(
          names.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }) as const),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
      ],
    });
    return { certificate: certificate.toString('pem'), key: await privatePem(keys) };
  }
}

const pair = (algorithm: typeof ALGORITHM | typeof RSA): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const lines =
    Buffer.from(pkcs8)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}
