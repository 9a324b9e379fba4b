import type { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import {
  connect,
  createSecureContext,
  createServer,
  type SecureContext,
  type Server,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import { z } from 'zod';
import { RigError } from '../../rig/model/errors.ts';
import { readOrSay, readSecretFile } from './secret-file.ts';

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
const Min = z
  .enum(VERSIONS)
  .default('TLSv1.2')
  .describe('oldest version that is spoken; old terminals may need TLSv1, which also allows their ciphers');

/** TLS on a port that terminals dial. */
export const TlsServerOptions = z.strictObject({
  certificate: z.string().describe('PEM file: certificate shown to terminals, the chain behind it'),
  key: z.string().describe('PEM file of its private key; only its owner may be able to read it'),
  'client-ca': z
    .string()
    .optional()
    .describe('PEM file: terminals must show a certificate of this authority (mutual TLS)'),
  min: Min,
});
export type TlsServerOptions = z.infer<typeof TlsServerOptions>;

/** TLS towards an acquirer. */
export const TlsClientOptions = z
  .strictObject({
    ca: z
      .string()
      .optional()
      .describe(
        'PEM file of the authority that must have issued its certificate; default: those of the system',
      ),
    fingerprint: z
      .string()
      .transform((text) => text.replaceAll(':', '').toUpperCase())
      .pipe(z.string().regex(/^[0-9A-F]{64}$/, 'expected a SHA-256 fingerprint, 64 hex digits'))
      .optional()
      .describe('SHA-256 of the only certificate that is accepted; without `ca` it stands for the authority'),
    certificate: z.string().optional().describe('PEM file: our own certificate (mutual TLS)'),
    key: z.string().optional().describe('PEM file of its private key; only its owner may be able to read it'),
    'server-name': z.string().optional().describe('name in its certificate, if not the one that is dialled'),
    min: Min,
  })
  .refine((options) => (options.certificate === undefined) === (options.key === undefined), {
    message: 'expected certificate and key together',
    path: ['key'],
  });
export type TlsClientOptions = z.infer<typeof TlsClientOptions>;

/** OpenSSL 3 speaks versions before 1.2 only at security level 0. */
const legacy = (min: (typeof VERSIONS)[number]) =>
  min === 'TLSv1' || min === 'TLSv1.1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {};

/** Puts TLS on connections that were accepted. */
export class TlsAcceptor {
  readonly #server: Server;
  readonly #waiting = new Map<string, { done(socket: TLSSocket): void; failed(error: Error): void }>();

  /** @param options keys and certificates that are in memory already, as Node's `tls.createServer` takes them */
  static of(options: TlsOptions): TlsAcceptor {
    return new TlsAcceptor(options);
  }

  /** @param resolve paths of the options; throws FILE_* when a file is missing, open to others, or no PEM of its kind */
  constructor(options: TlsServerOptions, resolve: (path: string) => string);
  constructor(options: TlsOptions);
  constructor(options: TlsServerOptions | TlsOptions, resolve?: (path: string) => string) {
    this.#server = createServer(
      resolve ? materialOf(options as TlsServerOptions, resolve) : (options as TlsOptions),
    );
    this.#server.on('secureConnection', (socket) => this.#waiting.get(peerOf(socket))?.done(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#waiting.get(peerOf(socket))?.failed(error));
  }

  /** The handshake on a socket from which nothing was read. Rejects when it fails; the socket is then of no use. */
  secure(raw: Socket): Promise<TLSSocket> {
    const peer = peerOf(raw);
    return new Promise<TLSSocket>((resolve, reject) => {
      const closed = () => reject(new Error('the connection was closed during the TLS handshake'));
      raw.once('close', closed);
      this.#waiting.set(peer, {
        done: (socket) => {
          raw.off('close', closed);
          resolve(socket);
        },
        failed: reject,
      });
      // A peer that leaves in mid-handshake has left; half-open it would be waited for.
      const { allowHalfOpen } = raw;
      raw.allowHalfOpen = false;
      // Documented way to put TLS on a socket that somebody else accepted.
      this.#server.emit('connection', raw);
      raw.allowHalfOpen = allowHalfOpen;
    })
      .then((socket) => {
        socket.allowHalfOpen = raw.allowHalfOpen;
        return socket;
      })
      .finally(() => this.#waiting.delete(peer));
  }
}

