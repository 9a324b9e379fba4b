import type { Profile } from '../../../rig/bench/profile.ts';
import { isRigError, RigError } from '../../../rig/model/errors.ts';
import type { Clock } from '../../../rig/model/time.ts';
import { type Box, contactAt, type FingerPlacement, toMachine } from '../gantry/geometry.ts';
import { HELP, parseCommand } from './commands.ts';
import { whyNotDown } from './descent.ts';
import { fitRigid, LEAST_SPREAD, spreadOf, type TaughtPoint, WORST_RMS } from './fit.ts';
import type { Jogger } from './jog.ts';
import { findSelfTestKeys, lowerUntil } from './self-test-keys.ts';
import type { Witness } from './witness.ts';

/** A key that was taken, and who saw the finger touch it. */
export interface Taken extends TaughtPoint {
  readonly by: 'screen' | 'person';
}

export interface Lesson {
  readonly jogger: Jogger;
  /** The terminal's screen, if the bench has one to look at. */
  readonly witness: Witness | undefined;
  readonly profile: Profile;
  readonly clock: Clock;
  readonly box: Box;
  /** Where the keypad is believed to lie; nothing is known without. */
  readonly guess: FingerPlacement | undefined;
  /** Travel of a key and height at which the finger moves above it, mm. */
  readonly travel: number;
  readonly hover: number;
  readonly overtravel: number;
  /** How far around a believed place a search goes, mm. */
  readonly radius: number;
  /** Keys to be taught, in order. */
  readonly keys: readonly string[];
  /** What was taken before the lesson was interrupted. */
  readonly before?: readonly Taken[];
  /** Told what is taken by now, whenever that has changed. */
  keep?(taken: readonly Taken[]): void;
  say(text: string): void;
  /** The next line that the person types; undefined when there is none any more. */
  ask(prompt: string): Promise<string | undefined>;
}

const TOUCH_STEP = 0.1;

/**
 * Leads a person through teaching: for every key they bring the finger over it, let it down until it touches (the
 * terminal's screen says so, or they do) and confirm. Resolves with the keys taken; undefined when they gave up.
 */
