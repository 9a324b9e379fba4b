/**
 * What the books say of money, in Chinese: a pattern of the English sentence, and the Chinese one in which `$1` … stand for
 * what the groups hold, each said in Chinese in turn. Sentences and what they quote come from `rig/books`; one that is not
 * here stays as the journal has it.
 */
export type Sentence = readonly [RegExp, string];

/** What the books quote: entries, slips, messages, totals, steps. */
export const QUOTES: readonly Sentence[] = [
  [/^([a-z-]+ voucher \d+ of [^()]+ \([^()]+\)) for (step \d+ \([^()]+\))$/, '$1,对应$2'],
  [
    /^([a-z-]+) voucher (\d+) of ([A-Z]{3} \S+) \(batch (\d+), RRN (\w+), ([a-z]+)\)$/,
    '$1(凭证号 $2,$3,批次 $4,参考号 $5,$6)',
  ],
  [
    /^([a-z-]+) voucher (\d+) of ([A-Z]{3} \S+) \(batch (\d+), ([a-z]+) with code (\w+)\)$/,
    '$1(凭证号 $2,$3,批次 $4,$5,应答码 $6)',
  ],
  [
    /^([a-z-]+) voucher (\d+) of ([A-Z]{3} \S+) \(batch (\d+), RRN (\w+), ([a-z]+) with code (\w+)\)$/,
    '$1(凭证号 $2,$3,批次 $4,参考号 $5,$6,应答码 $7)',
  ],
  [
    /^([a-z-]+) voucher (\d+) of ([A-Z]{3} \S+) \(batch (\d+), RRN (\w+), ([a-z]+), asked for ([A-Z]{3} \S+)\)$/,
    '$1(凭证号 $2,$3,批次 $4,参考号 $5,$6,请求金额 $7)',
  ],
  [/^reprinted (merchant|customer) slip of voucher (\S+), amount (.+)$/, '重打印的$1(凭证号 $2,金额 $3)'],
  [/^(merchant|customer) slip of voucher (\S+), amount (.+)$/, '$1(凭证号 $2,金额 $3)'],
  [/^([a-z-]+) request, voucher (\d+), batch (\d+), ([A-Z]{3} \S+)$/, '$1请求(凭证号 $2,批次 $3,$4)'],
  [/^([a-z-]+) request, voucher (\d+), batch (\d+)$/, '$1请求(凭证号 $2,批次 $3)'],
  [/^([a-z-]+) request, voucher (\d+)$/, '$1请求(凭证号 $2)'],
  [
    /^([a-z-]+) response, voucher (\d+), batch (\d+), ([A-Z]{3} \S+), code (\w+)$/,
    '$1应答(凭证号 $2,批次 $3,$4,应答码 $5)',
  ],
  [/^([a-z-]+) response, voucher (\d+), (?:batch \d+, )?code (\w+)$/, '$1应答(凭证号 $2,应答码 $3)'],
  [/^(\d+) sales? of ([A-Z]{3} \S+) and (\d+) credits? of ([A-Z]{3} \S+)$/, '消费 $1 笔 $2、贷记 $3 笔 $4'],
  [/^step (\d+) \(([a-z-]+) of ([A-Z]{3} \S+), shown as ([a-z-]+)\)$/, '步骤 $1($2 $3,显示为$4)'],
  [/^step (\d+) \(([a-z-]+), shown as ([a-z-]+)\)$/, '步骤 $1($2,显示为$3)'],
  [/^step (\d+) \(([a-z-]+) of ([A-Z]{3} \S+), no outcome seen\)$/, '步骤 $1($2 $3,未见结果)'],
];

