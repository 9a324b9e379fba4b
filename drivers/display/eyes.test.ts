import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProfile } from '../../rig/bench/load.ts';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import type { DisplayPlane, KeypadPlane } from '../../rig/bench/planes.ts';
import { needsTesseract } from '../../rig/house/tiers.ts';
import { makeClock } from '../../rig/model/time.ts';
import { makeContext, type TestContext } from '../devices/testing/context.ts';
import { open as openTouch, options as touchOptions } from '../keypad/adb/touch.ts';
import { eventually } from '../transport/testing/pty.ts';
import { type AndroidPorts, attachAndroid } from '../virtual/android/attach.ts';
import { pngOf } from '../virtual/android/camera.ts';
import { paint } from '../virtual/android/paint.ts';
import { onTouchScreen, type TouchTerminal } from '../virtual/android/touch-screen.ts';
import { makeRandom } from '../virtual/random.ts';
import type { VisibleScreen } from '../virtual/terminal/body.ts';
import { makeRecordingBody, type RecordingBody } from '../virtual/testing/recording-body.ts';
import { options as cameraOptions, open as openCamera } from './camera.ts';
import { open as openScreenshot, options as screenshotOptions } from './screenshot.ts';

const profile = valueOrThrow(loadProfile('vt-a')).value;
const { pixels } = profile.display;
if (!pixels) throw new Error('VT-A has a touch screen');
const CORNERS = [
  [75, 38],
  [509, 56],
  [528, 756],
  [59, 744],
] as const;
const PIN = ['VT-A  移动支付', '', '消费', '¥             128.50', '请输入密码'];

describe('display: eyes over an Android terminal', function () {
  this.timeout(120_000);
  let context: TestContext;
  let body: RecordingBody;
  let terminal: TouchTerminal;
  let android: AndroidPorts;
  let display: DisplayPlane | undefined;
  let keypad: KeypadPlane | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'eyes-'));

  const show = (...lines: string[]) => body.show({ lit: true, lines });
  const keysPressed = () =>
    body.touches.filter((line) => line.startsWith('down ')).map((line) => line.slice(5));
  const asks = ({ lines }: VisibleScreen) => lines.includes('请输入密码');
  beforeEach(async () => {
    context = { ...makeContext(makeClock(1)), profile };
    body = makeRecordingBody();
    terminal = onTouchScreen(body, Object.keys(profile.keypad.keys), asks, makeRandom(3));
    android = await attachAndroid(
      terminal,
      {
        model: 'VT-A',
        keys: profile.keypad.keys,
        geometry: pixels,
        camera: { width: 600, height: 800, corners: CORNERS, noise: 4 },
        adb: { trusts: true },
      },
      context.clock,
      makeRandom(4),
    );
    show('VT-A  移动支付', '', '就绪');
  });
  afterEach(async () => {
    await display?.close();
    await keypad?.close();
    await android.close();
    display = undefined;
    keypad = undefined;
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The key of every digit, as the terminal itself has it. */
  const truth = () =>
    new Map(
      [...terminal.touch().labels].filter(([key]) => /^\d$/.test(key)).map(([key, digit]) => [digit, key]),
    );

  it('reads texts out of screenshots; what is secure is black there and is seen by the camera only', async function () {
    await needsTesseract(this);
    const camera = { url: android.ports.camera, corners: CORNERS };
    display = await openScreenshot(screenshotOptions.parse({ tcp: android.ports.adb, camera }), context);
    assert.match(display.current().lines.join(' '), /就绪/);
    show(...PIN);
    const seen = await display.refresh();
    assert.match(seen.lines.join(' '), /请输入密码/);
    assert.match(seen.lines.join(' '), /128\.50/);
    assert.doesNotMatch(seen.lines.join(' '), /确认/, 'keys are no text of the screen');
    assert.deepEqual(new Map([...((await display.readPad?.()) ?? [])].sort()), new Map([...truth()].sort()));
    await display.close();
    display = await openScreenshot(screenshotOptions.parse({ tcp: android.ports.adb }), context);
    assert.equal(display.current().lit, false, 'without a camera the secure screen is dark');
    await assert.rejects(display.readPad?.() ?? Promise.resolve(), { code: 'DISPLAY_UNSURE' });
    const records = JSON.stringify(context.events);
    assert.ok(!records.includes('89504e47'), 'no picture stands in the journal');
  });

  it('follows the screen by a camera', async function () {
    await needsTesseract(this);
    display = await openCamera(cameraOptions.parse({ url: android.ports.camera, corners: CORNERS }), context);
    const seen: string[] = [];
    display.onChange(({ lines }) => void seen.push(lines.join(' ')));
    show('VT-A  移动支付', '', '请插卡或挥卡');
    await eventually('the next screen', () => seen.some((text) => text.includes('插卡')));
  });

  it('reads a pad from a file and from a program, and says what a camera lacks', async function () {
    await needsTesseract(this);
    show(...PIN);
    const file = join(folder, 'frame.png');
    writeFileSync(file, pngOf(paint(terminal.touch(), profile.keypad.keys, pixels)));
    const program = [
      process.execPath,
      '-e',
      `process.stdout.write(require('fs').readFileSync(${JSON.stringify(file)}))`,
    ];
    for (const camera of [{ file }, { program }]) {
      display = await openCamera(cameraOptions.parse(camera), { ...context, resolve: (path) => path });
      assert.deepEqual(
        new Map([...((await display.readPad?.()) ?? [])].sort()),
        new Map([...truth()].sort()),
      );
      await display.close();
    }
    for (const camera of [
      { file: join(folder, 'nothing.png') },
      { program: [process.execPath, '-e', 'console.error("no camera");process.exit(3)'] },
      { url: `${android.ports.camera}x` },
    ])
      await assert.rejects(openCamera(cameraOptions.parse(camera), { ...context, resolve: (path) => path }), {
        code: 'DISPLAY_PICTURE',
        blame: 'bench',
      });
  });

  it('touches keys where they lie, and tells nothing of secret ones', async () => {
    keypad = await openTouch(touchOptions.parse({ tcp: android.ports.adb }), context);
    await keypad.press('5');
    show(...PIN);
    const pad = truth();
    for (const digit of '1234') await keypad.press(pad.get(digit) ?? '', { secret: true });
    assert.deepEqual(keysPressed(), ['5', '1', '2', '3', '4']);
    const taps = context.events.flatMap((event) =>
      event.type === 'bytes' && event.dir === 'out' ? [event] : [],
    );
    assert.equal(taps.filter(({ withheld }) => withheld === 'a secret digit').length, 4);
    assert.equal(taps.filter(({ hex }) => hex !== '').length, 1);
    await assert.rejects(keypad.press('菜单'), { code: 'KEYPAD_UNKNOWN_KEY' });
  });
});