export async function teachByHand(lesson: Lesson): Promise<readonly Taken[] | undefined> {
  const { jogger, profile, say } = lesson;
  const taken: Taken[] = [...(lesson.before ?? [])];
  const waiting = lesson.keys.filter((key) => !taken.some((point) => point.key === key));
  const keep = () => lesson.keep?.(taken);
  /** Height at which the screen said that the key under the finger closed. */
  let closed: number | undefined;

  const shapeOf = (key: string) => profile.keypad.keys[key];
  const believed = (key: string) => {
    const shape = shapeOf(key);
    const placement = believedPlacement(lesson.guess, taken, lesson);
    if (!shape || !placement) return undefined;
    const place = toMachine(placement, shape);
    return { ...place, z: contactAt(placement, place) + lesson.hover };
  };
  const go = async (key: string) => {
    const place = believed(key);
    if (!place) return say(`  nobody knows yet where ${key} lies: lead the finger there (x+5 y-3 z-10)`);
    await jogger.to({ x: place.x, y: place.y });
    await jogger.to({ z: Math.min(jogger.clearance, place.z) });
    say(`  ${where(jogger)}`);
  };
  const announce = async (key: string) => {
    const shape = shapeOf(key);
    say(`key ${key}${shape ? ` (${shape.x}, ${shape.y} mm from the top left key)` : ''}`);
    await jogger.up();
    if (believed(key)) await go(key);
  };
  const take = (point: Taken) => {
    const old = taken.findIndex(({ key }) => key === point.key);
    if (old >= 0) taken.splice(old, 1);
    taken.push(point);
    const { x, y } = point.machine;
    say(
      `  taken: ${point.key} at ${x.toFixed(2)}, ${y.toFixed(2)}, touched at Z ${point.contact.toFixed(2)} (${point.by})`,
    );
    keep();
  };
  const find = async () => {
    const guess = believedPlacement(lesson.guess, taken, lesson);
    if (!lesson.witness || !guess)
      return say('  that needs a screen to look at, and a first guess (placement in the bench file)');
    const found = await findSelfTestKeys({
      ...lesson,
      witness: lesson.witness,
      guess,
      say: (text) => say(`  ${text}`),
      askForHelp: async (what) => {
        say(`  ${what}`);
        if ((await lesson.ask('Enter when done> ')) === undefined)
          throw new RigError('CANCELLED', 'rig', 'nobody is there to help');
      },
    });
    for (const { key, machine, contact } of found) {
      take({ key, device: shapeOf(key) ?? machine, machine, contact, by: 'screen' });
      const open = waiting.indexOf(key);
      if (open >= 0) waiting.splice(open, 1);
    }
  };
  const touch = async (depth: number) => {
    if (!lesson.witness)
      return say('  no screen is there to see it: lower the finger yourself (z-0.1), then ok');
    const at = jogger.at;
    const limits = { start: at.z, lowest: at.z - depth, step: TOUCH_STEP };
    const z = await lowerUntil({ jogger, witness: lesson.witness }, { x: at.x, y: at.y }, limits);
    if (z === undefined) {
      await jogger.to({ z: at.z });
      return say(`  the screen did not change within ${depth} mm; the finger is up again`);
    }
    closed = z;
    say(`  the screen changed: the key closes at Z ${z.toFixed(2)}; ok takes it`);
  };

  /** The key that spoils the fit is asked for again once there is no other. */
  const again = () => {
    const worst = waiting.length === 0 ? misfit(taken) : undefined;
    if (!worst) return;
    say(
      `  ${worst.key} lies ${worst.off.toFixed(2)} mm from where the layout has it: take it again, or \`key NAME\` another`,
    );
    waiting.push(worst.key);
  };

  // Nothing is known of what happened meanwhile: the finger stays all the way up between keys until one is taken anew.
  again();
  for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
    await announce(key);
    for (let next = false; !next; ) {
      const line = await lesson.ask(`${key}> `);
      if (line === undefined) return taken;
      const command = parseCommand(line);
      try {
        switch (command.do) {
          case 'jog': {
            const { x, y, z } = jogger.at;
            const placement = believedPlacement(lesson.guess, taken, lesson);
            const why = whyNotDown(z, command.z, placement && contactAt(placement, { x, y }));
            if (why !== undefined) {
              say(`  ${why}`);
              break;
            }
            if (command.x !== 0 || command.y !== 0 || command.z > 0) closed = undefined;
            await jogger.to({ x: x + command.x, y: y + command.y, z: z + command.z });
            say(`  ${where(jogger)}`);
            break;
          }
          case 'go':
            closed = undefined;
            await go(command.key ?? key);
            break;
          case 'touch':
            await touch(command.depth);
            break;
          case 'find':
            await find();
            next = taken.some((point) => point.key === key) || waiting.length === 0;
            break;
          case 'ok': {
            const { x, y, z } = jogger.at;
            const device = shapeOf(key);
            if (!device) break;
            // A person sees the tip touch the top of the key; the screen sees it close, a travel deeper.
            const contact = closed === undefined ? z : closed + lesson.travel;
            take({ key, device, machine: { x, y }, contact, by: closed === undefined ? 'person' : 'screen' });
            jogger.clear(Math.max(...taken.map((point) => point.contact)) + lesson.hover);
            next = true;
            break;
          }
          case 'up':
            await jogger.up();
            say(`  ${where(jogger)}`);
            break;
          case 'where':
            say(`  ${where(jogger)}; taken: ${taken.map((point) => point.key).join(', ') || 'nothing'}`);
            break;
          case 'undo': {
            const last = taken.pop();
            say(last ? `  forgot ${last.key}` : '  nothing was taken yet');
            if (last) waiting.push(last.key);
            keep();
            break;
          }
          case 'skip':
            next = true;
            break;
          case 'key':
            if (!shapeOf(command.key)) say(`  the profile has no key "${command.key}"`);
            else {
              waiting.unshift(command.key);
              next = true;
            }
            break;
          case 'done':
            await jogger.up();
            return taken;
          case 'quit':
            await jogger.up();
            return undefined;
          case 'help':
            say(HELP.trimEnd());
            break;
          case 'wrong':
            say(`  ${command.why}`);
            break;
          case 'nothing':
            break;
        }
      } catch (error) {
        // What the fixture refused, the person may do otherwise; what it lost is lost.
        if (!isRigError(error) || !FORGIVEN.has(error.code)) throw error;
        say(`  not possible: ${error.message}${error.hint ? ` (${error.hint})` : ''}`);
      }
    }
    closed = undefined;
    again();
  }
  await jogger.up();
  return taken;
}

/** The key that is farthest from the fit, if the fit would be refused. */
function misfit(taken: readonly Taken[]): { readonly key: string; readonly off: number } | undefined {
  if (taken.length < 2 || spreadOf(taken) < LEAST_SPREAD) return undefined;
  const { rms, residuals } = fitRigid(taken);
  if (rms <= WORST_RMS) return undefined;
  const far = residuals.map(({ key, x, y }) => ({ key, off: Math.hypot(x, y) }));
  return far.reduce((worst, each) => (each.off > worst.off ? each : worst));
}

const FORGIVEN: ReadonlySet<string> = new Set(['KEYPAD_POSITION', 'KEYPAD_MISSED', 'TERMINAL_STATE']);

const where = ({ at }: Jogger) => `X ${at.x.toFixed(2)}  Y ${at.y.toFixed(2)}  Z ${at.z.toFixed(2)}`;

/** The best that is known of the placement: a fit of what was taken, one key's shift of the guess, or the guess. */
function believedPlacement(
  guess: FingerPlacement | undefined,
  taken: readonly TaughtPoint[],
  { travel, hover }: Pick<Lesson, 'travel' | 'hover'>,
): FingerPlacement | undefined {
  const [first, second] = taken;
  if (first && second) {
    const { placement, contact } = fitRigid(taken);
    return { ...placement, contact, travel, hover };
  }
  if (!first) return guess;
  const rotation = guess?.rotation ?? 0;
  const unshifted = toMachine({ x: 0, y: 0, rotation }, first.device);
  const place = { x: first.machine.x - unshifted.x, y: first.machine.y - unshifted.y };
  return { ...place, rotation, contact: first.contact, travel, hover };
}
