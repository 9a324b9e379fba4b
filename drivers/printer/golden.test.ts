import assert from 'node:assert/strict';
import { PNG } from 'pngjs';
import { loadProfile } from '../../rig/bench/load.ts';
import { valueOrThrow } from '../../rig/bench/load-issue.ts';
import type { CapturedSlip, GoldenQuestion } from '../../rig/bench/planes.ts';
import { compareGolden } from './golden.ts';
import { readSlip } from './slip.ts';
import { receiptOf } from './testing/raster.ts';

const { receipt: layout } = valueOrThrow(loadProfile('vt-4')).value;

const slipOf = (text: string): CapturedSlip => ({ ...readSlip(receiptOf(text), layout, 0), forbidden: [] });

interface Slip {
  readonly shop?: string;
  readonly rrn?: string;
  readonly amount?: string;
}
const sale = ({ shop = '无锡样板商店', rrn = '123456789012', amount = '128.50' }: Slip = {}) =>
  slipOf(
    `商户存根 MERCHANT COPY\n商户名称 MERCHANT NAME:\n${shop}\n参考号 REF NO: ${rrn}\n金额 AMOUNT: RMB ${amount}\n\n谢谢 THANK YOU\n`,
  );

/** What a plane answers, with the pictures that it keeps. */
function ask(slip: CapturedSlip, content: Uint8Array | undefined, more: Partial<GoldenQuestion> = {}) {
  const kept = new Map<string, Buffer>();
  const recorder = {
    record: () => {},
    attach(name: string, mime: string, picture: string | Uint8Array) {
      kept.set(name, Buffer.from(picture as Uint8Array));
      return { id: name, path: name, mime, bytes: picture.length, sha256: '' };
    },
  };
  const question = { content, mask: ['rrn'], budget: 0, regions: [], ...more };
  const answer = compareGolden(slip, question, { cards: [], recorder, name: 'slip' });
  return { ...answer, kept };
}
const golden = ask(sale(), undefined).kept.get('slip-golden');
const places = (slip: CapturedSlip, more?: Partial<GoldenQuestion>) =>
  ask(slip, golden, more).differences.map(({ place }) => place);

describe('printer: slips beside the pictures that were kept of them', () => {
  it('finds the same slip the same, whatever stands where nothing is compared', () => {
    assert.deepEqual([ask(sale(), golden).differing, places(sale())], [0, []]);
    assert.deepEqual(places(sale({ rrn: '210987654321' })), []);
    assert.deepEqual(places(sale({ rrn: '1' })), []);
  });
  it('names the line on which a dot differs, and shows both and the difference', () => {
    const { differences, difference, kept } = ask(sale({ amount: '128.51' }), golden);
    const [one] = differences;
    assert.equal(differences.length, 1);
    assert.match(one?.place ?? '', /^line 5 "金额 AMOUNT: RMB 128.51"$/);
    assert.deepEqual([one?.lines, one?.budget], [[4], 0]);
    assert.equal(difference?.id, 'slip-difference');
    const { width, height, data } = PNG.sync.read(kept.get('slip-difference') ?? Buffer.alloc(0));
    assert.ok(width > 3 * 384 && height > 150);
    const red = data.filter(
      (_, i) => i % 4 === 0 && (data[i] ?? 0) > 0xd0 && (data[i + 1] ?? 0) < 0x40,
    ).length;
    const blue = data.filter(
      (_, i) => i % 4 === 0 && (data[i] ?? 9) < 0x40 && (data[i + 2] ?? 0) > 0xd0,
    ).length;
    assert.equal(red + blue, one?.differing);
  });
  it('counts dots by line: what a share of all dots would hide is found', () => {
    const found = ask(sale({ shop: '无锡样板商' }), golden);
    assert.equal(found.differences.length, 1);
    const [{ differing = 0 } = {}] = found.differences;
    assert.deepEqual(places(sale({ shop: '无锡样板商' }), { budget: differing }), []);
    assert.equal(places(sale({ shop: '无锡样板商' }), { budget: differing - 1 }).length, 1);
  });
  it('gives places a budget of their own, in and out of the lines', () => {
    const other = sale({ amount: '999.99' });
    assert.deepEqual(places(other, { regions: [{ place: 'amount', budget: 5000 }] }), []);
    assert.deepEqual(places(other, { regions: [{ place: 'amount', budget: 5 }] }), ['amount']);
    const paper = { x: 0, y: 0, width: 384, height: 1000 };
    assert.deepEqual(places(other, { regions: [{ place: paper, budget: 5000 }] }), []);
    assert.deepEqual(places(other, { regions: [{ place: paper, budget: 1 }] }), ['box 0,0 384 x 1000']);
    assert.deepEqual(places(other, { mask: ['amount', 'rrn'] }), []);
    assert.deepEqual(places(other, { mask: [paper] }), []);
  });
  it('finds a line too many, and paper of another length', () => {
    const longer = slipOf(`${sale().lines.join('\n')}\n\nEXTRA LINE\n`);
    assert.ok(places(longer).some((place) => place.includes('EXTRA LINE')));
  });
  it('does not compare what is grey in the file, whoever painted it', () => {
    const png = PNG.sync.read(golden ?? Buffer.alloc(0));
    png.data.fill(0x99);
    assert.deepEqual(ask(sale({ amount: '1.00' }), PNG.sync.write(png), { mask: [] }).differences, []);
  });
  it('says what is wrong with a file that is no picture of a slip', () => {
    assert.match(ask(sale(), Buffer.from('text')).unreadable ?? '', /no PNG/);
    assert.match(ask(sale(), golden?.subarray(0, 60)).unreadable ?? '', /damaged/);
    const huge = Buffer.from(golden ?? []);
    huge.writeUInt32BE(1e6, 16);
    huge.writeUInt32BE(1e6, 20);
    assert.match(ask(sale(), huge).unreadable ?? '', /too large/);
    assert.match(ask(sale(), new Uint8Array(5 << 20)).unreadable ?? '', /too large/);
  });
});
