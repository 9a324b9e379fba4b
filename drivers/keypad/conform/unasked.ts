import type { DialectId } from '../../codec/grbl/dialects.ts';
import { describeAlarm } from '../../codec/grbl/meanings.ts';
import { understand } from '../../codec/grbl/understand.ts';
import type { Said } from './talk.ts';

/**
 * The alarm or last words, of this kind of controller or of another, that a transcript holds though nothing asked for them;
 * undefined: none. Behind a reset controllers may tell in which alarm they start, or that they were moving.
 */
export function unasked(transcript: readonly Said[], dialect: DialectId): string | undefined {
  let reset = false;
  for (const said of transcript) {
    if (said.startsWith('>')) {
      reset = said.includes('\\x18');
      continue;
    }
    const line = said.slice(2);
    const heard = understand(line, dialect);
    if (heard.kind === 'fault' || (heard.kind === 'stranger' && heard.said !== 'banner')) return line;
    if (heard.kind === 'alarm' && !reset) return describeAlarm(heard.code, dialect);
  }
  return undefined;
}
