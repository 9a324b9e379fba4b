import { OperationEnds } from './entry.ts';
import { exchange, type Firmware, nextStan, settingsIn } from './firmware.ts';
import type { PendingReversal, ReversalReason } from './memory.ts';
import { reversalRequest } from './messages.ts';
import * as screens from './screens.ts';

/** Notes why a pending reversal is owed; it was stored with "no answer" before the request left. */
export function reversalBecause({ flash }: Firmware, reason: ReversalReason): void {
  const { reversal } = flash.memory;
  if (reversal && reversal.reason !== reason) flash.commit({ reversal: { ...reversal, reason } });
}

/**
 * Delivers a pending reversal before anything else goes online. Ends the operation with REVERSAL FAILED after as
 * many attempts as the settings say without an answer that settles it; the reversal stays in flash and is tried again before the next one.
 */
export async function deliverReversal(firmware: Firmware): Promise<void> {
  const pending = firmware.flash.memory.reversal;
  if (!pending) return;
  const { attempts } = settingsIn(firmware);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    firmware.show(screens.reversing(pending.stan, attempt));
    const verdict = await attemptReversal(firmware, pending);
    if (verdict === 'settled') {
      firmware.flash.commit({ reversal: null });
      if (firmware.defects.has('reversal-sent-twice'))
        await attemptReversal(firmware, pending, nextStan(firmware));
      return;
    }
    if (verdict === 'sign-on') break;
  }
  throw new OperationEnds(screens.reversalFailed(pending.stan));
}

async function attemptReversal(
  firmware: Firmware,
  pending: PendingReversal,
  under: string = pending.stan,
): Promise<'settled' | 'unsettled' | 'sign-on'> {
  const { link, vault, texts, defects, flash } = firmware;
  if (!link.connected && !(await link.connect())) return 'unsettled';
  const pan = pending.pan === null ? undefined : vault.open(pending.pan);
  const stan = defects.has('reversal-new-stan') ? nextStan(firmware) : under;
  const answer = await exchange(firmware, reversalRequest(pending, pan, stan));
  if (answer?.type !== 'answer') return 'unsettled';
  if (texts['reversal-settled'].includes(answer.code)) return 'settled';
  if (!texts['sign-on-again'].includes(answer.code)) return 'unsettled';
  flash.commit({ signedOn: false });
  return 'sign-on';
}
