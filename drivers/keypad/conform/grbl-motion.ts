import { jogBy, REALTIME } from '../../codec/grbl/commands.ts';
import type { DialectId } from '../../codec/grbl/dialects.ts';
import type { Point, StatusReport } from '../../codec/grbl/responses.ts';
import { homingLimit } from '../gantry/settings.ts';
import { type Case, differs, type Found, ok, skipped } from './case.ts';
import { isHoming, orSilence, restart } from './grbl-state.ts';
import { expectAnswers, Mismatch, type Talk } from './talk.ts';

const FAMILY: readonly DialectId[] = ['grbl', 'grblhal', 'fluidnc'];
const TOLERANCE = 0.05; // mm
/** mm/min: slow enough to be seen moving, on any machine. */
const FEED = 120;
const REST_MS = 60_000;
/** A barrier behind a move of a few millimetres that is not answered by then never will be, wall ms. */
const BARRIER_MS = 15_000;
const JOG_CANCEL = Uint8Array.of(REALTIME.jogCancel);

/** Asks until it rests. */
async function atRest(talk: Talk): Promise<StatusReport> {
  const until = performance.now() + REST_MS;
  for (;;) {
    const report = await talk.status();
    if (report.state === 'Idle') return report;
    if (!/^(Run|Jog|Hold|Home)$/.test(report.state))
      throw new Mismatch(`it went into the state ${report.state}`);
    if (performance.now() > until) throw new Mismatch('it never came to rest');
  }
}

/** Where it says that it stands, mm: with `$13=1` its reports are in inches, whatever the modes are. */
const place = (report: StatusReport, { settings }: Found): Point => {
  const point = report.mpos ?? report.wpos;
  if (!point) throw new Mismatch('the report tells no position');
  const unit = Number(settings.get(13) ?? 0) === 0 ? 1 : 25.4;
  return { x: point.x * unit, y: point.y * unit, z: point.z * unit };
};

/** Idle, at a place that it knows, and which way there is room: machine space ends at 0 on most machines. */
async function ready(
  talk: Talk,
  found: Found,
): Promise<{ readonly from: Point; readonly way: 1 | -1 } | undefined> {
  // One that ought to home and has not knows no place: nothing is moved, and what failed has been told.
  if (isHoming(found) && !found.homed) return undefined;
  const { state } = await talk.status();
  if (state === 'Alarm') {
    const { answers } = await talk.exchange('$X\n');
    if (answers[0] !== 'ok') return undefined;
    found.unlocked = true;
  }
  const from = place(await atRest(talk), found);
  return { from, way: from.x > -20 && found.homed ? -1 : 1 };
}

const NOT_READY = skipped('it has not homed, or cannot be unlocked');

async function mustStandAt(talk: Talk, found: Found, x: number): Promise<void> {
  const report = await atRest(talk);
  const at = place(report, found).x;
  if (Math.abs(at - x) > TOLERANCE) {
    throw new Mismatch(`X is ${at.toFixed(3)} and not ${x.toFixed(3)}`);
  }
}

async function jog(talk: Talk, by: number): Promise<void> {
  expectAnswers((await talk.exchange(`${jogBy({ x: by }, FEED * 5)}\n`)).answers, ['ok'], 'a jog');
}

