import type { Language } from './words.ts';

/** Words of the field as the journal has them, in Chinese. In English they stand as they are. */
const ZH: Readonly<Record<string, string>> = {
  // operations and kinds of messages
  'sign-on': '签到',
  'sign-off': '签退',
  sale: '消费',
  void: '撤销',
  refund: '退货',
  reversal: '冲正',
  settle: '结算',
  settlement: '批结算',
  'batch-upload': '批上送',
  'batch-upload-end': '批上送结束',
  echo: '回响测试',
  reprint: '重打印',
  'power-cut': '断电',
  move: '移动',
  wait: '等待',
  closing: '收尾',
  // what came of them
  approved: '批准',
  declined: '拒绝',
  'no-answer': '无应答',
  'no-connection': '无法连接',
  cancelled: '取消',
  interrupted: '中断',
  'mac-error': 'MAC 错误',
  done: '完成',
  none: '无',
  nothing: '无',
  posted: '已入账',
  voided: '已撤销',
  reversed: '已冲正',
  refused: '已拒收',
  balanced: '对账平',
  'not-balanced': '对账不平',
  error: '错误',
  code: '应答码',
  // slips
  merchant: '商户存根',
  customer: '持卡人存根',
  duplicate: '重打印',
  pan: '完整卡号',
  track: '磁道数据',
  pin: '密码',
  // planes and books
  keypad: '键盘',
  card: '卡',
  till: '收银机',
  display: '屏幕',
  printer: '打印机',
  network: '网络',
  host: '主机',
  power: '电源',
  operator: '操作员',
  slips: '签购单',
  terminal: '终端',
  acquirer: '收单方',
  // circumstances
  region: '地区',
  access: '接入网络',
  entry: '读卡方式',
  chip: '插卡',
  swipe: '刷卡',
  tap: '挥卡',
  insert: '插入',
  remove: '取出',
  on: '开',
  off: '关',
  lost: '断开',
  // checks of a message, and faults
  ok: '正确',
  wrong: '错误',
  absent: '无',
  cut: '切断',
  refuse: '拒绝连接',
  delay: '延迟',
  connect: '建立连接',
  'request.leaving': '请求离开中继前',
  'request.arriving': '请求到达中继时',
  'response.leaving': '应答离开中继前',
  'response.arriving': '应答到达中继时',
  healed: '已恢复',
};

/** A word of the field in a report's language; what is not known stays as it is. */
export const term = (word: string, lang: Language): string =>
  lang === 'zh' ? (Object.hasOwn(ZH, word) ? (ZH[word] ?? word) : word) : word;

/** `host · slips` in words. */
export const terms = (words: readonly string[], lang: Language): string =>
  words.map((word) => term(word, lang)).join(' · ');
