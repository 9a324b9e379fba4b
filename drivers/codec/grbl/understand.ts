import type { DialectId } from './dialects.ts';
import { parseMarlin } from './marlin.ts';
import { parseResponse, type Response } from './responses.ts';

/**
 * One line without its end, from a controller that speaks `dialect`; undefined while that is not known, when both ways
 * of speaking are understood. Never throws.
 *
 * Once it is known, a word that means nothing in its own language is still looked up in the other one: `ALARM:1` from
 * a Marlin, or `start` from a Grbl, comes from something that is not, or no longer, what has homed. It is told as
 * `stranger` and never as what it would be in the other language: a greeting of another controller must not be taken
 * for the restart that was asked for.
 */
export function understand(line: string, dialect: DialectId | undefined): Response {
  const [own, other] = dialect === 'marlin' ? [parseMarlin, parseResponse] : [parseResponse, parseMarlin];
  const response = own(line);
  if (response.kind !== 'unknown') return response;
  const foreign = other(line);
  if (dialect === undefined) return foreign;
  switch (foreign.kind) {
    case 'alarm':
    case 'banner':
    case 'fault':
      return { kind: 'stranger', said: foreign.kind };
    default:
      return response;
  }
}
