import type { Fault, FaultLayer } from '../../../rig/model/fault.ts';
import { faultLayers } from '../../../rig/model/fault-rules.ts';

/** The layer that does a fault here, or why none does. */
export type Choice =
  | { readonly layer: FaultLayer; readonly why?: undefined }
  | { readonly layer?: undefined; readonly why: string };

export const NO_PACKET_LAYER = 'this bench has no packet layer: it takes a `path` and TUN devices';

/** The first layer that may and can do a fault; otherwise what each of them says. */
export function chooseLayer(fault: Fault, unable: (layer: FaultLayer) => string | undefined): Choice {
  const reasons: string[] = [];
  for (const layer of faultLayers(fault)) {
    const why = unable(layer);
    if (why === undefined) return { layer };
    reasons.push(why);
  }
  return { why: [...new Set(reasons)].join('; ') };
}
