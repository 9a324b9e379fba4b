import assert from 'node:assert/strict';
import fc from 'fast-check';
import pc from 'picocolors';
import stringWidth from 'string-width';
import type { EventBody, JournalEvent } from '../../rig/model/event.ts';
import { Fault, type FaultProof } from '../../rig/model/fault.ts';
import { FAULT_ACTION_NAMES, FAULT_ACTIONS } from '../../rig/model/fault-actions.ts';
import { parseFault } from '../../rig/model/fault-text.ts';
import type { DialogueMessage } from '../../rig/model/message.ts';
import type { TillFaultProof } from '../../rig/model/till-fault.ts';
import { FAULT_LOOKS } from '../fault-looks.ts';
import { foldEvents, readRun } from '../fold.ts';
import type { ScenarioView } from '../model.ts';
import { phrase } from '../phrases.ts';
import { removeRun, writeRun } from '../testing/run-folder.ts';
import { consoleSequence } from './sequence.ts';

const colors = pc.createColors(false);

const message = (direction: 'request' | 'response'): DialogueMessage => ({
  kind: 'sale',
  direction,
  mti: direction === 'request' ? '0200' : '0210',
  stan: '000002',
  fields: [],
  ...(direction === 'response' ? { code: '00' } : {}),
});

/** A sale whose request or response sets off the fault. */
function scenarioWith(text: string, lost: boolean): ScenarioView {
  const fault = parseFault(text);
  const direction = fault.at.startsWith('request') ? 'request' : 'response';
  const proof: FaultProof = {
    id: 'fault-1',
    fault: Fault.parse(fault),
    state: 'in-force',
    askedAt: 0,
    trigger: { kind: 'sale', mti: message(direction).mti, stan: '000002', bytes: 200, at: 2 },
    handedOn: { request: 0, response: 0 },
    swallowed: { request: 0, response: 0 },
    refusedConnections: 0,
    heldMs: 400,
    summary: '',
  };
  const told = (plane: 'network' | 'host', way: 'request' | 'response'): EventBody => ({
    ...seen(plane, way),
    ...(lost && plane === 'network' && way === direction
      ? { note: 'not delivered: 50 of 200 bytes handed on' }
      : {}),
  });
  return scenarioOf([
    told('network', 'request'),
    ...(lost && direction === 'request'
      ? []
      : [told('host', 'request'), told('host', 'response'), told('network', 'response')]),
    { type: 'fault', phase: 'struck', proof },
  ]);
}

const seen = (plane: 'network' | 'host', way: 'request' | 'response'): EventBody => ({
  type: 'message',
  plane,
  connection: 'c1',
  message: message(way),
  bytes: 200,
});

/** One step in which this happened. */
function scenarioOf(happened: readonly EventBody[]): ScenarioView {
  const bodies: EventBody[] = [
    {
      type: 'scenario.start',
      id: 'X-1',
      title: { en: 'x', zh: 'x' },
      theme: 'x',
      file: 'x',
      sha256: '',
      proves: [],
      parameters: {},
      given: {},
      index: 1,
      of: 1,
    },
    { type: 'step.start', step: 1, action: 'sale', title: 'sale 128.50' },
    { type: 'path', region: 'chengdu', access: '4g', egress: '127.5.20.1', rttMs: 200, jitterMs: 40 },
    ...happened,
  ];
  const events = bodies.map(
    (body, n) => ({ ...body, n: n + 1, t: n, wall: '2026-11-22T00:00:00.000Z' }) as JournalEvent,
  );
  const [scenario] = foldEvents('', events).scenarios;
  assert.ok(scenario);
  return scenario;
}

const draw = (scenario: ScenarioView, width = 100, lang: 'en' | 'zh' = 'en') =>
  consoleSequence(scenario, { lang, width, colors });

