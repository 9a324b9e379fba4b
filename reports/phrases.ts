import { SENTENCES_OF_FAULTS, SENTENCES_OF_PACKETS } from './fault-sentences.ts';
import { SENTENCES_OF_FINDINGS } from './finding-sentences.ts';
import { SENTENCES_OF_MONEY, type Sentence } from './sentences.ts';
import { term } from './terms.ts';
import type { Language } from './words.ts';

/**
 * The rig writes steps, expectations and reasons as English sentences with few patterns. What follows one of them is said
 * in Chinese; anything else stays as the journal has it, which is never wrong.
 */

/** What may follow the name of an operation or message, in the order in which it may stand. `$1` is translated as a term. */
const DETAILS: readonly (readonly [RegExp, string])[] = [
  [/ (\d{6})(?= |$)/y, ' $1'],
  [/ (-?\d[\d.,]*\d)(?= |$)/y, ' $1'],
  [/ of step (\d+)/y, ',针对步骤 $1'],
  [/, (-?\d[\d.,]*\d)$/y, ',金额 $1'],
  [/ over (\S+)/y, ',金额 $1'],
  [/ booked as (\S+)/y, ',入账 $1'],
  [/ answered (\S+)/y, ',应答 $1'],
  [/ (?:with )?reason (\S+)/y, ',原因 $1'],
  [/ from (\S+)/y, ',来自 $1'],
  [/ with a right MAC/y, ',MAC 正确'],
  [/ with a right PIN block/y, ',PIN 块正确'],
  [/ with a right encrypted track/y, ',加密磁道正确'],
  [/ with a right cryptogram/y, ',密文正确'],
  [/ with a tip of (\S+)/y, ',小费 $1'],
  [/ in (\d+) instalments/y, ',分 $1 期'],
  [/ with a wrong PIN/y, ',密码输错'],
  [/ without PIN/y, ',不输密码'],
  [/ with a PIN that is never entered/y, ',一直不输密码'],
  [/ with a PIN that takes minutes/y, ',输密码耗时数分钟'],
  [/ with a damaged code/y, ',收款码损坏'],
  [/ with a foreign code/y, ',他人的收款码'],
  [/ with a late code/y, ',收款码过期后支付'],
  [/ with a (\S+) code/y, ',收款码:$1'],
  [/ with (?!an? )(\S+)/y, ',用卡 $1'],
  [/ by (\S+)/y, ',$1'],
  [/ before the (\S+)/y, ',先于$1'],
  [/ → no answer/y, ' → 无应答'],
  [/ → (\S+)/y, ' → $1'],
];

