import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCommand } from './commands.ts';

describe('teach: commands', () => {
  it('reads moves, however they are spaced', () => {
    const jog = { do: 'jog', x: 1.5, y: -0.2, z: -1 };
    for (const line of ['x+1.5 y-0.2 z-1', 'X1.5Y-0.2Z-1', 'x 1.5, y -0.2, z -1', ' z-1 x+1 x+0.5 y-0.2 '])
      assert.deepEqual(parseCommand(line), jog, line);
  });

  it('keeps the case of key names', () => {
    assert.deepEqual(parseCommand('key OK'), { do: 'key', key: 'OK' });
    assert.deepEqual(parseCommand('GO F1'), { do: 'go', key: 'F1' });
    assert.deepEqual(parseCommand('go'), { do: 'go' });
  });

  it('refuses what is no command, and moves that are too long', () => {
    for (const line of [
      'x',
      'x+',
      'x+51',
      'y 0 0',
      'ok now',
      'touch -1',
      'touch 31',
      'key',
      'x1e3',
      'x+1 rm',
    ])
      assert.equal(parseCommand(line).do, 'wrong', line);
    for (const line of ['', '  ', '# a remark']) assert.equal(parseCommand(line).do, 'nothing');
  });

  it('never throws, and never moves farther than 50 mm', () => {
    const likely = fc.stringMatching(/^[xyz +\-.0-9,a-z]{0,30}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), likely), (line) => {
        const command = parseCommand(line);
        if (command.do !== 'jog') return;
        for (const mm of [command.x, command.y, command.z]) assert.ok(Math.abs(mm) <= 50);
      }),
    );
  });
});
