import { DIALECT, type DialectId } from '../../codec/grbl/dialects.ts';
import { settingsHash, settingsOf } from '../gantry/settings.ts';
import { type Case, differs, ok, skipped } from './case.ts';
import { isHoming, LOCKED, orSilence, RESTART_MS, restart, unlock } from './grbl-state.ts';
import { expectAnswers, Mismatch } from './talk.ts';

const FAMILY: readonly DialectId[] = ['grbl', 'grblhal', 'fluidnc'];
/** A dwell that is not answered within this never will be, wall ms. */
const BARRIER_MS = 8000;

/** Lines that no controller may accept and that move nothing, with the numbers of Grbl 1.1 for them. */
const WRONG: readonly (readonly [line: string, ...errors: readonly number[]])[] = [
  ['G999', 20],
  ['1G21', 1],
  ['G21G20', 21],
  ['F-1', 4],
  ['M3.5', 23],
  ['P1', 36],
  ['N99999999', 27],
  ['G4', 28],
  ['GX', 2],
];

/** Every transcript of Grbl's family that moves nothing, in the order in which they run. */
export const GRBL_CASES: readonly Case[] = [
  {
    id: 'status',
    title: 'a status report at ?, and no ok for it',
    dialects: FAMILY,
    async run(talk, found) {
      const report = await talk.status();
      found.start = report.mpos;
      const { answers } = await talk.exchange('');
      expectAnswers(answers, [], '?');
      const fields = [...report.fields.keys()].join(', ');
      return report.mpos ? ok(`${report.state}, ${fields}`) : differs(`${fields}; set $10=1 for MPos`);
    },
  },
  {
    id: 'empty-line',
    title: 'one ok for an empty line',
    dialects: FAMILY,
    async run(talk) {
      expectAnswers((await talk.exchange('\n')).answers, ['ok'], 'an empty line');
      return ok();
    },
  },
  {
    id: 'cr-lf',
    title: 'CR LF: how many lines it is',
    dialects: FAMILY,
    async run(talk) {
      const { answers } = await talk.exchange('\r\n');
      if (answers.length < 1 || answers.length > 2 || answers.some((answer) => answer !== 'ok')) {
        throw new Mismatch(`CR LF was answered ${answers.join(', ') || 'with nothing'}`);
      }
      return ok(answers.length === 2 ? 'two lines, two ok' : 'one line, one ok');
    },
  },
  {
    id: 'identity',
    title: 'who it is at $I',
    dialects: FAMILY,
    async run(talk) {
      const { answers, said } = await talk.exchange('$I\n');
      expectAnswers(answers, ['ok'], '$I');
      const version = said.find((each) => each.kind === 'feedback' && each.tag === 'VER');
      if (version?.kind !== 'feedback') throw new Mismatch('$I tells no [VER:…]');
      return ok(version.text);
    },
  },
  {
    id: 'settings',
    title: 'all settings at $$, and one ok',
    dialects: FAMILY,
    async run(talk, found) {
      const { answers, said } = await talk.exchange('$$\n');
      expectAnswers(answers, ['ok'], '$$');
      found.settings = settingsOf(said);
      const count = found.settings.size;
      if (count === 0 && DIALECT[talk.dialect].numberedSettings) {
        throw new Mismatch('$$ lists no $n=value');
      }
      if (Number(found.settings.get(13) ?? 0) !== 0) return differs('$13: it reports in inches');
      return ok(`${count} settings, fingerprint ${settingsHash(found.settings)}`);
    },
  },
  {
    id: 'offsets',
    title: 'offsets at $#',
    dialects: FAMILY,
    async run(talk) {
      const { answers, said } = await talk.exchange('$#\n');
      expectAnswers(answers, ['ok'], '$#');
      const found = said.some((each) => each.kind === 'feedback' && each.tag === 'G54');
      return found ? ok() : differs('no [G54:…]');
    },
  },
  {
    id: 'locked',
    title: 'locked at start if homing is on; $X unlocks',
    dialects: FAMILY,
    async run(talk, found) {
      const { state } = await talk.status();
      if (state !== 'Alarm') {
        found.unlocked = true;
        return isHoming(found)
          ? ok(`it is ${state}: it was unlocked or homed before`)
          : ok(`${state}, homing is off`);
      }
      expectAnswers((await talk.exchange('G21\n')).answers, ['error:9'], 'g-code while locked');
      if (!(await unlock(talk, found))) return skipped('$X is refused: it wants to be homed');
      return ok('error:9, then $X');
    },
  },
  {
    id: 'homing-off',
    title: '$H is refused where homing is off',
    dialects: FAMILY,
    async run(talk, found) {
      if (isHoming(found) || !found.settings.has(22)) return skipped('homing is on');
      expectAnswers((await talk.exchange('$H\n')).answers, ['error:5'], '$H');
      return ok('a gantry needs it: fit limit switches and send $22=1');
    },
  },
  {
    id: 'errors',
    title: 'each wrong line is refused once, in its place',
    dialects: FAMILY,
    async run(talk, found) {
      if (!(await unlock(talk, found))) return LOCKED;
      const others: string[] = [];
      for (const [line, ...errors] of WRONG) {
        // The empty line clears an error that would stick.
        const { answers } = await talk.exchange(`${line}\n\n`);
        const [first = '', second] = answers;
        if (answers.length !== 2 || !first.startsWith('error:') || second !== 'ok') {
          throw new Mismatch(`${line} was answered ${answers.slice(0, -1).join(', ') || 'with nothing'}`);
        }
        if (!errors.some((error) => first === `error:${error}`)) others.push(`${line} ${first}`);
      }
      return others.length === 0
        ? ok(`${WRONG.length} lines`)
        : differs(`other numbers: ${others.join(', ')}`);
    },
  },
  {
    id: 'sticky-error',
    title: 'whether an error sticks until an empty line',
    dialects: FAMILY,
    async run(talk, found) {
      if (!(await unlock(talk, found))) return LOCKED;
      const { answers } = await talk.exchange('G999\nG21\n\nG21\n');
      const [first, second, third, fourth] = answers;
      if (answers.length !== 4 || !first?.startsWith('error:') || third !== 'ok' || fourth !== 'ok') {
        throw new Mismatch(`G999, G21, empty, G21 were answered ${answers.join(', ')}`);
      }
      const sticks = second === first;
      const note = sticks ? 'it sticks' : 'the next line counts by itself';
      return sticks === DIALECT[talk.dialect].stickyErrors ? ok(note) : differs(note);
    },
  },
  {
    id: 'order',
    title: 'answers come in the order of the lines, one each',
    dialects: FAMILY,
    async run(talk, found) {
      if (!(await unlock(talk, found))) return LOCKED;
      const lines = ['G21', 'G999', '', 'G90', '1G', '', 'G94', '', 'G21G20', '', 'G54', ''];
      const { answers } = await talk.exchange(lines.map((line) => `${line}\n`).join(''));
      const kinds = answers.map((answer) => (answer === 'ok' ? 'ok' : 'error'));
      const wanted = lines.map((line) => (/999|1G$|G20/.test(line) ? 'error' : 'ok'));
      expectAnswers(kinds, wanted, `${lines.length} lines at once`);
      return ok(`${lines.length} lines`);
    },
  },
  {
    id: 'real-time-in-line',
    title: '? in the middle of a line is answered and is no part of it',
    dialects: FAMILY,
    async run(talk, found) {
      if (!(await unlock(talk, found))) return LOCKED;
      await talk.send('G2');
      await talk.status();
      expectAnswers((await talk.exchange('1\n')).answers, ['ok'], 'G2?1');
      return ok();
    },
  },
  {
    id: 'status-burst',
    title: 'many ? at once are answered, and the line behind them, too',
    dialects: FAMILY,
    async run(talk) {
      await talk.send('????');
      await talk.line('a status report', (response) => response.kind === 'status');
      const { answers, said } = await talk.exchange('\n');
      expectAnswers(answers, ['ok'], 'the line behind them');
      return ok(`${1 + said.filter((each) => each.kind === 'status').length} of 4 answered`);
    },
  },
  {
    id: 'high-bytes',
    title: 'unknown bytes above 0x7F vanish',
    dialects: ['grbl'],
    async run(talk, found) {
      if (!(await unlock(talk, found))) return LOCKED;
      const { answers } = await talk.exchange('G2\xb51\n\n');
      return answers[0] === 'ok' ? ok() : differs(`G2<B5>1 was answered ${answers[0]}`);
    },
  },
  {
    id: 'long-line',
    title: 'a line that is too long is refused, once',
    dialects: FAMILY,
    async run(talk, found) {
      if (!(await unlock(talk, found))) return LOCKED;
      const length = talk.dialect === 'grbl' ? 100 : 300;
      const exchange = await orSilence(talk, () => talk.exchange(`F${'0'.repeat(length)}\n\n`));
      if (!exchange) return differs('its receive buffer loses a part of it without a word');
      const { answers } = exchange;
      const [first = '', second] = answers;
      if (answers.length !== 2 || second !== 'ok') {
        throw new Mismatch(
          `a line of ${length} digits was answered ${answers.slice(0, -1).join(', ') || 'with nothing'}`,
        );
      }
      return first === 'error:11' ? ok() : differs(`${first} instead of error:11`);
    },
  },
  {
    id: 'reset-in-line',
    title: 'a reset in the middle of a line forgets its beginning',
    dialects: FAMILY,
    async run(talk, found) {
      await talk.send('G9');
      const greeting = await restart(talk);
      if (!(await unlock(talk, found))) return LOCKED;
      // The beginning that was forgotten and this would be G921.
      expectAnswers((await talk.exchange('G21\n')).answers, ['ok'], 'the line after it');
      return ok(greeting);
    },
  },
  {
    id: 'check-mode',
    title: '$C judges lines and moves nothing',
    dialects: FAMILY,
    async run(talk, found) {
      if (!(await unlock(talk, found))) return LOCKED;
      const on = await talk.exchange('$C\n');
      if (on.answers[0] !== 'ok') return differs(`$C was answered ${on.answers.join(', ')}`);
      const before = await talk.status();
      if (before.state !== 'Check') throw new Mismatch(`$C leads to the state ${before.state}`);
      // Soft limits count in check mode, too: a millimetre may be one too far.
      const step = Number(found.settings.get(20) ?? 0) === 0 ? 1 : 0;
      const { answers } = await talk.exchange(`G91\nG1X${step}F100\nG90\nG999\n\n`);
      const after = await talk.status();
      await talk.send('$C\n');
      await talk.line(
        'the restart at the end of check mode',
        (response) => response.kind === 'banner',
        RESTART_MS,
      );
      expectAnswers(
        answers.map((each) => each.replace(/:\d+/, '')),
        ['ok', 'ok', 'ok', 'error', 'ok'],
        'in check mode',
      );
      if (after.mpos?.x !== before.mpos?.x) throw new Mismatch('it moved in check mode');
      await unlock(talk, found);
      return ok();
    },
  },
  {
    id: 'jog-refused',
    title: 'a jog with other g-code is refused',
    dialects: FAMILY,
    async run(talk, found) {
      if (!(await unlock(talk, found))) return LOCKED;
      const { answers } = await talk.exchange('$J=M3F100\n\n');
      const [first = '', second] = answers;
      if (answers.length !== 2 || !first.startsWith('error:') || second !== 'ok') {
        throw new Mismatch(`$J=M3F100 was answered ${answers.slice(0, -1).join(', ') || 'with nothing'}`);
      }
      return first === 'error:16' ? ok() : differs(`${first} instead of error:16`);
    },
  },
  {
    id: 'barrier',
    title: 'G4 is answered, in its place',
    dialects: FAMILY,
    async run(talk, found) {
      if (!(await unlock(talk, found))) return LOCKED;
      const exchange = await orSilence(talk, () => talk.exchange('G4P0.05\nG21\n', BARRIER_MS));
      // Native builds exist whose clock stands still: everything else can still be looked at.
      if (!exchange) return differs('G4 is never answered: a gantry cannot be driven with this build');
      expectAnswers(exchange.answers, ['ok', 'ok'], 'G4P0.05, G21');
      return ok();
    },
  },
];
