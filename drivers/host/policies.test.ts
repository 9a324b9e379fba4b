import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostPolicy } from '../../rig/bench/policy.ts';
import type { MessageKind } from '../../rig/model/message.ts';
import { makeClock } from '../../rig/model/time.ts';
import { parseMisdeed } from './misbehave-option.ts';
import { composePolicy, loadPolicy, policyNames } from './policies.ts';
import { loadScript, runScript } from './script.ts';
import { checkPolicy } from './simulator/policy.ts';

describe('policies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'posrig-policies-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('are shipped, each with what it is for, and mean something', () => {
    assert.ok(policyNames().length >= 8);
    for (const name of policyNames()) {
      const policy = loadPolicy(name);
      assert.ok(policy.about?.en && policy.about.zh, name);
      checkPolicy(policy, 'CNY');
    }
  });

  it('build on others: what they state themselves wins, rules come first', () => {
    const path = file(
      'own.yaml',
      'use: [no-roaming, ./base.yaml]\nroaming: { allowed: true }\nrules: [{ answer: { code: "01" } }]\naccounts: { debit-1: { status: lost } }\n',
    );
    file(
      'base.yaml',
      'single-limit: { amount: 5 }\nroaming: { allowed: false }\nrules: [{ answer: { code: "02" } }]\naccounts: { debit-1: { status: stolen }, debit-2: { balance: 1 } }\nmisbehave: [{ on: sale, do: close }]\n',
    );
    const policy = loadPolicy(path);
    assert.equal(policy.roaming?.allowed, true);
    assert.equal(policy['single-limit']?.amount, 5);
    assert.deepEqual(
      policy.rules?.map(({ answer }) => answer.code),
      ['01', '02'],
    );
    assert.deepEqual(
      Object.entries(policy.accounts ?? {}).map(([id, { status }]) => [id, status]),
      [
        ['debit-1', 'lost'],
        ['debit-2', 'active'],
      ],
    );
    assert.equal(policy.misbehave.length, 1);
    assert.equal(composePolicy(HostPolicy.parse({ use: 'no-roaming' })).roaming?.code, '58');
  });

  it('say what is wrong with them', () => {
    assert.throws(() => loadPolicy('no-romaing'), { code: 'FILE_INVALID', hint: /no-roaming/ });
    const circle = file('circle.yaml', 'use: ./circle.yaml\n');
    assert.throws(() => loadPolicy(circle), { code: 'FILE_INVALID', message: /uses itself/ });
    const wrong = file(
      'wrong.yaml',
      'rules:\n  - when: { amonut: { over: 5 } }\n    answer: { code: 5151 }\n',
    );
    assert.throws(() => loadPolicy(wrong), {
      code: 'FILE_INVALID',
      message: /2:13: unknown key "amonut".*\n.*3:/,
    });
    assert.throws(() => loadPolicy(join(folder, 'nowhere.yaml')), { code: 'FILE_UNREADABLE' });
  });

  it('take misdeeds from the command line', () => {
    assert.deepEqual(parseMisdeed('sale#2=late@70s'), { on: 'sale', nth: 2, do: 'late', after: '70s' });
    assert.deepEqual(parseMisdeed('any#every=trickle'), { on: 'any', nth: 'every', do: 'trickle' });
    assert.deepEqual(parseMisdeed('pre-auth=close'), { on: 'pre-auth', nth: 1, do: 'close' });
    for (const wrong of [
      '',
      'sale',
      'sale=nothing',
      'sail=late',
      'sale#0=late',
      'sale=late@soon',
      'sale=late,close',
    ]) {
      assert.throws(() => parseMisdeed(wrong), { code: 'USAGE', hint: /wrong-mac/ }, wrong);
    }
  });

  it('follow each other in a script: on times, on messages, and over a cut-over', async () => {
    const steps = loadScript(
      file(
        'script.yaml',
        `version: 1
steps:
  - policy: no-roaming
  - after: { sale: 2, echo: 1 }
    policy: { single-limit: { amount: 7 } }
    next-day: true
  - after: 30 s
    say: half a minute later
    stop: true
`,
      ),
    );
    const done: string[] = [];
    const heard = new Set<(kind: MessageKind) => void>();
    const clock = makeClock(1000);
    const running = runScript(
      steps,
      {
        clock,
        configure: (policy) =>
          done.push(policy.roaming ? 'no roaming' : `limit ${policy['single-limit']?.amount}`),
        nextDay: () => done.push('next day'),
        onAnswered: (listener) => {
          heard.add(listener);
          return () => heard.delete(listener);
        },
        say: (text) => done.push(text),
        stop: () => done.push('stop'),
      },
      new AbortController().signal,
    );
    await Promise.resolve();
    for (const kind of ['sale', 'echo', 'echo', 'void'] as const) for (const tell of heard) tell(kind);
    assert.deepEqual(done, ['no roaming']);
    for (const tell of heard) tell('sale');
    await running;
    assert.deepEqual(done, ['no roaming', 'limit 7', 'next day', 'half a minute later', 'stop']);
    assert.equal(heard.size, 0);
    assert.ok(clock.now() >= 30_000);
    const wrong = file('wrong-script.yaml', 'version: 1\nsteps: [{ after: soon, policy: no-such }]\n');
    assert.throws(() => loadScript(wrong), { code: 'FILE_INVALID', message: /soon/ });
  });
});
