import assert from 'node:assert/strict';
import type { HostPlane } from '../../../rig/bench/planes.ts';
import { HostPolicy } from '../../../rig/bench/policy.ts';
import { packaged } from '../../../rig/model/package-root.ts';
import { makeClock } from '../../../rig/model/time.ts';
import { openSimulator } from '../../host/simulator/driver.ts';
import { type RigOptions, startTerminal, type TerminalRig, testCard } from './testing/terminal-rig.ts';

/** The terminal against the acquirer simulator over a real socket: what the two make of each other, and the money. */
describe('virtual terminal with the acquirer simulator', () => {
  let host: HostPlane;
  let terminal: TerminalRig;

  beforeEach(async () => {
    host = await openSimulator(
      {
        listen: '127.0.0.1:0',
        dialect: 'unionpay-pos',
        keys: 'posrig:drivers/virtual/keys.yaml',
        regions: 'posrig:drivers/network/regions.yaml',
        acquirer: '48020000',
        downloads: 'posrig:drivers/host/downloads/synthetic.yaml',
      },
      {
        clock: makeClock(60),
        recorder: {
          record: () => undefined,
        },
        cards: ['debit-1', 'debit-2', 'credit-1', 'tap-1'].map(testCard),
        resolve: (path) => packaged(path.replace(/^posrig:/, '')),
        lost: (error) => {
          throw error;
        },
      },
    );
  });
  afterEach(async () => {
    await terminal.close();
    await host.close();
  });

  const start = async (options: Partial<RigOptions> = {}) => {
    terminal = await startTerminal({ port: host.address.port, ...options });
    assert.equal((await terminal.signOn())[0], 'SIGNED ON');
  };
  const ledger = () => host.ledger().map(({ kind, state, booked }) => `${kind} ${state} ${booked.minor}`);

  it('sale, void, refund: posted, and the settlement balances', async () => {
    await start();
    assert.equal((await terminal.sale())[0], 'APPROVED');
    assert.equal(
      (await terminal.sale({ amount: '7150', card: testCard('debit-2'), entry: 'swipe' }))[0],
      'APPROVED',
    );
    assert.deepEqual(
      host
        .exchanges()
        .slice(-2)
        .map(({ checks }) => checks),
      [
        { mac: 'ok', pin: 'ok', cryptogram: 'ok' },
        { mac: 'ok', pin: 'ok' },
      ],
    );
    const [first, second] = host.ledger();
    assert.ok(first && second);
    await terminal.press('2');
    await terminal.until('VOUCHER NO');
    await terminal.type(first.stan);
    await terminal.press('enter');
    await terminal.until('ENTER TO CONFIRM');
    await terminal.press('enter');
    assert.equal((await terminal.finish(testCard('debit-1'), 'chip'))[0], 'APPROVED');
    await terminal.press('3');
    await terminal.until('REFERENCE NO');
    await terminal.type(second.rrn);
    await terminal.press('enter');
    await terminal.until('ORIGINAL DATE');
    await terminal.type(second.date);
    await terminal.press('enter');
    await terminal.until('ENTER AMOUNT');
    await terminal.type('2150');
    await terminal.press('enter');
    assert.equal((await terminal.finish(testCard('debit-2'), 'swipe'))[0], 'APPROVED');
    assert.deepEqual(ledger(), [
      'sale voided 12850',
      'sale posted 7150',
      'void posted 12850',
      'refund posted 2150',
    ]);
    assert.deepEqual(await terminal.settle(), ['SETTLED', 'BATCH 000001', 'BALANCED', '']);
    assert.equal(host.settlements()[0]?.result, 'balanced');
    assert.equal((await terminal.sale())[0], 'APPROVED');
    assert.equal(host.ledger().at(-1)?.batch, '000002');
  });

  it('a settlement that does not balance is uploaded to its end', async () => {
    await start();
    host.configure(HostPolicy.parse({ misbehave: [{ on: 'sale', do: 'mislay' }] }));
    await terminal.sale();
    await terminal.sale({ amount: '999', card: testCard('tap-1'), entry: 'tap' });
    assert.deepEqual((await terminal.settle())[2], 'NOT BALANCED');
    const [settlement] = host.settlements();
    assert.equal(settlement?.result, 'not-balanced');
    assert.equal(settlement?.uploadEnded, true);
    assert.deepEqual(
      settlement?.uploaded.map(({ stan, amount }) => `${stan} ${amount.minor}`),
      ['000002 12850', '000003 999'],
    );
    assert.equal((await terminal.sale())[0], 'APPROVED');
  });

  it('a lost approval is reversed before the next sale', async () => {
    await start({ response: 30_000 });
    host.configure(HostPolicy.parse({ misbehave: [{ on: 'sale', do: 'no-answer' }] }));
    assert.equal((await terminal.sale())[0], 'NO ANSWER');
    assert.deepEqual(ledger(), ['sale posted 12850']);
    assert.equal((await terminal.sale({ amount: '2000' }))[0], 'APPROVED');
    assert.deepEqual(ledger(), ['sale reversed 12850', 'reversal posted 12850', 'sale posted 2000']);
    assert.equal(host.ledger()[1]?.reason, '98');
    assert.equal((await terminal.settle())[2], 'BALANCED');
  });

  it('an approval with a wrong MAC is reversed with reason A0, also when the card was swiped', async () => {
    await start();
    host.configure(HostPolicy.parse({ misbehave: [{ on: 'sale', do: 'wrong-mac' }] }));
    assert.equal((await terminal.sale({ entry: 'swipe' }))[0], 'MAC ERROR');
    assert.equal((await terminal.sale())[0], 'APPROVED');
    assert.deepEqual(ledger(), ['sale reversed 12850', 'reversal posted 12850', 'sale posted 12850']);
    assert.equal(host.ledger()[1]?.reason, 'A0');
  });

  it('a decline moves no money; the text of the acquirer is shown', async () => {
    await start();
    host.configure(HostPolicy.parse({ 'single-limit': { amount: 100 } }));
    assert.deepEqual((await terminal.sale()).slice(0, 3), ['DECLINED', 'CODE 61', 'OVER AMOUNT LIMIT']);
    assert.deepEqual(ledger(), ['sale declined 0']);
    host.configure(HostPolicy.parse({ roaming: { allowed: false, code: '58', text: '终端位置异常' } }));
    assert.deepEqual((await terminal.sale()).slice(0, 3), ['DECLINED', 'CODE 58', '终端位置异常']);
    assert.equal((await terminal.settle())[2], 'BALANCED');
  });

  it('a partial approval is what both books say', async () => {
    await start();
    host.configure(HostPolicy.parse({ 'approve-amount': 100 }));
    assert.deepEqual((await terminal.sale())[2], 'RMB           100.00');
    assert.deepEqual(ledger(), ['sale posted 10000']);
    assert.equal((await terminal.settle())[2], 'BALANCED');
  });

  it('a power cut between approval and receipt costs no slip', async () => {
    await start();
    terminal.forget();
    let cut = false;
    const dark = new Promise<void>((resolve) => {
      terminal.body.onScreen(({ lines }) => {
        if (lines[0] !== 'APPROVED' || cut) return;
        cut = true;
        terminal.body.power(false);
        resolve();
      });
    });
    const sale = terminal.sale();
    await dark;
    assert.deepEqual(terminal.slips(), []);
    terminal.body.power(true);
    await sale;
    assert.equal(terminal.slips().length, 2);
    assert.ok(terminal.slips()[0]?.includes(host.ledger()[0]?.rrn ?? 'no sale was booked'));
    assert.equal((await terminal.settle())[2], 'BALANCED');
  });

  for (const [id, version] of [
    ['debit-1', 10],
    ['debit-2', 18],
  ] as const)
    it(`a chip of version ${version} counts its transactions, and gives a wrong answer of its issuer back`, async () => {
      await start();
      const card = testCard(id);
      assert.equal((await terminal.sale({ card }))[0], 'APPROVED');
      assert.ok(terminal.slips().some((slip) => /TSI[^\n]*F800/.test(slip)));
      host.configure(HostPolicy.parse({ misbehave: [{ on: 'sale', do: 'wrong-arpc' }] }));
      assert.deepEqual((await terminal.sale({ card })).slice(0, 2), ['CANCELLED', 'DECLINED BY CARD']);
      assert.equal((await terminal.sale({ card, amount: '2000' }))[0], 'APPROVED');
      assert.deepEqual(ledger(), [
        'sale posted 12850',
        'sale reversed 12850',
        'reversal posted 12850',
        'sale posted 2000',
      ]);
      assert.equal(host.ledger()[2]?.reason, '06');
      const sales = host.exchanges().filter(({ request }) => request.kind === 'sale');
      const counters = sales.map(
        ({ request }) => request.fields.find(({ id: tag }) => tag === '55.9F36')?.value,
      );
      assert.deepEqual(counters, ['0001', '0002', '0003']);
    });

  it('a tapped or swiped card needs no answer of its issuer', async () => {
    await start();
    host.configure(HostPolicy.parse({ misbehave: [{ on: 'sale', nth: 'every', do: 'wrong-arpc' }] }));
    assert.equal((await terminal.sale({ card: testCard('tap-1'), entry: 'tap' }))[0], 'APPROVED');
    assert.equal((await terminal.sale({ entry: 'swipe' }))[0], 'APPROVED');
    const [, tapped, swiped] = host.exchanges();
    assert.equal(tapped?.checks['cryptogram'], 'ok');
    assert.equal(swiped?.checks['cryptogram'], undefined);
    assert.ok(!swiped?.request.fields.some(({ id }) => id.startsWith('55')));
  });

  it('with a track key every track is encrypted, whatever the card is presented to', async () => {
    await start({ security: { encryptsTracks: true, pinFormat: 1 } });
    assert.equal((await terminal.sale({ entry: 'swipe' }))[0], 'APPROVED');
    assert.equal((await terminal.sale({ card: testCard('credit-1'), entry: 'swipe' }))[0], 'APPROVED');
    assert.equal((await terminal.sale())[0], 'APPROVED');
    for (const { checks } of host.exchanges().slice(1)) {
      assert.equal(checks['track'], 'ok');
      assert.equal(checks['pin'], 'ok');
    }
    assert.deepEqual(host.ledger()[0]?.pan, '629999*********0012');
  });

  it('defects: a wrong answer of the issuer is not handed to the chip; a track goes out in clear', async () => {
    await start({
      defects: ['arpc-not-checked', 'track-in-clear'],
      security: { encryptsTracks: true },
    });
    host.configure(HostPolicy.parse({ misbehave: [{ on: 'sale', do: 'wrong-arpc' }] }));
    assert.equal((await terminal.sale())[0], 'APPROVED');
    assert.equal((await terminal.sale({ entry: 'swipe' }))[0], 'APPROVED');
    for (const { checks } of host.exchanges().slice(1)) assert.equal(checks['track'], undefined);
  });

  for (const [digit, asked] of [
    [1, 'parameters 360, parameters 361'],
    [2, 'parameters 362'],
    [3, 'sign-on 003'],
    [4, 'ca-keys 372, ca-keys 372, ca-keys 370, ca-keys 370, ca-keys 370, ca-keys 371'],
    [
      5,
      'aid-parameters 382, aid-parameters 382, aid-parameters 380, aid-parameters 380, aid-parameters 380, aid-parameters 381',
    ],
    [6, 'parameters 364, parameters 365'],
    [7, 'parameters 390, parameters 391'],
    [8, ''],
    [9, 'echo 301'],
  ] as const)
    it(`processing requirement ${digit} is obeyed once, when the sale is over`, async () => {
      await start();
      // In every answer, those on the way included.
      host.configure(HostPolicy.parse({ requirement: digit }));
      assert.equal((await terminal.sale())[0], 'APPROVED');
      const after = host.exchanges().slice(2);
      const told = after.map(
        ({ request: { kind, fields } }) => `${kind} ${fields.find(({ id }) => id === '60.3')?.value}`,
      );
      assert.equal(told.join(', '), asked);
      assert.deepEqual(terminal.memory.tasks, []);
      assert.equal(terminal.slips().length, 2);
    });

  it('defects: neither a download nor an order is obeyed', async () => {
    await start({ defects: ['download-not-obeyed', 'requirement-ignored'] });
    const answer = { requirement: 1, parameters: { '22': '成都分店' } };
    host.configure(HostPolicy.parse({ rules: [{ when: { kind: ['sale', 'parameters'] }, answer }] }));
    await terminal.sale();
    assert.deepEqual(terminal.memory.tasks, []);
    await terminal.press('00', '00', '5');
    await terminal.until(/^DOWNLOADED/);
    await terminal.until(/^READY/);
    terminal.forget();
    await terminal.sale();
    assert.equal(terminal.memory.downloads?.parameters['22'], '成都分店');
    assert.ok(terminal.slips().every((slip) => slip.includes('无锡样板商店')));
  });

  it('an order that cannot be carried out stays, over a power cut, too', async () => {
    await start({ response: 30_000 });
    host.configure(
      HostPolicy.parse({
        rules: [{ when: { kind: 'sale' }, times: 1, answer: { requirement: 3 } }],
        misbehave: [{ on: 'sign-on', do: 'close' }],
      }),
    );
    assert.equal((await terminal.sale())[0], 'APPROVED');
    assert.deepEqual(terminal.memory.tasks, ['3']);
    terminal.body.power(false);
    terminal.body.power(true);
    assert.equal((await terminal.sale())[0], 'APPROVED');
    assert.deepEqual(terminal.memory.tasks, []);
    assert.deepEqual(
      host.exchanges().map(({ request }) => request.kind),
      ['sign-on', 'sale', 'sign-on', 'sale', 'sign-on'],
    );
  });

  it('an empty batch settles and balances', async () => {
    await start();
    assert.deepEqual((await terminal.settle()).slice(0, 3), ['SETTLED', 'BATCH 000001', 'BALANCED']);
    assert.equal(host.ledger().length, 0);
  });
});
