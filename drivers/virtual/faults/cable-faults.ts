import type { Clock } from '../../../rig/model/time.ts';
import type { Port } from '../devices/line-device.ts';
import type { Random } from '../random.ts';
import type { Title } from './title.ts';

/** What a cable fault may do beside changing what crosses it. */
export interface CableSite {
  readonly clock: Clock;
  readonly random: Random;
  /** Pulls the cable. */
  unplug(): void;
}

/** A fault of one of the bench's serial lines: the port as its device then sees it. */
export interface CableFault extends Title {
  readonly port: 'gantry' | 'card' | 'power' | 'printer';
  on(port: Port, site: CableSite): Port;
}

/** Commands of a session cross the gantry's cable before the first key is pressed; faults that strike once come later. */
const FIRST_BYTES = { from: 250, count: 900 } as const;
const BAD_LINE = 700;

const latin = (text: string) => Buffer.from(text, 'latin1');

/** Changes what the device says. */
const saying =
  (make: (site: CableSite) => (bytes: Uint8Array, say: (bytes: Uint8Array) => void) => void) =>
  (port: Port, site: CableSite): Port => {
    const change = make(site);
    return { onData: port.onData, write: (bytes) => change(bytes, (changed) => port.write(changed)) };
  };

/** Changes what the device hears. */
const hearing =
  (make: (site: CableSite) => (bytes: Uint8Array) => Uint8Array) =>
  (port: Port, site: CableSite): Port => {
    const change = make(site);
    return { write: port.write, onData: (listener) => port.onData((bytes) => listener(change(bytes))) };
  };

/** Once, when so many bytes of the rig have gone by. */
const once = (act: (bytes: Uint8Array, site: CableSite) => Uint8Array) =>
  hearing((site) => {
    let left = FIRST_BYTES.from + Math.floor(site.random.next() * FIRST_BYTES.count);
    return (bytes) => {
      if (left <= 0) return bytes;
      left -= bytes.length;
      return left <= 0 ? act(bytes, site) : bytes;
    };
  });

const insert = (...codes: number[]) => once((bytes) => Buffer.concat([bytes, Uint8Array.from(codes)]));

/** Whole lines that the device says. */
const sayingLines = (make: (site: CableSite) => (line: string) => string) =>
  saying((site) => {
    const change = make(site);
    let rest = '';
    return (bytes, say) => {
      const lines = (rest + latin1Of(bytes)).split(/(?<=\n)/);
      rest = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '');
      const changed = lines.map(change).join('');
      if (changed !== '') say(latin(changed));
    };
  });
const latin1Of = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** The device stops obeying, says `alarm`, and hears only a reset. */
const locked =
  (strikes: (site: CableSite) => (heard: string) => boolean, alarm: string) =>
  (port: Port, site: CableSite): Port => {
    const strike = strikes(site);
    let struck = false;
    return {
      write: (bytes) => {
        if (!struck) port.write(bytes);
      },
      onData: (listener) =>
        port.onData((bytes) => {
          if (struck && !bytes.includes(0x18)) return;
          if (!struck && strike(latin1Of(bytes))) {
            struck = true;
            if (alarm !== '') port.write(latin(alarm));
            return;
          }
          struck = false;
          listener(bytes);
        }),
    };
  };

/** A setting that somebody has changed before the rig came. */
const setting =
  (line: string) =>
  (port: Port): Port => ({
    write: port.write,
    onData: (listener) => {
      port.onData(listener);
      listener(latin(`${line}\n`));
    },
  });

