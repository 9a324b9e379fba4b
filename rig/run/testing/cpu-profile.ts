/** A CPU profile as V8 writes it (`node --cpu-prof`), as far as it is used. */
export interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** µs since the sample before. */
  readonly timeDeltas: readonly number[];
}

/**
 * What work belongs to: the first rule that a frame satisfies decides, looked for from the innermost frame outwards. So the
 * journal's work for the printer is the journal's, and what the runtime does belongs to whoever asked for it.
 */
const OWNERS: readonly (readonly [RegExp, string])[] = [
  [/\/drivers\/(host|network)\//, "the bench's own acquirer and path"],
  [/\/drivers\/codec\/iso8583\//, "the bench's own acquirer and path"],
  [/\/rig\/journal\//, 'journal: masking, sealing, writing'],
  [/\/drivers\/printer\/|\/drivers\/codec\/escpos\//, 'printer: decoding, reading, drawing receipts'],
  [/\/drivers\/keypad\/|\/drivers\/codec\/grbl\//, 'keypad'],
  [/\/drivers\/(display|card|power|till)\/|\/transport\/line-device/, 'other fixtures'],
  [/\/drivers\/transport\/|@serialport/, 'serial ports'],
  [/\/reports\//, 'live view'],
  [/\/rig\//, 'steps, expectations, books'],
];

/**
 * How the work from the first to the last sample of a running scenario divides, largest share first. Waiting does not count.
 */
export function shares(profile: Profile): readonly { readonly what: string; readonly share: number }[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])),
  );
  const known = new Map<number, { readonly owner: string; readonly scenario: boolean }>();
  const look = (id: number): { readonly owner: string; readonly scenario: boolean } => {
    const before = known.get(id);
    if (before) return before;
    const { functionName = '', url = '' } = nodes.get(id)?.callFrame ?? {};
    const parent = parents.get(id);
    const outer = parent === undefined ? { owner: 'runtime', scenario: false } : look(parent);
    const own =
      functionName === '(garbage collector)'
        ? 'garbage collection'
        : OWNERS.find(([pattern]) => pattern.test(url))?.[1];
    const found = {
      owner: own ?? outer.owner,
      scenario: outer.scenario || /\/rig\/run\/(scenario|step|keypad-hand)\./.test(url),
    };
    known.set(id, found);
    return found;
  };
  const within = profile.samples.map((id) => look(id).scenario);
  const [from, to] = [within.indexOf(true), within.lastIndexOf(true)];
  const spent = new Map<string, number>();
  let total = 0;
  for (let i = Math.max(0, from); i <= to; i++) {
    const id = profile.samples[i] ?? 0;
    if (nodes.get(id)?.callFrame.functionName === '(idle)') continue;
    const micros = profile.timeDeltas[i + 1] ?? 0;
    const { owner } = look(id);
    spent.set(owner, (spent.get(owner) ?? 0) + micros);
    total += micros;
  }
  return [...spent]
    .map(([what, micros]) => ({ what, share: micros / total }))
    .sort((a, b) => b.share - a.share);
}
