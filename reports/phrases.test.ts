import assert from 'node:assert/strict';
import fc from 'fast-check';
import { phrase, subjectOf } from './phrases.ts';
import { term } from './terms.ts';

describe('the sentences of the rig in Chinese', () => {
  const said: readonly (readonly [string, string])[] = [
    ['sale 128.50', '消费 128.50'],
    ['sale 71.50 with credit-1 by swipe', '消费 71.50,用卡 credit-1,刷卡'],
    ['refund of step 2, 21.50', '退货,针对步骤 2,金额 21.50'],
    ['closing: settle', '收尾:结算'],
    ['move to chengdu', '移动到 chengdu'],
    ['sale 000042 128.50 → 00', '消费 000042 128.50 → 00'],
    ['sale 000042 128.50 → no answer', '消费 000042 128.50 → 无应答'],
    [
      'reversal of step 1 over 128.50 answered 00 with reason 98 with a right MAC before the sale',
      '冲正,针对步骤 1,金额 128.50,应答 00,原因 98,MAC 正确,先于消费',
    ],
    [
      'step 2 (sale): expected no-answer, observed the host saw sale 000033 20.00 → 00',
      '步骤 2(消费):预期 无应答;实际 主机收到 消费 000033 20.00 → 00',
    ],
    [
      'forbidden content on paper: the merchant copy shows pan (and 3 more)',
      '签购单含禁止内容:商户存根出现完整卡号(另有 3 张)',
    ],
    ['"000007" (host)', '"000007"(主机)'],
    ['no reversal was owed.', '没有应发的冲正。'],
    ['merchant copy: no such line', '商户存根:无此行'],
    [
      'step 1 (sale of CNY 128.50, shown as declined) left money moved: sale voucher 000004 of CNY 128.50 (batch 000001, RRN 123456789012, posted).',
      '步骤 1(消费 CNY 128.50,显示为拒绝) 造成动账:消费(凭证号 000004,CNY 128.50,批次 000001,参考号 123456789012,已入账)。',
    ],
    [
      'at the settlement of batch 000001 the terminal claimed 1 sale of CNY 5.00 and 0 credits of CNY 0.00, but the ledger holds 2 sales of CNY 9.00 and 0 credits of CNY 0.00.',
      '批次 000001 结算时终端上报 消费 1 笔 CNY 5.00、贷记 0 笔 CNY 0.00,账目为 消费 2 笔 CNY 9.00、贷记 0 笔 CNY 0.00。',
    ],
    [
      'sale voucher 000011 of CNY 128.50 (batch 000004, RRN 632623000010, posted) for step 1 (sale of CNY 128.50, shown as no-answer)',
      '消费(凭证号 000011,CNY 128.50,批次 000004,参考号 632623000010,已入账),对应步骤 1(消费 CNY 128.50,显示为无应答)',
    ],
    [
      'cut at response.leaving: set off by the sale 0210, STAN 000002 (164 bytes); since then 0 bytes of requests and 0 of responses were handed on, 0 and 164 swallowed, on 1 connection.',
      '切断 @ 应答离开中继前:由消费 0210(凭证号 000002,164 字节)触发;此后转发请求 0 字节、应答 0 字节,吞掉请求 0 字节、应答 164 字节,共 1 个连接。',
    ],
    [
      'corrupt at response.last-byte: set off by the sale 0210 (164 bytes), 3 times; 164 bytes were handed on, 2 left out. Not certain: the message has only 9 bytes.',
      '比特翻转 @ 应答末字节:由消费 0210(164 字节)触发,共 3 次;转发 164 字节,略去 2 字节。不确定:报文仅 9 字节。',
    ],
    [
      "refuse at connect: set off; the port was closed, and an attempt of the relay's own was refused.",
      '拒绝连接 @ 建立连接:已触发;端口已关闭,中继自身的连接尝试被拒绝。',
    ],
    [
      'cut at request.leaving never struck: no sale came, and nobody connected: whoever was meant takes another path.',
      '切断 @ 请求离开中继前:未触发(未见消费,且无人连接:目标走了其他路径)',
    ],
    [
      'half-open at response.leaving, in the kernel: set off by the sale 0210, STAN 000007 (164 bytes), held until the rules were read back; 10 packets (1176 bytes) met its rules; when it was healed the rig believed in it, the terminal was in FIN-WAIT-1.',
      '半开连接 @ 应答离开中继前(内核):由消费 0210(凭证号 000007,164 字节)触发,扣留至规则回读确认;10 个分组(1176 字节)命中规则;恢复时测试系统认为连接仍在,终端处于 FIN-WAIT-1 状态。',
    ],
    [
      'the fault of step 1 (loss at response) was not provably in force: loss at response, in the packet engine: 0 packets (0 bytes) met its rules. Not certain: no packet met its rules: the traffic takes another path, or there was none.',
      '步骤 1 的故障(丢包 @ 应答流)无法证实已生效:丢包 @ 应答流(分组引擎):0 个分组(0 字节)命中规则。不确定:没有分组命中规则:流量走了其他路径,或没有流量。',
    ],
    ['move to guangzhou over 4g, live connections half-open', '移动到 guangzhou,经 4g,现有连接:半开连接'],
    ['sale 30.00 with a wrong PIN', '消费 30.00,密码输错'],
    [
      'step 2 (sale): expected within 50.0 s, observed 55.2 s ± 23.9 s: too close to the limit for this machine',
      '步骤 2(消费):预期 50.0 s 以内;实际 55.2 s ± 23.9 s:对本机而言过于接近限值',
    ],
    [
      'step 1 (sale): the merchant copy breaks emv-chip/aid (The application identifier is printed): expected aid printed, observed not printed',
      '步骤 1(消费):商户存根不符合规则 emv-chip/aid:预期 印有 aid;实际 未打印',
    ],
    [
      'a loss is asked of the packet layer, and this bench has only a relay',
      '丢包需要分组层,本测试台只有中继',
    ],
    ['stall at request.leaving: set off; takes effect.', '停滞 @ 请求离开中继前:已触发;正在生效。'],
    ['merchant copy of 000002, RMB 128.50', '商户存根,凭证号 000002,RMB 128.50'],
  ];
  for (const [english, chinese] of said) {
    it(chinese, () => {
      assert.equal(phrase(english, 'zh'), chinese);
      assert.equal(phrase(english, 'en'), english);
    });
  }

  it('leave alone what is not one of them', () => {
    for (const other of ['the gantry stands still', 'sale of the century', 'constructor', '__proto__', ''])
      assert.equal(phrase(other, 'zh'), other);
    fc.assert(
      fc.property(fc.string({ maxLength: 3000 }), (text) => {
        assert.equal(phrase(`?${text}`, 'zh'), `?${text}`);
      }),
    );
  });

  it('name what an expectation is about, in both languages', () => {
    const path = 'steps[1].expect.receipt.merchant.auth-code';
    assert.equal(subjectOf(path, 'en'), 'Merchant copy, authorisation code');
    assert.equal(subjectOf(path, 'zh'), '商户存根 · 授权码');
    assert.equal(subjectOf('steps[0].expect.host[1]', 'zh'), '收单方 2');
    assert.equal(subjectOf('steps[0].expect.constructor', 'zh'), 'constructor');
    assert.equal(term('no-answer', 'zh'), '无应答');
  });
});
