import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WINDOW } from '../../codec/grbl/commands.ts';
import { DIALECT } from '../../codec/grbl/dialects.ts';
import { numbered, parseMarlin } from '../../codec/grbl/marlin.ts';
import { parseResponse } from '../../codec/grbl/responses.ts';
import { understand } from '../../codec/grbl/understand.ts';
import { fresh, type StreamEffect, type StreamEvent, type StreamState, step } from './stream.ts';

const FRESH = fresh(DIALECT.grbl.flow);
const BANNER = "Grbl 1.1h ['$' for help]";
const heard = (line: string): StreamEvent => ({ type: 'response', response: understand(line, 'grbl') });

/** Plays events from a fresh stream; returns the last state and all effects. */
function play(events: readonly StreamEvent[], from: StreamState = FRESH): [StreamState, StreamEffect[]] {
  let state = from;
  const all: StreamEffect[] = [];
  for (const event of events) {
    const [next, effects] = step(state, event);
    state = next;
    all.push(...effects);
  }
  return [state, all];
}
const live = play([heard(BANNER)])[0];

describe('gantry: stream', () => {
  it('is deaf to all but a banner while it starts', () => {
    const [state, effects] = play([
      heard('ok'),
      heard('ALARM:3'),
      heard('garbage'),
      heard('start'),
      heard(BANNER),
    ]);
    assert.equal(state.phase, 'live');
    assert.deepEqual(effects.at(-1), { do: 'ready', firmware: 'Grbl', version: '1.1h' });
    assert.ok(effects.slice(0, -1).every((effect) => effect.do === 'report'));
  });

  it('acknowledges lines in order, errors included', () => {
    const [, effects] = play(
      [
        { type: 'submit', id: 1, line: 'G21' },
        { type: 'submit', id: 2, line: 'G99' },
        heard('ok'),
        heard('[MSG:x]'),
        heard('error:20'),
      ],
      live,
    );
    assert.deepEqual(
      effects.filter((effect) => effect.do === 'settle'),
      [
        { do: 'settle', id: 1 },
        { do: 'settle', id: 2, error: 20 },
      ],
    );
  });

  it('dies of an alarm, of a banner nobody asked for, of a surplus ok, and voids what was under way', () => {
    const submitted: StreamEvent = { type: 'submit', id: 7, line: 'G4P1' };
    for (const [line, cause] of [
      ['ALARM:1', { why: 'alarm', code: 1 }],
      [BANNER, { why: 'restart' }],
      ['start', { why: 'stranger', said: 'banner' }],
    ] as const) {
      const [state, effects] = play([submitted, heard(line), heard('ok')], live);
      assert.equal(state.phase, 'dead');
      assert.deepEqual(effects.slice(1, 3), [
        { do: 'die', cause },
        { do: 'void', ids: [7] },
      ]);
    }
    assert.deepEqual(play([heard('ok')], live)[1], [{ do: 'die', cause: { why: 'out-of-step' } }]);
  });

  it('sends nothing more when it is dead, until it was reset and has greeted', () => {
    const dead = play([heard('ALARM:1')], live)[0];
    assert.deepEqual(play([{ type: 'submit', id: 1, line: '$H' }], dead)[1], [{ do: 'void', ids: [1] }]);
    const [again, effects] = play(
      [{ type: 'reset' }, heard('ok'), heard(BANNER), { type: 'submit', id: 2, line: '$H' }],
      dead,
    );
    assert.equal(again.phase, 'live');
    assert.deepEqual(effects.at(-1), { do: 'send', line: '$H' });
  });

  it('keeps the window, the order and every promise, whatever the controller does', () => {
    const line = fc.integer({ min: 1, max: 79 }).map((length) => 'X'.repeat(length));
    const event = fc.oneof(
      { weight: 6, arbitrary: line.map((text) => ({ submit: text })) },
      { weight: 6, arbitrary: fc.constantFrom('ok', 'error:9', '<Idle>', 'noise') },
      { weight: 1, arbitrary: fc.constantFrom('ALARM:1', BANNER, 'reset' as const) },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (script) => {
        let state: StreamState = FRESH;
        let id = 0;
        const open = new Set<number>();
        const order: number[] = [];
        const sent: string[] = [];
        const lines: string[] = [];
        for (const item of script) {
          const next: StreamEvent =
            typeof item !== 'string'
              ? { type: 'submit', id: ++id, line: item.submit }
              : item === 'reset'
                ? { type: 'reset' }
                : heard(item);
          if (next.type === 'submit') {
            open.add(id);
            lines.push(next.line);
          }
          const [after, effects] = step(state, next);
          state = after;
          for (const effect of effects) {
            if (effect.do === 'send') sent.push(effect.line);
            if (effect.do === 'settle') {
              assert.ok(open.delete(effect.id), 'settled once');
              order.push(effect.id);
            }
            if (effect.do === 'void')
              for (const gone of effect.ids) assert.ok(open.delete(gone), 'voided once');
          }
          const unacknowledged = state.flying.reduce((sum, each) => sum + each.bytes, 0);
          assert.ok(unacknowledged <= WINDOW);
          assert.ok(
            state.waiting.length === 0 || state.flying.length > 0,
            'never stuck with an empty window',
          );
          assert.equal(open.size, state.flying.length + state.waiting.length, 'nobody is forgotten');
        }
        assert.deepEqual(
          order,
          [...order].sort((a, b) => a - b),
        );
        assert.ok(sent.length <= lines.length);
      }),
    );
  });
});

