import type { Manifest } from '../rig/bench/manifest.ts';
import { declareBenchNew } from './devices/bench-new/declare.ts';
import { declareDecode } from './display/codes/decode-verb.ts';
import { declareKeypad } from './keypad/declare.ts';

/** What the fixtures of a bench add to posrig: the drivers of everything that hangs on a serial port, and what finds them. */
export const fixtures: Manifest = {
  drivers: [
    {
      name: 'gantry',
      plane: 'keypad',
      summary: 'a finger on a gantry with a Grbl-class motion controller',
      load: () => import('./keypad/gantry/gantry.ts'),
    },
    {
      name: 'solenoid',
      plane: 'keypad',
      summary: 'a solenoid or relay for every key, on one board or several',
      load: () => import('./keypad/solenoid/solenoid.ts'),
    },
    {
      name: 'adb-touch',
      plane: 'keypad',
      summary: 'touches on the screen of an engineering terminal, through ADB',
      load: () => import('./keypad/adb/touch.ts'),
    },
    {
      name: 'operator',
      plane: 'keypad',
      summary: 'a person who presses the keys, asked at the console or at a desk of their own',
      load: () => import('./keypad/by-operator/by-operator.ts'),
    },
    {
      name: 'operator',
      plane: 'operator',
      summary: 'a person who is asked, at the console or at a desk of their own',
      load: () => import('./operator/operator.ts'),
    },
    {
      name: 'line-actuator',
      plane: 'card',
      summary: 'a card actuator with a magazine, line protocol posrig-card',
      load: () => import('./card/line-actuator.ts'),
    },
    {
      name: 'line-multiplexer',
      plane: 'card',
      summary: 'many cards on one reader head by an electronic switch, line protocol posrig-mux',
      load: () => import('./card/line-multiplexer.ts'),
    },
    {
      name: 'codes',
      plane: 'card',
      summary: 'payment codes alone, shown to the scanner by a display, a phone over ADB, or a person',
      load: () => import('./card/only-codes.ts'),
    },
    {
      name: 'operator',
      plane: 'card',
      summary: 'a person who presents cards, asked at the console or at a desk of their own',
      load: () => import('./card/by-operator.ts'),
    },
    {
      name: 'operator',
      plane: 'power',
      summary: 'a person who switches the power, asked at the console or at a desk of their own',
      load: () => import('./power/by-operator.ts'),
    },
    {
      name: 'line-relay',
      plane: 'power',
      summary: "a relay in the terminal's mains lead, line protocol posrig-relay",
      load: () => import('./power/line-relay.ts'),
    },
    {
      name: 'exec',
      plane: 'power',
      summary: 'a power switch behind programs of the lab: on, off, state',
      load: () => import('./power/exec.ts'),
    },
    {
      name: 'hid-relay',
      plane: 'power',
      summary: 'a channel of a common HID relay board',
      load: () => import('./power/hid-relay.ts'),
    },
    {
      name: 'usb-hub',
      plane: 'power',
      summary: 'a port of a USB hub that can switch its supply; the device on it is verified first',
      load: () => import('./power/usb-hub.ts'),
    },
    {
      name: 'line-screen',
      plane: 'display',
      summary: 'a screen reader, line protocol posrig-screen',
      load: () => import('./display/line-screen.ts'),
    },
    {
      name: 'screenshot',
      plane: 'display',
      summary: 'the screen of an engineering terminal, by screenshots over ADB; texts by tesseract',
      load: () => import('./display/screenshot.ts'),
    },
    {
      name: 'camera',
      plane: 'display',
      summary: 'the screen as a camera sees it: ffmpeg, a network camera, a file; texts by tesseract',
      load: () => import('./display/camera.ts'),
    },
  ],
  declare: (program) => {
    declareKeypad(program);
    declareBenchNew(program);
  },
  declareDecode,
  lists: { devices: async () => (await import('./devices/list.ts')).listDevices() },
  doctor: [
    async () => (await import('./devices/doctor.ts')).examineDevices(),
    async () => (await import('./display/ffmpeg.ts')).examineFfmpeg(),
  ],
};
