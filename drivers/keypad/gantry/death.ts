import { RigError } from '../../../rig/model/errors.ts';
import { DIALECT, type DialectId } from '../../codec/grbl/dialects.ts';
import { describeAlarm } from '../../codec/grbl/meanings.ts';
import type { Cause } from './stream.ts';

const STRANGER = { alarm: 'an alarm', banner: 'the greeting', fault: 'the last words' } as const;

/** Why nothing can be asked of a motion controller any more, as an error of the bench. */
export function deathOf(cause: Cause, dialect: DialectId): RigError {
  const again = 'The position of the finger is unknown until it has homed again.';
  switch (cause.why) {
    case 'alarm':
      return new RigError(
        'KEYPAD_ALARM',
        'bench',
        `the motion controller raised ${describeAlarm(cause.code, dialect)}`,
        {
          hint: `Look at the fixture before the next run. ${again}`,
        },
      );
    case 'fault':
      return new RigError('KEYPAD_ALARM', 'bench', `the motion controller has stopped: ${cause.text}`, {
        hint: `Look at the fixture, then switch the controller off and on. ${again}`,
      });
    case 'restart':
      return new RigError('KEYPAD_POSITION', 'bench', 'the motion controller restarted by itself', {
        hint: `Check its power supply and the emergency stop. ${again}`,
      });
    case 'stranger':
      return new RigError(
        cause.said === 'banner' ? 'KEYPAD_POSITION' : 'KEYPAD_ALARM',
        'bench',
        `${STRANGER[cause.said]} of another kind of motion controller came from the one that speaks ${DIALECT[dialect].title}`,
        {
          hint: `Is it still the same controller, and is nothing else on its port? Look at the fixture before the next run. ${again}`,
        },
      );
    case 'out-of-step':
      return new RigError(
        'TRANSPORT_PROTOCOL',
        'bench',
        'the motion controller acknowledged more than it was sent',
        {
          hint: 'Another program may be using the same port, or the line is disturbed.',
        },
      );
    case 'late':
      return new RigError('TRANSPORT_TIMEOUT', 'bench', 'the motion controller did not answer in time', {
        hint: again,
      });
  }
}
