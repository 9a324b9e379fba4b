import type { Sentence } from './sentences.ts';

/** Why a scenario was not run: what the bench, its network, the till or the terminal have not. */
const SKIPPED: readonly Sentence[] = [
  [/^the run was cancelled$/, '运行被取消'],
  [/^not run, the bench is out: (.*)$/s, '未运行,测试台已停用:$1'],
  [/^the terminal has no ([a-z-]+)$/, '终端没有$1'],
  [/^the terminal takes no card by ([a-z-]+)$/, '终端不支持$1'],
  [/^the bench has no ([a-z-]+) plane$/, '测试台没有$1平面'],
  [/^the till has no command for ([a-z-]+)$/, '收银机没有$1命令'],
  [/^no TLS is spoken on this path$/, '此路径不使用 TLS'],
  [/^this relay answers no look-ups$/, '此中继不应答域名解析'],
  [/^the terminal looks no name up$/, '终端不作域名解析'],
  [
    /^an? (\S+) (?:is asked of|takes) the (kernel|packet) layer, and this bench has only a relay$/,
    '$1需要$2层,本测试台只有中继',
  ],
  [/^packet$/, '分组'],
  [
    /^the acquirer of this bench is a real one and does not do what a scenario says$/,
    '本测试台的收单方是真实主机,不按场景的要求行事',
  ],
  [
    /^nothing on the bench shows payment codes: its card plane has no `codes`$/,
    '测试台无法出示付款码:卡平面没有 codes',
  ],
  [
    /^the terminal shows a code, and no camera of the bench sees its screen$/,
    '终端展示收款码,但测试台没有看到其屏幕的摄像头',
  ],
  [/^byte of a (request|response)$/, '$1字节'],
  [/^the cable of this till cannot be made to fail$/, '无法使该收银机的线缆出错'],
  [
    /^the till of this bench is connected over TCP, where (\S+) cannot happen$/,
    '本测试台的收银机以 TCP 连接,不会发生$1',
  ],
];

/** What the rig adds to what it found: why nobody can be held to it. */
const DOUBTS: readonly Sentence[] = [
  [
    /^(.*) \(this machine stalled for (.*) of nominal time; try a lower --speed\)$/s,
    '$1(本机停顿了标称时间 $2;请降低 --speed)',
  ],
  [
    /^(.*) \(this may follow from what others did: nothing can be held against the terminal\)$/s,
    '$1(可能由其他方的行为导致,不能归责于终端)',
  ],
  [
    /^(.*) \(neither the request nor the policy of this scenario asks for this answer: the simulated acquirer is wrong\)$/s,
    '$1(请求与场景策略均不要求此应答:模拟收单方有误)',
  ],
  [/^(.*) \(the host turned the request away as it stood\)$/s, '$1(主机拒收该请求)'],
  [/^(.*): answered (\S+), not (\S+)$/s, '$1:应答 $2,而非 $3'],
  [/^(.*): asked for ([A-Z]{3} \S+), not ([A-Z]{3} \S+)$/s, '$1:请求金额 $2,而非 $3'],
  [/^(.*) \(read from a picture with too little confidence: (.*)\)$/s, '$1(由图像读出,置信度不足:$2)'],
  [
    /^(.*) \(not found in the picture, of which (\d+) % could be read for certain\)$/s,
    '$1(图像中未找到,其中 $2 % 可确定读出)',
  ],
  [/^(.*) ± (.*): too close to the limit for this machine$/s, '$1 ± $2:对本机而言过于接近限值'],
  [/^(.*) Its reversal is refused with code (\w+)\.$/s, '$1其冲正被拒绝,应答码 $2。'],
  [/^(.*) Slips were read from pictures, and not for certain: (.*)\.$/s, '$1签购单由图像读出,并不确定:$2。'],
  [/^(.*\.) \(this may follow .*\)$/s, '$1(可能由其他方的行为导致,不能归责于终端)'],
];

