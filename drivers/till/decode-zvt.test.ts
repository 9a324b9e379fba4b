import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../rig/model/package-root.ts';

/** The verb as people run it. */
function decode(args: readonly string[], input = ''): { status: number | null; out: string } {
  const entry = join(PACKAGE_ROOT, 'rig/cli/main.ts');
  const ran = spawnSync(process.execPath, ['--import', 'tsx', entry, 'decode', 'zvt', ...args], {
    input,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status: ran.status, out: ran.stdout };
}

describe('posrig decode zvt', () => {
  it('reads a serial conversation out of a dump, and says what is no frame', () => {
    const dump =
      '00000000  10 02 06 01 07 04 00 00  00 00 10 10 00 10 03 62  |...|\n' +
      '00000010  91 06 10 02 80 00 00 10  03 f5 1f 41 42           |...|\n';
    const { status, out } = decode(['--json'], dump);
    const items = JSON.parse(out) as { type: string; control?: string; fields?: { meaning?: string }[] }[];
    assert.deepEqual(
      items.map(({ type, control }) => control ?? type),
      ['0601', 'control', '8000', 'discarded'],
    );
    assert.equal(items[0]?.fields?.[0]?.meaning, '10.00');
    assert.equal(status, 3);
  });

  it('reads bare APDUs behind each other, named in German', () => {
    // As people paste it: in pieces, without quotes.
    const { status, out } = decode(['060107', '04', '000000001010', '80', '0000', '--lang', 'de']);
    assert.match(out, /06 01 Autorisierung[\s\S]*Betrag[\s\S]*10\.10[\s\S]*Positive Antwort/);
    assert.equal(status, 0);
  });

  it('reads a frame whose end is missing as far as it goes, bare and on a serial line', () => {
    const bare = decode(['800000 06D3FF8E02 0682028A 1F070102 2582028207 1820204C656967', '--json']);
    const items = JSON.parse(bare.out) as {
      control?: string;
      error?: { message: string };
      fields?: object[];
    }[];
    assert.deepEqual(
      items.map(({ control }) => control),
      ['8000', '06D3'],
    );
    assert.match(items[1]?.error?.message ?? '', /ends after \d+ of 654 bytes/);
    assert.ok((items[1]?.fields?.length ?? 0) > 0);
    assert.equal(bare.status, 3);
    const serial = decode(['15 10028000001003F51F 1002060107040000000010']);
    assert.match(
      serial.out,
      /NAK[\s\S]*80 00[\s\S]*06 01 Authorisation[\s\S]*! the recording ends after 5 of 7/,
    );
  });

  it('reads the log of a till: every answer, each at its line, whoever spoke', () => {
    const { status, out } = decode(
      ['--json'],
      [
        '11:02:01.101 Till.Pay amount 3,14',
        '11:02:01.102 Till.Send - 06-01-07-04-00-00-00-00-03-14',
        '11:02:01.190 Till.Receive - 80-00-00',
        '11:02:02.190 Till.Receive - 04-FF-01-0A-06-1E',
        '11:02:02.191 Till.Receive - 01-6C',
        '11:02:02.200 Till.Send - 80-00-00',
      ].join('\n'),
    );
    const items = JSON.parse(out) as { where: string; offset: number; control: string }[];
    assert.deepEqual(
      items.map(({ where, offset, control }) => `${where}+${offset} ${control}`),
      ['line 2+0 0601', 'line 3+0 8000', 'line 4+0 04FF', 'line 4+4 061E', 'line 6+0 8000'],
    );
    assert.equal(status, 0);
  });

  it("reads makers' own commands and texts, and what a damaged container still holds", () => {
    const own = decode(['0FA1020001060F0548656C6C6F', '--tcp']);
    assert.match(own.out, /0F A1 unknown command[\s\S]*0001[\s\S]*Text +Hello/);
    assert.equal(own.status, 0);
    // The container of 9 bytes is right, the second tag in it is longer than what is left; the receipt number follows.
    const damaged = decode(['040F 0E 06 09 1F1001021F12093031 870042', '--json']);
    const [frame] = JSON.parse(damaged.out) as { fields: { id: string; fields?: { id: string }[] }[] }[];
    assert.deepEqual(
      frame?.fields.map(({ id, fields }) => [id, fields?.map((field) => field.id)]),
      [
        ['06', ['1F10', 'rest']],
        ['87', undefined],
      ],
    );
    assert.equal(damaged.status, 3);
  });
});
