/** A protocol that nobody has published: numbered frames behind USB, bare ones over TCP, Chinese texts, amounts with a point. */
export const VENDOR = `
version: 1
id: vendor
title: { en: vendor, zh: 厂商 }
text: gbk
currency: CNY
links:
  serial: { framing: { kind: 55aa-cc33 }, handshake: numbered, ack-within: 2 s, repeats: 3, baud: 115200 }
  tcp: { framing: { kind: 55aa-cc33, longest: 2048 }, handshake: none }
layout: { kind: delimited, separator: "^" }
tables:
  results:
    OK: { means: approved, en: done, zh: 成功 }
    NO: { means: declined, en: declined, zh: 拒绝 }
    QX: { means: cancelled, en: cancelled, zh: 取消 }
    KX: { means: not-found, en: none, zh: 无 }
    MM: { means: busy, en: busy, zh: 忙 }
messages:
  sale:
    from: till
    title: { en: sale, zh: 消费 }
    fields:
      - { name: what, is: XF }
      - { name: no, holds: reference }
      - { name: yuan, holds: amount, format: major, most: 10 }
  back: { from: till, title: { en: void, zh: 撤销 }, fields: [{ name: what, is: CX }, { name: voucher, holds: voucher }] }
  day: { from: till, title: { en: settle, zh: 结算 }, fields: [{ name: what, is: JS }] }
  ask: { from: till, title: { en: last, zh: 查询 }, fields: [{ name: what, is: CH }] }
  told:
    from: terminal
    title: { en: result, zh: 结果 }
    fields:
      - { name: what }
      - { name: code, holds: result, table: results }
      - { name: words, holds: text }
      - { name: no, holds: reference }
      - { name: yuan, holds: amount, format: major }
      - { name: voucher, holds: stan }
      - { name: card, holds: pan }
      - { name: when, holds: time, format: YYYY-MM-DD hh:mm:ss }
exchanges:
  pay: { title: { en: sale, zh: 消费 }, does: sale, request: sale, reply: told }
  void: { title: { en: void, zh: 撤销 }, does: void, request: back, reply: told }
  end-of-day: { title: { en: settle, zh: 结算 }, does: settle, request: day, reply: told }
  last: { title: { en: last, zh: 查询 }, does: last, request: ask, reply: told, within: 10 s }
`;
