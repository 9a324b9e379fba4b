import { readCard } from '../card-reader.ts';
import { enterPin, OperationEnds } from '../entry.ts';
import { exchange, type Firmware, nextStan } from '../firmware.ts';
import { balanceRequest } from '../messages.ts';
import { chipDialogue, circumstancesOf, declined, openLine } from '../online.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';

const TITLE = 'BALANCE ENQUIRY';
/** Tag 9C. */
const ENQUIRY = '31';

/** Balance enquiry: shown to the cardholder, never printed; no money moves, so nothing is recorded or reversed. */
export async function balance(firmware: Firmware): Promise<Screen> {
  if (!firmware.flash.memory.signedOn) throw new OperationEnds(screens.notPossible('SIGN ON FIRST'));
  const presented = await readCard(firmware, TITLE, undefined);
  const pin = await enterPin(firmware, TITLE, undefined);
  await openLine(firmware, TITLE);
  const at = circumstancesOf(firmware);
  nextStan(firmware);
  firmware.show(screens.waiting(TITLE));
  const chip = chipDialogue(firmware, { ...presented, pin, amount: 0 }, at, { type: ENQUIRY });
  const request = balanceRequest({ ...presented, pin, ...(chip && { emv: chip.tags }) }, at);
  const answer = await exchange(firmware, request);
  if (!answer) return screens.noAnswer();
  if (answer.type === 'mac-error') return screens.macError();
  const { code, message } = answer;
  if (!firmware.texts.approved.includes(code)) return declined(firmware, code, message);
  const text = availableBalance(message.fields['54'] ?? '');
  return text === undefined ? screens.notPossible('BALANCE NOT KNOWN') : screens.balance(code, text);
}

/**
 * F54: twenty characters for each balance: account type 2, amount type 2 (02: available), currency 3, sign C or D,
 * amount 12. The available one, else the first.
 */
function availableBalance(field54: string): string | undefined {
  const balances = [...field54.matchAll(/(\d\d)(\d\d)(\d{3})([CD])(\d{12})/g)];
  const found = balances.find(([, , type]) => type === '02') ?? balances[0];
  if (!found) return undefined;
  const [, , , , sign, amount] = found;
  return `${sign === 'D' ? '-' : ''}${screens.yuan(Number(amount))}`;
}
