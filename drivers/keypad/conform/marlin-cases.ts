import { numbered } from '../../codec/grbl/marlin.ts';
import { settingsHash } from '../gantry/settings.ts';
import { type Case, differs, ok } from './case.ts';
import { expectAnswers, Mismatch } from './talk.ts';

const MARLIN = ['marlin'] as const;

/** A command that must be answered by one `ok`; what else it says must match. */
const answered = (id: string, title: string, command: string, must?: RegExp): Case => ({
  id,
  title,
  dialects: MARLIN,
  async run(talk) {
    const { answers, lines } = await talk.exchange(`${command}\n`, 10_000);
    expectAnswers(answers, ['ok'], command);
    if (must && !lines.some((line) => must.test(line)))
      return differs(`nothing like ${must.source} was said`);
    return ok(lines.find((line) => must?.test(line))?.slice(0, 60));
  },
});

/** Every transcript of Marlin; those that move nothing first. */
export const MARLIN_CASES: readonly Case[] = [
  answered('identity', 'who it is at M115', 'M115', /^FIRMWARE_NAME:/),
  answered('endstops', 'limit switches at M119', 'M119', /(min|max|probe): /),
  {
    id: 'status',
    title: 'the position at M114',
    dialects: MARLIN,
    async run(talk, found) {
      const report = await talk.status();
      found.start = report.mpos;
      return ok();
    },
  },
  {
    id: 'settings',
    title: 'all settings at M503, and one ok',
    dialects: MARLIN,
    async run(talk) {
      const { answers, said } = await talk.exchange('M503\n');
      expectAnswers(answers, ['ok'], 'M503');
      return ok(`fingerprint ${settingsHash(new Map(), said)}`);
    },
  },
  {
    id: 'empty-line',
    title: 'empty lines are not answered',
    dialects: MARLIN,
    async run(talk) {
      const { answers } = await talk.exchange('\n\n');
      return answers.length === 0 ? ok() : differs(`${answers.length} ok`);
    },
  },
  {
    id: 'errors',
    title: 'an unknown command is said to be unknown, and answered once',
    dialects: MARLIN,
    async run(talk) {
      const { answers, said } = await talk.exchange('G999\n');
      expectAnswers(answers, ['ok'], 'G999');
      if (!said.some((each) => each.kind === 'refused')) {
        throw new Mismatch('G999 was taken without a word: what it does not know it must say');
      }
      return ok();
    },
  },
  {
    id: 'numbers',
    title: 'lines are numbered; a damaged one is asked for again, and taken then',
    dialects: MARLIN,
    async run(talk) {
      expectAnswers((await talk.exchange(`${numbered(0, 'M110 N0')}\n`)).answers, ['ok'], 'M110');
      expectAnswers((await talk.exchange(`${numbered(1, 'G90')}\n`)).answers, ['ok'], 'line 1');
      const damaged = await talk.exchange('N2 G90*1\n');
      const asked = damaged.said.find((each) => each.kind === 'resend');
      if (asked?.kind !== 'resend' || asked.number !== 2)
        throw new Mismatch('a damaged line 2 was not asked for again');
      expectAnswers(damaged.answers, ['ok'], 'the damaged line');
      expectAnswers((await talk.exchange(`${numbered(2, 'G90')}\n`)).answers, ['ok'], 'line 2, again');
      return ok();
    },
  },
  answered('barrier', 'M400 is answered', 'M400'),
  answered('dwell', 'G4 P is answered (milliseconds)', 'G4 P20'),
  {
    id: 'order',
    title: 'answers come in the order of the lines, one each',
    dialects: MARLIN,
    async run(talk) {
      const { answers, lines } = await talk.exchange('G21\nG999\nG90\n');
      expectAnswers(answers, ['ok', 'ok', 'ok'], 'three lines at once');
      const kinds = lines.map((line) => (line.startsWith('ok') ? 'ok' : 'unknown'));
      return kinds.join() === 'ok,unknown,ok,ok' ? ok() : differs(`heard ${lines.join(' · ').slice(0, 80)}`);
    },
  },
  {
    id: 'move',
    title: 'a move ends where it should, and back',
    dialects: MARLIN,
    moves: true,
    async run(talk, _found, box) {
      expectAnswers((await talk.exchange('G28 Z\nG28 X Y\n', 120_000)).answers, ['ok', 'ok'], 'homing');
      const from = (await talk.status()).mpos;
      if (!from) throw new Mismatch('no position');
      const way = from.x > 0 ? -1 : from.x < 0 ? 1 : -1;
      for (const target of [from.x + way * box, from.x]) {
        await talk.exchange(`G90\nG0 X${target.toFixed(3)} F600\nM400\n`, 60_000);
        const at = (await talk.status()).mpos;
        if (!at || Math.abs(at.x - target) > 0.05) {
          throw new Mismatch(
            `X is ${at?.x.toFixed(2)} and not ${target.toFixed(2)}: soft ends cut the move short`,
          );
        }
      }
      return ok(`${box} mm`);
    },
  },
];
