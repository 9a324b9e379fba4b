import type { Random } from '../random.ts';
import type { World } from '../world.ts';
import type { Title } from './title.ts';

/** A fault of how things lie or are made: the world as it then is. */
export interface WorldFault extends Title {
  on(world: World, random: Random): World;
}

const gantry = (world: World, changes: Partial<World['gantry']>): World => ({
  ...world,
  gantry: { ...world.gantry, ...changes },
});
const calendar = (world: World, faulty: World['terminal']['calendar']): World => ({
  ...world,
  terminal: { ...world.terminal, calendar: faulty },
});
const anyKey = (world: World, random: Random): string => {
  const names = Object.keys(world.keys);
  return names[Math.floor(random.next() * names.length)] ?? '';
};

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
      const dead = anyKey(world, random);
      return {
        ...world,
        keys: Object.fromEntries(Object.entries(world.keys).filter(([key]) => key !== dead)),
      };
    },
  },
  'lost-steps': {
    title: { en: 'The gantry loses steps', zh: '龙门丢步' },
    on: (world) => gantry(world, { 'lost-steps': { chance: 0.03, mm: 0.9 } }),
  },
  backlash: {
    title: { en: 'The gantry has a backlash of 1.2 mm', zh: '龙门回程间隙 1.2 毫米' },
    on: (world) => gantry(world, { play: { ...world.gantry.play, backlash: 1.2 } }),
  },
  'belt-stretched': {
    title: { en: 'The gantry goes two per cent too far', zh: '龙门行程偏大 2%' },
    on: (world) => gantry(world, { play: { ...world.gantry.play, scale: 0.02 } }),
  },
  'motors-released': {
    title: {
      en: 'Motors without current at rest: the finger drifts before every move',
      zh: '电机静止断电，手指在每次移动前漂移',
    },
    on: (world) => gantry(world, { play: { ...world.gantry.play, drift: 0.25 } }),
  },
  'tip-wide': {
    title: {
      en: 'The fingertip is so wide that it closes the keys beside, too',
      zh: '指尖过宽，同时压到相邻按键',
    },
    on: (world) => keypad(world, { tip: 6.8 }),
  },
  'key-stiff': {
    title: {
      en: 'The dome of a key is worn: it closes a millimetre deeper',
      zh: '某键弹片老化，需多按 1 毫米',
    },
    on: (world, random) => keypad(world, { stiff: { [anyKey(world, random)]: 1 } }),
  },
  'clock-wrong': {
    title: { en: 'The terminal’s calendar is eleven minutes ahead', zh: '终端日历快 11 分钟' },
    on: (world) => calendar(world, { ahead: 660 }),
  },
  'clock-drifts': {
    title: { en: 'The terminal’s calendar runs two per cent too fast', zh: '终端日历走快 2%' },
    on: (world) => calendar(world, { drift: 0.02 }),
  },
  'clock-jumps': {
    title: {
      en: 'Summer time begins: the terminal’s calendar jumps by an hour in mid-run',
      zh: '夏令时开始，终端日历运行中跳快一小时',
    },
    on: (world, random) =>
      calendar(world, { jump: { after: 20_000 + Math.floor(random.next() * 60_000), by: 3600 } }),
  },
} as const satisfies Readonly<Record<string, WorldFault>>;
