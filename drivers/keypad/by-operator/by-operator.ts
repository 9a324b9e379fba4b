import { z } from 'zod';
import type { DriverContext, KeypadPlane } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { DESK_OPTIONS, openDesk } from '../../operator/options.ts';
import { counted, WearOption } from '../wear/counted.ts';

/** Options of the driver `operator` of the keypad plane. */
export const options = z.strictObject({ ...DESK_OPTIONS, wear: WearOption });
export type KeypadByOperatorOptions = z.infer<typeof options>;

/** How long a person holds a key, nominal ms; nobody measures it. */
const HUMAN_DWELL_MS = 150;

/**
 * A person who presses the keys: asked one by one, so that the screen can prove every press as it does a machine's. Who
 * pressed is recorded; a digit of a PIN is asked for and never recorded. Errors: OPERATOR_REFUSED, TRANSPORT_TIMEOUT.
 */
export async function open(options: KeypadByOperatorOptions, context: DriverContext): Promise<KeypadPlane> {
  const { profile, recorder } = context;
  const desk = await openDesk(options, 'keypad', context);
  const known = new Set<string>();
  const keypad: KeypadPlane = {
    facts: desk.facts,
    async press(key, { secret = false } = {}) {
      const named = secret ? 'a digit of a PIN' : `key "${key}"`;
      if (!Object.hasOwn(profile.keypad.keys, key)) {
        throw new RigError('KEYPAD_UNKNOWN_KEY', 'file', `the profile ${profile.id} has no ${named}`);
      }
      const question = { text: `press the key ${key} once`, act: { press: key }, secret };
      const answer = await desk.ask(question, options.patience * 1000);
      if (!known.has(answer.by)) {
        known.add(answer.by);
        recorder.record({ type: 'note', level: 'info', text: `keypad: ${answer.by} presses the keys` });
      }
      if (answer.refused) {
        throw new RigError('OPERATOR_REFUSED', 'bench', `${answer.by} did not press ${named}`, {
          hint: secret || answer.text === '' ? 'Ask them why.' : `They said: ${answer.text}`,
        });
      }
      return { dwellMs: HUMAN_DWELL_MS };
    },
    park: async () => {},
    close: () => desk.close(),
  };
  return counted(keypad, options.wear, context);
}
