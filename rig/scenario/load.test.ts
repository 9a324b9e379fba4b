import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { renderIssue } from '../bench/load-issue.ts';
import { LIMITS } from '../bench/load-yaml.ts';
import { packaged } from '../model/package-root.ts';
import { languageReference } from './language.ts';
import { parseScenario } from './load.ts';
import type { Lookups } from './lookups.ts';
import type { Scenario } from './scenario.ts';

const lookups: Lookups = {
  regions: new Set(['wuxi', 'chengdu']),
  accesses: new Set(['wired', 'lte-fair']),
  cards: new Map([
    ['debit-1', ['chip', 'swipe']],
    ['tap-1', ['tap']],
  ]),
  claims: new Set(['cross-city.feasible', 'online.no-data-loss']),
  screens: new Set(['waiting', 'approved']),
};

/** A whole valid scenario with other steps. */
const withSteps = (steps: string, head = '') => `version: 1
id: TEST-001
title: { en: A test, zh: 测试 }
proves: [cross-city.feasible]
given: { region: wuxi, card: debit-1 }
${head}steps:
${steps}
money: balanced
`;
const SALE = '  - sale: { amount: 128.50 }\n    expect: { outcome: approved, host: [sale: ] }';

const mistakes = (text: string) => parseScenario('t.yaml', text, lookups).issues.map(renderIssue);
const only = (text: string): Scenario => {
  const { scenarios, issues } = parseScenario('scenarios/theme/t.yaml', text, lookups);
  assert.deepEqual(issues.map(renderIssue), []);
  assert.equal(scenarios.length, 1);
  return scenarios[0] as Scenario;
};