/** Whole sentences; what the groups hold is translated as a phrase of its own. */
const SENTENCES: readonly Sentence[] = [
  ...SENTENCES_OF_FINDINGS,
  [/^step (\d+) \(([\w-]+)\): expected (.*?), observed (.*)$/s, '步骤 $1($2):预期 $3;实际 $4'],
  [
    /^forbidden content on paper: the (\w+) copy shows ([\w, -]+?) \(and (\d+) more\)$/,
    '签购单含禁止内容:$1出现$2(另有 $3 张)',
  ],
  [/^forbidden content on paper: the (\w+) copy shows ([\w, -]+)$/, '签购单含禁止内容:$1出现$2'],
  [/^the host saw (.*)$/s, '主机收到 $1'],
  [/^closing: (.*)$/, '收尾:$1'],
  [/^move to (\S+) over (\S+), live connections (\S+)$/, '移动到 $1,经 $2,现有连接:$3'],
  [/^move to (\S+) over (\S+)$/, '移动到 $1,经 $2'],
  [/^move over (\S+), live connections (\S+)$/, '改经 $1,现有连接:$2'],
  [/^move over (\S+)$/, '改经 $1'],
  [/^move to (\S+)$/, '移动到 $1'],
  [/^wait for the next business day$/, '等到下一营业日'],
  [/^wait (\d.*)$/, '等待 $1'],
  [/^power cut for (.*)$/, '断电 $1'],
  [/^no (sale|void|refund|reversal|settlement|batch-upload|sign-on)$/, '无$1'],
  [/^nothing reaches the host$/, '无报文到达主机'],
  [/^an? (merchant|customer) copy$/, '$1'],
  [/^an? settlement copy$/, '结算单'],
  [/^settlement copy$/, '结算单'],
  [/^(merchant|customer) copy \(duplicate\)(?: of (\d+))?, (.*)$/, '$1(重打印),凭证号 $2,$3'],
  [/^(merchant|customer) copy of (\d+), (.*)$/, '$1,凭证号 $2,$3'],
  [/^only (.*)$/, '仅有 $1'],
  [/^no slip$/, '无签购单'],
  [/^nothing was printed$/, '未打印任何签购单'],
  [/^at most the first six and last four digits$/, '至多显示前六位和后四位'],
  [/^the full card number$/, '完整卡号'],
  [/^no forbidden content on paper$/, '签购单无禁止内容'],
  [/^every copy marked as a reprint$/, '各联均有重打印标记'],
  [/^(.*) copy shows (.*)$/, '$1出现$2'],
  [/^marked$/, '有标记'],
  [/^printed$/, '已打印'],
  [/^not printed$/, '未打印'],
  [/^shown$/, '已显示'],
  [/^("[^"]*") on the screen$/, '屏幕显示 $1'],
  [/^not shown; it showed ("[^"]*")$/, '未显示;屏幕为 $1'],
  [/^no code on the screen$/, '屏幕无应答码'],
  [/^("[^"]*") \(host\)$/, '$1(主机)'],
  [/^([A-Z]{3} \S+) \(host\)$/, '$1(主机)'],
  [/^at most (\d+) connections?$/, '至多 $1 次连接'],
  [/^at most (\d+) bytes?$/, '至多 $1 字节'],
  [/^(\d+) connections?$/, '$1 次连接'],
  [/^(\d+) bytes? \((\d+) from the terminal, (\d+) to it\)$/, '$1 字节(终端发出 $2,收到 $3)'],
  [/^within (.*)$/, '$1 以内'],
  [/^(\d+) of (\d+) bytes handed on$/, '$2 字节中仅转发 $1 字节'],
  [/^swallowed by the fault$/, '被故障吞掉'],
  [/^till cable: (\S+) at (\S+), (\d+) bytes touched$/, '收银机线缆:$1 @ $2,影响 $3 字节'],
  [/^till cable: (\S+) at (\S+), for what is said from here on$/, '收银机线缆:$1 @ $2,对此后的内容生效'],
  [/^till cable: (\S+) at (\S+)$/, '收银机线缆:$1 @ $2'],
  [/^wrong-mac$/, '应答 MAC 被改错'],
  ...SENTENCES_OF_FAULTS,
  ...SENTENCES_OF_PACKETS,
  [/^needs entry: (\S+); profile (\S+) has (.*)$/, '需要读卡方式:$1;终端档案 $2 仅有 $3'],
  ...SENTENCES_OF_MONEY,
];

/** Longest text that is looked at; what is longer came from a device and is no phrase of ours. */
const LONGEST = 2000;

/** A sentence of the rig in a report's language. */
export function phrase(text: string, lang: Language): string {
  return lang === 'zh' && text.length <= LONGEST ? inChinese(text) : text;
}

function inChinese(text: string): string {
  const known = term(text, 'zh');
  if (known !== text) return known;
  for (const [pattern, chinese] of SENTENCES) {
    const match = pattern.exec(text);
    if (match) return chinese.replace(/\$(\d)/g, (_, index) => inChinese(match[Number(index)] ?? '–'));
  }
  return operation(text) ?? listOf(text) ?? text;
}

/** `sale 000012 128.50 → 00`, `reversal of step 1 over 128.50 …`: a name, then details in a fixed order. */
function operation(text: string): string | undefined {
  const name = /^[a-z-]+/.exec(text)?.[0];
  if (name === undefined || term(name, 'zh') === name) return undefined;
  let chinese = term(name, 'zh');
  let at = name.length;
  for (const [pattern, said] of DETAILS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) continue;
    chinese += said.replace('$1', term(match[1] ?? '', 'zh'));
    at += match[0].length;
  }
  return at === text.length ? chinese : undefined;
}

/** Several of them, all known. */
function listOf(text: string): string | undefined {
  const items = text.split(', ');
  if (items.length < 2) return undefined;
  const said = items.map((item) => operation(item));
  return said.every((item) => item !== undefined) ? said.join(',') : undefined;
}

const PATH_WORDS: Readonly<Record<string, readonly [string, string]>> = {
  outcome: ['Outcome', '结果'],
  code: ['Response code', '应答码'],
  display: ['Screen', '屏幕'],
  traffic: ['Traffic', '流量'],
  connections: ['connections', '连接数'],
  bytes: ['bytes', '字节数'],
  within: ['Time limit', '时限'],
  host: ['Acquirer', '收单方'],
  money: ['Money', '资金'],
  moved: ['moved', '变动'],
  receipt: ['Slips', '签购单'],
  merchant: ['Merchant copy', '商户存根'],
  customer: ['Customer copy', '持卡人存根'],
  settlement: ['Settlement slip', '结算单'],
  duplicate: ['reprint mark', '重打印标记'],
  forbidden: ['forbidden content', '禁止内容'],
  amount: ['amount', '金额'],
  pan: ['card number', '卡号'],
  stan: ['STAN', '凭证号'],
  rrn: ['RRN', '参考号'],
  'auth-code': ['authorisation code', '授权码'],
  batch: ['batch', '批次号'],
  'merchant-id': ['merchant number', '商户编号'],
  'terminal-id': ['terminal number', '终端编号'],
  'original-stan': ['original STAN', '原凭证号'],
  'original-rrn': ['original RRN', '原参考号'],
  'sales-total': ['sales total', '消费总额'],
  'sales-count': ['number of sales', '消费笔数'],
  'credit-total': ['credit total', '贷记总额'],
  'credit-count': ['number of credits', '贷记笔数'],
  result: ['result', '结果'],
  rules: ['rules', '规则'],
  must: ['required lines', '必须有的行'],
  'must-not': ['forbidden lines', '禁止的行'],
  signature: ['signature line', '签名栏'],
  style: ['style', '字体'],
  copies: ['copies', '联数与顺序'],
  original: ['original', '原交易'],
  image: ['image', '图像'],
  aid: ['AID', 'AID'],
  tip: ['tip', '小费'],
  'net-total': ['net total', '净额'],
  held: ['held', '预授权'],
  'original-auth-code': ['original authorisation code', '原授权码'],
  qr: ['QR code', '二维码'],
  till: ['Till', '收银机'],
  device: ['Device', '设备'],
};

/**
 * What an expectation is about: `steps[1].expect.receipt.merchant.auth-code` stands in its step's rows already and reads
 * `Merchant copy, authorisation code`. Parts that are not known stay as they are.
 */
export function subjectOf(path: string, lang: Language): string {
  const parts = path
    .replace(/^steps\[\d+\]\.(expect\.)?/, '')
    .replace(/^receipt\.(?=(merchant|customer|settlement)\b)/, '')
    .split('.');
  const words = parts.map((part) => {
    const [, name = part, index] = /^(.*?)(?:\[(\d+)\])?$/.exec(part) ?? [];
    const known = Object.hasOwn(PATH_WORDS, name) ? PATH_WORDS[name] : undefined;
    const said = known ? known[lang === 'zh' ? 1 : 0] : name;
    return index === undefined ? said : `${said} ${Number(index) + 1}`;
  });
  return words.join(lang === 'zh' ? ' · ' : ', ');
}
