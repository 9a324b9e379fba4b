import assert from 'node:assert/strict';
import { openSerial, type SerialStream } from '../../transport/serial.ts';
import { teeInto } from '../../transport/tee.ts';
import { listRecorder, makePty, type TestPty } from '../../transport/testing/pty.ts';
import { scriptController } from '../gantry/testing/scripted-controller.ts';
import { type Conformance, conform } from './conform.ts';

const OPTIONS = { dialect: 'auto', allowMotion: false, box: 2, bootMs: 1, patienceMs: 2000 } as const;
const resultOf = (result: Conformance, id: string) => result.cases.find((each) => each.id === id);

/** Native builds lose or damage a byte now and then, because their threads do not exclude each other; so do cables. */
describe('keypad conform: a line on which bytes are damaged or lost', () => {
  let pty: TestPty;
  let serial: SerialStream;
  beforeEach(async () => {
    pty = await makePty();
    serial = await openSerial(
      { path: pty.path, baud: 115_200, what: 'controller' },
      teeInto(listRecorder(), 'keypad', 'conform'),
    );
  });
  afterEach(async () => {
    await serial.close();
    await pty.unplug();
  });

  /** @param wrong what comes instead of the right answer; asked for every answer */
  const serve = (wrong: (line: string) => string | undefined) => {
    const controller = scriptController(pty);
    controller.settings.set(22, '0');
    controller.override = (line) => {
      const instead = wrong(line);
      if (instead !== undefined) return instead;
      if (line === '?') return '<Idle|MPos:0.000,0.000,0.000|FS:0,0>';
      if (line === '^X') return "Grbl 1.1h ['$' for help]";
      if (line === '$G') return '[GC:G0 G54]\r\nok';
      if (line === '$$') return undefined;
      if (line === '$#') return '[G54:0.000,0.000,0.000]\r\nok';
      return 'ok';
    };
  };
  /** The `n`-th time that `line` comes, `text` is the answer. */
  const once = (line: string, text: string, n = 1) => {
    let seen = 0;
    return (heard: string) => (heard === line && ++seen === n ? text : undefined);
  };

  for (const [what, report] of [
    ['lost', ''],
    ['damaged in its state', '<H6ld:1|MPos:0.000,0.000,0.000|FS:0,0>'],
    ['damaged in its place', '<Idle|MPos:0.0~0,0.000,0.000|FS:0,0>'],
    ['damaged at its end', '<Idle|MPos:0.000,0.000,0.000|FS:0,0'],
  ] as const) {
    it(`asks again for a status report that was ${what}`, async () => {
      serve(once('?', report));
      const result = await conform(serial, { ...OPTIONS, patienceMs: 800 });
      const { result: found, note } = resultOf(result, 'status') ?? {};
      assert.equal(found, 'ok', note);
    });
  }

  it('fails a controller none of whose reports can be read', async () => {
    serve((line) => (line === '?' ? '<Nonsense|MPos:0.000,0.000,0.000>' : undefined));
    const result = await conform(serial, OPTIONS);
    assert.equal(resultOf(result, 'status')?.result, 'failed');
    assert.match(resultOf(result, 'status')?.note ?? '', /in state Nonsense/);
  });

  for (const [what, said, told] of [
    ['an alarm', 'ALARM:1', /^ALARM:1 \(.*\) came unasked: /],
    [
      "an alarm that another dialect's tables have",
      'ALARM:17',
      /^ALARM:17 \(not in the tables.*\) came unasked: /,
    ],
    [
      'the last words of a Marlin',
      'Error:Printer halted. kill() called!',
      /^Error:Printer halted.* came unasked: /,
    ],
  ] as const) {
    it(`never forgives ${what} in the place of an answer`, async () => {
      serve(once('$#', said));
      const result = await conform(serial, { ...OPTIONS, patienceMs: 800 });
      const { result: found, note } = resultOf(result, 'offsets') ?? {};
      assert.equal(found, 'failed');
      assert.match(note ?? '', told);
    });
  }

  it('tries a transcript again that a damaged answer has spoiled, and says so', async () => {
    serve(once('$#', 'o6'));
    const result = await conform(serial, OPTIONS);
    assert.equal(resultOf(result, 'offsets')?.result, 'differs');
    assert.match(resultOf(result, 'offsets')?.note ?? '', /^only when tried again; at first: .*heard none/);
  });

  it('tries again when an answer was lost', async () => {
    serve(once('$G', '', 3));
    const result = await conform(serial, { ...OPTIONS, patienceMs: 300 });
    assert.equal(result.cases.filter((each) => /only when tried again/.test(each.note ?? '')).length, 1);
  });

  it('puts up with no answer that is whole and wrong, not once', async () => {
    serve(once('$#', 'ok\r\nok'));
    const result = await conform(serial, OPTIONS);
    assert.equal(resultOf(result, 'offsets')?.result, 'failed');
  });

  it('fails a controller that damages more than a bad line does', async () => {
    const seen = new Set<string>();
    serve((line) => {
      if (line === '?' || line === '^X' || line === '$G' || line === '' || seen.has(line)) return undefined;
      seen.add(line);
      return 'o6';
    });
    const result = await conform(serial, OPTIONS);
    assert.equal(
      result.cases.filter((each) => /only when tried again/.test(each.note ?? '')).length <= 3,
      true,
    );
    assert.ok(result.cases.some((each) => each.result === 'failed'));
  });
});
