import { HostPolicy } from '../bench/policy.ts';
import { RigError } from '../model/errors.ts';
import { bringToIdle, proveIdle } from './idle.ts';
import { handOn, operate } from './operate.ts';
import { quote, ScreenWatch, type SeenScreen } from './screen-watch.ts';
import { need, type Stage } from './stage.ts';

/** An acquirer that does what it should. */
const IN_ORDER = HostPolicy.parse({});

/** A bench that is whole: path at home, host in order, no card in, power on. */
export async function makeBenchWhole(stage: Stage): Promise<void> {
  const { planes } = stage.open;
  if (planes.host?.simulated) planes.host.configure(IN_ORDER);
  await planes.network?.setPath({ region: stage.bench.home, access: stage.bench.access });
  await planes.card?.remove();
  if (planes.power && (await planes.power.get()) === 'off') await planes.power.set('on');
}

/** What an earlier time has left at the terminal. */
export interface Left {
  /** A scenario that broke off has left its batch open. */
  readonly openBatch: boolean;
  /** The terminal may have signed on to an acquirer that is no more: a simulated one begins with every run. */
  readonly otherAcquirer: boolean;
}

/** The ground every scenario starts from: bench whole, terminal idle, signed on to this acquirer, nothing owed. */
export async function prepareGround(stage: Stage, left: Left, signal: AbortSignal): Promise<void> {
  const { profile } = stage;
  const stranger =
    left.otherAcquirer &&
    stage.open.planes.host?.simulated === true &&
    profile.operations['sign-on'] !== undefined;
  await makeBenchWhole(stage);
  await withWatch(stage, signal, async (watch) => {
    let idle = await bringToIdle({ planes: stage.open.planes, profile, watch, clock: stage.clock });
    if (stranger || profile['signed-off'].includes(idle.id ?? ''))
      ({ idle } = await operate(stage, watch, 'sign-on', {}));
    const owing = [...profile['pending-reversal'], ...profile.stored];
    if (left.openBatch || owing.includes(idle.id ?? ''))
      ({ idle } = await operate(stage, watch, 'settle', {}));
    if (profile['signed-off'].includes(idle.id ?? ''))
      ({ idle } = await operate(stage, watch, 'sign-on', {}));
    if (profile.idle.includes(idle.id ?? '') && !owing.includes(idle.id ?? '')) return;
    throw new RigError(
      'TERMINAL_STATE',
      'terminal',
      `the terminal cannot be made ready; it shows ${quote(idle)}`,
    );
  });
}

/** Brings the terminal back to idle after a scenario and signs it on if it asks for that; returns the idle screen. */
export async function returnToIdle(stage: Stage, signal: AbortSignal): Promise<SeenScreen> {
  const { profile } = stage;
  return withWatch(stage, signal, async (watch) => {
    const idle = await bringToIdle({ planes: stage.open.planes, profile, watch, clock: stage.clock });
    if (!profile['signed-off'].includes(idle.id ?? '')) return idle;
    return (await operate(stage, watch, 'sign-on', {})).idle;
  });
}

/** Brings the terminal back to idle after a scenario, on a bench that is whole again, and proves it. Errors: TERMINAL_STATE. */
export async function leaveIdle(stage: Stage, signal: AbortSignal): Promise<void> {
  const { profile, recorder, clock } = stage;
  const { planes } = stage.open;
  await makeBenchWhole(stage);
  await withWatch(stage, signal, async (watch) => {
    const seeker = { planes, profile, watch, clock };
    await bringToIdle(seeker);
    recorder.record({
      type: 'note',
      level: 'info',
      text: `the terminal is idle: ${await proveIdle(seeker)}`,
    });
  });
}

async function withWatch<T>(
  stage: Stage,
  signal: AbortSignal,
  use: (watch: ScreenWatch) => Promise<T>,
): Promise<T> {
  const watch = new ScreenWatch(need(stage, 'display'), stage.profile, stage.clock, signal);
  try {
    return await use(watch);
  } finally {
    watch.close();
  }
}

/** Proves at the start of a run that finger, keypad and display belong together. */
export async function selfTest(stage: Stage, signal: AbortSignal): Promise<void> {
  await makeBenchWhole(stage);
  await withWatch(stage, signal, async (watch) => {
    const { profile, clock, open } = stage;
    await bringToIdle({ planes: open.planes, profile, watch, clock });
    if (open.planes.display?.tells === 'states') {
      const text = 'no self-test of the keypad: the display of this bench does not see what keys do';
      return stage.recorder.record({ type: 'note', level: 'warning', text });
    }
    // Also where a till begins operations the keys must be the terminal's.
    await handOn({ ...stage, by: 'keypad' }, watch).selfTest();
    await open.planes.keypad?.park();
  });
}
