import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { z } from 'zod';
import type { TLS_FAILURES } from '../../../rig/model/fault.ts';
import { readOrSay, readSecretFile } from '../../transport/secret-file.ts';
import { type Pem, TestAuthority } from '../../transport/test-ca.ts';
import { TlsAcceptor, TlsClientOptions, TlsConnector } from '../../transport/tls.ts';

/** Failures of a handshake that are shown by what the relay presents. */
export type TlsFailure = Exclude<(typeof TLS_FAILURES)[number], 'handshake-cut'>;

const DAY_MS = 86_400_000;

/** TLS that the relay ends, so that the dialogue can be seen: an authority that the terminal trusts issues what it shows. */
const Terminate = z.strictObject({
  terminal: z.strictObject({
    authority: z
      .string()
      .describe('PEM file: certificate of the lab authority that is installed in the terminal'),
    key: z.string().describe('PEM file of its private key; only its owner may be able to read it'),
    names: z.array(z.string().min(1)).min(1).describe('names and addresses that the terminal may dial'),
  }),
  host: TlsClientOptions.optional().describe('TLS towards the acquirer; absent: plain'),
});

export const RelayTlsOptions = z
  .union([z.literal('pass-through'), Terminate])
  .describe(
    'pass-through: TLS crosses unread, so that no point inside the dialogue exists; or how it is ended here',
  );
export type RelayTlsOptions = z.infer<typeof RelayTlsOptions>;

/** TLS as the relay speaks it. */
export interface RelayTls {
  /** False: it passes through unread. */
  readonly terminates: boolean;
  /** The handshake towards the terminal, well or failing as asked. Rejects when the terminal turns away. */
  towardsTerminal(raw: Socket, failure: TlsFailure | undefined): Promise<TLSSocket>;
  /** The handshake towards the host, or the plain socket when none is spoken there; resolves once connected. */
  towardsHost(raw: Socket, host: string): Promise<Socket>;
}

/** TLS that nobody looks into. */
const PASS_THROUGH: RelayTls = {
  terminates: false,
  towardsTerminal: () => Promise.reject(new Error('TLS passes through')),
  towardsHost: (raw) => Promise.resolve(raw),
};

/**
 * TLS as a bench file asks for it.
 * @param resolve paths of the options
 * @throws FILE_… for files that are missing, open to others, or no PEM of their kind
 */
export async function openTls(
  options: RelayTlsOptions,
  resolve: (path: string) => string,
): Promise<RelayTls> {
  if (options === 'pass-through') return PASS_THROUGH;
  const authority = await TestAuthority.load({
    certificate: readOrSay(resolve(options.terminal.authority)).toString('latin1'),
    key: readSecretFile(resolve(options.terminal.key)).toString('latin1'),
  });
  return new TerminatedTls(
    authority,
    options.terminal.names,
    await acceptorOf(authority, options.terminal.names, undefined),
    options.host && new TlsConnector(options.host, resolve),
  );
}

class TerminatedTls implements RelayTls {
  readonly terminates = true;
  readonly #authority: TestAuthority;
  readonly #names: readonly string[];
  readonly #acceptor: TlsAcceptor;
  readonly #connector: TlsConnector | undefined;
  readonly #failing = new Map<TlsFailure, Promise<TlsAcceptor>>();

  constructor(
    authority: TestAuthority,
    names: readonly string[],
    acceptor: TlsAcceptor,
    connector: TlsConnector | undefined,
  ) {
    this.#authority = authority;
    this.#names = names;
    this.#acceptor = acceptor;
    this.#connector = connector;
  }

  async towardsTerminal(raw: Socket, failure: TlsFailure | undefined): Promise<TLSSocket> {
    if (failure === undefined) return this.#acceptor.secure(raw);
    const made = this.#failing.get(failure) ?? acceptorOf(this.#authority, this.#names, failure);
    this.#failing.set(failure, made);
    return (await made).secure(raw);
  }

  async towardsHost(raw: Socket, host: string): Promise<Socket> {
    await connected(raw);
    return this.#connector ? this.#connector.secure(raw, host) : raw;
  }
}

/** What is shown to the terminal: a certificate that is right, or wrong in exactly one way. */
async function acceptorOf(
  authority: TestAuthority,
  names: readonly string[],
  failure: TlsFailure | undefined,
): Promise<TlsAcceptor> {
  const pem = await certificateOf(authority, names, failure);
  return TlsAcceptor.of({
    cert: pem.certificate,
    key: pem.key,
    ...(failure === 'protocol-too-old'
      ? { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
      : { minVersion: 'TLSv1.2' }),
  });
}

async function certificateOf(
  authority: TestAuthority,
  names: readonly string[],
  failure: TlsFailure | undefined,
): Promise<Pem> {
  switch (failure) {
    case 'expired':
      return authority.issue(names, {
        from: new Date(Date.now() - 30 * DAY_MS),
        to: new Date(Date.now() - DAY_MS),
      });
    case 'wrong-name':
      return authority.issue([`${randomUUID()}.invalid`]);
    case 'unknown-ca':
      // The same name on an authority that nobody has installed.
      return (await TestAuthority.create('posrig test authority')).issue(names);
    default:
      return authority.issue(names);
  }
}

function connected(raw: Socket): Promise<void> {
  if (!raw.connecting && !raw.destroyed && raw.readyState === 'open') return Promise.resolve();
  return new Promise((resolve, reject) => {
    raw.once('connect', resolve);
    raw.once('error', reject);
    raw.once('close', () => reject(new Error('closed before it was connected')));
  });
}
