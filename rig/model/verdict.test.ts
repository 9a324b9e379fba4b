import assert from 'node:assert/strict';
import { findingOf, RigError, toRigError } from './errors.ts';
import { exitCodeOf, type Finding, type Verdict, verdictOn, worst } from './verdict.ts';

const finding = (verdict: Verdict, reason: string): Finding => ({ verdict, code: 'X', reason });

describe('verdicts', () => {
  it('only a part under test can fail', () => {
    assert.equal(verdictOn('terminal', ['terminal']), 'failed');
    assert.equal(verdictOn('acquirer', ['terminal']), 'broken');
    assert.equal(verdictOn('acquirer', ['acquirer']), 'failed');
    assert.equal(verdictOn('bench', ['terminal', 'acquirer', 'till']), 'broken');
    assert.equal(verdictOn('rig', ['terminal']), 'broken');
    assert.equal(verdictOn('file', ['terminal']), 'invalid');
  });

  it('the worst decides, the first of equals gives the reason', () => {
    const found = worst([
      finding('passed', 'a'),
      finding('broken', 'b'),
      finding('failed', 'c'),
      finding('failed', 'd'),
    ]);
    assert.equal(found?.reason, 'c');
    assert.equal(worst([]), undefined);
  });

  it('exit codes follow the worst verdict', () => {
    assert.equal(exitCodeOf(['passed', 'skipped']), 0);
    assert.equal(exitCodeOf(['passed', 'failed', 'broken']), 1);
    assert.equal(exitCodeOf(['passed', 'inconclusive']), 2);
    assert.equal(exitCodeOf(['broken']), 2);
    assert.equal(exitCodeOf(['invalid', 'failed']), 3);
    assert.equal(exitCodeOf(['skipped']), 5);
    assert.equal(exitCodeOf([]), 5);
  });

  it('what is not our own error is the rig’s defect, never a device’s', () => {
    const error = toRigError(new TypeError('x is undefined'));
    assert.equal(findingOf(error, ['terminal']).verdict, 'broken');
    assert.equal(error.blame, 'rig');
    const own = new RigError('KEYPAD_MISSED', 'bench', 'missed');
    assert.equal(toRigError(own), own);
  });
});
