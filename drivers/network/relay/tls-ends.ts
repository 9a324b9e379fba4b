import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TLS_FAILURES } from '../../../rig/model/fault.ts';

/** Failures of a handshake that are shown by what the relay presents. */
export type TlsFailure = Exclude<(typeof TLS_FAILURES)[number], 'handshake-cut'>;

/** TLS as the relay speaks it. */
export interface RelayTls {
  /** False: it passes through unread. */
  readonly terminates: boolean;
  /** The handshake towards the terminal, well or failing as asked. Rejects when the terminal turns away. */
  towardsTerminal(raw: Socket, failure: TlsFailure | undefined): Promise<TLSSocket>;
  /** The handshake towards the host, or the plain socket when none is spoken there; resolves once connected. */
  towardsHost(raw: Socket, host: string): Promise<Socket>;
}
