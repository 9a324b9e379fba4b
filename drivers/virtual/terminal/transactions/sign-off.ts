import { OperationEnds } from '../entry.ts';
import { exchange, type Firmware, identityOf, nextStan } from '../firmware.ts';
import { signOffRequest } from '../management-messages.ts';
import { openLine } from '../online.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';

/** Sign-off: what is owed goes first; then nobody can sell here before the next sign-on. The batch stays. */
export async function signOff(firmware: Firmware): Promise<Screen> {
  const { flash, show, texts } = firmware;
  if (!flash.memory.signedOn) throw new OperationEnds(screens.notPossible('SIGN ON FIRST'));
  await openLine(firmware, 'SIGN OFF');
  show(screens.waiting('SIGN OFF'));
  const at = { ...identityOf(firmware), stan: nextStan(firmware), batch: flash.memory.batch };
  const answer = await exchange(firmware, signOffRequest(at));
  if (answer?.type !== 'answer') return screens.noAnswer();
  if (!texts.approved.includes(answer.code))
    return screens.declined(answer.code, texts.texts[answer.code] ?? '');
  flash.commit({ signedOn: false });
  return screens.signedOff();
}
