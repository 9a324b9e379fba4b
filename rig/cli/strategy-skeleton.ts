/**
 * The strategy that a new profile begins with: every state of a terminal, how it is told and what leads out of it, explained
 * for whoever fills it in. It needs the screens `booting` and `printing` and the key `cancel`.
 */
export const strategySkeleton = (): string =>
  [
    '# How it is brought back to idle after every scenario, and how each state is told. Ways are tried in their order, the mains',
    '# (power-cycle) once and last. Ways: wait, remove-card, sign-on, power-on, power-cycle, { press: KEY }. `within: 20 s` says how',
    '# long a way may take. What is left out follows from screens, keys and timers.',
    'strategy:',
    '  # No light on the screen.',
    '  off: { screens: [dark], next: [power-on, power-cycle] }',
    '  # From power on until it is idle.',
    '  booting: { screens: [booting], next: [wait, power-cycle] }',
    '  # Idle, but it asks to sign on; its screens are those of the list signed-off.',
    '  signed-off: { next: [sign-on] }',
    '  # Proved by its screen, and where the bench can ask, by what it tells its till (ready) and by no connection to the acquirer (down).',
    '  idle: { till: ready, link: down }',
    '  # Everything that no other state has. Keys are pressed only after waiting: what is decided is never broken off.',
    '  in-transaction: { next: [remove-card, wait, { press: cancel }, wait, power-cycle] }',
    '  # No key is pressed here. Add every screen that only wants patience: sending, reversing, updating.',
    '  busy: { screens: [printing], till: busy, next: [remove-card, wait, power-cycle] }',
    '',
  ].join('\n');
