import { FAULT_ACTION_NAMES } from '../rig/model/fault-actions.ts';
import type { Sentence } from './sentences.ts';

const ACTION = `(${FAULT_ACTION_NAMES.join('|')})`;

/**
 * What the network says a fault did, in Chinese; the sentences come from `drivers/network`, put together from what set the
 * fault off, what was done, and what is not certain. Each part is said in Chinese in turn.
 */
export const SENTENCES_OF_FAULTS: readonly Sentence[] = [
  [new RegExp(`^${ACTION} at (\\S+): (.*)$`, 's'), '$1 @ $2:$3'],
  [new RegExp(`^${ACTION} at (\\S+) never struck: (.*)\\.$`, 's'), '$1 @ $2:未触发($3)'],
  [/^(set off[^;]*); (.*)\. Not certain: (.*)\.$/s, '$1;$2。不确定:$3。'],
  [/^(set off[^;]*); (.*)\.$/s, '$1;$2。'],
  [/^set off$/, '已触发'],
  [/^(set off.*), (\d+) times$/, '$1,共 $2 次'],
  [/^set off by the (\S+) (\d{4}), STAN (\S+) \((\d+) bytes\)$/, '由$1 $2(凭证号 $3,$4 字节)触发'],
  [/^set off by the (\S+) (\d{4}) \((\d+) bytes\)$/, '由$1 $2($3 字节)触发'],
  [/^takes effect$/, '正在生效'],
  [
    /^the port was closed, and an attempt of the relay's own was refused$/,
    '端口已关闭,中继自身的连接尝试被拒绝',
  ],
  [
    /^since then (\d+) bytes of requests and (\d+) of responses were handed on, (\d+) and (\d+) swallowed, on (\d+) connections?$/,
    '此后转发请求 $1 字节、应答 $2 字节,吞掉请求 $3 字节、应答 $4 字节,共 $5 个连接',
  ],
  [/^(\d+) bytes were handed on, (\d+) left out$/, '转发 $1 字节,略去 $2 字节'],
  [/^(\d+) bytes were handed on$/, '转发 $1 字节'],
  [/^held for (\d+) ms of (\d+) ms$/, '扣留 $1 ms(应为 $2 ms)'],
  [/^held for (\d+) ms$/, '扣留 $1 ms'],
  [/^held for (.*), until an end gave the connection up$/, '扣留 $1,直至一端放弃连接'],
  [/^shown to the terminal in its TLS handshake$/, '在 TLS 握手中向终端出示'],
  [/^the look-up failed: (\S+)$/, '域名解析失败:$1'],
  [/^moved to (\S+) over (\S+), live connections (\S+)$/, '已移至 $1,经 $2,现有连接:$3'],
  [/^(.*), and nobody connected: whoever was meant takes another path$/, '$1,且无人连接:目标走了其他路径'],
  [/^no (.*) came$/, '未见$1'],
  [/^(\d+) of (\d+) came$/, '仅见 $1 次,应为第 $2 次'],
  [/^chance \((\S+)\) spared all (\d+) that came$/, '按概率 $1 放过全部 $2 次'],
  [/^the message has only (\d+) bytes$/, '报文仅 $1 字节'],
  [/^the connection of the message was not to be found$/, '未找到该报文所属连接'],
  [/^(\d+) bytes went on with a delay of (.*) and a jitter of (.*)$/, '转发 $1 字节,延迟 $2,抖动 $3'],
  [/^(\d+) bytes went on with a delay of (.*)$/, '转发 $1 字节,延迟 $2'],
  [/^this machine (?:made it last|let it stand) (.*) longer than was asked$/, '本机使其比要求多持续 $1'],
  [/^the connection ended while the fault was at work$/, '故障作用期间连接结束'],
  [
    /^(\d+) bytes that were to be handed on were not taken by the receiver$/,
    '应转发的 $1 字节未被接收方取走',
  ],
  [/^another fault kept the (?:two messages|copies) apart$/, '另一故障使其未能相连'],
];