/** What was expected and seen at a terminal, a till or the faults of a scenario. */
const SEEN: readonly Sentence[] = [
  [/^nothing could be observed$/, '没有任何可观察的结果'],
  [
    /^the fault of step (\d+) \((\S+) at (\S+)\) was not provably in force: (.*)$/s,
    '步骤 $1 的故障($2 @ $3)无法证实已生效:$4',
  ],
  [
    /^the fault of step (\d+) \((\S+) at (\S+)\) was not in force: (.*)$/s,
    '步骤 $1 的故障($2 @ $3)未生效:$4',
  ],
  [
    /^the fault of the till's cable in step (\d+) \((\S+) at (\S+)\) was not provably in force: (.*)$/s,
    '步骤 $1 收银机线缆的故障($2 @ $3)无法证实已生效:$4',
  ],
  [
    /^the fault of the till's cable in step (\d+) \((\S+) at (\S+)\) was not in force: (.*)$/s,
    '步骤 $1 收银机线缆的故障($2 @ $3)未生效:$4',
  ],
  [/^healed after (.*) of (.*)$/, '应持续 $2,$1 后即恢复'],
  [/^no other message came while it waited$/, '等待期间没有其他报文'],
  [/^(\S+) was not seen at the terminal$/, '终端上未见 $1'],
  [/^the terminal cannot be made ready; it shows (.*)$/s, '无法使终端就绪;屏幕为 $1'],
  [
    /^the terminal does not come back to idle; it is (\S+) and shows ("[^"]*")(.*)$/s,
    '终端未回到待机;状态 $1,屏幕为 $2',
  ],
  [
    /^after (\S+) \((\S+)\) the terminal does not come back to idle; it shows (.*)$/s,
    '$1($2)之后终端未回到待机;屏幕为 $3',
  ],
  [/^waited (.*) for (.*); the terminal shows (.*)$/s, '等待 $2 共 $1;终端屏幕为 $3'],
  [
    /^pressed (.*) (?:once|(\d+) times), and the terminal, showing (".*"), did not take it$/s,
    '按下 $1,终端(屏幕为 $3)没有反应',
  ],
  [/^a secret digit$/, '保密数字'],
  [/^key (\S+)$/, '按键 $1'],
  [
    /^(.*) came too late: nothing had reached the terminal for (.*), and it gave up by itself, showing (.*)$/s,
    '$1来得太晚:终端 $2 未收到任何按键,已自行放弃,屏幕为 $3',
  ],
  [
    /^step (\d+) left neither a slip nor an entry at the host to refer to$/,
    '步骤 $1 既没有签购单也没有主机账目可供引用',
  ],
  [/^the till was told: (\S+), without having to ask$/, '收银机得知:$1,无需查询'],
  [/^the till was told: (\S+), having asked$/, '收银机经查询得知:$1'],
  [/^the till was told: (\S+)$/, '收银机得知:$1'],
  [/^(\S+), without having to ask$/, '$1,无需查询'],
  [/^(\S+), having asked$/, '$1,经查询'],
  [/^(\d+) printed: (.*)$/s, '打印了 $1 张:$2'],
  [/^((?:merchant|customer|other) copy[^;]*); (.*)$/s, '$1;$2'],
  [/^((?:merchant|customer|other) copy.*?), then ((?:merchant|customer|other) copy.*)$/s, '先 $1,后 $2'],
  [
    /^(merchant|customer) copy of (\d+), ([A-Z]{3} \S+), although the host declined it with code (\w+)$/,
    '$1(凭证号 $2,$3),而主机已拒绝,应答码 $4',
  ],
  [/^all (\d+) digits of card (\S+)$/, '卡片 $2 的全部 $1 位'],
  [/^masked: (.*)$/s, '屏蔽:$1'],
  [/^a reversal of step (\d+), reason (\d+), before the (\S+)$/, '冲正,针对步骤 $1,原因 $2,先于$3'],
  [/^reversal of STAN (\d+), reason (\d+), before the (\S+)$/, '冲正,凭证号 $1,原因 $2,先于$3'],
  [
    /^step (\d+) \(([\w-]+)\): the (merchant copy|customer copy|other copy|copy) breaks (\S+) \((.*?)\): expected (.*?), observed (.*)$/s,
    '步骤 $1($2):$3不符合规则 $4:预期 $6;实际 $7',
  ],
  [/^(merchant|customer) copy$/, '$1'],
  [/^(?:other )?copy$/, '凭条'],
  [/^not observed: (.*)$/s, '未观察到:$1'],
  [
    /^keys began the (\S+), and this bench is told only the receipts of what its till has begun\.?$/,
    '$1由按键发起,而本测试台只得知由收银机发起的交易的签购单',
  ],
  [/^this printer draws no slips$/, '该打印机不绘制签购单'],
  [
    /^the till link carries Latin letters alone, and (.*) may be in others$/,
    '收银机链路只传拉丁字母,$1 可能含其他文字',
  ],
  [/^no till was told of this transaction, or not this value$/, '没有收银机得知该交易或该值'],
  [/^([\w-]+): a label without a value$/, '$1:有标签而无值'],
  [
    /^together (.*) and (.*) show the first (\d+) and the last (\d+) digits$/,
    '$1与$2合并可见前 $3 位和后 $4 位',
  ],
  [/^all copies together show (.*)$/, '各联合并:$1'],
  [
    /^at most the first (\d+) and the last (\d+) digits of the card number \((\w+)\)$/,
    '至多显示卡号前 $1 位和后 $2 位($3)',
  ],
  [/^the original's number: (.*)$/, '原交易号码:$1'],
  [/^the host's date and time, (.*), within (.*)$/, '主机的日期时间 $1,相差不超过 $2'],
  [/^a slip only of what the host approved$/, '仅主机批准的交易有签购单'],
  [/^an? (merchant|customer) copy that looks like (.*)$/, '与 $2 一致的$1'],
  [/^the value is the one that the till was told \((.*)\)$/, '与收银机得知的值一致($1)'],
  [/^(\S+) of the form (.*)$/, '$1 的格式为 $2'],
  [/^(?!not\b)([a-z][a-z-]*(?:, [a-z][a-z-]*)*) printed$/, '印有 $1'],
  [/^no ([a-z-]+(?:, no [a-z-]+)+)$/, '均无:$1'],
  [/^pan of the card that was used \((\S+)\)$/, '所用卡片($1)的卡号'],
  [
    /^there is no such picture yet; --update-golden takes the slip of this run$/,
    '尚无此图像;--update-golden 采用本次运行的签购单',
  ],
  [/^none \(only (\d+) % of the picture could be read for certain\)$/, '无(图像中仅 $1 % 可确定读出)'],
  [/^(\S+) \(it showed ("[^"]*")\)$/s, '$1(屏幕为 $2)'],
  [/^the path is cut$/, '路径已切断'],
  [/^the connection is closed$/, '连接已关闭'],
  [/^copies on which to look for it$/, '可供查找的各联'],
  [/^the merchant copy of STAN (\d+) shows the full PAN$/, '商户存根(凭证号 $1)出现完整卡号'],
];

/** What the books say beside their invariants, and why one of them is not kept. */
const BOOKS: readonly Sentence[] = [
  [/^nobody keeps the book "(\S+)" here: (.*)\.$/s, '此处无人记录“$1”账:$2。'],
  [/^the books are closed as they are, without recovery\.$/, '不作恢复,按现状核对账目。'],
  [/^(\d+) originals?, each printed once\.$/, '原单 $1 张,各打印一次。'],
  [/^(\d+) requests? looked at\.$/, '检查请求 $1 条。'],
  [/^(\d+) reversals?, each of something that was asked for\.$/, '冲正 $1 笔,均对应请求过的交易。'],
  [
    /^(step \d+ \(.*?\)) left (.*\)) at the host, and a fault stood in the way of the answer: there is no reversal of an? ([a-z-]+), so that merchant and acquirer have to find out by hand\.$/,
    '$1 在主机留下 $2,而故障阻断了应答:$3没有冲正,须由商户与收单方人工查明。',
  ],
  [
    /^the till was told that (\S+ \S+) of ([A-Z]{3} \S+) is ([a-z-]+), but the host booked (.*\)), and a fault stood in the way of the answer: there is no reversal of an? ([a-z-]+), so that merchant and acquirer have to find out by hand\.$/,
    '收银机得知 $1($2)为$3,但主机入账 $4,而故障阻断了应答:$5没有冲正,须由商户与收单方人工查明。',
  ],
  [
    /^the settlement of batch (\d+) leaves out only what a fault kept from the terminal and what has no reversal\.$/,
    '批次 $1 的结算仅缺少故障使终端未得知且没有冲正的交易。',
  ],
  [
    /^([a-z-]+) voucher (\d+) of ([A-Z]{3} \S+) \(batch (\d+), RRN (\w+), ([a-z]+) with code (\w+), asked for ([A-Z]{3} \S+)\)$/,
    '$1(凭证号 $2,$3,批次 $4,参考号 $5,$6,应答码 $7,请求金额 $8)',
  ],
  [/^(step \d+ \(.*?\)), but the host has no ([a-z-]+) of it\.$/, '$1,但主机没有对应的$2。'],
  [
    /^the host booked (.*\)) for (step \d+ \(.*?\)), but no merchant slip of it was printed: ([A-Z]{3} \S+) moved without a slip\.$/,
    '主机为$2 入账 $1,但没有打印商户存根:$3 已动账而无签购单。',
  ],
  [
    /^the (.*) prints (RRN|authorisation code) (\w+), but the host's (.*\)) has (\w+)\.$/,
    '$1 印有$2 $3,而主机的 $4 为 $5。',
  ],
  [/^authorisation code$/, '授权码'],
  [/^RRN$/, '参考号'],
  [
    /^after recovery the terminal still shows that it has something stored to send\.$/,
    '恢复后终端仍显示有待上送的存储交易。',
  ],
  [
    /^the till was told that the day is closed, but the host has closed no batch\.$/,
    '收银机得知已日结,但主机没有结算任何批次。',
  ],
];

/** What the person at the bench is to do. */
const HINTS: readonly Sentence[] = [
  [
    /^The message that should set it off may never have been sent; look at the messages of the step\.$/,
    '应触发它的报文可能从未发出;请查看该步骤的报文。',
  ],
  [
    /^What was done, byte by byte, stands in its proof\. One that is to outlast its step needs another heal than next-step\.$/,
    '逐字节的作用见其证明。若要延续到步骤之后,恢复方式不能是 next-step。',
  ],
  [/^What was done, byte by byte, stands in its proof\.$/, '逐字节的作用见其证明。'],
  [
    /^It ends with its step: one that is to go on needs another heal than next-step\.$/,
    '它随步骤结束:若要延续,恢复方式不能是 next-step。',
  ],
  [
    /^The press before it was missed, or whoever presses is slower than the terminal waits\.$/,
    '前一次按键未被识别,或按键比终端的等待时间慢。',
  ],
  [/^(.*) The position of the finger is unknown until it has homed again\.$/, '$1手指位置未知,须重新回零。'],
  [/^Is it held \(door, feed hold\) or stuck\?$/, '是否被暂停(安全门、进给保持)或卡住?'],
  [/^Look at the fixture before the next run\.$/, '下次运行前请检查夹具。'],
  [/^It rests: its answer was lost on the way; check the cable\.$/, '它处于静止:应答在途中丢失;请检查线缆。'],
  [
    /^PCI DSS 3\.4\.1 lets the first six and the last four digits be shown\.$/,
    'PCI DSS 3.4.1 只允许显示前六位和后四位。',
  ],
  [
    /^The finger probably missed: check the placement of the keypad in the bench file and the seat of the terminal\.$/,
    '手指可能未按中:请检查测试台文件中的键盘位置和终端的安放。',
  ],
  [
    /^The keypad does not lie where the bench file says: check `planes\.keypad\.placement` and the seat of the terminal\.$/,
    '键盘不在测试台文件所述的位置:请检查 planes.keypad.placement 和终端的安放。',
  ],
  [
    /^Check cable, power and USB hub of this fixture; `posrig list devices` shows what is there\.$/,
    '请检查该夹具的线缆、电源和 USB 集线器;posrig list devices 列出现有设备。',
  ],
  [
    /^Look for glare, low contrast or a loose cable at the screen reader\.$/,
    '请检查读屏器处的反光、对比度和线缆。',
  ],
  [/^Run again with a lower --speed\.$/, '请以较低的 --speed 重新运行。'],
  [/^See to it at the terminal, then run again\.$/, '请在终端处处理,然后重新运行。'],
];

/** What findings, expectations and hints say in Chinese; sentences of `rig/run` and `rig/books`, the special before the general. */
export const SENTENCES_OF_FINDINGS: readonly Sentence[] = [
  ...SKIPPED,
  ...SEEN,
  ...BOOKS,
  ...HINTS,
  ...DOUBTS,
];