/** Transcripts that move the machine a few millimetres; homing moves it further. In the order in which they run. */
export const GRBL_MOTION: readonly Case[] = [
  {
    id: 'homing',
    title: '$H answers when it stands at home',
    dialects: FAMILY,
    moves: true,
    async run(talk, found) {
      const flag = found.settings.get(22);
      if (flag !== undefined && (Number(flag) & 1) === 0) return skipped('homing is off');
      const { answers } = await talk.exchange('$H\n', homingLimit(found.settings));
      if (answers[0] === 'error:5') return skipped('homing is not set up');
      expectAnswers(answers, ['ok'], '$H');
      found.homed = true;
      const { x, y, z } = place(await atRest(talk), found);
      return ok([x, y, z].map((mm) => mm.toFixed(3)).join(', '));
    },
  },
  {
    id: 'jog',
    title: 'a jog ends where it should, and back',
    dialects: FAMILY,
    moves: true,
    async run(talk, found, box) {
      const start = await ready(talk, found);
      if (!start) return NOT_READY;
      for (const [way, x] of [
        [start.way, start.from.x + start.way * box],
        [-start.way, start.from.x],
      ] as const) {
        await jog(talk, way * box);
        await mustStandAt(talk, found, x);
      }
      return ok(`${box} mm`);
    },
  },
  {
    id: 'jog-cancel',
    title: '0x85 ends a jog and keeps the position',
    dialects: FAMILY,
    moves: true,
    async run(talk, found, box) {
      const start = await ready(talk, found);
      if (!start) return NOT_READY;
      await talk.send(`${jogBy({ x: start.way * box }, FEED)}\n`);
      await talk.line('the ok of the jog', (response) => response.kind === 'ok');
      await talk.send(JOG_CANCEL);
      const stopped = place(await atRest(talk), found).x;
      const back = start.from.x - stopped;
      if (Math.abs(back) > TOLERANCE) await jog(talk, back);
      await mustStandAt(talk, found, start.from.x);
      return Math.abs(back) < box - TOLERANCE ? ok() : differs('it had arrived before');
    },
  },
  {
    id: 'ok-is-not-there',
    title: 'ok comes when a move is queued, that of G4 when it has ended',
    dialects: FAMILY,
    moves: true,
    async run(talk, found, box) {
      const start = await ready(talk, found);
      if (!start) return NOT_READY;
      const move = (way: number) => `G21G91\nG1X${(way * box).toFixed(3)}F${FEED * 5}\nG90\n`;
      await talk.send(move(start.way));
      for (let i = 0; i < 3; i++) await talk.line('ok', (response) => response.kind === 'ok');
      const early = (await talk.status()).state;
      const ended = await orSilence(talk, async () => {
        await talk.send('G4P0.01\n');
        return talk.line('the ok of the barrier', (response) => response.kind === 'ok', BARRIER_MS);
      });
      if (ended === undefined)
        return differs('G4 behind a move is never answered: no gantry can be driven with this build');
      const report = await talk.status();
      if (report.state !== 'Idle') throw new Mismatch(`behind the barrier it is ${report.state}`);
      await mustStandAt(talk, found, start.from.x + start.way * box);
      await talk.exchange(`${move(-start.way)}G4P0.01\n`, REST_MS);
      await mustStandAt(talk, found, start.from.x);
      return early === 'Run' ? ok() : differs(`it was ${early} already at the ok of the move`);
    },
  },
  {
    id: 'hold',
    title: '! holds, ~ goes on, and the barrier waits for it',
    dialects: FAMILY,
    moves: true,
    async run(talk, found, box) {
      const start = await ready(talk, found);
      if (!start) return NOT_READY;
      await talk.send(`G21G91\nG1X${(start.way * box).toFixed(3)}F${FEED}\nG90\n`);
      for (let i = 0; i < 3; i++) await talk.line('ok', (response) => response.kind === 'ok');
      await talk.send(Uint8Array.of(REALTIME.hold));
      // While it brakes (Hold:1) it does not listen to ~.
      let held = await talk.status();
      for (let looks = 0; held.state === 'Hold' && held.sub !== 0 && looks < 500; looks++) {
        held = await talk.status();
      }
      await talk.send(Uint8Array.of(REALTIME.resume));
      await mustStandAt(talk, found, start.from.x + start.way * box);
      await jog(talk, -start.way * box);
      await mustStandAt(talk, found, start.from.x);
      return held.state === 'Hold' ? ok() : differs(`after ! it was ${held.state}`);
    },
  },
  {
    id: 'beyond',
    title: 'a jog beyond the travel is refused, without an alarm',
    dialects: FAMILY,
    moves: true,
    async run(talk, found) {
      if (!found.homed || found.settings.get(20) !== '1')
        return skipped('needs homing and soft limits ($20=1)');
      expectAnswers(
        (await talk.exchange('$J=G53X-9999F100\n\n')).answers,
        ['error:15', 'ok'],
        'a jog beyond',
      );
      return ok();
    },
  },
  {
    id: 'sleep',
    title: '$SLP sleeps until a reset',
    dialects: FAMILY,
    moves: true, // the motors let go
    async run(talk) {
      await talk.send('$SLP\n');
      const answer = await talk.line('an answer', (each) => each.kind === 'ok' || each.kind === 'error');
      if (answer !== 'ok') return differs(`$SLP was answered ${answer}`);
      const { state } = await talk.status();
      await restart(talk);
      return state === 'Sleep' ? ok() : differs(`after $SLP it was ${state}`);
    },
  },
];
