import assert from 'node:assert/strict';
import { type Stage, tillSettled } from './stage.ts';

const withTill = (settled?: () => Promise<void>) =>
  ({ open: { planes: settled ? { till: { settled } } : {} } }) as unknown as Stage;

describe('waiting for the till to settle', () => {
  it('ends with the till, and at once without one', async () => {
    await tillSettled(withTill(), new AbortController().signal);
    await tillSettled(
      withTill(async () => {}),
      new AbortController().signal,
    );
  });

  it('ends with the run that is cancelled, also before it begins', async () => {
    const cancel = new AbortController();
    const never = withTill(() => new Promise(() => {}));
    const waiting = tillSettled(never, cancel.signal);
    cancel.abort(new Error('cancelled'));
    await assert.rejects(waiting, /cancelled/);
    await assert.rejects(tillSettled(never, cancel.signal), /cancelled/);
  });
});
