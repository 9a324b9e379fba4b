import type { Port } from '../devices/line-device.ts';
import { type CableFault, damaged, delayed, hearing, once, saying, sayingLines, thinned } from './line.ts';

/** No word crosses the gantry's line for so long while the finger rests, nominal ms. */
const QUIET_MS = 900;

/** What can be wrong with a serial line and its plug, shown on the gantry's. */
export const WIRE_FAULTS = {
  'bytes-lost': {
    title: { en: 'The gantry’s line loses a byte now and then', zh: '龙门串口偶尔丢字节' },
    port: 'gantry',
    on: saying((site) => (bytes, say) => {
      const kept = thinned(site, bytes);
      if (kept.length > 0) say(kept);
    }),
  },
  'bytes-damaged': {
    title: { en: 'The gantry’s line flips bits now and then', zh: '龙门串口偶尔位翻转' },
    port: 'gantry',
    on: saying((site) => (bytes, say) => say(damaged(site, bytes))),
  },
  'line-noise': {
    title: {
      en: 'NULs and framing noise between the lines of the gantry',
      zh: '龙门串口行间有 NUL 与帧噪声',
    },
    port: 'gantry',
    on: sayingLines(
      ({ random }) =>
        (line) =>
          random.next() < 0.1 ? `${line}\0\0\xff\0` : line,
    ),
  },
  'late-packets': {
    title: {
      en: 'An adapter whose latency timer holds answers back for 16 ms',
      zh: '适配器延迟定时器使应答滞后 16 毫秒',
    },
    port: 'gantry',
    on: delayed(() => () => 16),
  },
  unplugged: {
    title: { en: 'The gantry’s cable is pulled in mid-run', zh: '运行中拔掉龙门电缆' },
    port: 'gantry',
    on: once((bytes, { unplug }) => {
      setImmediate(unplug);
      return bytes;
    }),
  },
  'commands-lost': {
    title: {
      en: 'The way to the gantry’s controller loses a byte now and then',
      zh: '发往龙门控制器的字节偶尔丢失',
    },
    port: 'gantry',
    on: hearing((site) => (bytes) => thinned(site, bytes)),
  },
  'commands-damaged': {
    title: {
      en: 'The way to the gantry’s controller flips bits now and then',
      zh: '发往龙门控制器的字节偶尔位翻转',
    },
    port: 'gantry',
    on: hearing((site) => (bytes) => damaged(site, bytes)),
  },
  'latency-jitter': {
    title: {
      en: 'Answers of the gantry come up to 60 ms late, now so, now so',
      zh: '龙门应答时延抖动，最多 60 毫秒',
    },
    port: 'gantry',
    on: delayed(
      ({ random }) =>
        () =>
          60 * random.next() ** 2,
    ),
  },
  'wrong-baud': {
    title: {
      en: 'The gantry’s line runs at another speed: framing garbage both ways',
      zh: '龙门串口波特率不符，双向乱码',
    },
    port: 'gantry',
    on: (port, site) => {
      // At half the speed of the other end every byte is read as two, of bits that were never sent.
      const garbled = (bytes: Uint8Array) =>
        Uint8Array.from([...bytes].flatMap((byte) => [byte & (0xe0 | (byte >> 3)), 0x80 | (byte << 1)]));
      return saying(() => (bytes, say) => say(garbled(bytes)))(hearing(() => garbled)(port, site), site);
    },
  },
  'junk-before-greeting': {
    title: {
      en: 'A byte order mark, NULs and noise come before every greeting of the controller',
      zh: '控制器每次问候前带有 BOM、NUL 与噪声',
    },
    port: 'gantry',
    on: sayingLines(
      () => (line) => (/^(Grbl|GrblHAL|start)/.test(line) ? `\xef\xbb\xbf\0\xf8\0\x80${line}` : line),
    ),
  },
  'half-line-restart': {
    title: {
      en: 'The controller breaks off in the middle of a line, restarts and greets again',
      zh: '控制器行输出到一半即重启并再次问候',
    },
    port: 'gantry',
    on: (port, site) => {
      let breaks = false;
      const broken: Port = {
        onData: port.onData,
        write: (bytes) => {
          if (!breaks) return port.write(bytes);
          breaks = false;
          port.write(bytes.subarray(0, Math.max(1, bytes.length >> 1)));
        },
      };
      return once((bytes) => {
        breaks = true;
        return Buffer.concat([bytes, Uint8Array.of(0x18)]);
      })(broken, site);
    },
  },
  replugged: {
    title: {
      en: 'The gantry’s cable is pulled and plugged in again: its port comes back under another path',
      zh: '龙门电缆被拔后重插，端口路径改变',
    },
    port: 'gantry',
    on: once((bytes, { replug }) => {
      setImmediate(replug);
      return bytes;
    }),
  },
  'unplugged-at-rest': {
    title: { en: 'The gantry’s cable is pulled while nothing is said on it', zh: '龙门串口空闲时电缆被拔' },
    port: 'gantry',
    on: (port, site) => {
      let cancel = () => {};
      return once((bytes) => {
        cancel();
        cancel = site.clock.after(QUIET_MS, site.unplug);
        return bytes;
      })(port, site);
    },
  },
} as const satisfies Readonly<Record<string, CableFault>>;
