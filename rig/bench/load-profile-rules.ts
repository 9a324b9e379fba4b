import type { LabelSet } from './label-set.ts';
import { type FileIssue, nearestWord, quote } from './load-issue.ts';
import { oneOf } from './load-schema.ts';
import { type DataPath, issueAt, type Source } from './load-yaml.ts';
import type { Profile } from './profile.ts';

/** What a profile's schema cannot say: keys, screens and copies that it names must be its own. */
export function profileRules(
  profile: Partial<Profile>,
  source: Source,
  labelSet: (name: string) => LabelSet | undefined = () => undefined,
): FileIssue[] {
  const issues: FileIssue[] = [];
  const among = (
    what: string,
    words: readonly string[],
    word: string | undefined,
    path: DataPath,
    of?: 'key',
  ) => {
    if (word === undefined || words.length === 0 || words.includes(word)) return;
    const nearest = nearestWord(word, words);
    const more = { ...(nearest ? { nearest } : { expected: oneOf(words) }), ...(of ? { of } : {}) };
    issues.push(issueAt(source, path, `this profile has no ${what} ${quote(word)}`, more));
  };
  const keys = Object.keys(profile.keypad?.keys ?? {});
  const screens = Object.keys(profile.screens ?? {});
  const key = (word: string | undefined, path: DataPath) => among('key', keys, word, path);
  const screen = (word: string | undefined, path: DataPath) => among('screen', screens, word, path);

  for (const [digit, name] of Object.entries(profile.keypad?.digits ?? {}))
    key(name, ['keypad', 'digits', digit]);
  for (const [i, name] of (profile.keypad?.home ?? []).entries()) key(name, ['keypad', 'home', i]);
  const test = profile.keypad?.['self-test'];
  for (const part of ['press', 'back'] as const) key(test?.[part], ['keypad', 'self-test', part]);
  for (const part of ['from', 'shows'] as const) screen(test?.[part], ['keypad', 'self-test', part]);
  for (const [i, name] of (profile.keypad?.shuffled ?? []).entries()) screen(name, ['keypad', 'shuffled', i]);
  for (const list of ['idle', 'signed-off', 'pending-reversal', 'stored', 'card-in'] as const)
    for (const [i, name] of (profile[list] ?? []).entries()) screen(name, [list, i]);

  for (const [state, rule] of Object.entries(profile.strategy ?? {})) {
    for (const [i, name] of (rule?.screens ?? []).entries())
      if (name !== 'dark') screen(name, ['strategy', state, 'screens', i]);
    for (const [i, way] of (rule?.next ?? []).entries())
      if (typeof way === 'object') key(way.press, ['strategy', state, 'next', i, 'press']);
  }
  const operations = profile.operations ?? {};
  for (const [name, operation] of Object.entries(operations)) {
    for (const [i, press] of (operation?.start ?? []).entries()) key(press, ['operations', name, 'start', i]);
    for (const [shown, actions] of Object.entries(operation?.answers ?? {})) {
      among('screen', screens, shown, ['operations', name, 'answers', shown], 'key');
      for (const [i, action] of (actions ?? []).entries())
        if (typeof action === 'object' && 'press' in action)
          key(action.press, ['operations', name, 'answers', shown, i, 'press']);
    }
  }
  for (const [i, name] of (profile.capabilities?.operations ?? []).entries())
    if (profile.operations)
      among('operation', Object.keys(operations), name, ['capabilities', 'operations', i]);
  const { receipt } = profile;
  const sets = (receipt?.labels ?? []).flatMap((name) => (name ? (labelSet(name) ?? []) : []));
  const copies = [receipt?.copies ?? {}, ...sets.map((set) => set['copy-marks'])].flatMap(Object.keys);
  for (const [i, name] of (profile.receipt?.order ?? []).entries())
    among('copy', copies, name, ['receipt', 'order', i]);
  return issues;
}
