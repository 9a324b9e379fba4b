import {
  type CableFault,
  deafAfter,
  delayed,
  hearing,
  insert,
  latin,
  latin1Of,
  locked,
  once,
  sayingLines,
  setting,
  stopped,
} from './line.ts';

/** Bytes that a short receive ring takes in one go. */
const RING = 20;

/** What can be wrong with the motion controller behind its line. */
export const CONTROLLER_FAULTS = {
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
    on: stopped('ALARM:1\r\n[MSG:Reset to continue]\r\n'),
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
  'boots-slowly': {
    title: {
      en: 'The motion controller is deaf and silent for two seconds after every reset',
      zh: '控制器每次复位后两秒内无响应',
    },
    port: 'gantry',
    on: deafAfter((heard) => heard.includes('\x18'), 2000),
  },
  'brown-out': {
    title: {
      en: 'The motion controller loses its power for a moment in mid-run',
      zh: '运动控制器运行中瞬时掉电',
    },
    port: 'gantry',
    on: (port, site) => {
      let out = false;
      // Once: the resets that the rig asks for later are ordinary ones.
      const strikes = (heard: string) => {
        const now = out && heard.includes('\x18');
        if (now) out = false;
        return now;
      };
      const deaf = deafAfter(strikes, 1500)(port, site);
      return once((bytes) => {
        out = true;
        return Buffer.concat([bytes, Uint8Array.of(0x18)]);
      })(deaf, site);
    },
  },
  'deaf-after-settings': {
    title: {
      en: 'The motion controller hears nothing for 30 ms after it was asked for its settings',
      zh: '查询设置后控制器 30 毫秒内收不到数据',
    },
    port: 'gantry',
    on: deafAfter((heard) => heard.includes('$$'), 30),
  },
  'receive-overflow': {
    title: {
      en: 'The motion controller’s receive ring is short: what comes in one go is cut off silently',
      zh: '控制器接收缓冲过小，超出部分无声丢弃',
    },
    port: 'gantry',
    on: hearing(() => (bytes) => bytes.subarray(0, RING)),
  },
  'controller-slow': {
    title: { en: 'The motion controller answers every line 200 ms late', zh: '控制器每行应答滞后 200 毫秒' },
    port: 'gantry',
    on: delayed(() => () => 200),
  },
  'error-sticks': {
    title: {
      en: 'One line is refused, and so is every line after it until a good $ command (grblHAL’s way)',
      zh: '一行出错后其后各行均报同一错误（grblHAL 方式）',
    },
    port: 'gantry',
    on: (port, site) => {
      let due = false;
      let sticks = false;
      const strike = once((bytes) => {
        due = true;
        return bytes;
      })(port, site);
      return {
        write: port.write,
        onData: (listener) =>
          strike.onData((bytes) => {
            const heard = latin1Of(bytes);
            if (heard.startsWith('$') || heard.startsWith('\n') || heard.includes('\x18')) sticks = false;
            const lines = /^[A-Z].*\n/.test(heard) ? heard.split('\n').length - 1 : 0;
            sticks ||= due && lines > 0;
            if (sticks) due = false;
            // Each line is refused for itself: lines of one moment come in one packet.
            if (sticks && lines > 0) port.write(latin('error:79\r\n'.repeat(lines)));
            else listener(bytes);
          }),
      };
    },
  },
  'status-strange': {
    title: {
      en: 'Status reports hold fields that nobody knows, and leave out what is not required',
      zh: '状态报告含未知字段并省略可选字段',
    },
    port: 'gantry',
    on: sayingLines(
      () => (line) =>
        line.startsWith('<')
          ? line.replace(/\|(WCO|Ov|Bf|Ln):[^|>]*/g, '').replace('>', '|TLR:0|H:1,7|SC:7|FW:posrig|Q>')
          : line,
    ),
  },
  'status-lost': {
    title: {
      en: 'The motion controller leaves every third question after its state unanswered',
      zh: '每三次状态查询有一次无应答',
    },
    port: 'gantry',
    on: sayingLines(() => {
      let asked = 0;
      return (line) => (line.startsWith('<') && ++asked % 3 === 0 ? '' : line);
    }),
  },
  'soft-limit': {
    title: {
      en: 'The motion controller takes a move for one beyond its travel (alarm 2)',
      zh: '控制器判定行程超限（报警 2）',
    },
    port: 'gantry',
    on: stopped('ALARM:2\r\n[MSG:Reset to continue]\r\n'),
  },
  aborted: {
    title: {
      en: 'The motion controller aborts a move and loses its position (alarm 3)',
      zh: '控制器中止运动并丢失位置（报警 3）',
    },
    port: 'gantry',
    on: stopped('ALARM:3\r\n'),
  },
  'probe-alarm': {
    title: {
      en: 'The motion controller speaks of a probe that it was never asked for (alarms 4 and 5)',
      zh: '控制器误报探针报警（4、5）',
    },
    port: 'gantry',
    on: stopped('ALARM:4\r\nALARM:5\r\n'),
  },
  'motor-fault': {
    title: {
      en: 'A motor driver reports a fault (alarm 17 of grblHAL)',
      zh: '电机驱动器故障（grblHAL 报警 17）',
    },
    port: 'gantry',
    on: stopped('ALARM:17\r\n'),
  },
  'estop-alarm': {
    title: {
      en: 'The controller itself stops for its emergency stop (alarm 10 of grblHAL)',
      zh: '控制器因急停自行停机（grblHAL 报警 10）',
    },
    port: 'gantry',
    on: stopped('ALARM:10\r\n[MSG:Emergency stop]\r\n'),
  },
  'printer-halted': {
    title: { en: 'The controller halts in the words of another family', zh: '控制器以其他家族的措辞停机' },
    port: 'gantry',
    on: stopped('Error:Printer halted. kill() called!\r\n'),
  },
  'homing-reset': {
    title: { en: 'Homing is broken off by a reset (alarm 6)', zh: '回零被复位打断（报警 6）' },
    port: 'gantry',
    on: locked(() => (heard) => heard.includes('$H'), 'ALARM:6\r\n'),
  },
  'homing-door': {
    title: { en: 'The safety door opens during homing (alarm 7)', zh: '回零时安全门打开（报警 7）' },
    port: 'gantry',
    on: locked(() => (heard) => heard.includes('$H'), 'ALARM:7\r\n'),
  },
  'homing-stuck': {
    title: {
      en: 'A limit switch stays closed: homing cannot pull off (alarm 8)',
      zh: '限位开关粘连，回零无法退出（报警 8）',
    },
    port: 'gantry',
    on: locked(() => (heard) => heard.includes('$H'), 'ALARM:8\r\n'),
  },
} as const satisfies Readonly<Record<string, CableFault>>;
