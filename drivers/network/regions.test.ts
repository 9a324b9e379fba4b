import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRigError } from '../../rig/model/errors.ts';
import { loadAccess, loadRegions } from './regions.ts';

describe('region and access data', () => {
  it('has the places and the last miles that scenarios speak of', () => {
    const regions = loadRegions();
    for (const id of 'wuxi chengdu beijing shanghai guangzhou urumqi lhasa hongkong singapore frankfurt lagos'.split(
      ' ',
    )) {
      assert.equal(regions.get(id)?.['pos-service'], 'available', id);
    }
    assert.equal(regions.get('no-service-valley')?.['pos-service'], 'none');
    const access = loadAccess();
    for (const id of 'wired wifi dsl dial-up lte-fair 5g 4g 3g 2g edge gprs satellite weak'.split(' ')) {
      assert.ok(access.has(id), id);
    }
    assert.equal(access.get('weak')?.rtt, 400);
    assert.ok((access.get('weak')?.jitter ?? 0) > 0);
  });

  it('has for every place where it is, how the acquirer is entered, and nothing faster than light in glass', () => {
    // Shanghai and Beijing, degrees; great circle at 200 km per ms, there and back (facts of the project).
    const entries = { shanghai: [31.23, 121.47], beijing: [39.9, 116.41] } as const;
    const rad = (degrees: number) => (degrees * Math.PI) / 180;
    const floor = (from: { latitude: number; longitude: number }, [lat, long]: readonly [number, number]) => {
      const h =
        Math.sin(rad(lat - from.latitude) / 2) ** 2 +
        Math.cos(rad(lat)) * Math.cos(rad(from.latitude)) * Math.sin(rad(long - from.longitude) / 2) ** 2;
      return (2 * 2 * 6371 * Math.asin(Math.sqrt(h))) / 200;
    };
    for (const region of loadRegions().values()) {
      const { location, entry, rtt } = region;
      assert.ok(location && region.policy && entry, region.id);
      assert.ok(rtt >= floor(location, entries.shanghai), region.id);
      assert.ok((region.entries?.['beijing']?.rtt ?? 0) >= floor(location, entries.beijing), region.id);
    }
  });

  it('gives every region a loopback address of its own, so that the acquirer can tell them apart', () => {
    const egress = [...loadRegions().values()].map((region) => region.egress);
    assert.equal(new Set(egress).size, egress.length);
    for (const address of egress) {
      assert.ok(isIPv4(address) && address.startsWith('127.') && address !== '127.0.0.1', address);
    }
  });

  it('says of every figure where it comes from, and of every jitter that it was chosen', () => {
    for (const entry of [...loadRegions().values(), ...loadAccess().values()]) {
      assert.ok(
        entry.source.kind === 'chosen' || /jitter chosen by posrig/.test(entry.source.from),
        entry.id,
      );
    }
  });

  it('refuses an id that stands twice, and names file and id', () => {
    const folder = mkdtempSync(join(tmpdir(), 'posrig-regions-'));
    try {
      const path = join(folder, 'twice.yaml');
      const row = '{ id: here, title: { en: h, zh: h }, rtt: 1, source: { kind: chosen, from: x } }';
      writeFileSync(path, `version: 1\naccess:\n  - ${row}\n  - ${row}\n`);
      assert.throws(
        () => loadAccess(path),
        (error) =>
          isRigError(error) && error.code === 'FILE_INVALID' && /"here".*twice\.yaml/.test(error.message),
      );
      assert.throws(
        () => loadAccess(join(folder, 'none.yaml')),
        (error) => isRigError(error) && error.code === 'FILE_UNREADABLE',
      );
      writeFileSync(path, 'version: 1\naccess: [');
      assert.throws(
        () => loadAccess(path),
        (error) => isRigError(error) && error.code === 'FILE_SYNTAX',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
