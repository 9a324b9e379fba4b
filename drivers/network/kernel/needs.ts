import { RigError } from '../../../rig/model/errors.ts';
import { lacks, type Power, probeKernel } from './probe.ts';

/** @throws NETWORK_KERNEL, blame bench, when this machine lacks a power, with what was tried and what came of it */
export async function needPowers(what: string, wanted: readonly Power[]): Promise<void> {
  const missing = lacks(await probeKernel(), wanted);
  if (missing === undefined) return;
  throw new RigError('NETWORK_KERNEL', 'bench', `this machine cannot do ${what}: ${missing}`, {
    hint: '`posrig doctor` says how to get it; driver `relay` needs none of it.',
  });
}
