import type { Hono } from 'hono';
import { z } from 'zod';
import { isRigError } from '../../../rig/model/errors.ts';
import { LiveConnections } from '../../../rig/model/fault.ts';
import { hostPort } from '../endpoint.ts';
import { jitterOf, roundTrip } from '../relay/path-delay.ts';
import type { RelayPlane } from '../relay/plane.ts';
import { bodyOf } from '../toxics/api.ts';
import { ApiError } from '../toxics/proxies.ts';

const Move = z.strictObject({
  region: z.string().optional(),
  access: z.string().optional(),
  live: LiveConnections.optional(),
});

/**
 * `GET /path` where the terminal is and where it could be; `POST /path {"region": "chengdu", "access": "4g", "live": "fin"}`
 * takes it somewhere else: source address, delays, entry point and look-ups change at once, and live connections fare as said
 * (default `fin`). 400 for a place that nobody knows, or from whose address this machine cannot send.
 */
export function pathRoutes(app: Hono, plane: RelayPlane): void {
  app.get('/path', (c) => c.json(shown(plane)));
  app.post('/path', async (c) => {
    const { region, access, live } = await bodyOf(c, Move);
    try {
      await plane.setPath({
        ...(region !== undefined && { region }),
        access: access ?? plane.path?.access.id ?? 'wired',
        ...(live !== undefined && { live }),
      });
    } catch (error) {
      if (!isRigError(error)) throw error;
      throw new ApiError(400, [error.message, error.hint].filter(Boolean).join('. '));
    }
    return c.json(shown(plane));
  });
}

function shown(plane: RelayPlane) {
  const { path, regions, accesses } = plane;
  const to = path?.to ? hostPort(path.to) : plane.facts['to'];
  const known = { regions, accesses };
  if (!path) return { to, ...known };
  const { region, access } = path;
  return {
    region: region.id,
    access: access.id,
    egress: region.egress,
    ...(region.entry !== undefined && { entry: region.entry }),
    to,
    rttMs: roundTrip(path),
    jitterMs: jitterOf(path),
    ...known,
  };
}
