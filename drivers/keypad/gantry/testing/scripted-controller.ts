import type { TestPty } from '../../../transport/testing/pty.ts';

/**
 * The far end of a gantry's port for tests: just enough of Grbl 1.1 to be driven, with every line overridable, so that
 * a test can say exactly where it goes wrong. (The virtual bench's controller is the thorough one.)
 */
export interface ScriptedController {
  /** Lines received since the start, and `^X` for a reset, in order. */
  readonly heard: string[];
  position: [number, number, number];
  /** Looks at every line first; a returned text is the answer instead of the ordinary one (empty = silence). */
  override: (line: string) => string | undefined;
  settings: Map<number, string>;
}

const BARRIER_WALL_MS = 3;

export function scriptController(pty: TestPty): ScriptedController {
  let state = 'Alarm';
  let rest = '';
  const controller: ScriptedController = {
    heard: [],
    position: [0, 0, 0],
    override: () => undefined,
    settings: new Map([
      [1, '255'],
      [13, '0'],
      [20, '1'],
      [22, '1'],
      [24, '500.000'],
      [25, '5000.000'],
      [27, '1.000'],
      [130, '200.000'],
      [131, '200.000'],
      [132, '40.000'],
    ]),
  };
  const say = (text: string) => pty.send(`${text}\r\n`);

  const ordinary = (line: string): string => {
    if (line === '$I') return '[VER:1.1h.20190830:]\r\n[OPT:V,15,128]\r\nok';
    if (line === '$$')
      return `${[...controller.settings].map(([n, value]) => `$${n}=${value}\r\n`).join('')}ok`;
    if (line === '$H') {
      state = 'Idle';
      controller.position = [-1, -1, -1];
      return 'ok';
    }
    if (state === 'Alarm') return 'error:9';
    for (const [, axis, value] of line.matchAll(/([XYZ])([+-]?[\d.]+)/g)) {
      controller.position['XYZ'.indexOf(axis ?? '')] = Number(value);
    }
    return 'ok';
  };

  pty.onData((chunk) => {
    for (const char of chunk.toString('latin1')) {
      if (char === '?') {
        const [x, y, z] = controller.position.map((mm) => mm.toFixed(3));
        say(controller.override('?') ?? `<${state}|MPos:${x},${y},${z}|FS:0,0>`);
      } else if (char === '\x18') {
        controller.heard.push('^X');
        state = 'Alarm';
        rest = '';
        const answer = controller.override('^X');
        if (answer !== '') say(answer ?? "\r\nGrbl 1.1h ['$' for help]\r\n[MSG:'$H'|'$X' to unlock]");
      } else if (char === '\n') {
        const line = rest;
        rest = '';
        controller.heard.push(line);
        const answer = controller.override(line) ?? ordinary(line);
        // A barrier is answered when what was before it has had its time, on the fast clock of the tests.
        if (line === 'G4P0.01') setTimeout(() => answer !== '' && say(answer), BARRIER_WALL_MS);
        else if (answer !== '') say(answer);
      } else if (char <= '\x7f') rest += char;
    }
  });
  return controller;
}
