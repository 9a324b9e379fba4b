import type { Answers } from './answers.ts';

/** Card magazine of a new bench: the shipped test cards, in the order of their slots. */
const SLOTS = 'slots: { debit-1: 1, debit-2: 2, credit-1: 3, tap-1: 4 }';

/** Text in a YAML file, quoted whenever it could be read as anything else. */
const text = (value: string): string => (/^[A-Za-z/][\w./-]*$/.test(value) ? value : JSON.stringify(value));

/** A line of the file, commented out when the lab has no such thing yet. */
type Line = string;
const block = (there: boolean, lines: readonly Line[]): readonly Line[] =>
  there ? lines : lines.map((line) => line.replace(/^( *)/, '$1# '));

/**
 * The bench file: what was answered, with a comment on everything that a lab has to know, and what is missing as comments
 * to be filled in. It passes `posrig check` as it is.
 */
export function composeBench(answers: Answers): string {
  const { id, title, profile, dialect, listen, keypad, card, power, display, printer, till } = answers;
  const tcp = till !== undefined && /^[^/]+:\d{1,5}$/.test(till) && !till.startsWith('usb:');
  const lines: readonly Line[] = [
    `# Bench ${id}: what is plugged in where. Written by \`posrig bench new\`; yours from now on.`,
    '# `posrig check` tells mistakes, `posrig health --bench` tries every fixture, `posrig list devices` names ports.',
    '# How it is wired, with a picture: drivers/devices/wiring in the package.',
    'version: 1',
    `id: ${id}`,
    `title: ${text(title)}`,
    '# The terminal model: a shipped profile (`posrig list profiles`) or the path of your own.',
    `profile: ${text(profile)}`,
    '# Who is being tested: a fault of any other part makes a scenario broken, never failed.',
    'under-test: [terminal]',
    '# Who enters transactions: the finger (keypad) or the till.',
    `hand: ${keypad === undefined && till !== undefined ? 'till' : 'keypad'}`,
    '# Region in which the terminal is registered, and its access network (`posrig list regions`).',
    'home: wuxi',
    'access: wired',
    '# Test cards; a card that is not in this file is never presented.',
    'cards: posrig:scenarios/cards.yaml',
    'planes:',
    '  # The acquirer: simulated here. Keys are test keys; load the same ones into the terminal.',
    '  host:',
    '    driver: simulator',
    '    listen: "127.0.0.1:0"',
    `    dialect: ${text(dialect)}`,
    '    keys: posrig:drivers/virtual/keys.yaml',
    "  # The path: enter this machine's address and this port into the terminal as its host.",
    '  network:',
    '    driver: relay',
    `    listen: ${JSON.stringify(listen)}`,
    '    to: "${host.address}"',
    `    dialect: ${text(dialect)}`,
    "  # The relay in the terminal's mains lead. Other ways: drivers exec, hid-relay, usb-hub (`posrig list drivers`).",
    ...block(power !== undefined, [
      '  power:',
      '    driver: line-relay',
      `    port: ${text(power ?? '/dev/serial/by-id/RELAY')}`,
      '    channel: 1',
    ]),
    '  # What the terminal shows, from a screen reader.',
    ...block(display !== undefined, [
      '  display:',
      '    driver: line-screen',
      `    port: ${text(display ?? '/dev/serial/by-id/SCREEN')}`,
    ]),
    "  # What the terminal prints: this port takes its printer's place.",
    ...block(printer !== undefined, [
      '  printer:',
      '    driver: escpos-serial',
      `    port: ${text(printer ?? '/dev/serial/by-id/PRINTER')}`,
      '    baud: 9600',
    ]),
    '  # Cards in the magazine, and the slots that they lie in.',
    ...block(card !== undefined, [
      '  card:',
      '    driver: line-actuator',
      `    port: ${text(card ?? '/dev/serial/by-id/CARD')}`,
      `    ${SLOTS}`,
    ]),
    '  # The finger. The numbers are where teaching begins: `posrig teach --bench` finds the true ones and writes a',
    '  # calibration file, which then stands here instead of `placement`. It never leaves the keep-in box (machine mm).',
    ...block(keypad !== undefined, [
      '  keypad:',
      '    driver: gantry',
      `    port: ${text(keypad ?? '/dev/serial/by-id/GANTRY')}`,
      '    placement: { x: -160, y: -60, rotation: 0, contact: -20, travel: 1.2, hover: 4 }',
      '    keep-in: { x: [-170, -100], y: [-105, -50] }',
    ]),
    '  # The till link.',
    ...block(till !== undefined, [
      '  till:',
      '    driver: zvt',
      tcp ? `    tcp: ${JSON.stringify(till)}` : `    port: ${text(till ?? '/dev/serial/by-id/TILL')}`,
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
