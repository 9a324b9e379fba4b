import type { Random } from '../random.ts';
import type { World } from '../world.ts';
import type { Title } from './title.ts';

/** A fault of how things lie or are made: the world as it then is. */
export interface WorldFault extends Title {
  on(world: World, random: Random): World;
}

const keypad = (world: World, changes: Partial<World['keypad']>): World => ({
  ...world,
  keypad: { ...world.keypad, ...changes },
});

/** Everything that can be wrong with the mechanics. */
export const WORLD_FAULTS = {
  'keypad-beside': {
    title: { en: 'The terminal was pushed 0.4 mm aside', zh: '终端被推偏 0.4 毫米' },
    on: (world) => keypad(world, { x: world.keypad.x + 0.4 }),
  },
  'keypad-moved': {
    title: { en: 'The terminal was put back 9 mm beside its place', zh: '终端放回时偏离 9 毫米' },
    on: (world) => keypad(world, { x: world.keypad.x + 9 }),
  },
  'keypad-turned': {
    title: { en: 'The terminal was turned by two degrees', zh: '终端转动 2 度' },
    on: (world) => keypad(world, { rotation: world.keypad.rotation + 2 }),
  },
  'keypad-low': {
    title: {
      en: 'The terminal lies 3 mm lower: the finger reaches no key',
      zh: '终端低 3 毫米，手指够不到按键',
    },
    on: (world) => keypad(world, { contact: world.keypad.contact - 3 }),
  },
  'finger-wobbles': {
    title: { en: 'The finger lands up to millimetres beside where it is sent', zh: '手指落点偏差达毫米级' },
    on: (world) => keypad(world, { noise: 1.2 }),
  },
  'contacts-bounce': {
    title: { en: 'Key contacts bounce', zh: '按键触点抖动' },
    on: (world) => keypad(world, { bounce: 0.5 }),
  },
  'key-dead': {
    title: { en: 'A key no longer closes', zh: '某键失灵' },
    on: (world, random) => {
      const names = Object.keys(world.keys);
      const dead = names[Math.floor(random.next() * names.length)];
      return {
        ...world,
        keys: Object.fromEntries(Object.entries(world.keys).filter(([key]) => key !== dead)),
      };
    },
  },
  'lost-steps': {
    title: { en: 'The gantry loses steps', zh: '龙门丢步' },
    on: (world) => ({ ...world, gantry: { ...world.gantry, 'lost-steps': { chance: 0.03, mm: 0.9 } } }),
  },
} as const satisfies Readonly<Record<string, WorldFault>>;