describe('gantry: stream with numbered lines', () => {
  const marlin = (line: string): StreamEvent => ({ type: 'response', response: parseMarlin(line) });
  const started = play([marlin('start')], fresh(DIALECT.marlin.flow))[0];
  const sentBy = (effects: readonly StreamEffect[]) =>
    effects.flatMap((effect) => (effect.do === 'send' ? [effect.line] : []));

  it('sends one at a time, and a damaged one again without counting its ok', () => {
    const [, effects] = play(
      [
        { type: 'submit', id: 1, line: 'M110 N0' },
        { type: 'submit', id: 2, line: 'G90' },
        marlin('ok'),
        marlin('Error:checksum mismatch, Last Line: 0'),
        marlin('Resend: 1'),
        marlin('ok'),
        marlin('ok'),
      ],
      started,
    );
    assert.deepEqual(sentBy(effects), [numbered(0, 'M110 N0'), numbered(1, 'G90'), numbered(1, 'G90')]);
    assert.deepEqual(
      effects.flatMap((effect) => (effect.do === 'settle' ? [effect.id] : [])),
      [1, 2],
    );
  });

  it('takes "unknown command" for a refusal though an ok follows, and a halt for the end', () => {
    const [state, effects] = play(
      [{ type: 'submit', id: 1, line: 'G53' }, marlin('echo:Unknown command: "G53"'), marlin('ok')],
      started,
    );
    assert.deepEqual(effects.at(-1), { do: 'settle', id: 1, error: 0 });
    assert.equal(play([marlin('Error:Printer halted. kill() called!')], state)[0].phase, 'dead');
  });

  it('dies when it is asked for another line, or for one too often', () => {
    const flying = play([{ type: 'submit', id: 1, line: 'G90' }], started)[0];
    assert.equal(play([marlin('Resend: 7')], flying)[0].phase, 'dead');
    const often = Array.from({ length: 5 }, () => [marlin('Resend: 0'), marlin('ok')]).flat();
    assert.equal(play(often, flying)[0].phase, 'dead');
  });

  it('whatever a controller says, no line is acknowledged twice or before it was sent', () => {
    const anything = fc.constantFrom(
      'ok',
      'ok',
      'ok',
      'Resend: 1',
      'Resend: 0',
      'error:9',
      'ALARM:1',
      'start',
      'echo:busy: processing',
      'echo:Unknown command: "x"',
      'Error:Printer halted',
      'rubbish',
    );
    for (const flow of [DIALECT.marlin.flow, DIALECT.grbl.flow]) {
      fc.assert(
        fc.property(fc.array(anything, { maxLength: 30 }), (lines) => {
          const parse = flow.numbered ? parseMarlin : parseResponse;
          const events: StreamEvent[] = lines.flatMap((line, i) => [
            { type: 'submit', id: i, line: `G0X${i}` },
            { type: 'response', response: parse(line) },
          ]);
          const [, effects] = play(events, play([marlin('start')], fresh(flow))[0]);
          const ended = new Set<number>();
          let sent = 0;
          for (const effect of effects) {
            if (effect.do === 'send') sent++;
            const ids = effect.do === 'settle' ? [effect.id] : effect.do === 'void' ? effect.ids : [];
            for (const id of ids) {
              assert.ok(!ended.has(id), `line ${id} ended twice`);
              ended.add(id);
            }
            if (effect.do === 'settle') assert.ok(sent > 0);
          }
        }),
        { numRuns: 300 },
      );
    }
  });
});
