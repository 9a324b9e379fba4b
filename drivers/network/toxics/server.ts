import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import type { Hono } from 'hono';
import { RigError } from '../../../rig/model/errors.ts';
import { type Endpoint, hostPort } from '../endpoint.ts';
import { toxiproxyApi } from './api.ts';
import type { Proxies } from './proxies.ts';

const REQUEST_WALL_MS = 15_000;
const IDLE_WALL_MS = 60_000;
const MOST_CLIENTS = 64;

export interface ApiServer {
  readonly address: Endpoint;
  close(): Promise<void>;
}

/**
 * Serves the API.
 * @throws TRANSPORT_OPEN, blame bench, when the address is not to be had
 */
export async function serveApi(
  proxies: Proxies,
  at: Endpoint,
  more?: (app: Hono) => void,
): Promise<ApiServer> {
  const { fetch } = toxiproxyApi(proxies, more);
  let server: ServerType | undefined;
  const info = await new Promise<AddressInfo>((resolve, reject) => {
    server = serve(
      {
        fetch,
        hostname: at.host,
        port: at.port,
        overrideGlobalObjects: false,
        serverOptions: { requestTimeout: REQUEST_WALL_MS, headersTimeout: REQUEST_WALL_MS },
      },
      resolve,
    );
    server.once('error', reject);
  }).catch((cause) => {
    throw new RigError('TRANSPORT_OPEN', 'bench', `the HTTP API cannot listen on ${hostPort(at)}`, {
      cause,
      hint: 'Check that the address is one of this machine and that nothing else uses the port.',
    });
  });
  const listening = server;
  if (listening && 'maxConnections' in listening) {
    listening.maxConnections = MOST_CLIENTS;
    if ('keepAliveTimeout' in listening) listening.keepAliveTimeout = IDLE_WALL_MS;
  }
  return {
    address: { host: info.address, port: info.port },
    close: () =>
      new Promise((resolve) => {
        if (!listening) return resolve();
        listening.close(() => resolve());
        if ('closeAllConnections' in listening) listening.closeAllConnections();
      }),
  };
}
