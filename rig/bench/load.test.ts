import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { isRigError } from '../model/errors.ts';
import { packaged } from '../model/package-root.ts';
import { loadBench, loadCards, loadProfile, SHIPPED } from './load.ts';
import { nearestWord, renderIssue, valueOrThrow } from './load-issue.ts';
import type { DriverEntry } from './manifest.ts';

describe('loading benches, profiles and cards', () => {
  let folder = '';
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    return join(folder, path);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'posrig-load-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const driver = (name: string, plane: DriverEntry['plane'], options: z.ZodType): DriverEntry => ({
    name,
    plane,
    summary: name,
    load: async () => ({ options, open: () => Promise.reject(new Error('not opened in this test')) }),
  });
  const drivers = [
    driver('line-relay', 'power', z.strictObject({ port: z.string(), channel: z.int().min(1).max(4) })),
    driver('line-screen', 'display', z.strictObject({ port: z.string() })),
  ];
  const BASE = `version: 1
id: base
title: Base
profile: vt-4
planes:
  power: { driver: line-relay, port: "./relay", channel: 1 }
  display: { driver: line-screen, port: "\${virtual.screen}" }
`;

  it('leaves references for the run and checks driver options by the driver', async () => {
    const { value } = valueOrThrow(await loadBench(put('base.yaml', BASE), { drivers }));
    assert.deepEqual(value.planes.display, { driver: 'line-screen', port: '${virtual.screen}' });
    assert.equal(value.clock.rate, 1);
  });

  it('refuses cards that are not in the card file, and does not repeat a card number', async () => {
    const slots = z.strictObject({ slots: z.record(z.string(), z.int()) });
    const plain = driver('actuator', 'card', slots);
    const actuator: DriverEntry = {
      ...plain,
      load: async () => ({
        ...(await plain.load()),
        cards: (options: { slots: Record<string, number> }) =>
          Object.keys(options.slots).map((card) => ({ option: ['slots', card], card })),
      }),
    };
    const text = (names: string) => `${BASE}  card: { driver: actuator, slots: { ${names} } }\n`;
    const look = async (names: string) =>
      (await loadBench(put('base.yaml', text(names)), { drivers: [...drivers, actuator] })).issues;
    assert.deepEqual(await look('debit-1: 1, "${virtual.card}": 2'), []);
    const [typo] = await look('debt-1: 1');
    assert.match(typo ? renderIssue(typo) : '', /"debt-1" is not in the card file.*debit-1/);
    const found = await look('"4111111111111111": 1');
    assert.equal(found.length, 1);
    const rendered = found.map(renderIssue).join();
    assert.match(rendered, /a card number stands where the id of a card belongs/);
    assert.ok(!JSON.stringify(found).includes('411111111111'), rendered);
  });

  it('refuses a driver that cannot work beside those of other planes, also where these are extended', async () => {
    const plain = driver('eyeless', 'card', z.strictObject({}));
    const eyeless: DriverEntry = {
      ...plain,
      load: async () => ({
        ...(await plain.load()),
        besides: (_: unknown, others: Readonly<Record<string, string>>) =>
          others['display'] === 'line-screen' ? 'it sees by itself' : undefined,
      }),
    };
    put('base.yaml', BASE);
    const look = async (planes: string) => {
      const file = put(
        'mine.yaml',
        `version: 1\nid: mine\ntitle: Mine\nextends: ./base.yaml\nplanes: ${planes}`,
      );
      return (await loadBench(file, { drivers: [...drivers, eyeless] })).issues.map(renderIssue);
    };
    const [clash, ...more] = await look('{ card: { driver: eyeless } }');
    assert.match(clash ?? '', /mine\.yaml:5:.*it sees by itself/);
    assert.deepEqual(more, []);
    assert.deepEqual(await look('{ card: { driver: eyeless }, display: null }'), []);
  });

  it('merges an extended bench underneath, with paths that stay where they were written', async () => {
    put('base/bench.yaml', BASE);
    const file = put(
      'mine.yaml',
      'version: 1\nid: mine\ntitle: Mine\nextends: base/bench.yaml\nprofile: vt-4\nplanes: { power: { driver: line-relay, channel: 2 }, display: null }\n',
    );
    const { value, sha256 } = valueOrThrow(await loadBench(file, { drivers }));
    assert.deepEqual(value.planes, {
      power: { driver: 'line-relay', port: join(folder, 'base/relay'), channel: 2 },
      display: null,
    });
    put('base/bench.yaml', BASE.replace('title: Base', 'title: Bass'));
    assert.notEqual(
      valueOrThrow(await loadBench(file, { drivers })).sha256,
      sha256,
      'the hash covers what is extended',
    );
  });

  it('starts a plane from nothing when it names another driver', async () => {
    put('base.yaml', BASE);
    const file = put(
      'mine.yaml',
      'version: 1\nid: mine\ntitle: Mine\nextends: base.yaml\nprofile: vt-4\nplanes: { power: { driver: other } }\n',
    );
    const { value } = valueOrThrow(
      await loadBench(file, { drivers: [...drivers, driver('other', 'power', z.strictObject({}))] }),
    );
    assert.deepEqual(value.planes.power, { driver: 'other' });
  });

  it('names every mistake of a bench and of the bench it extends, each in its file', async () => {
    const base = put('base.yaml', BASE.replace('channel: 1', 'channel: 9, chanel: 2'));
    const file = put(
      'mine.yaml',
      'version: 1\nid: mine\ntitle: Mine\nextends: base.yaml\nprofile: vt-5\nhome: wuhi\naccess: wired\nplans: {}\nplanes: { display: { driver: line-scren } }\n',
    );
    const { issues } = await loadBench(file, {
      drivers,
      regions: new Set(['wuxi']),
      accesses: new Set(['wired']),
    });
    assert.deepEqual(issues.map(renderIssue), [
      `${base}:6:58: "9" is too large or too long; expected a whole number from 1 up to 4`,
      `${base}:6:61: unknown key "chanel"; did you mean "channel"?`,
      `${file}:5:10: unknown profile "vt-5"; expected a path, or one of vt-4, vt-6 or vt-a; did you mean "vt-4"?`,
      `${file}:6:7: unknown region "wuhi"; did you mean "wuxi"?`,
      `${file}:8:1: unknown key "plans"; did you mean "planes"?`,
      `${file}:9:30: no driver "line-scren" for display; did you mean "line-screen"?`,
    ]);
  });

  it('refuses benches that extend each other, and bases that are not there', async () => {
    put('a.yaml', 'version: 1\nid: a\ntitle: A\nextends: b.yaml\nprofile: vt-4\nplanes: {}\n');
    put('b.yaml', 'version: 1\nid: b\ntitle: B\nextends: a.yaml\nprofile: vt-4\nplanes: {}\n');
    assert.deepEqual(
      (await loadBench(join(folder, 'a.yaml'))).issues.map((i) => i.message),
      ['this bench extends itself'],
    );
    const lost = put(
      'c.yaml',
      'version: 1\nid: c\ntitle: C\nextends: gone.yaml\nprofile: vt-4\nplanes: {}\n',
    );
    assert.match((await loadBench(lost)).issues.map(renderIssue).join(), /c\.yaml:4:10: there is no file/);
  });

  it('finds keys, screens and copies that a profile names and does not have', () => {
    const text = readFileSync(packaged(`${SHIPPED.profiles}/vt-4.yaml`), 'utf8')
      .replace('home: [cancel]', 'home: [cancle]')
      .replace('signed-off: [signed-off]', 'signed-off: [singed-off]')
      .replace('order: [merchant, customer]', 'order: [merchant, other]')
      .replace('      confirm: [{ press: enter }]', '      confrm: [{ press: entr }]');
    const found = loadProfile(put('p.yaml', text)).issues.map(({ path, message, nearest }) => [
      path,
      message,
      nearest,
    ]);
    assert.deepEqual(found, [
      ['keypad.home[0]', 'this profile has no key "cancle"', 'cancel'],
      ['signed-off[0]', 'this profile has no screen "singed-off"', 'signed-off'],
      ['operations.void.answers.confrm', 'this profile has no screen "confrm"', 'confirm'],
      ['operations.void.answers.confrm[0].press', 'this profile has no key "entr"', 'enter'],
      ['receipt.order[1]', 'this profile has no copy "other"', undefined],
    ]);
  });

  it('refuses cards that stand in a file twice, without showing their numbers', () => {
    const text = readFileSync(packaged(SHIPPED.cards), 'utf8')
      .replace('id: debit-2', 'id: debit-1')
      .replace('6299990000000000020', '6299990000000000012');
    const rendered = loadCards(put('cards.yaml', text)).issues.map(renderIssue).join('\n');
    assert.match(rendered, /:6:11: the id "debit-1" stands here twice/);
    assert.match(rendered, /the pan stands here twice/);
    assert.ok(!rendered.includes('6299990000000000012'));
  });

  it('throws for a file that is not there, and collects everything else into one error', () => {
    assert.throws(
      () => loadCards(join(folder, 'gone.yaml')),
      (e) => isRigError(e) && e.code === 'FILE_UNREADABLE',
    );
    assert.throws(
      () => valueOrThrow(loadCards(put('x.yaml', 'a: [\n'))),
      (e) => isRigError(e) && e.code === 'FILE_SYNTAX',
    );
    assert.throws(
      () => valueOrThrow(loadCards(put('y.yaml', 'version: 1\ncard: []\n'))),
      (e) =>
        isRigError(e) &&
        e.code === 'FILE_INVALID' &&
        e.blame === 'file' &&
        Boolean(e.at?.endsWith('y.yaml:2:1')),
    );
    assert.match(loadCards(put('z.yaml', '')).issues.map(renderIssue).join(), /z\.yaml:1:1: /);
  });
});

describe('the nearest word', () => {
  const words = ['sale', 'settle', 'sign-on', 'reversal', 'batch-upload'];
  for (const [written, expected] of [
    ['sael', 'sale'],
    ['reversl', 'reversal'],
    ['setle', 'settle'],
    ['batch', 'batch-upload'],
    ['Sale', 'sale'],
    ['xyzzy', undefined],
    ['', undefined],
  ] as const)
    it(`to "${written}" is ${expected ?? 'none'}`, () => assert.equal(nearestWord(written, words), expected));
});
