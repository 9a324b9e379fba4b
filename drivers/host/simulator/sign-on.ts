import { packWorkingKeys, type SignOnForm, type WorkingKeys } from '../../codec/iso8583/index.ts';
import type { Answer } from './answer.ts';
import type { BusinessCalendar } from './calendar.ts';
import type { RegisteredTerminal } from './keys.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';

/** The forms of key download by 60.3, and what the keys must be like for them. */
const FORMS: Readonly<Record<SignOnForm, (keys: WorkingKeys) => boolean>> = {
  '001': ({ pik, mak }) => pik.length === 8 && mak.length === 8,
  '003': ({ pik }) => pik.length === 16,
  '004': ({ pik, tdk }) => pik.length === 16 && tdk?.length === 16,
};

const isForm = (code: string): code is SignOnForm => Object.hasOwn(FORMS, code);

/**
 * Sign-on (0800): working keys under the terminal master key with their check values, and the batch number in force.
 * Answers 40 when the keys of this host cannot be sent in the form that the terminal asks for.
 */
export function signOn(
  request: Request,
  session: Session,
  terminal: RegisteredTerminal,
  keys: WorkingKeys,
  calendar: BusinessCalendar,
): Answer {
  const rrn = calendar.nextRrn(request.at);
  // Dialects whose sign-on does not say which keys it asks for (60.3) are sent none.
  if (request.rule?.match['60.3'] === undefined) {
    session.signOn();
    return { code: '00', rrn };
  }
  const form = request.message.fields['60.3'] ?? '';
  if (!isForm(form) || !FORMS[form](keys)) return { code: '40', rrn };
  session.signOn();
  return {
    code: '00',
    rrn,
    fields: {
      '60': `${request.message.fields['60.1'] ?? '00'}${session.batch}${form}`,
      '62': packWorkingKeys(terminal.tmk, keys, form),
    },
  };
}
