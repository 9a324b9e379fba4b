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
  nxdomain: '域名不存在',
  timeout: '超时',
  'wrong-address': '地址错误',
  expired: '证书过期',
  'wrong-name': '证书名称不符',
  'unknown-ca': '未知 CA',
  'protocol-too-old': '协议版本过低',
  'handshake-cut': '握手中断',
  connect: '建立连接',
  close: '关闭连接时',
  'tls.handshake': 'TLS 握手时',
  request: '请求流',
  response: '应答流',
  'request.first-byte': '请求首字节',
  'request.last-byte': '请求末字节',
  'response.first-byte': '应答首字节',
  'response.last-byte': '应答末字节',
  'request.leaving': '请求离开中继前',
  'request.arriving': '请求到达中继时',
  'response.leaving': '应答离开中继前',
  'response.arriving': '应答到达中继时',
  healed: '已恢复',
};

/** What faults do; some of the words mean something else on a receipt. */
const FAULTS_ZH: Readonly<Record<string, string>> = {
  cut: '切断',
  refuse: '拒绝连接',
  delay: '延迟',
  reset: '复位连接',
  fin: '关闭连接',
  'half-open': '半开连接',
  stall: '停滞',
  bandwidth: '限速',
  truncate: '截断',
  'drop-bytes': '丢弃字节',
  corrupt: '比特翻转',
  duplicate: '重复',
  reorder: '乱序',
  split: '拆包',
  coalesce: '粘包',
  'accept-then-silence': '接受后沉默',
  dns: '域名解析失败',
  tls: 'TLS 失败',
  handover: '切换网络',
  'withhold-ack': '扣留确认',
  loss: '丢包',
  mtu: 'MTU 黑洞',
};

/** What a fault does, in a report's language; what is not known stays as it is. */
export const faultTerm = (action: string, lang: Language): string =>
  lang === 'zh' && Object.hasOwn(FAULTS_ZH, action) ? (FAULTS_ZH[action] ?? action) : action;

/** A word of the field in a report's language; what is not known stays as it is. */
export const term = (word: string, lang: Language): string =>
  lang === 'zh' && Object.hasOwn(ZH, word) ? (ZH[word] ?? word) : faultTerm(word, lang);

/** `host · slips` in words. */
export const terms = (words: readonly string[], lang: Language): string =>
  words.map((word) => term(word, lang)).join(' · ');
