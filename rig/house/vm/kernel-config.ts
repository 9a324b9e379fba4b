/**
 * Lines of a kernel configuration that the kernel made otherwise: an option that does not exist any more, or whose
 * own needs are not met. An option that is off may be absent.
 */
export function refusedSettings(ours: string, made: string): readonly string[] {
  const has = settingsOf(made);
  return [...settingsOf(ours)]
    .filter(([name, value]) => (has.get(name) ?? 'n') !== value)
    .map(([name, value]) => `${name}=${value}, but it became ${has.get(name) ?? 'n'}`);
}

function settingsOf(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const set = /^(CONFIG_\w+)=(.*)$/.exec(line);
    const off = /^# (CONFIG_\w+) is not set$/.exec(line);
    if (set?.[1] !== undefined) settings.set(set[1], set[2] ?? '');
    else if (off?.[1] !== undefined) settings.set(off[1], 'n');
  }
  return settings;
}
