import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { needsChromium, needsCjkFont, needsPoppler } from '../../rig/house/tiers.ts';
import { type Campaign, CampaignFile } from '../../rig/model/campaign.ts';
import type { CertificationBasis } from '../../rig/model/certification.ts';
import { readRun } from '../fold.ts';
import { type Fixture, HOSTILE } from '../testing/fixture.ts';
import { removeRun, writeRun } from '../testing/run-folder.ts';
import { certify } from './certify.ts';
import { CLAUSES, missingItems } from './clauses.ts';
import { renderCertification } from './page.ts';
import { readCertification } from './view.ts';

/** A campaign that lacks nothing; every value can be found again in a report. */
const COMPLETE: Campaign = CampaignFile.parse({
  version: 1,
  campaign: 'acme',
  title: { en: 'Certification test report', zh: '认证检测报告' },
  report: { number: 'R-2026-0117', date: '2026-11-25' },
  laboratory: {
    name: 'Harbour Laboratory',
    address: '14 Dock Road',
    contact: 'lab@example.org',
    accreditation: 'EXAC L-00417',
  },
  customer: { name: '利安支付', address: '世纪大道 100 号', contact: 'Ms Wang' },
  place: 'room 3 of the laboratory',
  item: {
    description: 'countertop terminal',
    make: 'Example Instruments Ltd',
    model: 'VT-4 countertop',
    hardware: '02.b',
    serials: ['00012345'],
    firmware: '4.12.0',
    kernels: [{ name: 'contact L2', version: '4.3k', checksum: '9A0C21FF' }],
    parameters: [{ name: 'acquirer.par', sha256: 'ab'.repeat(32) }],
    condition: 'sealed bags intact',
    received: '2026-11-20',
  },
  sampling: 'picked by the customer',
  method: { plan: 'full', description: 'TAS 3.1' },
  equipment: [
    { id: 'E-014', name: 'Counter', serial: '0077', calibrated: '2026-03-01', due: '2027-03-01' },
    { id: 'E-020', name: 'Robot', 'no-calibration': 'seen on the screen' },
  ],
  environment: { temperature: '23 degrees', network: 'relay', host: 'simulator' },
  'decision-rule': { agreed: '2026-11-18' },
  deviations: [{ what: 'no tap over 30 mm', why: 'asked for' }],
  'customer-data': ['kernel checksums'],
  'external-results': [{ what: 'drop test', provider: 'Elsewhere Ltd' }],
  opinions: [{ text: 'it is quick', by: 'C. Okafor', basis: 'DROP-003' }],
  operators: [{ name: 'B. Lindqvist', role: 'engineer' }],
  signatories: [{ name: 'C. Okafor', role: 'head', meaning: 'reviewed and authorised', date: '2026-11-25' }],
});

const folders: string[] = [];

/** A basis with runs; the plan names what passed in them. */
async function basis(
  campaign: Campaign,
  writes: Parameters<typeof writeRun>[1][],
): Promise<CertificationBasis> {
  const runs = [];
  for (const write of writes) {
    const folder = await writeRun(undefined, write);
    folders.push(folder);
    const run = await readRun(folder);
    runs.push({ folder, collected: { run: folder, head: run.head ?? '', events: run.events, added: '' } });
  }
  return {
    campaign,
    file: '/nowhere/acme.yaml',
    sha256: 'cd'.repeat(32),
    runs,
    head: runs.length > 0 ? 'ef'.repeat(32) : undefined,
    plan: { id: 'full', title: { en: 'All', zh: '全部' }, sha256: '12'.repeat(32) },
    planned: [{ id: 'DROP-003', title: { en: 'Lost', zh: '丢失' }, proves: ['online.no-data-loss'] }],
    claims: [
      { id: 'online.no-data-loss', title: { en: 'Nothing is lost', zh: '不丢' } },
      { id: 'online.pin', title: { en: 'PIN entry', zh: '输入密码' } },
    ],
    now: '2026-11-25T00:00:00Z',
  };
}

