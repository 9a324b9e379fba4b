import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CapturedSlip } from '../bench/planes.ts';
import { asNumber, looksLike } from '../model/look-alikes.ts';
import { doubtOf } from './doubt.ts';

const slipOf = (value: string | undefined, confidence: number, legible = 1): CapturedSlip => ({
  copy: 'merchant',
  duplicate: false,
  fields: value === undefined ? {} : { rrn: value },
  lines: [],
  receipt: { width: 384, height: 100, dpi: 203, runs: [], barcodes: [], images: [], end: 'cut', unknown: [] },
  reading: { fields: value === undefined ? {} : { rrn: confidence }, legible },
  at: 0,
  artefacts: [],
  forbidden: [],
});

/** Whether the number 123456789012 is printed, as the verdict path asks it. */
const ask = (slip: CapturedSlip, wanted = '123456789012') => {
  const again = ({ fields }: CapturedSlip) => fields['rrn'] === wanted;
  return doubtOf({ slip, fields: ['rrn'], good: again(slip), wanted: { rrn: wanted }, again });
};

describe('receipt rules: doubt about what was read from a picture', () => {
  it('leaves a value that was read for certain to the check, right or wrong', () => {
    assert.equal(ask(slipOf('123456789012', 96)), undefined);
    assert.equal(ask(slipOf('123456789013', 96)), undefined);
  });
  it('decides nothing by a value of which the reader is not sure, right or wrong', () => {
    assert.match(ask(slipOf('123456789012', 40)) ?? '', /too little confidence: rrn 40 of 100/);
    assert.match(ask(slipOf('123456789013', 40)) ?? '', /too little confidence/);
  });
  it('decides nothing by a value that is right only by look-alikes', () => {
    assert.match(ask(slipOf('I234S67B9OlZ', 96)) ?? '', /look alike/);
    assert.match(ask(slipOf('A1B2C3', 96), 'AIB2C3') ?? '', /look alike/);
  });
  it('decides nothing by digits that may have been zeros with a dot in them', () => {
    const date = (value: string | undefined) => !/\/[6-9]/.test(value ?? '');
    const question = {
      slip: slipOf('2026/64/61', 96),
      fields: ['rrn'],
      good: false,
      again: ({ fields }: CapturedSlip) => date(fields['rrn']),
    };
    assert.match(doubtOf(question) ?? '', /look alike/);
    assert.equal(doubtOf({ ...question, slip: slipOf('1234', 96), again: () => false }), undefined);
  });
  it('decides nothing by a date that cannot be: it was misread rather than printed so', () => {
    const slip = {
      ...slipOf(undefined, 0),
      fields: { 'date-time': '2026/14/21 10:00:00' },
      reading: { fields: { 'date-time': 95 }, legible: 1 },
    };
    const question = { slip, fields: ['date-time'], good: false, again: () => false };
    assert.match(doubtOf(question) ?? '', /cannot be: no calendar has 2026\/14\/21/);
    const possible = { ...slip, fields: { 'date-time': '2026/11/21 10:00:00' } };
    assert.equal(doubtOf({ ...question, slip: possible }), undefined);
  });
  it('does not take a value for missing in a picture that was not read whole', () => {
    assert.match(ask(slipOf(undefined, 0, 0.9)) ?? '', /not found in the picture, of which 90 %/);
    assert.equal(ask(slipOf(undefined, 0, 1)), undefined);
  });
  it('says nothing of slips that were sent as text', () => {
    const { reading: _, ...sent } = slipOf('I23456789012', 0);
    assert.equal(ask(sent), undefined);
  });
  it('knows look-alikes both ways', () => {
    assert.equal(asNumber('RMB l28.5O'), 'RM8 128.50');
    assert.ok(looksLike('已付 O0', '己付 0O') && !looksLike('128.50', '128.51'));
    // A zero with a dot in it, which the paper has and not the reader's text.
    assert.ok(looksLike('30001901', '30001001') && !looksLike('30001001', '30001901'));
    fc.assert(
      fc.property(
        fc.string(),
        (text) => looksLike(text, text) && asNumber(asNumber(text)) === asNumber(text),
      ),
    );
  });
});