describe('the sequence diagram on a console', () => {
  it('shows where a message was lost, in both languages, no line wider than asked', async () => {
    const folder = await writeRun();
    const [scenario] = (await readRun(folder)).scenarios;
    removeRun(folder);
    assert.ok(scenario);
    for (const lang of ['en', 'zh'] as const) {
      for (const width of [64, 80, 100, 131, 500]) {
        const lines = draw(scenario, width, lang);
        assert.ok(lines.length > 8);
        for (const line of lines)
          assert.ok(stringWidth(line) <= width, `${stringWidth(line)} > ${width}: ${line}`);
      }
    }
    const lines = draw(scenario);
    assert.ok(
      lines.some((line) => /├─ 0200 sale CNY 128\.50 #000002 ─+●─+▶│ \d+ B$/.test(line)),
      lines.join('\n'),
    );
    assert.ok(
      lines.some((line) => /│╌+╳─+ 0210 code 00 #000002 .*─┤ 0\/\d+ B$/.test(line)),
      lines.join('\n'),
    );
    assert.match(draw(scenario, 100, 'zh')[0] ?? '', /终端 +网络 +收单方/);
  });

  it('draws a partly delivered message up to its byte, towards either end', () => {
    const toTerminal = draw(scenarioWith('cut@response.byte(50)', true)).join('\n');
    assert.match(toTerminal, /│╌+╳─+●─+ 0210 code 00 #000002 ─┤ 50\/200 B/);
    assert.match(toTerminal, /╳ cut @ response\.byte\(50\) · byte 50 of 200/);
    const toHost = draw(scenarioWith('reset@request.byte(-50)', true)).join('\n');
    assert.match(toHost, /├─ 0200 sale #000002 ─+●─+╳╌+│ 150\/200 B/);
  });

  it("stands a fault of the till's cable at the terminal, where the cable is, in both languages", () => {
    const proof: TillFaultProof = {
      on: 'till',
      id: 'till-1',
      fault: { at: 'result', do: 'late-ack', for: '4 s' },
      state: 'in-force',
      askedAt: 0,
      armedAt: 0,
      struckAt: 2,
      touched: 3,
      summary: 'till cable: late-ack at result, 3 bytes touched',
    };
    const scenario = scenarioOf([seen('network', 'request'), { type: 'fault', phase: 'struck', proof }]);
    const line = draw(scenario).find((one) => one.includes('late-ack')) ?? '';
    assert.match(line, / {2}ACK till cable: late-ack @ result · 3 bytes touched/);
    assert.match(draw(scenario, 100, 'zh').join('\n'), /收银机线缆: 迟到的确认 @ .* · 影响 3 字节/);
    assert.equal(phrase(proof.summary, 'zh'), '收银机线缆:迟到的确认 @ result,影响 3 字节');
  });

  it('leaves whole what a fault only shapes or alters, and says how', () => {
    for (const [text, sign] of [
      ['delay@response.leaving for=400ms', '◷'],
      ['corrupt@response.byte(40)', '≠'],
      ['duplicate@response.leaving', '×2'],
      ['cut@response.last-byte', '╳'],
    ] as const) {
      assert.match(
        draw(scenarioWith(text, false)).join('\n'),
        new RegExp(`│◀─+${sign}─+ 0210 .*┤ 200 B`),
        text,
      );
    }
    assert.match(draw(scenarioWith('delay@response.leaving for=400ms', false)).join('\n'), /held 400 ms/);
  });

  it('knows every action of the fault language', () => {
    assert.deepEqual(Object.keys(FAULT_LOOKS).sort(), [...FAULT_ACTION_NAMES].sort());
    for (const action of FAULT_ACTION_NAMES) {
      assert.ok(stringWidth(FAULT_LOOKS[action].sign) <= 3);
      assert.ok(
        draw(scenarioWith(FAULT_ACTIONS[action].example, false))
          .join('\n')
          .includes(FAULT_LOOKS[action].sign),
      );
    }
  });

  it('holds its width whatever the texts are', () => {
    const scenario = scenarioWith('cut@response.byte(50)', true);
    const [first] = scenario.happenings;
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 64, max: 200 }), (text, width) => {
        const odd: ScenarioView = {
          ...scenario,
          steps: scenario.steps.map((step) => ({ ...step, title: text })),
          happenings: [
            ...(first ? [first] : []),
            {
              type: 'path',
              region: text,
              access: text,
              egress: '',
              rttMs: 1,
              jitterMs: 1,
              at: { n: 3, t: 3, step: 1 },
            },
            { type: 'power', state: 'off', at: { n: 3, t: 3, step: 1 } },
          ],
        };
        for (const line of draw(odd, width)) assert.ok(stringWidth(line) <= width, JSON.stringify(line));
      }),
    );
  });
});
