import assert from 'node:assert/strict';
import { observeTraffic } from './traffic.ts';

describe('what a step may cost on the line', () => {
  const traffic = { connections: 1, request: 256, response: 164 };
  const verdicts = (
    limit: { connections?: number; bytes?: number },
    seen: typeof traffic | undefined = traffic,
  ) =>
    observeTraffic(limit, { traffic: seen }, ['terminal']).map(
      ({ path, observed, verdict, blame }) => `${path}: ${observed}: ${verdict} ${blame ?? ''}`,
    );

  it("holds up to the limit, and is the terminal's doing beyond it", () => {
    assert.deepEqual(verdicts({ connections: 1, bytes: 420 }), [
      'expect.traffic.connections: 1 connection: passed ',
      'expect.traffic.bytes: 420 bytes (256 from the terminal, 164 to it): passed ',
    ]);
    assert.deepEqual(verdicts({ bytes: 419 }), [
      'expect.traffic.bytes: 420 bytes (256 from the terminal, 164 to it): failed terminal',
    ]);
    assert.deepEqual(verdicts({ connections: 0 }), [
      'expect.traffic.connections: 1 connection: failed terminal',
    ]);
  });

  it('asks for nothing that was not written, and judges nothing that nobody counted', () => {
    assert.deepEqual(verdicts({}), []);
    const [unseen] = observeTraffic({ bytes: 1 }, { traffic: undefined }, ['terminal']);
    assert.equal(unseen?.verdict, 'skipped');
    assert.match(unseen?.observed ?? '', /no network plane/);
  });
});
