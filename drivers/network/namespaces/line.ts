import type { LiveConnections } from '../../../rig/model/fault.ts';
import type { Creation } from '../kernel/creation.ts';
import type { Path } from '../relay/path-delay.ts';
import type { LayerBelow } from '../relay/plane.ts';
import { Sites } from './sites.ts';
import { Subnet } from './subnet.ts';

/** What the bench file says of the namespaces, as the service published them. */
export interface LinePlace {
  readonly terminal: string;
  readonly through: string;
  readonly exit: string;
  readonly subnet: string;
}

/** The cable of a terminal in a namespace: where it is plugged in, and what becomes of its packets on the way to the rig. */
export class Line implements LayerBelow {
  readonly delays = false;
  readonly #sites: Sites;

  /** @param rate nominal seconds per wall second */
  constructor(creation: Creation, place: LinePlace, rate: number) {
    this.#sites = new Sites(creation, {
      terminal: place.terminal,
      path: place.through,
      subnet: Subnet.of(place.subnet),
      rate,
      entrance: async () => {},
    });
  }

  move({ region, access }: Path, live: LiveConnections): Promise<void> {
    return this.#sites.move({ region: region.id, access: access.id }, live);
  }
}
