import type { Picture } from '../../codec/qr/picture.ts';
import { pictureIn, pngOf } from '../../codec/qr/png.ts';
import type { AndroidDevice } from './daemon.ts';

/** Files that fit on it, and the longest, bytes. */
const FILES = 16;
const LONGEST = 2 * 1024 * 1024;
const SCREEN = { width: 540, height: 960 } as const;

/**
 * A customer's Android phone as its shell knows it: files, a viewer for pictures, a home screen. What its screen shows is
 * before the terminal's scanner.
 * @param seen is told about every change of the screen: the picture that is open, or nothing
 */
export function makePhone(seen: (picture: Picture | undefined) => void): AndroidDevice {
  const files = new Map<string, Buffer>();
  let open: Picture | undefined;
  const view = (picture: Picture | undefined) => {
    open = picture;
    seen(picture);
  };

  const store = (commandLine: string): string | undefined => {
    const [, data, append, file] =
      /^echo ([A-Za-z0-9+/=]*) \| base64 -d (>>?) (\/sdcard\/[\w./-]{1,200})$/.exec(commandLine) ?? [];
    if (data === undefined || file === undefined) return undefined;
    const before = append === '>>' ? (files.get(file) ?? Buffer.alloc(0)) : Buffer.alloc(0);
    const after = Buffer.concat([before, Buffer.from(data, 'base64')]);
    if (after.length > LONGEST || (files.size >= FILES && !files.has(file)))
      return 'No space left on device\n';
    files.set(file, after);
    return '';
  };
  const start = (words: readonly string[]): string => {
    const uri = words[words.indexOf('-d') + 1] ?? '';
    const file = files.get(uri.replace(/^file:\/\//, ''));
    const picture = file && pictureIn(file);
    // A viewer that cannot open a picture shows an empty page.
    view(picture);
    return `Starting: Intent { act=android.intent.action.VIEW dat=${uri.slice(0, 80)} }\nStatus: ok\nComplete\n`;
  };
  const run = (commandLine: string): string | Buffer => {
    const stored = store(commandLine);
    if (stored !== undefined) return stored;
    const [command = '', ...words] = commandLine.trim().split(/\s+/u).slice(0, 32);
    switch (command) {
      case 'screencap':
        return words[0] === '-p' ? pngOf(framed(open)) : 'usage: screencap -p\n';
      case 'am':
        return words[0] === 'start' ? start(words) : `Unknown command: ${(words[0] ?? '').slice(0, 40)}\n`;
      case 'input':
        if (words.join(' ') === 'keyevent KEYCODE_HOME') view(undefined);
        return '';
      case 'rm':
        files.delete(words.at(-1) ?? '');
        return '';
      default:
        return `/system/bin/sh: ${command.slice(0, 40)}: inaccessible or not found\n`;
    }
  };
  return {
    product: 'vphone',
    model: 'VPHONE',
    device: 'vphone',
    allowsDebugging: true,
    run: async (commandLine) => Buffer.from(run(commandLine)),
  };
}

/** The screen: the open picture in the middle of a dark frame, cut off where it is too large. */
function framed(picture: Picture | undefined): Picture {
  const { width, height } = SCREEN;
  const luma = new Uint8Array(width * height).fill(40);
  if (!picture) return { width, height, luma };
  const left = Math.max(0, (width - picture.width) >> 1);
  const top = Math.max(0, (height - picture.height) >> 1);
  for (let y = 0; y < picture.height && top + y < height; y++)
    for (let x = 0; x < picture.width && left + x < width; x++)
      luma[(top + y) * width + left + x] = picture.luma[y * picture.width + x] ?? 255;
  return { width, height, luma };
}
