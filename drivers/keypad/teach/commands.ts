/** What a person types while teaching; one line, pure. */
export type TeachCommand =
  | { readonly do: 'jog'; readonly x: number; readonly y: number; readonly z: number }
  | { readonly do: 'go'; readonly key?: string }
  | { readonly do: 'touch'; readonly depth: number }
  | { readonly do: 'ok' | 'up' | 'find' | 'where' | 'undo' | 'skip' | 'done' | 'quit' | 'help' | 'nothing' }
  | { readonly do: 'key'; readonly key: string }
  | { readonly do: 'wrong'; readonly why: string };

/** Longest jog, mm: a slip of the finger on the keyboard must not send the gantry across the bench. */
const FARTHEST = 50;
/** How deep a touch-off goes unless it is told, mm. */
export const TOUCH_DEPTH = 8;

const WORDS = ['ok', 'up', 'find', 'where', 'undo', 'skip', 'done', 'quit', 'help'] as const;

export const HELP = `  x+1.5  y-0.2  z-1     move by millimetres (several on one line; at most ${FARTHEST})
  go [key]              to where the key (or another one) is believed to lie, above it
  touch [mm]            lower the finger in steps of 0.1 mm until the screen changes
  find                  let the rig look for the two keys of the self-test by itself
  ok                    the tip stands on the middle of the key and touches it: take it
  up                    raise the finger
  where                 where the finger stands, and what was taken
  undo                  forget the key taken last
  skip                  go on to the next key without taking this one
  key NAME              teach this key now instead
  done                  no more keys: fit and write
  quit                  give up, write nothing
`;

/** Reads one line. Hostile input gives `wrong` with the reason. */
export function parseCommand(line: string): TeachCommand {
  const text = line.trim().toLowerCase();
  if (text === '' || text.startsWith('#')) return { do: 'nothing' };
  const [head = ''] = text.split(/\s+/);
  const rest = line.trim().split(/\s+/).slice(1); // names of keys as they are written
  const word = WORDS.find((each) => each === head);
  if (word && rest.length === 0) return { do: word };
  if (head === 'go' && rest.length <= 1) return { do: 'go', ...(rest[0] ? { key: rest[0] } : {}) };
  if (head === 'key' && rest[0] !== undefined && rest.length === 1) return { do: 'key', key: rest[0] };
  if (head === 'touch' && rest.length <= 1) {
    const depth = rest[0] === undefined ? TOUCH_DEPTH : Number(rest[0]);
    if (depth > 0 && depth <= 30) return { do: 'touch', depth };
    return { do: 'wrong', why: 'touch takes how deep to go at most, from 0.1 to 30 mm' };
  }
  return jogOf(text) ?? { do: 'wrong', why: `"${text.slice(0, 40)}" is no command; help lists them` };
}

function jogOf(text: string): TeachCommand | undefined {
  const moves = [...text.matchAll(/([xyz])\s*([+-]?\d{1,4}(?:\.\d{1,3})?)(?=\s|$|,|[xyz])/g)];
  if (
    moves.length === 0 ||
    text.replace(/[xyz]\s*[+-]?\d{1,4}(?:\.\d{1,3})?/g, '').replace(/[\s,]/g, '') !== ''
  )
    return undefined;
  const by = { x: 0, y: 0, z: 0 };
  for (const [, axis, mm] of moves) by[axis as 'x' | 'y' | 'z'] += Number(mm);
  if (Math.max(...Object.values(by).map(Math.abs)) > FARTHEST)
    return { do: 'wrong', why: `a move may be ${FARTHEST} mm long at most` };
  return { do: 'jog', ...by };
}
