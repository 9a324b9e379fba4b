import { inPrinter } from './in-printer.ts';
import {
  answering,
  type CableFault,
  damaged,
  hearing,
  latin,
  latin1Of,
  saying,
  sayingLines,
} from './line.ts';

/** What can be wrong with the devices around the terminal, behind their lines. */
export const FIXTURE_FAULTS = {
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
    on: saying((site) => (bytes, say) => say(damaged(site, bytes, 0x04))),
  },
  'end-switch-stuck': {
    title: {
      en: 'The end switch of the card actuator does not close: no card is reported in',
      zh: '卡机到位开关不闭合，无法报告插卡',
    },
    port: 'card',
    on: answering(/^inserted /, 'error the end switch did not close'),
  },
  'end-switch-closed': {
    title: {
      en: 'The end switch of the card actuator stays closed: no card is reported out',
      zh: '卡机到位开关粘连，无法报告退卡',
    },
    port: 'card',
    on: answering(/^removed/, 'error the end switch did not open'),
  },
  'card-silent': {
    title: { en: 'The card actuator moves the card and says nothing', zh: '卡机动作后无应答' },
    port: 'card',
    on: answering(/^(inserted|tapped|swiped) /, undefined),
  },
  'relay-blind': {
    title: { en: 'The power relay has no read-back', zh: '电源继电器无回读' },
    port: 'power',
    on: hearing(() => (bytes) => latin(latin1Of(bytes).replaceAll('state?', 'status'))),
  },
  'relay-silent': {
    title: { en: 'The power relay switches and says nothing', zh: '电源继电器动作后无应答' },
    port: 'power',
    on: answering(/^(on|off) /, undefined),
  },
  'power-ganged': {
    title: {
      en: 'The terminal’s power switch is ganged: it cuts the card actuator’s port as well',
      zh: '电源联动：关断终端时卡机端口一并断电',
    },
    port: 'power',
    on: hearing(({ unplugOther }) => (bytes) => {
      if (latin1Of(bytes).includes('off 1')) setImmediate(() => unplugOther('card'));
      return bytes;
    }),
  },
  'screen-silent': {
    title: {
      en: 'The screen reader stops in mid-run and says nothing any more',
      zh: '读屏设备运行中停止应答',
    },
    port: 'screen',
    on: saying(({ random }) => {
      let lines = 30 + Math.floor(random.next() * 80);
      return (bytes, say) => {
        lines -= latin1Of(bytes).split('\n').length - 1;
        if (lines > 0) say(bytes);
      };
    }),
  },
  'paper-out': {
    title: { en: 'The receipt printer has no paper', zh: '打印机缺纸' },
    port: 'printer',
    on: inPrinter({ paper: 'out' }),
  },
  'paper-ends': {
    title: { en: 'The paper runs out in the middle of a receipt', zh: '打印途中纸用尽，小票不完整' },
    port: 'printer',
    on: inPrinter({ stops: 'paper' }),
  },
  'cover-opens': {
    title: {
      en: 'The cover of the printer is opened in the middle of a receipt',
      zh: '打印途中打印机盖被打开',
    },
    port: 'printer',
    on: inPrinter({ stops: 'cover' }),
  },
  'printer-overheats': {
    title: {
      en: 'The print head overheats in the middle of a receipt and goes on when it has cooled down',
      zh: '打印途中打印头过热，冷却后继续',
    },
    port: 'printer',
    on: inPrinter({ stops: 'heat', goesOnAfter: 8000 }),
  },
} as const satisfies Readonly<Record<string, CableFault>>;
