import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRigError } from './errors.ts';
import { Fault } from './fault.ts';
import { FAULT_ACTION_NAMES, faultAction, type PointClass } from './fault-actions.ts';
import { faultIssues, faultLayers, placePoint } from './fault-rules.ts';
import { formatFault, parseFault, parseFaults } from './fault-text.ts';
import { parseRate } from './rate.ts';

const POINTS: Readonly<Record<PointClass, readonly string[]>> = {
  connect: ['connect'],
  tls: ['tls.handshake'],
  close: ['close'],
  whole: ['request.leaving', 'response.arriving'],
  inside: ['request.first-byte', 'response.byte(17)', 'response.byte(-2)', 'request.last-byte'],
  total: ['response.total(4096)'],
  stream: ['request', 'response'],
};

describe('fault language', () => {
  it('has an example of every action that can be read, obeys the rules, and is written back the same', () => {
    for (const name of FAULT_ACTION_NAMES) {
      const { example } = faultAction(name);
      const fault = parseFault(example);
      assert.equal(fault.do, name);
      assert.equal(formatFault(fault), example);
    }
  });

  it('places every point, and says of no other text that it is one', () => {
    for (const [name, points] of Object.entries(POINTS)) {
      for (const point of points) {
        assert.equal(placePoint(point)?.class, name, point);
        assert.ok(Fault.safeParse({ at: point, do: 'cut' }).success, point);
      }
    }
    assert.deepEqual(placePoint('response.byte(-2)'), { class: 'inside', direction: 'response', byte: -2 });
    assert.deepEqual(placePoint('request.byte(-0)'), placePoint('request.last-byte'));
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('request.', 'request.byte()', 'byte(1)', ' connect')),
        (text) => {
          assert.equal(placePoint(text) !== undefined, Fault.safeParse({ at: text, do: 'cut' }).success);
        },
      ),
    );
  });

  it('says of every action at which points it makes sense', () => {
    for (const name of FAULT_ACTION_NAMES) {
      const { points, example } = faultAction(name);
      for (const [kind, [at]] of Object.entries(POINTS)) {
        const { on, direction, ...rest } = parseFault(example);
        const wrong = faultIssues({ ...rest, at }).filter(({ key }) => key === 'at');
        assert.equal(wrong.length, (points as readonly string[]).includes(kind) ? 0 : 1, `${name} at ${at}`);
      }
    }
  });

  it('reads what a file keeps as text', () => {
    assert.equal(Fault.parse({ at: 'connect', do: 'cut', probability: '0.50' }).probability, 0.5);
    assert.ok(!Fault.safeParse({ at: 'connect', do: 'cut', probability: '1.5' }).success);
  });

  it('reads several faults of one line', () => {
    assert.deepEqual(
      parseFaults('delay@response for=100ms ; corrupt@request.byte(40) bit=3 heal=connect;').map(
        (fault) => fault.do,
      ),
      ['delay', 'corrupt'],
    );
    assert.deepEqual(parseFault('refuse heal=5s').heal, { after: '5s' });
    assert.equal(parseFault('dns how=nxdomain').at, 'connect');
  });

  it('says what is wrong with a line, and what would be right', () => {
    for (const [text, message, hint] of [
      ['cutt@connect', /no fault is called "cutt"/, /Did you mean cut\?/],
      ['jitter@response for=10ms', /no fault is called "jitter"/, /delay@response for=100ms jitter=20ms/],
      ['toString@connect', /no fault is called "toString"/, /Faults: cut/],
      ['stall@request heal=reversal', /no reversal comes that could heal it/, /a time, connect or next-step/],
      ['cut', /does not say where/, /cut@response/],
      ['cut@respnse.leaving', /at: not a point/, /request and response/],
      ['cut@request.leaving nht=3', /unknown key "nht"/, /Did you mean nth/],
      ['cut@request.leaving nth', /"nth" has no value/, /nth=…/],
      ['cut@request.leaving nth=0', /nth: /, /nth such/],
      ['cut@request.leaving on=sales', /on: /, /sale, /],
      ['cut@request.leaving heal=soon', /not a way to heal: soon/, /5s/],
      ['cut@request.leaving nth=1 nth=2', /stands twice/, /once/],
      ['delay@response.leaving', /needs `for`/, /5 s/],
      ['split@response.leaving', /needs `bytes`/, /number of bytes/],
      ['reset@connect for=5s', /has no `for`/, /heal/],
      ['truncate@connect', /no truncate at connect/, /byte\(n\)/],
      ['tls@tls.handshake how=nxdomain', /no tls failure nxdomain/, /expired/],
      ['loss@response share=5 layer=relay', /relay layer has no loss/, /packet/],
      ['handover@request.leaving', /goes nowhere/, /to: a region/],
      ['refuse@connect heal=connect', /never sees that attempt/, /next-step/],
      ['  ', /no fault in it/, /cut@/],
    ] as const) {
      assert.throws(
        () => parseFaults(text),
        (error) =>
          isRigError(error) &&
          error.code === 'USAGE' &&
          message.test(error.message) &&
          hint.test(error.hint ?? ''),
        text,
      );
    }
  });

  it('never throws anything but a RigError, whatever the line', () => {
    const word = fc.constantFrom(
      'cut',
      '@',
      'response',
      '.byte(',
      '9',
      ')',
      ' nth=',
      '"',
      ';',
      'heal=',
      '5s',
      '=',
      'on',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join('')),
        ),
        (text) => {
          try {
            for (const fault of parseFaults(text)) assert.deepEqual(parseFault(formatFault(fault)), fault);
          } catch (error) {
            assert.ok(isRigError(error), String(error));
          }
        },
      ),
    );
  });

  it('gives a fault to the layer that is asked for, else to those that can, the preferred one first', () => {
    const layers = (text: string) => faultLayers(parseFault(text));
    assert.deepEqual(layers('cut@connect'), ['relay', 'kernel', 'packet']);
    assert.deepEqual(layers('cut@connect layer=packet'), ['packet']);
    assert.deepEqual(layers('loss@request share=5'), ['packet', 'kernel']);
    assert.deepEqual(layers('duplicate@response.leaving'), ['relay', 'packet']);
    assert.deepEqual(layers('duplicate@response share=5'), ['packet']);
  });

  it('means a share of the packets at a stream, and the message at a message', () => {
    const issues = (at: string, more: object) =>
      faultIssues({ at, do: 'duplicate', ...more }).map(({ key, message }) => `${key}: ${message}`);
    assert.deepEqual(issues('response', { share: 5 }), []);
    assert.deepEqual(issues('response.leaving', {}), []);
    assert.deepEqual(issues('response', {}), ['do: a duplicate at response needs `share`']);
    const [hint] = [...faultIssues({ at: 'response', do: 'duplicate' })];
    assert.match(hint?.expected ?? '', /response\.leaving for a message/);
    assert.deepEqual(issues('response.leaving', { share: 5 }), [
      'share: response.leaving is one place, so there is no share of it',
    ]);
    assert.deepEqual(issues('response', { share: 5, layer: 'relay' }), [
      'layer: the relay layer has no packets to duplicate',
    ]);
    assert.deepEqual(issues('response', { share: 5, copies: 2 }), [
      'copies: packets are told apart by chance, so `copies` says nothing',
    ]);
  });

  it('reads rates', () => {
    assert.equal(parseRate('20 kbit/s'), 20_000);
    assert.equal(parseRate('1.5MB/s'), 12_000_000);
    for (const text of ['', '20', '20 kb/s', '-1 bit/s', '0 bit/s', '0.1 bit/s'])
      assert.equal(parseRate(text), undefined);
  });
});
