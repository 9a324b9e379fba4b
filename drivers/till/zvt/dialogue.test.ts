import assert from 'node:assert/strict';
import { statusEnquiry } from './commands.ts';
import { ask, type Dialogue, type DialogueStep, dialogueStep } from './dialogue.ts';

const hear = ({ state }: { readonly state: Dialogue }, hex: string): DialogueStep =>
  dialogueStep(state, { type: 'apdu', bytes: Buffer.from(hex, 'hex') });
const sent = ({ effects }: DialogueStep): string[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [Buffer.from(effect.apdu).toString('hex')] : []));

describe("the till's side of a ZVT command", () => {
  for (const [name, left] of [
    ['completion', '060f00'],
    ['abort', '061e016c'],
    ['status information', '040f022700'],
    ['intermediate status', '04ff0104'],
  ] as const)
    it(`a ${name} before the terminal has answered is left over of another command: answered, and not taken`, () => {
      const asked = ask(statusEnquiry());
      const heard = hear(asked, left);
      assert.equal(heard.state.phase, 'asked');
      assert.equal(heard.state.statuses.length, 0);
      assert.deepEqual(sent(heard), ['800000']);
      // T3 goes on.
      assert.ok(!heard.effects.some(({ type }) => type === 'timer'));
      const taken = hear(hear(heard, '800000'), '060f0400000051');
      assert.equal(taken.state.end?.how, 'completed');
    });

  it('a refusal needs no answer before it', () => {
    assert.deepEqual(hear(ask(statusEnquiry()), '849c00').state.end, { how: 'refused', code: 0x9c });
  });
});