describe('loading a scenario', () => {
  it('gives three errors for three mistakes, each with its line, its column and the nearest word', () => {
    const text = withSteps(
      '  - sale: { amount: 128.50, crad: debit-1 }\n    expect: { outcome: aproved, host: [sale: ] }',
    ).replace('region: wuxi', 'region: wuhi');
    assert.deepEqual(mistakes(text), [
      't.yaml:5:18: unknown region "wuhi"; did you mean "wuxi"?',
      't.yaml:7:29: unknown key "crad"; did you mean "card"?',
      't.yaml:8:24: "aproved" is not valid here; expected approved, stored, declined, no-answer, no-connection, mac-error, ' +
        'cancelled, refused, done or interrupted; did you mean "approved"?',
    ]);
  });

  it('keeps amounts and codes as they are written and turns durations into milliseconds', () => {
    const scenario = only(
      withSteps(`  - sale: { amount: 128.50, entry: swipe }
    fault: { at: response.leaving, do: cut }
    expect:
      outcome: no-answer
      host: [{ sale: { amount: 128.50, code: 00, mac: ok } }]
      money: { moved: 128.50 }
      receipt: none
      within: 1.5 min
  - power-cut: { off: 5 s }
  - refund: { of: 1, amount: 20 }
    expect: { receipt: { merchant: { amount: 20.00, pan: masked, stan: 000123 }, forbidden: none } }
  - wait: next-day
  - settle:`),
    );
    assert.equal(scenario.theme, 'theme');
    const [sale, cut, refund, wait, settle] = scenario.steps;
    assert.deepEqual(sale?.action, { do: 'sale', amount: '128.50', entry: 'swipe' });
    assert.equal(sale?.faults[0]?.heal, 'next-step');
    assert.deepEqual(sale?.expect, {
      outcome: 'no-answer',
      host: [{ kind: 'sale', amount: '128.50', code: '00', checks: ['mac'] }],
      moved: '128.50',
      receipt: 'none',
      withinMs: 90_000,
    });
    assert.deepEqual(cut?.action, { do: 'power-cut', offMs: 5000 });
    assert.deepEqual(refund?.action, { do: 'refund', of: 1, amount: '20' });
    assert.deepEqual(refund?.expect.receipt, {
      merchant: {
        amount: { is: 'amount', amount: '20.00' },
        pan: { is: 'masked' },
        stan: { is: 'text', text: '000123' },
      },
      duplicate: false,
      forbiddenNone: true,
    });
    assert.deepEqual(wait?.action, { do: 'wait', for: 'next-day' });
    assert.deepEqual(settle, { number: 5, action: { do: 'settle' }, faults: [], cable: [], expect: {} });
  });

  it('compiles every further operation from the registry', () => {
    const { steps, needs } = only(
      withSteps(`${SALE}
  - pre-auth: { amount: 500, card: debit-1 }
    expect: { money: { moved: 0, held: 500.00 } }
  - completion: { of: 2, amount: 480 }
  - balance:
  - moto: { amount: 1 }
  - instalment: { amount: 12, instalments: 12 }
  - adjust: { of: 1, tip: 2.50 }
  - sale: { amount: 1, pin: none }
  - sign-off:`),
    );
    assert.deepEqual(
      steps.slice(1).map(({ action }) => action),
      [
        { do: 'pre-auth', amount: '500', card: 'debit-1' },
        { do: 'completion', of: 2, amount: '480' },
        { do: 'balance' },
        { do: 'moto', amount: '1' },
        { do: 'instalment', amount: '12', instalments: 12 },
        { do: 'adjust', of: 1, tip: '2.50' },
        { do: 'sale', amount: '1', pin: 'none' },
        { do: 'sign-off' },
      ],
    );
    assert.deepEqual(steps[1]?.expect, { moved: '0', held: '500.00' });
    assert.ok(needs.operations.includes('completion') && needs.operations.includes('sign-off'));
  });

  it('derives what terminal and bench must offer from the steps', () => {
    const { needs } = only(
      withSteps(`  - sale: { amount: 1, entry: chip }
    interrupt: { power-cut: { at: waiting, off: 5 s } }
    expect: { outcome: interrupted, host: none }
  - wait: next-day`),
    );
    assert.deepEqual(needs, {
      entry: ['chip'],
      operations: ['sale'],
      planes: ['card', 'display', 'network', 'host', 'power'],
      simulatedHost: true,
    });
  });

  const rules: readonly (readonly [string, string, string])[] = [
    [
      'two actions in a step',
      `${SALE}\n  - void: { of: 1 }\n    settle:`,
      '10:5: a second action in step 2: void and settle; expected exactly one action a step',
    ],
    [
      'no action',
      `${SALE}\n  - expect: { host: none }`,
      '9:5: step 2 has no action; expected sign-on, sign-off, echo, download, sale, void, refund, pre-auth, pre-auth-void, completion, completion-void, completion-notice, balance, moto, instalment, offline-sale, adjust, settle, reprint, power-cut, move or wait',
    ],
    [
      'an action without its colon',
      `${SALE}\n  - settle`,
      '9:5: "settle" is not valid here; expected a step: an action with a colon behind it, such as settle: or sale: { amount: 20.00 }',
    ],
    [
      'a void of a later step',
      `  - void: { of: 2 }\n${SALE}`,
      '7:17: there is no step 2 before this one; expected a sale or instalment before it',
    ],
    [
      'a void of something else',
      `${SALE}\n  - settle:\n  - void: { of: 2 }`,
      '10:17: step 2 is a settle, a void cannot refer to it; expected the number of a sale or instalment before it: 1',
    ],
    [
      'a refund of more than was sold',
      `${SALE}\n  - refund: { of: 1, amount: 128.51 }`,
      '9:30: more than the sale of step 1; expected at most 128.50, or that it is turned down (outcome: declined)',
    ],
    [
      'a reversal of nothing',
      `${SALE}\n  - settle:\n    expect: { host: [{ reversal: { of: 2 } }] }`,
      '10:40: step 2 is a settle, a reversal cannot refer to it; expected the number of a sale, void, pre-auth, pre-auth-void, completion, completion-void, moto or instalment before it: 1',
    ],
    [
      'two kinds in one item',
      '  - sale: { amount: 1 }\n    expect: { outcome: approved, host: [{ sale: , void: }] }',
      '8:41: an item of the list is about one kind of message; expected one of sign-on, sign-off, echo, sale, void, refund, pre-auth, pre-auth-void, completion, completion-void, completion-notice, balance, code-query, moto, instalment, offline-sale, adjust, reversal, script-result, signature, parameters, aid-parameters, ca-keys, settlement, batch-upload, batch-upload-end, other or no',
    ],
    [
      'a reason of a sale',
      '  - sale: { amount: 1 }\n    expect: { outcome: approved, host: [{ sale: { reason: A0 } }] }',
      '8:51: a sale has no reason; expected reversal',
    ],
    [
      'an outcome of a move',
      `${SALE}\n  - move: chengdu\n    expect: { outcome: approved }`,
      '10:15: move has no outcome; expected an operation of the terminal',
    ],
    [
      'an interruption without an interrupt',
      '  - sale: { amount: 1 }\n    expect: { outcome: interrupted, host: none }',
      '8:24: nothing interrupts this step; expected interrupt beside expect',
    ],
    [
      'an interruption by cancel',
      '  - sale: { amount: 1 }\n    interrupt: { cancel: { at: waiting } }\n    expect: { outcome: interrupted, host: none }',
      '9:24: a cancelled operation ends as the terminal tells it; expected what it comes to, such as cancelled',
    ],
    [
      'two interrupts at once',
      `${SALE}\n    interrupt: { cancel: { at: waiting }, power-cut: { at: waiting, off: 5 s } }`,
      '9:16: a step is interrupted once; expected either power-cut or cancel',
    ],
    [
      'an interrupt that is none',
      `${SALE}\n    interrupt: {}`,
      '9:16: nothing interrupts this step; expected either power-cut or cancel',
    ],
    [
      'cancel at an outcome',
      `${SALE}\n    interrupt: { cancel: { at: wating } }`,
      '9:32: no terminal has a screen "wating"; did you mean "waiting"?',
    ],
    [
      'a screen that no terminal has',
      `${SALE}\n    interrupt: { power-cut: { at: wating, off: 5 s } }`,
      '9:35: no terminal has a screen "wating"; did you mean "waiting"?',
    ],
    [
      'a delay without a length',
      `${SALE}\n    fault: { at: connect, do: delay }`,
      '9:31: a delay needs `for`; expected for: a duration such as 5 s',
    ],
    [
      'a refusal in the middle of an answer',
      `${SALE}\n    fault: { at: response.byte(3), do: refuse }`,
      '9:18: no refuse at response.byte(3); expected connect, or request.leaving or response.leaving',
    ],
    [
      "a screen that no terminal has, in a fault of the till's cable",
      `${SALE}\n    cable: { at: waitin, do: cut, for: 5 s }`,
      '9:18: unknown screen "waitin"; did you mean "waiting"?',
    ],
    [
      "a fault of the till's cable that takes no time",
      `${SALE}\n    cable: { at: till.byte(3), do: nak, for: 5 s }`,
      '9:41: nak takes no for',
    ],
    [
      'bytes that come in at a screen',
      `${SALE}\n    cable: [{ at: result, do: repeat }, { at: approved, do: garbage }]`,
      '9:47: garbage strikes at a byte, or at result',
    ],
    [
      "a fault of the till's cable that ends twice",
      `${SALE}\n    cable: { at: result, do: cut, for: 5 s, until: approved }`,
      '9:45: either for or until, not both',
    ],
    [
      "a fault of the till's cable where no till has a say",
      `${SALE}\n  - wait: 5 s\n    cable: { at: result, do: cut }`,
      '10:5: no till begins wait; expected sale, void, refund, pre-auth, pre-auth-void, completion or settle',
    ],
    [
      'a mistake in the second of two faults',
      `${SALE}\n    fault: [{ at: connect, do: cut }, { at: response.leaving, do: split }]`,
      '9:67: a split needs `bytes`; expected bytes: a number of bytes',
    ],
    [
      'a misspelt key in the second of two faults',
      `${SALE}\n    fault: [{ at: connect, do: cut }, { at: connect, do: cut, healz: never }]`,
      '9:63: unknown key "healz"; did you mean "heal"?',
    ],
    [
      'a fault in one line with a mistake in it',
      `${SALE}\n    fault: "cut@response.leaving nth=0"`,
      '9:12: the fault "cut@response.leaving nth=0" is wrong: nth: Too small: expected number to be >=1 (the nth such message (or connection) since the fault was armed)',
    ],
    [
      'a handover to nowhere',
      `${SALE}\n    fault: { at: request.last-byte, do: handover, to: wuxxi }`,
      '9:55: unknown region "wuxxi"; did you mean "wuxi"?',
    ],
    [
      'a move that goes nowhere',
      `${SALE}\n  - move: { live: keep }`,
      '9:11: a move that goes nowhere; expected to: a region, or access: an access network',
    ],
    [
      'a misspelt heal',
      `${SALE}\n    fault: { at: connect, do: cut, heal: { afer: 5 s } }`,
      '9:44: unknown key "afer"; did you mean "after"?',
    ],
    [
      'a card that cannot be presented so',
      `${SALE}\n  - sale: { amount: 1, card: tap-1, entry: chip }`,
      '9:44: card "tap-1" cannot be presented by chip; expected tap',
    ],
    [
      'an amount that is none',
      '  - sale: { amount: -5 }\n    expect: { outcome: approved, host: none }',
      '7:21: "-5" is not an amount; expected an amount in major units such as 128.50',
    ],
    [
      'a duration without a unit',
      `${SALE}\n  - power-cut: { off: 5 }`,
      '9:23: "5" is not valid here; expected a duration such as 400 ms, 20 s, 3 min or 1 h',
    ],
    [
      'nothing asserted at the host',
      '  - sale: { amount: 1 }\n    expect: { outcome: approved }',
      '6:1: no step expects anything of the host; expected host or money',
    ],
    [
      'nothing asserted at the terminal',
      '  - sale: { amount: 1 }\n    expect: { host: none }',
      '6:1: no step expects anything of the terminal; expected outcome, code, display, receipt or till',
    ],
    [
      'an unknown field of a slip',
      `${SALE}\n  - settle:\n    expect: { receipt: { settlement: { amont: 3 } } }`,
      '10:40: unknown key "amont"; did you mean "amount"?',
    ],
    [
      'a completion of a sale',
      `${SALE}\n  - completion: { of: 1 }`,
      '9:23: step 1 is a sale, a completion cannot refer to it; expected a pre-auth before it',
    ],
    [
      'a completion above what acquirers allow',
      `${SALE}\n  - pre-auth: { amount: 100 }\n  - completion: { of: 2, amount: 115.01 }`,
      '10:34: more than the pre-auth of step 2; expected at most 115 % of 100, or that it is turned down (outcome: declined)',
    ],
    [
      'a hold given back twice',
      `${SALE}\n  - pre-auth: { amount: 100 }\n  - pre-auth-void: { of: 2 }\n    expect: { outcome: approved }\n  - pre-auth-void: { of: 2 }`,
      '12:26: the pre-auth of step 2 is voided already; expected a void once, or that the second is turned down (outcome: refused)',
    ],
    [
      'money that says nothing',
      `${SALE}\n  - settle:\n    expect: { money: {} }`,
      '10:22: nothing about money; expected moved, held or both',
    ],
  ];
  for (const [name, steps, expected] of rules)
    it(`refuses ${name}`, () => assert.deepEqual(mistakes(withSteps(steps)), [`t.yaml:${expected}`]));

  it('takes what must not be had when the scenario expects it to be turned down', () => {
    const over = `${SALE}\n  - pre-auth: { amount: 100 }\n  - completion: { of: 2, amount: 115.01 }\n    expect: { outcome: declined }`;
    const twice = `${SALE}\n  - void: { of: 1 }\n    expect: { outcome: approved }\n  - void: { of: 1 }\n    expect: { outcome: refused }`;
    assert.deepEqual(mistakes(withSteps(over)), []);
    assert.deepEqual(mistakes(withSteps(twice)), []);
  });

  it('refuses a sale without any card', () =>
    assert.deepEqual(mistakes(withSteps(SALE).replace(', card: debit-1', '')), [
      't.yaml:7:11: this sale has no card; expected a card here or under given',
    ]));

  it('reports duplicate keys beside other mistakes', () =>
    assert.deepEqual(mistakes(withSteps(SALE, 'money: balanced\n').replace('version: 1', 'version: 2')), [
      't.yaml:1:10: "2" is not valid here; expected 1',
      't.yaml:10:1: this key stands here twice; expected every key once',
    ]));

  it('reports bad indentation at its place', () => {
    const [first] = mistakes('version: 1\nid: A\n   title: x\n');
    assert.match(first ?? '', /^t\.yaml:[23]:\d+: not valid YAML: /);
  });
});