const lost: Parameters<typeof writeRun>[1] = (fixture) => fixture.lostApproval();

describe('the certification report', () => {
  after(() => folders.forEach(removeRun));

  it('knows for every clause whether it is met; an empty campaign meets only what the report says by itself', async () => {
    const complete = await readCertification(await basis(COMPLETE, [lost]));
    assert.deepEqual(missingItems(complete), []);
    const empty = await readCertification(await basis(CampaignFile.parse({ version: 1, campaign: 'c' }), []));
    const lacking = new Set(missingItems(empty).map(({ clause }) => clause));
    const met = CLAUSES.map(({ clause }) => clause).filter((clause) => !lacking.has(clause));
    assert.deepEqual(met, ['7.8.2.1 a', '7.8.2.1 l', '7.8.3.1 b', '7.8.3.1 c', '7.8.7', '7.8.8']);
  });

  it('sees days that cannot be, expired calibrations, bare amendments and scenarios that nobody ran', async () => {
    const wrong = CampaignFile.parse({
      ...COMPLETE,
      report: { number: 'R', issue: 2, date: '2026-11-21' },
      item: { ...COMPLETE.item, received: '2026-11-23' },
      equipment: [{ name: 'Counter', calibrated: '2025-01-01', due: '2026-01-01' }],
    });
    const from = await basis(wrong, [lost]);
    const planned = [...from.planned, { id: 'PIN-001', title: { en: 'x', zh: 'x' }, proves: ['online.pin'] }];
    const view = await readCertification({ ...from, planned });
    assert.deepEqual(
      [...new Set(missingItems(view).map(({ clause }) => clause))],
      ['7.8.2.1 h', '7.8.2.1 j', '7.8.2.1 m', '7.8.8', '6.4'],
    );
    assert.equal(view.requirements.find(({ id }) => id === 'online.pin')?.state, 'open');
  });

  it('sees what was agreed, calibrated or signed too late or too early, and a report that replaces itself', async () => {
    const fields = async (more: Record<string, unknown>) =>
      missingItems(
        await readCertification(await basis(CampaignFile.parse({ ...COMPLETE, ...more }), [lost])),
      ).map(({ clause, field }) => `${clause} ${field.split(':')[0]}`);
    const [day] = (await readCertification(await basis(COMPLETE, [lost]))).period ?? [''];
    const after = `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`;
    const before = `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`;
    assert.deepEqual(await fields({ 'decision-rule': { agreed: day } }), []);
    assert.deepEqual(await fields({ 'decision-rule': { agreed: after } }), ['7.8.6 decision-rule.agreed']);
    assert.deepEqual(await fields({ equipment: [{ name: 'Timer', calibrated: after, due: '2099-01-01' }] }), [
      '6.4 equipment[0].calibrated',
    ]);
    const signed = { name: 'Ada', role: 'head', meaning: 'authorised', date: before };
    assert.deepEqual(await fields({ signatories: [signed] }), ['7.8.2.1 o signatories[0].date']);
    const again = (replaces: object) =>
      fields({ report: { ...COMPLETE.report, issue: 2, replaces, changes: ['x'] } });
    const number = COMPLETE.report?.number;
    assert.deepEqual(await again({ number, issue: 1, date: before, why: 'x' }), []);
    assert.deepEqual(await again({ number, issue: 2, date: before, why: 'x' }), ['7.8.8 report.replaces']);
    assert.deepEqual(await again({ number, date: '2999-01-01', why: 'x' }), ['7.8.8 report.replaces.date']);
  });

  it('names what the runs recorded that the campaign contradicts, and is a draft with it', async () => {
    const told =
      (of: Fixture['told']): Parameters<typeof writeRun>[1] =>
      (fixture) => {
        fixture.told = of;
        fixture.writeMany(1, () => fixture.lostApproval());
      };
    const contradicted = async (campaign: Campaign, ...of: readonly Fixture['told'][]) =>
      missingItems(
        await readCertification(
          await basis(
            campaign,
            of.map((one) => told(one)),
          ),
        ),
      ).map(({ field }) => field.replace(/\(.*?\)/g, '()'));
    const bench = (letter: string) => ({ id: 'counter-1', title: 'x', sha256: letter.repeat(64) });
    const profile = { id: 'vt-6', title: 'x', maker: 'Other', model: 'VT-6', sha256: 'a'.repeat(64) };
    assert.deepEqual(await contradicted(COMPLETE, { firmware: '4.12.0', serial: '00012345' }), []);
    assert.deepEqual(await contradicted(COMPLETE, { firmware: '4.11.9' }), [
      'item.firmware: "4.12.0", but run 1 () was made with "4.11.9"',
    ]);
    assert.deepEqual(await contradicted(COMPLETE, { serial: '99' }, {}), [
      'item.serials: run 1 () tested the unit "99", which is not among them',
    ]);
    const two = { ...COMPLETE, item: { ...COMPLETE.item, serials: ['00012345', '7'] } };
    assert.deepEqual(await contradicted(CampaignFile.parse(two), { serial: '00012345' }), [
      'item.serials: no run tested the unit "7"',
    ]);
    assert.deepEqual(await contradicted(COMPLETE, {}, { profile, underTest: ['acquirer'] }), [
      'item.make: "Example Instruments Ltd", but run 2 () tested a terminal of "Other"',
      'item.model: "VT-4 countertop", but run 2 () tested a "VT-6"',
      'item: run 2 () did not test the terminal, but acquirer',
      'item.model: run 2 () tested a vt-6, run 1 () a vt-4',
    ]);
    const changed = [{ bench: bench('a') }, { bench: bench('a') }, { bench: bench('b') }];
    assert.deepEqual(await contradicted(COMPLETE, ...changed), [
      'deviations: the bench "counter-1" was changed between run 2 () and run 3 (), and no deviation names it',
    ]);
    const explained = { ...COMPLETE, deviations: [{ what: 'counter-1: a new cable', why: 'worn out' }] };
    assert.deepEqual(await contradicted(CampaignFile.parse(explained), ...changed), []);
    const page = await renderCertification(
      await readCertification(await basis(COMPLETE, [told({ firmware: '4.11.9' })])),
      { lang: 'en' },
    );
    assert.match(page, /class="draft"[\s\S]*contradiction to the runs: 1\.[\s\S]*Firmware 4\.11\.9/);
  });

  it('shows what the conformance statement answered, and of which run where runs differ', async () => {
    const title = { en: 'Does it <b>tap</b>?', zh: '是否支持挥卡?' };
    const made =
      (answer: 'yes' | 'no'): Parameters<typeof writeRun>[1] =>
      (fixture) => {
        const chip = { id: 'chip', title: { en: 'Chip?', zh: '芯片?' }, answer: 'yes' as const };
        fixture.told = { answers: [chip, { id: 'contactless', title, answer }] };
        fixture.writeMany(1, () => fixture.lostApproval());
      };
    const page = await renderCertification(
      await readCertification(await basis(COMPLETE, [made('yes'), made('no')])),
      { lang: 'both' },
    );
    assert.match(page, /Does it &lt;b&gt;tap&lt;\/b&gt;\?.{0,99}yes \(Run 1\)<br>no \(Run 2\)/);
    assert.match(page, /芯片\?<\/bdi><\/td><td>是<\/td>/);
  });

  it('says fields of messages in Chinese as the run names them, others in English, and leaves English as it is', async () => {
    const view = await readCertification(
      await basis(COMPLETE, [
        (fixture) => {
          fixture.told = {
            fieldNames: { 'system trace audit number': '受卡方系统跟踪号', declined: '拒绝 <b>' },
          };
          fixture.writeMany(1, () => fixture.lostApproval());
        },
      ]),
    );
    const english = await renderCertification(view, { lang: 'en' });
    assert.doesNotMatch(english, /受卡方系统跟踪号/);
    for (const paper of [true, false]) {
      const chinese = await renderCertification(view, { lang: 'zh', paper });
      assert.equal(/受卡方系统跟踪号/.test(chinese), true, `paper: ${paper}`);
      assert.doesNotMatch(chinese, /system trace audit number|拒绝 <b>/);
      assert.match(chinese, /message authentication code/);
    }
  });

  it('shows every attempt; a scenario that failed and passed has failed', async () => {
    const view = await readCertification(
      await basis(COMPLETE, [
        lost,
        (fixture) => fixture.fullPanOnSlip(),
        (fixture) => fixture.lostApproval(),
      ]),
    );
    const [drop, receipt] = view.cases;
    assert.deepEqual(
      drop?.attempts.map(({ attempt }) => attempt),
      [1, 2],
    );
    assert.equal(receipt?.decisive.verdict, 'failed');
    const page = await renderCertification(view, { lang: 'en' });
    assert.match(page, /id="s-DROP-003"/);
    assert.match(page, /id="s-DROP-003-2"/);
    assert.match(page, /The item does not conform: 1 of 2/);
    assert.match(page, /Requirements not covered[\s\S]*online\.pin/);
  });

  it('is text whatever the files say, in one page of both languages whose links all lead somewhere', async () => {
    const hostile = CampaignFile.parse({
      ...COMPLETE,
      title: { en: HOSTILE.en.slice(0, 3000), zh: HOSTILE.zh.slice(0, 3000) },
      laboratory: { name: '</style><script>alert(1)</script>', address: '<img src=x onerror=alert(1)>' },
      item: { ...COMPLETE.item, model: '\u202Eevil" onload="x' },
    });
    const view = await readCertification(await basis(hostile, [(fixture) => void fixture.writeAll()]));
    const page = await renderCertification(view, { lang: 'both' });
    assert.doesNotMatch(page, /<script|<img src=x|<svg\/onload|<[^>]*\son\w+=["']|javascript:/i);
    assert.equal(page.split('</style>').length, 2);
    assert.doesNotMatch(page, /\u202E/);
    assert.ok(!page.includes('6299990000000000012'));
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, 'no id stands twice');
    const dead = [...page.matchAll(/href="#([^"]+)"/g)].filter(([, to]) => !ids.includes(to));
    assert.deepEqual(dead, []);
  });

  it('has on paper of a long campaign the sheets that somebody has to read; everything is in the tables and in the page', async () => {
    const view = await readCertification(
      await basis(COMPLETE, [
        (fixture) =>
          fixture.writeMany(130, (id) =>
            id.endsWith('7') ? fixture.fullPanOnSlip(id) : fixture.lostApproval(id),
          ),
      ]),
    );
    const paper = await renderCertification(view, { lang: 'both', paper: true });
    const sheets = (page: string) => page.match(/<article/g)?.length;
    assert.equal(sheets(paper), 26);
    assert.match(paper, /The sheets of the other 117 of 130 are in the HTML edition/);
    const ids = new Set([...paper.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    assert.ok([...paper.matchAll(/href="#([^"]+)"/g)].every(([, to]) => ids.has(to)));
    assert.ok(ids.has('s-MANY-001') && ids.has('t-MANY-001'));
    assert.equal(sheets(await renderCertification(view, { lang: 'en' })), 130);
  });

  it('has on paper in both languages the fields of messages and the hashes once, and all words twice', async () => {
    const view = await readCertification(await basis(COMPLETE, [lost]));
    const [, english = '', chinese = ''] = (
      await renderCertification(view, { lang: 'both', paper: true })
    ).split(/<div lang="/);
    for (const [has, lacks] of [
      ['<pre class="dump">', 'The decoded fields of the messages stand'],
      ['class="hashes"', 'The hashes of every attempt stand'],
    ] as const)
      assert.ok(english.includes(has) && !english.includes(lacks));
    assert.ok(!chinese.includes('<pre class="dump">') && !chinese.includes('class="hashes"'));
    for (const refers of ['域的解析见本报告第一部分', '散列值见本报告第一部分'])
      assert.ok(chinese.includes(refers), refers);
    const page = await renderCertification(view, { lang: 'both' });
    assert.equal(
      page.match(/class="fields"/g)?.length,
      2 * (english.match(/<pre class="dump">/g)?.length ?? 0),
    );
  });

  it('refuses a run that is not as it was when it was added', async () => {
    const from = await basis(COMPLETE, [lost]);
    const runs = from.runs.map(({ folder, collected }) => ({
      folder,
      collected: { ...collected, head: '00'.repeat(32) },
    }));
    await assert.rejects(readCertification({ ...from, runs }), { code: 'JOURNAL_DAMAGED' });
  });
});

describe('the certification report as PDF', function () {
  this.timeout(180_000);
  before(async function () {
    await needsChromium(this);
    await needsCjkFont(this);
    await needsPoppler(this);
  });
  after(() => folders.forEach(removeRun));

  it('holds every item of ISO/IEC 17025:2017, 7.8 in both languages, numbered pages and embedded fonts', async () => {
    const from = await basis(COMPLETE, [lost]);
    const out = join(from.runs[0]?.folder ?? '', 'certified');
    const { written, missing } = await certify(from, { lang: 'both', out, formats: ['pdf'] });
    assert.deepEqual(missing, []);
    const pdf = written[0]?.path ?? '';
    const pages = execFileSync('pdftotext', ['-layout', pdf, '-'], { encoding: 'utf8', maxBuffer: 1 << 26 })
      .split('\f')
      .slice(0, -1);
    const chinese = pages.findIndex((page) => page.includes('认证检测报告'));
    assert.match(
      pages[chinese]?.split('\n').slice(1, 12).join('') ?? '',
      /认证检测报告/,
      'the second part begins a page',
    );
    // Lines are broken where the page ends: words are compared without any blanks.
    const text = pages.join('').replace(/\s+/g, '');
    const all: readonly (readonly [string, readonly string[]])[] = [
      ['7.8.2.1 a', ['Certification test report', '认证检测报告']],
      ['7.8.2.1 b', ['Harbour Laboratory', '14 Dock Road']],
      ['7.8.2.1 c', ['Place of the tests', 'room 3 of the laboratory', '检测地点']],
      ['7.8.2.1 d', ['R-2026-0117', 'End of report', '报告结束']],
      ['7.8.2.1 e', ['利安支付', 'Ms Wang']],
      ['7.8.2.1 f', ['Method', 'TAS 3.1', '12'.repeat(32), '检测方法']],
      [
        '7.8.2.1 g',
        [
          'countertop terminal',
          'Example Instruments Ltd',
          'VT-4 countertop',
          '02.b',
          '00012345',
          '4.12.0',
          '4.3k',
          '9A0C21FF',
          'ab'.repeat(32),
          'sealed bags intact',
        ],
      ],
      ['7.8.2.1 h', ['Item received', '2026-11-20', '样品接收日期']],
      ['7.8.2.1 i', ['Tests performed', '2026-11-22', '检测日期']],
      ['7.8.2.1 j', ['Date of issue', '2026-11-25', '签发日期']],
      ['7.8.2.1 k', ['Sampling', 'picked by the customer', '抽样']],
      ['7.8.2.1 l', ['The results hold for the items tested only', '结果仅对被测样品有效']],
      ['7.8.2.1 m', ['Results', 'DROP-003', 'CNY 20.00', '检测结果']],
      ['7.8.2.1 n', ['no tap over 30 mm', 'asked for', '补充、偏离与删减']],
      ['7.8.2.1 o', ['C. Okafor', 'reviewed and authorised', '批准']],
      ['7.8.2.1 p', ['drop test', 'Elsewhere Ltd', '来自外部供应商的结果']],
      ['7.8.2.2', ['kernel checksums', 'supplied by the customer', '由客户提供']],
      ['7.8.3.1 a', ['23 degrees', 'relay', 'simulator']],
      ['7.8.3.1 b', ['The item conforms: all 1 applicable', '样品符合要求']],
      ['7.8.3.1 c', ['Times against limits', 'guard band w = U', '保护带']],
      ['7.8.6', ['Decision rule', 'simple acceptance', '2026-11-18', '判定规则']],
      ['7.8.7', ['Opinions and interpretations', 'it is quick', '意见和解释']],
      ['7.8.8', ['Change history', 'First issue', '修改历史']],
      ['6.4', ['Counter', '2027-03-01', 'seen on the screen']],
      ['7.5.1', ['B. Lindqvist']],
      [
        'evidence',
        ['ef'.repeat(32), from.runs[0]?.collected.head ?? '?', 'Requirement matrix', 'online.pin'],
      ],
    ];
    assert.deepEqual(
      CLAUSES.map(({ clause }) => clause).filter((clause) => !all.some(([name]) => name === clause)),
      [],
    );
    for (const [clause, words] of all)
      for (const word of words) assert.ok(text.includes(word.replace(/\s+/g, '')), `${clause}: ${word}`);
    for (const [i, page] of pages.entries()) {
      assert.ok(page.includes(`Page ${i + 1} of ${pages.length}`), `page ${i + 1}`);
      assert.ok(page.includes('R-2026-0117 · issue 1'), `page ${i + 1} has the number`);
    }
    assert.doesNotMatch(text, /DRAFT/);
    const fonts = execFileSync('pdffonts', [pdf], { encoding: 'utf8' }).trim().split('\n').slice(2);
    assert.ok(fonts.length > 0);
    for (const font of fonts) assert.match(font, / yes (?:yes|no) +(?:yes|no) +\d+ +0$/, font);
    assert.match(execFileSync('pdfinfo', [pdf], { encoding: 'utf8' }), /Tagged: +yes/);
    rmSync(out, { recursive: true });
  });

  it('is whole whatever titles, slips and the customer say: scripts, style, direction marks, long texts, emoji', async () => {
    const shout = `</style><script>alert(1)</script> \u202Egnihtemos\u202C 😀 ${'很长'.repeat(1800)}`;
    const hostile = CampaignFile.parse({
      ...COMPLETE,
      title: { en: HOSTILE.en.slice(0, 3900), zh: HOSTILE.zh.slice(0, 3900) },
      customer: { name: shout, address: shout, contact: shout },
      deviations: [{ what: shout, why: shout }],
      opinions: [{ text: 'w'.repeat(4000), by: shout, basis: shout }],
    });
    const from = await basis(hostile, [(fixture) => void fixture.writeAll()]);
    const plain = await basis(COMPLETE, [(fixture) => void fixture.writeAll()]);
    const pagesOf = async (of: CertificationBasis) => {
      const out = join(of.runs[0]?.folder ?? '', 'certified');
      const { written } = await certify(of, { lang: 'zh', out, formats: ['pdf'] });
      const pdf = written[0]?.path ?? '';
      return execFileSync('pdftotext', ['-layout', pdf, '-'], { encoding: 'utf8', maxBuffer: 1 << 26 })
        .split('\f')
        .slice(0, -1);
    };
    const pages = await pagesOf(from);
    const text = pages.join('').replace(/\s+/g, '');
    for (const said of [
      '</style><script>alert(1)</script>',
      '⟨U+202E⟩gnihtemos',
      '报告结束',
      'DROP-003',
      'C.Okafor',
    ])
      assert.ok(text.includes(said), said);
    assert.doesNotMatch(text, /\u202E|6299990000000000012/);
    for (const [i, page] of pages.entries())
      assert.ok(page.includes(`第 ${i + 1} 页,共 ${pages.length} 页`), `page ${i + 1}: ${page.slice(-200)}`);
    const extra = pages.length - (await pagesOf(plain)).length;
    assert.ok(extra >= 0 && extra <= 14, `${extra} pages more for texts of 30,000 characters`);
  });
});