/** Invariants that hold. */
const HELD: readonly Sentence[] = [
  [/^(\d+) holds?, none of them moved money\.$/, '预授权 $1 笔,均未动账。'],
  [/^nothing was held\.$/, '没有预授权。'],
  [/^(\d+) refusals? shown; none left money moved\.$/, '拒绝 $1 笔,均未动账。'],
  [/^nothing was refused\.$/, '没有被拒绝的交易。'],
  [/^(\d+) electronic signatures?, each taken by the acquirer\.$/, '电子签名 $1 份,收单方均已收到。'],
  [/^nothing was signed electronically\.$/, '没有电子签名。'],
  [/^(\d+) adjustments?, each booked with its payment\.$/, '金额调整 $1 笔,均与原交易一并入账。'],
  [/^(\d+) approvals? shown, each booked\.$/, '显示批准 $1 笔,均已入账。'],
  [/^nothing was shown as approved\.$/, '没有显示批准的交易。'],
  [/^(\d+) offline sales?, each booked once\.$/, '离线消费 $1 笔,均入账一次。'],
  [/^nothing was sold offline\.$/, '没有离线消费。'],
  [/^(\d+) completions?, each out of a hold of its own\.$/, '预授权完成 $1 笔,各对应一笔预授权。'],
  [/^(\d+) charges?, none of them twice\.$/, '扣款 $1 笔,均未重复。'],
  [/^(\d+) settlements? counted as the ledger has it\.$/, '结算 $1 次,主机计数与账目一致。'],
  [/^no settlement reached the host\.$/, '没有结算到达主机。'],
  [/^(\d+) charges? in the ledger, each with its merchant slip\.$/, '账目扣款 $1 笔,均有商户存根。'],
  [/^(\d+) slips?, each of money that moved\.$/, '签购单 $1 张,均对应已动账的交易。'],
  [
    /^the terminal owes no reversal and the last settlement is closed\.$/,
    '终端无待发冲正,最近一次结算已完成。',
  ],
  [
    /^(\d+) reversals? owed; none was overtaken by another online transaction\.$/,
    '应发冲正 $1 笔,均先于其他联机交易。',
  ],
  [/^no reversal was owed\.$/, '没有应发的冲正。'],
  [/^(\d+) settled batch(?:es)?, slip and claim equal\.$/, '已结算批次 $1 个,结算单与上报一致。'],
  [/^(\d+) slips? compared with the ledger, all amounts equal\.$/, '与账目核对签购单 $1 张,金额全部一致。'],
  [
    /^(\d+) notices? told, each until it was answered and no longer\.$/,
    '通知 $1 笔,均发至应答为止,未再重发。',
  ],
  [/^(\d+) entr(?:y|ies) of the export, all as seen\.$/, '导出账目 $1 条,均与所见一致。'],
  [/^no entry of the ledger comes from the acquirer's own export\.$/, '没有账目来自收单方的导出。'],
  [/^(\d+) till records?, none the opposite of the host\.$/, '收银机记录 $1 条,均不与主机相反。'],
  [/^(\d+) settlements?, each claiming what the ledger holds\.$/, '结算 $1 次,上报均与账目一致。'],
];

/** Invariants that do not. */
const BROKEN: readonly Sentence[] = [
  [
    /^(step \d+ \(.*?\)) left (.* voucher .*\)) at the host; its reversal is still owed\.$/,
    '$1 在主机留下 $2;冲正尚未发出。',
  ],
  [/^(step \d+ \(.*?\)) left money moved: (.* voucher .*\))\.$/, '$1 造成动账:$2。'],
  [/^(step \d+ \(.*?\)), but the host has (.* voucher .*\))\.?$/, '$1,但主机账目为 $2。'],
  [/^(step \d+ \(.*?\)), but the host has no charge of it\.?$/, '$1,但主机没有对应扣款。'],
  [
    /^(step \d+ \(.*?\)), but the terminal asked the host for ([A-Z]{3} \S+): (.* voucher .*\))\.$/,
    '$1,但终端向主机请求的金额为 $2:$3。',
  ],
  [
    /^(step \d+ \(.*?\)) moved money twice so far, (.*\)) and (.*\)); a reversal is still owed\.$/,
    '$1 至此已动账两次:$2 与 $3;冲正尚未发出。',
  ],
  [
    /^(step \d+ \(.*?\)) was carried out once by hand, but the host booked (.*\)) and (.*\))\.$/,
    '$1 只操作一次,主机却入账两笔:$2 与 $3。',
  ],
  [
    /^the host booked the same voucher twice instead of answering 94: (.*\)) and (.*\))\.$/,
    '主机对同一凭证入账两次而未应答 94:$1 与 $2。',
  ],
  [/^the host booked (.*\)), but no step had asked for an? ([a-z-]+)\.$/, '主机入账 $1,但没有步骤要求$2。'],
  [/^the host booked (.*\)), but no slip of it was ever printed\.$/, '主机入账 $1,但从未打印签购单。'],
  [
    /^the host booked (.*\)), but the only merchant slip of it is the (.*): ([A-Z]{3} \S+) moved or is held without a slip\.$/,
    '主机入账 $1,但仅有的商户存根是 $2:$3 已动账或被预授权而无签购单。',
  ],
  [
    /^the host booked (.*\)), but (?:there is )?no (?:merchant )?slip.*: ([A-Z]{3} \S+) moved or is held without a slip\.$/,
    '主机入账 $1,但没有商户存根:$2 已动账或被预授权而无签购单。',
  ],
  [
    /^the terminal printed a (.*), but the host has (.*\)): no money moved\.$/,
    '终端打印了 $1,但主机账目为 $2:并未动账。',
  ],
  [
    /^the terminal printed a (.*), but the host's ledger has no voucher (\d+)\.$/,
    '终端打印了 $1,但主机账目没有凭证 $2。',
  ],
  [
    /^the (.*) says ([A-Z]{3} \S+), but the host booked ([A-Z]{3} \S+): (.*\))\.$/,
    '$1 印为 $2,但主机入账 $3:$4。',
  ],
  [
    /^the host booked (.*\)), and no reversal of it came before the next online transaction, (.*)\.$/,
    '主机入账 $1,在下一笔联机交易($2)之前没有冲正。',
  ],
  [
    /^after recovery the terminal still shows that it owes a reversal(.*)\.$/,
    '恢复后终端仍显示有待发冲正$1。',
  ],
  [
    /^at the settlement of batch (\d+) the terminal claimed (.*), but the ledger holds (.*)\.$/,
    '批次 $1 结算时终端上报 $2,账目为 $3。',
  ],
  [
    /^at the settlement of batch (\d+) the host counted (.*), but its ledger holds (.*)\.$/,
    '批次 $1 结算时主机计为 $2,账目为 $3。',
  ],
  [
    /^the acquirer was told to mislay entries: it counted (.*) where its ledger holds (.*)\.$/,
    '收单方被设定为遗漏账目:计为 $1,账目为 $2。',
  ],
  [
    /^the till was told that payment (\S+) of ([A-Z]{3} \S+) is ([a-z-]+), but the host booked (.*\))\.$/,
    '收银机得知付款 $1($2)为$3,但主机入账 $4。',
  ],
  [
    /^the till was told that payment (\S+) of ([A-Z]{3} \S+) is ([a-z-]+), but the host holds no charge of it.*\.$/,
    '收银机得知付款 $1($2)为$3,但主机没有对应扣款。',
  ],
  [
    /^the (.* request.*) found no answer, but the next online message was not its repetition: (.*)\.$/,
    '$1 未获应答,而下一条联机报文不是它的重发:$2。',
  ],
];