describe('cases of a scenario', () => {
  const CASES = 'cases:\n  - { name: "61", limit: 100.00 }\n  - { name: "65", limit: 2 }\n';
  const steps =
    '  - sale: { amount: "${limit}" }\n    expect: { outcome: declined, code: "${name}", host: none, display: ["max ${limit}"] }';

  it('become scenarios of their own, values filled in everywhere', () => {
    const { scenarios, issues } = parseScenario('t.yaml', withSteps(steps, CASES), lookups);
    assert.deepEqual(issues, []);
    assert.deepEqual(
      scenarios.map((s) => [
        s.id,
        s.title.en,
        s.steps[0]?.action,
        s.steps[0]?.expect.code,
        s.steps[0]?.expect.display,
        s.parameters,
      ]),
      [
        [
          'TEST-001[61]',
          'A test (61)',
          { do: 'sale', amount: '100.00' },
          '61',
          ['max 100.00'],
          { name: '61', limit: '100.00' },
        ],
        [
          'TEST-001[65]',
          'A test (65)',
          { do: 'sale', amount: '2' },
          '65',
          ['max 2'],
          { name: '65', limit: '2' },
        ],
      ],
    );
  });

  it('name values that do not exist, that nothing uses, and names that stand twice', () =>
    assert.deepEqual(
      mistakes(
        withSteps(
          SALE.replace('approved', '"${outcom}"'),
          'cases:\n  - { name: a, outcome: approved }\n  - { name: a, outcome: declined }\n',
        ),
      ),
      [
        't.yaml:7:16: nothing in the file uses the value "outcome"',
        't.yaml:8:13: two cases are named "a"',
        't.yaml:8:16: nothing in the file uses the value "outcome"',
        't.yaml:11:24: case "a" has no value "outcom"; did you mean "outcome"?',
      ],
    ));

  it('report what all cases share once', () =>
    assert.deepEqual(mistakes(withSteps(`${steps}\n  - move: chengd`, CASES)), [
      't.yaml:12:11: unknown region "chengd"; did you mean "chengdu"?',
    ]));
});

