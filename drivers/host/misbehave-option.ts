import { MISDEEDS, Misdeed } from '../../rig/bench/policy.ts';
import { RigError } from '../../rig/model/errors.ts';

/**
 * A misdeed in one word, for the command line: `sale=no-answer`, `sale#2=late@70s` (the second sale, 70 s late),
 * `any#every=trickle`. Throws USAGE with what was expected.
 */
export function parseMisdeed(text: string): Misdeed {
  const match = /^([a-z-]+)(?:#(\d+|every))?=([a-z-]+)(?:@(\d+(?:\.\d+)?\s*(?:ms|s|min|h)))?$/.exec(
    text.trim(),
  );
  const [, on, nth, name, after] = match ?? [];
  const parsed = Misdeed.safeParse({
    on,
    nth: nth === undefined || nth === 'every' ? (nth ?? 1) : Number(nth),
    do: name,
    ...(after !== undefined && { after }),
  });
  if (match && parsed.success) return parsed.data;
  throw new RigError('USAGE', 'file', `--misbehave ${text}: expected KIND[#NTH]=WHAT[@AFTER]`, {
    hint: `KIND is a kind of message such as sale or any; NTH a number or every; WHAT one of ${Object.keys(MISDEEDS).join(', ')}.`,
  });
}
