import assert from 'node:assert/strict';
import { RigError } from '../model/errors.ts';
import { errorAsJson, printError } from './output.ts';

describe('an error on the console', () => {
  const printed = (error: Error): string => {
    const { write } = process.stderr;
    let text = '';
    process.stderr.write = (chunk: string | Uint8Array) => {
      text += String(chunk);
      return true;
    };
    try {
      printError(error);
    } finally {
      process.stderr.write = write;
    }
    return text;
  };

  it('names its place once', () => {
    const at = 'a.yaml:2:1';
    const bare = printed(new RigError('FILE_INVALID', 'file', '"id" is missing', { at }));
    const placed = printed(new RigError('FILE_INVALID', 'file', `${at}: "id" is missing`, { at }));
    for (const text of [bare, placed]) {
      assert.equal(text.split(at).length, 2, text);
      assert.match(text, /FILE_INVALID/);
    }
  });

  it('is JSON with the exit code for machines', () => {
    const error = new RigError('USAGE', 'file', 'no "run"', { hint: 'say which' });
    assert.deepEqual(JSON.parse(errorAsJson(error)), {
      exitCode: 3,
      error: { code: 'USAGE', blame: 'file', message: 'no "run"', hint: 'say which' },
    });
    assert.deepEqual(JSON.parse(errorAsJson(new Error('x'))), { exitCode: 2, error: { message: 'x' } });
  });
});