/** Parts of what the layers on packets say, each up to the next semicolon. */
const PACKET_PART =
  '(?:\\d+ packets? \\(|its rules stand|the connection was destroyed|\\d+ bytes to the terminal|both ends|when it was healed)';

/**
 * What the layers on packets (kernel, packet engine) say a fault did: where, what set it off, what its rules met, what both
 * ends believed of the connection, and what is not certain.
 */
export const SENTENCES_OF_PACKETS: readonly Sentence[] = [
  [
    new RegExp(`^${ACTION} at (\\S+), in the (kernel|packet engine): never struck: (.*)\\.$`, 's'),
    '$1 @ $2($3):未触发($4)',
  ],
  [new RegExp(`^${ACTION} at (\\S+), in the (kernel|packet engine): (.*)$`, 's'), '$1 @ $2($3):$4'],
  [/^kernel$/, '内核'],
  [/^packet engine$/, '分组引擎'],
  [/^(set off by the .*), held until the rules were read back$/, '$1,扣留至规则回读确认'],
  [new RegExp(`^(${PACKET_PART}.*)\\. Not certain: (.*)\\.$`, 's'), '$1。不确定:$2。'],
  [new RegExp(`^(${PACKET_PART}.*)\\.$`, 's'), '$1。'],
  [new RegExp(`^(${PACKET_PART}[^;]*); (.*)$`, 's'), '$1;$2'],
  [/^(\d+) packets? \((\d+) bytes\) met its rules$/, '$1 个分组($2 字节)命中规则'],
  [/^its rules stand$/, '规则有效'],
  [/^the connection was destroyed in the kernel, both ends are told$/, '连接已在内核中销毁,两端均被告知'],
  [/^(\d+) bytes to the terminal stood unacknowledged$/, '发往终端的 $1 字节未获确认'],
  [/^both ends believed that they were connected$/, '两端均认为连接仍在'],
  [/^when it was healed (.*), (.*)$/, '恢复时$1,$2'],
  [/^the rig had given it up$/, '测试系统已放弃连接'],
  [/^the terminal had given it up$/, '终端已放弃连接'],
  [/^the rig believed in it$/, '测试系统认为连接仍在'],
  [/^the terminal believed in it$/, '终端认为连接仍在'],
  [/^the rig was in (\S+)$/, '测试系统处于 $1 状态'],
  [/^the terminal was in (\S+)$/, '终端处于 $1 状态'],
  [/^its rules were removed behind the rig$/, '规则被他人移除'],
  [/^the connection was still there$/, '连接仍然存在'],
  [
    /^no packet met its rules: the traffic takes another path, or there was none$/,
    '没有分组命中规则:流量走了其他路径,或没有流量',
  ],
  [/^only (\d+) of (\d+) bytes were seen unacknowledged$/, '$2 字节中仅见 $1 字节未获确认'],
  [/^what should set it off did not come$/, '触发条件未出现'],
  [
    /^all (\d+) bytes were acknowledged, TCP having sent segments again (\d+) times, (.*)$/,
    '$1 字节全部获确认,TCP 重传 $2 次,$3',
  ],
  [/^seen (\d+) ms after the heal$/, '恢复后 $1 ms 观察到'],
  [/^(\d+) bytes were still under way when the rig stopped looking$/, '停止观察时仍有 $1 字节在途'],
  [
    /^the rig ended the connection before its (\d+) bytes were acknowledged, (.*)$/,
    '$1 字节获确认前测试系统已结束连接,$2',
  ],
  [
    /^the terminal had given the connection up: it answered the (\d+) bytes with an RST, (.*)$/,
    '终端已放弃连接:对 $1 字节以 RST 应答,$2',
  ],
  [
    /^the (\d+) bytes were acknowledged and the connection closed in order, (.*)$/,
    '$1 字节获确认,连接正常关闭,$2',
  ],
];
