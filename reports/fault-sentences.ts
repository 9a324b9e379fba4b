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
];