/** What expectations of receipts, till and rules ask for and find. */
const ASKED: readonly Sentence[] = [
  [/^(\d+) rules of (.*)$/, '$2 的 $1 条规则'],
  [/^(merchant|customer) copy: (.*)$/s, '$1:$2'],
  [/^kept$/, '符合'],
  [/^the same$/, '一致'],
  [/^no such line$/, '无此行'],
  [/^(\d+) times$/, '$1 倍'],
  [/^settlement copy of (\d+)$/, '结算单,凭证号 $1'],
  [/^nothing but the mark differs from the original$/, '除标记外与原单一致'],
  [/^no line with (.*)$/s, '没有含 $1 的行'],
  [/^a line with (.*)$/s, '有含 $1 的行'],
  [/^exactly: (.*) copy, then (.*) copy$/, '依次为:$1、$2'],
  [/^all copies begun within (.*)$/, '各联均在 $1 内开始打印'],
  [/^amount printed at least (\d+) times as high$/, '金额字高至少为 $1 倍'],
  [/^the digits of the card that was used \((\S+)\)$/, '与所用卡片($1)的数字一致'],
  [/^not delivered: (\d+) of (\d+) bytes handed on$/, '未送达:$2 字节中仅转发 $1 字节'],
  [/^not sent: (.*)$/, '未发送:$1'],
  [/^needs (?:plane )?(\S+), which this bench does not have$/, '需要 $1,本测试台没有'],
  [/^no plan of this terminal: (.*)$/, '不在该终端的计划内:$1'],
];

export const SENTENCES_OF_MONEY: readonly Sentence[] = [...HELD, ...BROKEN, ...ASKED, ...QUOTES];
