import { OperationEnds } from '../entry.ts';
import { exchange, type Firmware, identityOf, nextStan } from '../firmware.ts';
import { echoRequest } from '../management-messages.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';

/** Echo: tries the line without touching anything; works before a sign-on too, and sends nothing that is owed. */
export async function echo(firmware: Firmware): Promise<Screen> {
  const { flash, link, show, texts } = firmware;
  show(screens.connecting('ECHO'));
  if (!(await link.connect())) throw new OperationEnds(screens.noConnection());
  show(screens.waiting('ECHO'));
  const at = { ...identityOf(firmware), stan: nextStan(firmware), batch: flash.memory.batch };
  const answer = await exchange(firmware, echoRequest(at));
  if (answer?.type !== 'answer') throw new OperationEnds(screens.noAnswer());
  const { code } = answer;
  if (!texts.approved.includes(code))
    throw new OperationEnds(screens.declined(code, texts.texts[code] ?? ''));
  return screens.echoed();
}
