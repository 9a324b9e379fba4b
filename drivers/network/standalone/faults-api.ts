import type { Hono } from 'hono';
import { z } from 'zod';
import type { ArmedFault, NetworkPlane } from '../../../rig/bench/planes.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import type { FaultProof } from '../../../rig/model/fault.ts';
import { parseFault } from '../../../rig/model/fault-text.ts';
import type { RelayMeans } from '../relay/fault-point.ts';
import { bodyOf } from '../toxics/api.ts';
import { ApiError } from '../toxics/proxies.ts';
import { checkAble } from './plan.ts';

/** How many faults may be asked for while the relay runs. */
const MOST_FAULTS = 1000;

/** The faults of the relay while it runs: those of the command line and those that clients of the API arm. */
export class StandingFaults {
  readonly #plane: NetworkPlane;
  readonly #means: RelayMeans;
  readonly #armed = new Map<string, ArmedFault>();

  constructor(plane: NetworkPlane, means: RelayMeans) {
    this.#plane = plane;
    this.#means = means;
  }

  /** Arms a fault of the one-line form. @throws USAGE or NETWORK_FAULT, blame file */
  async arm(text: string): Promise<FaultProof> {
    const fault = parseFault(text);
    checkAble(fault, this.#means);
    if (this.#armed.size >= MOST_FAULTS) throw new ApiError(409, `there were ${MOST_FAULTS} faults already`);
    const armed = await this.#plane.arm(fault);
    this.#armed.set(armed.id, armed);
    return armed.proof();
  }

  proofs(): readonly FaultProof[] {
    return [...this.#armed.values()].map((fault) => fault.proof());
  }

  proof(id: string): FaultProof | undefined {
    return this.#armed.get(id)?.proof();
  }

  /** Heals one; undefined when there is none of that id. Its proof stays. */
  async heal(id: string): Promise<FaultProof | undefined> {
    return this.#armed.get(id)?.heal();
  }

  async healAll(): Promise<readonly FaultProof[]> {
    return Promise.all([...this.#armed.values()].map((fault) => fault.heal()));
  }
}

const FaultBody = z.object({ fault: z.string() });

/**
 * Beside toxiproxy's routes, in their manner: `GET /faults` all proofs, `POST /faults {"fault": "cut@response.byte(17)"}`
 * arms one (201 with its proof, once it is confirmed), `GET /faults/:id`, `DELETE /faults/:id` heals it (200 with its proof).
 */
export function faultRoutes(app: Hono, faults: StandingFaults): void {
  const found = (proof: FaultProof | undefined): FaultProof => {
    if (proof) return proof;
    throw new ApiError(404, 'fault not found');
  };
  app.get('/faults', (c) => c.json(faults.proofs()));
  app.post('/faults', async (c) => {
    const { fault } = await bodyOf(c, FaultBody);
    try {
      return c.json(await faults.arm(fault), 201);
    } catch (error) {
      if (isRigError(error) && error.blame === 'file') {
        throw new ApiError(400, [error.message, error.hint].filter(Boolean).join('. '));
      }
      throw error;
    }
  });
  app.get('/faults/:id', (c) => c.json(found(faults.proof(c.req.param('id')))));
  app.delete('/faults/:id', async (c) => c.json(found(await faults.heal(c.req.param('id')))));
}
