import type { TextReader } from '../host/decode-input.ts';
import { saidIn } from '../transport/log-text.ts';

/** Reads a log line by line: what one side said until the other one did is one stream, however its lines cut it. */
export const conversationReader: TextReader = {
  what: 'from a log of a conversation',
  read: (text) =>
    saidIn(text).map(({ bytes, lines }) => ({
      bytes,
      line: lines[0]?.line ?? 0,
      ...(lines.length > 1 && { lines }),
    })),
};
