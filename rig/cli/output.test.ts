import assert from 'node:assert/strict';
import { RigError } from '../model/errors.ts';
import { printError } from './output.ts';

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
});
