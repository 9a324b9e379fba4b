import { unpackWorkingKeys } from '../../../codec/iso8583/index.ts';
import { OperationEnds } from '../entry.ts';
import { exchange, type Firmware, identityOf, nextStan } from '../firmware.ts';
import { signOnRequest } from '../management-messages.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';

/**
 * Sign-on: fetches working keys, the batch number and the time. Keys are used only if each matches its check value; the
 * old ones stay otherwise. Whatever stands in the way ends the operation.
 */
export async function signOn(firmware: Firmware): Promise<Screen> {
  const { flash, link, rtc, setup, show, texts, defects } = firmware;
  show(screens.connecting('SIGN ON'));
  if (!(await link.connect())) throw new OperationEnds(screens.noConnection());
  const stan = nextStan(firmware);
  show(screens.waiting('SIGN ON'));
  const request = signOnRequest(
    { ...identityOf(firmware), stan, batch: flash.memory.batch },
    serialOf(setup),
    setup.security.encryptsTracks ? '004' : '003',
  );
  const answer = await exchange(firmware, request);
  if (answer?.type !== 'answer') throw new OperationEnds(screens.noAnswer());
  const { code, message } = answer;
  if (!texts.approved.includes(code))
    throw new OperationEnds(screens.declined(code, texts.texts[code] ?? ''));
  const wrappedKeys = message.fields['62'] ?? '';
  try {
    unpackWorkingKeys(Buffer.from(setup.tmk, 'hex'), Buffer.from(wrappedKeys, 'hex'));
  } catch {
    throw new OperationEnds(screens.notPossible('KEY CHECK FAILED'));
  }
  rtc.set(message.fields['13'] ?? '', message.fields['12'] ?? '');
  const told = message.fields['60.2'];
  const batch = told !== undefined && /^\d{6}$/.test(told) ? told : flash.memory.batch;
  const kept = defects.has('old-keys-kept') ? (flash.memory.wrappedKeys ?? wrappedKeys) : wrappedKeys;
  flash.commit({ signedOn: true, wrappedKeys: kept, batch });
  if (defects.has('reversal-forgotten-at-sign-on')) flash.commit({ reversal: null });
  return screens.signedOn(batch);
}

/** Twelve characters: the terminal's serial number as the sign-on reports it. */
const serialOf = ({ terminalId }: { readonly terminalId: string }) => `VT40${terminalId}`;