function materialOf(options: TlsServerOptions, resolve: (path: string) => string): TlsOptions {
  const material = {
    cert: readOrSay(resolve(options.certificate)),
    key: readSecretFile(resolve(options.key)),
    ...(options['client-ca'] === undefined ? {} : { ca: readOrSay(resolve(options['client-ca'])) }),
    minVersion: options.min,
    ...legacy(options.min),
  };
  inspected(() => createSecureContext(material), options.certificate);
  const mutual = options['client-ca'] !== undefined;
  return { ...material, requestCert: mutual, rejectUnauthorized: mutual };
}

const peerOf = (socket: Socket) => `${socket.remoteAddress}|${socket.remotePort}`;

/** Puts TLS on connections to an acquirer and proves who answers. */
export class TlsConnector {
  readonly #options: TlsClientOptions;
  readonly #context: SecureContext;
  readonly #trustsSystem: boolean;

  /** @param resolve paths of the options; throws FILE_* when a file is missing, open to others, or no PEM of its kind */
  constructor(options: TlsClientOptions, resolve: (path: string) => string) {
    this.#options = options;
    this.#trustsSystem = options.ca === undefined;
    this.#context = inspected(
      () =>
        createSecureContext({
          ...(options.ca === undefined ? {} : { ca: readOrSay(resolve(options.ca)) }),
          ...(options.certificate === undefined ? {} : { cert: readOrSay(resolve(options.certificate)) }),
          ...(options.key === undefined ? {} : { key: readSecretFile(resolve(options.key)) }),
          minVersion: options.min,
          ...legacy(options.min),
        }),
      options.certificate ?? options.ca ?? '',
    );
  }

  /**
   * The handshake on a connected socket. Rejects with a sentence that says what is wrong with the certificate: not the
   * pinned one, expired or not valid yet, not of the authority, for another name.
   */
  secure(raw: Socket, host: string): Promise<TLSSocket> {
    const { fingerprint } = this.#options;
    const name = this.#options['server-name'] ?? host;
    const pinnedOnly = fingerprint !== undefined && this.#trustsSystem;
    const secured = connect({
      socket: raw,
      secureContext: this.#context,
      ...(isIP(name) === 0 ? { servername: name } : {}),
      host: name,
      rejectUnauthorized: !pinnedOnly,
    });
    return new Promise((resolve, reject) => {
      secured.once('error', reject);
      secured.once('close', () => reject(new Error('the connection was closed during the TLS handshake')));
      secured.once('secureConnect', () => {
        const wrong = wrongWith(secured.getPeerX509Certificate(), fingerprint);
        if (wrong === undefined) resolve(secured);
        else {
          reject(new Error(wrong));
          raw.destroy();
        }
      });
    });
  }
}

/** A pin names one certificate, and even that one only while it is valid. */
function wrongWith(shown: X509Certificate | undefined, pin: string | undefined): string | undefined {
  if (!shown) return 'the acquirer shows no certificate';
  const found = fingerprintOf(shown);
  if (pin !== undefined && pin !== found) return `its certificate is not the pinned one; it has ${found}`;
  if (Date.parse(shown.validTo) < Date.now()) return `its certificate has expired: valid to ${shown.validTo}`;
  if (Date.parse(shown.validFrom) > Date.now())
    return `its certificate is not valid yet: valid from ${shown.validFrom}`;
  return undefined;
}

/** SHA-256 of a certificate in the form of a bench file: 64 hex digits. */
export const fingerprintOf = (certificate: X509Certificate): string =>
  certificate.fingerprint256.replaceAll(':', '');

function inspected<T>(make: () => T, file: string): T {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof RigError) throw cause;
    throw new RigError(
      'FILE_INVALID',
      'file',
      `${file} and the files named beside it are no certificates and keys that belong together: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause, hint: 'Both must be PEM, and the key must be that of the certificate.' },
    );
  }
}