describe('hostile scenario files', () => {
  const shipped = readFileSync(packaged('scenarios/dropout/DROP-003.yaml'), 'utf8');

  it('never make the loader throw', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ':',
      ' ',
      '\n',
      '- ',
      '&a',
      '*a',
      '${x}',
      '"',
      "'",
      '|',
      '>',
      '#',
      '!!x',
      '? ',
      '\t',
      '%YAML 1.1',
      '---',
      '...',
      '\u0000',
      '__proto__: 1',
      'steps',
      'cases',
      'sale',
    ];
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 80 }).map((parts) => parts.join('')),
      // A real file with a piece put in or taken out somewhere.
      fc
        .tuple(fc.nat(shipped.length), fc.nat(40), fc.constantFrom(...pieces))
        .map(([at, cut, piece]) => shipped.slice(0, at) + piece + shipped.slice(at + cut)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const { scenarios, issues } = parseScenario('t.yaml', text, lookups);
        assert.equal(scenarios.length === 0, issues.length > 0);
        for (const issue of issues) {
          assert.ok(issue.line >= 1 && issue.column >= 1 && issue.line <= text.split(/\r\n|\n|\r/).length);
          assert.match(renderIssue(issue), /^t\.yaml:\d+:\d+: [^\n]+$/);
        }
      }),
      { numRuns: 400 },
    );
  });

  const laughs = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`).join('\n')}`;
  const bombs: Readonly<Record<string, readonly [string, RegExp]>> = {
    'a billion laughs': [laughs, /too many (values|aliases)/],
    'an alias of itself': ['a: &a [*a]', /"\*a" stands inside of what it names/],
    'half a million brackets': ['['.repeat(500_000), /nested too deeply/],
    'half a million braces': ['{'.repeat(500_000), /nested too deeply/],
    'dashes without end': ['- '.repeat(200_000), /nested too deeply/],
    'ever deeper lines': [
      Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      /nested too deeply/,
    ],
    'a huge file': ['#'.repeat(LIMITS.bytes + 1), /expected at most \d+ bytes/],
    'too many words': ['- x\n'.repeat(LIMITS.tokens), /too many words/],
    'a prototype': ['__proto__: { polluted: true }', /cannot be a key/],
  };
  for (const [name, [text, expected]] of Object.entries(bombs))
    it(`with ${name} are refused in words`, () => assert.match(mistakes(text).join('\n'), expected));

  it('cannot steer the console', () => {
    const [first] = mistakes('"\\e[2J\\x07": 1');
    assert.ok(first?.includes('unknown key "\\u001b[2J\\u0007"'), first);
  });
});

describe('the language reference', () => {
  it('in scenarios/README.md is what the registry says', () => {
    const readme = readFileSync(packaged('scenarios/README.md'), 'utf8');
    assert.ok(readme.endsWith(`\n${languageReference()}`), 'put the text of languageReference() there');
  });
});
