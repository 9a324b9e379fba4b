import assert from 'node:assert/strict';
import { DIALECTS } from './dialects.ts';
import { understand } from './understand.ts';

const GRBL = { alarm: 'ALARM:1', banner: "Grbl 1.1h ['$' for help]" } as const;
const MARLIN = { banner: 'start', fault: 'Error:Printer halted. kill() called!' } as const;

describe('grbl: which language a line is in', () => {
  for (const dialect of DIALECTS) {
    const [own, foreign] = dialect === 'marlin' ? [MARLIN, GRBL] : [GRBL, MARLIN];
    it(`${dialect}: what voids a position in its own language is that; in the other one, the word of a stranger`, () => {
      for (const [kind, line] of Object.entries(own))
        assert.equal(understand(line, dialect).kind, kind, line);
      for (const [said, line] of Object.entries(foreign))
        assert.deepEqual(understand(line, dialect), { kind: 'stranger', said }, line);
    });
  }

  it('until the language is known, both are understood', () => {
    for (const [kind, line] of [...Object.entries(GRBL), ...Object.entries(MARLIN)])
      assert.equal(understand(line, undefined).kind, kind, line);
  });

  it('what voids nothing keeps its meaning, or has none', () => {
    assert.equal(understand('ok P15 B3', 'grbl').kind, 'unknown');
    assert.equal(understand('X:1.00 Y:2.00 Z:3.00 E:0.00', 'grblhal').kind, 'unknown');
    assert.equal(understand('Error:checksum mismatch, Last Line: 4', 'fluidnc').kind, 'unknown');
    assert.equal(understand('<Alarm|MPos:0.000,0.000,0.000|FS:0,0>', 'marlin').kind, 'unknown');
    assert.equal(understand('error:20', 'marlin').kind, 'unknown');
  });
});