/** Everything that can be wrong with the lines of the virtual bench and the motion controller behind one. */
export const CABLE_FAULTS = {
  'bytes-lost': {
    title: { en: 'The gantry’s line loses a byte now and then', zh: '龙门串口偶尔丢字节' },
    port: 'gantry',
    on: saying(({ random }) => (bytes, say) => {
      const kept = bytes.filter(() => random.next() * BAD_LINE >= 1);
      if (kept.length > 0) say(kept);
    }),
  },
  'bytes-damaged': {
    title: { en: 'The gantry’s line flips bits now and then', zh: '龙门串口偶尔位翻转' },
    port: 'gantry',
    on: saying(
      ({ random }) =>
        (bytes, say) =>
          say(
            bytes.map((byte) =>
              random.next() * BAD_LINE < 1 ? byte ^ (1 << Math.floor(random.next() * 8)) : byte,
            ),
          ),
    ),
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
    on: saying(({ clock }) => (bytes, say) => {
      const copy = Uint8Array.from(bytes);
      clock.after(16, () => say(copy));
    }),
  },
  'modem-probe': {
    title: {
      en: 'A modem manager sends AT commands to the card actuator',
      zh: '调制解调器管理程序向卡机发送 AT 命令',
    },
    port: 'card',
    on: (port) => ({
      write: port.write,
      onData: (listener) => {
        port.onData(listener);
        listener(latin('AT\rAT+GCAP\r\n'));
      },
    }),
  },
  'device-restarts': {
    title: {
      en: 'The card actuator restarts by itself, with its boot loader’s chatter',
      zh: '卡机自行重启并输出引导信息',
    },
    port: 'card',
    on: sayingLines(() => {
      let lines = 0;
      return (line) => (++lines === 4 ? `ets Jan  8 2013,rst cause:4, boot mode:(3,6)\r\n` : line);
    }),
  },
  unplugged: {
    title: { en: 'The gantry’s cable is pulled in mid-run', zh: '运行中拔掉龙门电缆' },
    port: 'gantry',
    on: once((bytes, { unplug }) => {
      setImmediate(unplug);
      return bytes;
    }),
  },
  'card-unplugged': {
    title: { en: 'The card actuator’s cable is pulled as it moves', zh: '卡机动作时电缆被拔' },
    port: 'card',
    on: hearing(({ unplug }) => (bytes) => {
      if (/insert|tap|swipe/.test(latin1Of(bytes))) setImmediate(unplug);
      return bytes;
    }),
  },
  'relay-sticks': {
    title: { en: 'The power relay’s contact is welded: it stays on', zh: '电源继电器触点粘连' },
    port: 'power',
    on: hearing(() => (bytes) => latin(latin1Of(bytes).replaceAll('off 1', 'state? 1'))),
  },
  'printer-line-damaged': {
    title: { en: 'The receipt printer’s line flips bits', zh: '打印机线路位翻转' },
    port: 'printer',
    on: saying(
      ({ random }) =>
        (bytes, say) =>
          say(bytes.map((byte) => (random.next() * BAD_LINE < 1 ? byte ^ 0x04 : byte))),
    ),
  },
  'controller-restarts': {
    title: { en: 'The motion controller restarts in mid-run', zh: '运动控制器运行中重启' },
    port: 'gantry',
    on: insert(0x18),
  },
  'door-opens': {
    title: { en: 'The safety door of the gantry opens', zh: '龙门安全门打开' },
    port: 'gantry',
    on: insert(0x84),
  },
  'feed-hold': {
    title: { en: 'Somebody presses feed hold at the gantry', zh: '有人按下进给保持' },
    port: 'gantry',
    on: insert(0x21),
  },
  'emergency-stop': {
    title: { en: 'The emergency stop of the gantry is pressed', zh: '急停按下' },
    port: 'gantry',
    on: (port, site) => {
      let pressed = false;
      const watched = once((bytes) => {
        pressed = true;
        return bytes;
      })(port, site);
      return sayingLines(
        () => (line) => (pressed && line.startsWith('<') ? line.replace('>', '|Pn:E>') : line),
      )(watched, site);
    },
  },
  'hard-limit': {
    title: { en: 'A limit switch of the gantry closes in mid-run', zh: '运行中限位开关动作' },
    port: 'gantry',
    on: locked(({ random }) => {
      let left = FIRST_BYTES.from + Math.floor(random.next() * FIRST_BYTES.count);
      return (heard) => {
        const before = left;
        left -= heard.length;
        return before > 0 && left <= 0;
      };
    }, 'ALARM:1\r\n[MSG:Reset to continue]\r\n'),
  },
  'homing-fails': {
    title: { en: 'Homing finds no limit switch', zh: '回零找不到限位开关' },
    port: 'gantry',
    on: locked(() => (heard) => heard.includes('$H'), 'ALARM:9\r\nerror:9\r\n'),
  },
  'homing-silent': {
    title: { en: 'The motion controller boots locked and never answers $H', zh: '控制器锁定启动且不应答 $H' },
    port: 'gantry',
    on: locked(() => (heard) => heard.includes('$H'), ''),
  },
  'homing-off': {
    title: { en: 'Somebody switched homing off in the motion controller', zh: '控制器回零被关闭' },
    port: 'gantry',
    on: setting('$22=0'),
  },
  'reports-inches': {
    title: { en: 'The motion controller reports in inches', zh: '控制器以英寸上报' },
    port: 'gantry',
    on: setting('$13=1'),
  },
} as const satisfies Readonly<Record<string, CableFault>>;
