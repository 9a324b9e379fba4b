import assert from 'node:assert/strict';
import fc from 'fast-check';
import { packParameters, unpackParameters } from '../../codec/iso8583/download-data.ts';
import { settingsOf, TAGS } from './settings.ts';

const defaults = { responseTimer: 60_000, merchantName: '无锡样板商店' };
const { isOn: _, ...factory } = settingsOf(undefined, defaults);

describe('virtual terminal: settings', () => {
  it('are those of the factory until a download says otherwise', () => {
    assert.deepEqual(factory, {
      responseTimer: 60_000,
      attempts: 3,
      dials: 1,
      merchantName: '无锡样板商店',
      manualEntry: true,
      tipPercent: undefined,
      batchCapacity: 500,
      floorLimit: 50_000,
      offlineStored: 500,
    });
  });

  it('follow a download as it comes over the wire, Chinese included', () => {
    const told = { '12': '20', '13': '2', '22': '成都分店', '23': '0', '24': '0', '26': '101', '31': '0' };
    const field62 = Buffer.from(packParameters(told)).toString('hex');
    const settings = settingsOf(unpackParameters(field62), defaults);
    assert.equal(settings.responseTimer, 20_000);
    assert.equal(settings.attempts, 2);
    assert.equal(settings.merchantName, '成都分店');
    assert.deepEqual([settings.manualEntry, settings.tipPercent, settings.floorLimit], [false, 0, 0]);
    assert.deepEqual((['sale', 'void', 'refund', 'adjust'] as const).map(settings.isOn), [
      true,
      false,
      true,
      true,
    ]);
  });

  it('stay usable whatever is downloaded', () => {
    const tags = fc.constantFrom(...Object.values(TAGS));
    fc.assert(
      fc.property(fc.dictionary(tags, fc.string({ maxLength: 14 })), (parameters) => {
        const settings = settingsOf(parameters, defaults);
        assert.ok(settings.responseTimer >= 1000 && settings.responseTimer <= 99_000);
        assert.ok(settings.attempts >= 1 && settings.dials >= 1 && settings.batchCapacity >= 1);
        assert.ok(settings.floorLimit >= 0 && settings.offlineStored >= 0);
        assert.notEqual(settings.merchantName.trim(), '');
      }),
    );
  });
});
