import assert from 'node:assert/strict';
import { packDownload, packParameters } from '../../codec/iso8583/download-data.ts';
import { approve, type Heard, type Reply } from './testing/scripted-acquirer.ts';
import { testCard } from './testing/terminal-rig.ts';
import { terminalSuite } from './testing/terminal-suite.ts';

/** An authorisation code that can be typed. */
const approving = (message: Heard): Reply => ({ ...approved(message), '38': '123456' });
const approved = (message: Heard) => approve(message) as Readonly<Record<string, string>>;

describe('virtual terminal: further operations', () => {
  const suite = terminalSuite();
  const { start, heard, only, dialogue } = suite;
  const amount = async (digits: string) => {
    await suite.terminal.until('ENTER AMOUNT');
    await suite.terminal.type(digits);
    await suite.terminal.press('enter');
  };
  const choose = async (...keys: readonly string[]) => {
    await suite.terminal.until(/^READY/);
    await suite.terminal.press(...keys);
  };
  const chip = (pin = true) => (pin ? suite.terminal.finish(testCard('debit-1'), 'chip') : tapped());
  const tapped = async () => {
    await suite.terminal.until('INSERT/SWIPE/TAP');
    suite.terminal.present(testCard('tap-1'), 'tap');
    const result = await suite.terminal.until(/^(APPROVED|STORED|DECLINED|NOT POSSIBLE|NO ANSWER|UPLOAD)/);
    await suite.terminal.until(/^READY|^PLEASE/);
    return result.lines;
  };
  const preAuth = async () => {
    await choose('00', '1');
    await amount('50000');
    return chip();
  };
  const nameHold = async () => {
    await suite.terminal.until('AUTHORISATION NO');
    await suite.terminal.type('123456');
    await suite.terminal.press('enter');
    await suite.terminal.until('ORIGINAL DATE');
    await suite.terminal.type('1122');
    await suite.terminal.press('enter');
  };
  const offlineSale = async (digits = '1200') => {
    await choose('00', '00', '3');
    await amount(digits);
    return tapped();
  };

  it('the menu is leafed through by 00, left by cancel, and comes round', async () => {
    await start();
    await suite.terminal.press('00');
    await suite.terminal.until(/^MENU 2/);
    await suite.terminal.press('00', '00', '00');
    await suite.terminal.until(/^MENU 2/);
    await suite.terminal.press('cancel');
    await suite.terminal.until(/^READY/);
  });

  describe('pre-authorisation', () => {
    it('is remembered, is in no batch, and is named by its completion', async () => {
      await start();
      suite.acquirer.script = approving;
      assert.equal((await preAuth())[0], 'APPROVED');
      assert.equal(suite.terminal.memory.transactions.length, 0);
      assert.equal(suite.terminal.memory.holds.length, 1);
      await choose('00', '3');
      await nameHold();
      await amount('48000');
      assert.equal((await tapped())[0], 'APPROVED');
      const completion = only('0200').fields;
      assert.equal(completion['38'], '123456');
      assert.equal(completion['61'], `000007${only('0100').fields['11']}1122`);
      assert.match(suite.terminal.slips().at(-1) ?? '', /完成 COMPLETION[\s\S]*ORIG AUTH NO:\s+123456/);
      await suite.terminal.settle();
      assert.match(only('0500').fields['48'] ?? '', /^000000048000001000000000000000/);
    });

    it('of another terminal is named by code and date alone', async () => {
      await start();
      suite.acquirer.script = approving;
      await choose('00', '2');
      await nameHold();
      await amount('50000');
      assert.equal((await chip())[0], 'APPROVED');
      assert.equal(only('0100').fields['61'], '0000000000001122');
      assert.equal(only('0100').fields['60.1'], '11');
    });

    it('owes a reversal with its own codes when no answer comes', async () => {
      await start();
      suite.acquirer.script = (message) => (message.mti === '0100' ? 'hang-up' : approve(message));
      assert.equal((await preAuth())[0], 'NO ANSWER');
      await suite.terminal.sale();
      assert.equal(dialogue(), '0800 0100 0400 0200');
      const { fields } = only('0400');
      assert.deepEqual([fields['3'], fields['25'], fields['60.1']], ['030000', '06', '10']);
    });
  });

  describe('what is stored', () => {
    it('an offline sale sends nothing, prints its slip, and goes before the next sale, once', async () => {
      await start();
      assert.deepEqual((await offlineSale()).slice(0, 2), ['STORED', 'SENT LATER']);
      assert.equal(dialogue(), '0800');
      assert.match(suite.terminal.body.screen.lines[0] ?? '', /^READY +1 STORED$/);
      assert.equal(suite.terminal.slips().length, 2);
      assert.doesNotMatch(suite.terminal.slips().join(), /REF NO|AUTH NO/);
      const [notice] = suite.terminal.memory.notices;
      assert.ok(notice && !JSON.stringify(notice).includes(testCard('tap-1').pan));
      await suite.terminal.sale();
      await suite.terminal.settle();
      assert.equal(dialogue(), '0800 0220 0200 0500');
      const { fields, mac } = only('0220');
      assert.deepEqual([fields['60.1'], fields['55.9F27'], fields['55.8A'], mac], ['30', '40', '5931', 'ok']);
      assert.equal(fields['11'], notice.stan);
      assert.match(only('0500').fields['48'] ?? '', /^000000014050002/);
    });

    it('is repeated with its STAN until answered, and nothing new goes before it', async () => {
      await start({ response: 30_000 });
      await offlineSale();
      suite.acquirer.script = (message) => (message.mti === '0220' ? 'hang-up' : approve(message));
      await choose('1');
      await amount('12850');
      await suite.terminal.until('INSERT/SWIPE/TAP');
      suite.terminal.present(testCard('tap-1'), 'tap');
      await suite.terminal.until('ENTER PIN');
      await suite.terminal.type(testCard('tap-1').pin);
      await suite.terminal.press('enter');
      await suite.terminal.until('UPLOAD FAILED');
      assert.equal(heard('0200').length, 0);
      suite.acquirer.script = approve;
      await suite.terminal.settle();
      assert.equal(dialogue(), '0800 0220 0220 0220 0220 0500');
      assert.equal(new Set(heard('0220').map(({ fields }) => fields['11'])).size, 1);
      assert.equal(heard('0400').length, 0);
    });

    it('survives a power cut; what the acquirer refuses leaves the totals', async () => {
      await start();
      await offlineSale();
      suite.terminal.body.power(false);
      suite.terminal.body.power(true);
      await suite.terminal.until(/^READY +1 STORED/);
      suite.acquirer.script = (message) => (message.mti === '0220' ? { '39': '14' } : approve(message));
      await suite.terminal.settle();
      assert.ok(suite.terminal.shown.some((screen) => screen.startsWith('REFUSED 000002|CODE 14')));
      assert.match(only('0500').fields['48'] ?? '', /^0{30}/);
    });

    it('a duplicate (94) was booked before', async () => {
      await start();
      await offlineSale();
      suite.acquirer.script = (message) => (message.mti === '0220' ? { '39': '94' } : approve(message));
      await suite.terminal.settle();
      assert.match(only('0500').fields['48'] ?? '', /^000000001200001/);
    });

    it('is not possible above the floor limit or by stripe', async () => {
      await start();
      await choose('00', '00', '3');
      await amount('50001');
      await suite.terminal.until('OVER FLOOR LIMIT');
      await choose('00', '00', '3');
      await amount('100');
      await suite.terminal.until('INSERT/SWIPE/TAP');
      suite.terminal.present(testCard('debit-1'), 'swipe');
      await suite.terminal.until('CHIP NEEDED OFFLINE');
      assert.equal(suite.terminal.memory.notices.length, 0);
    });

    it('a completion notice is sent at once, and kept when the line is dead', async () => {
      await start();
      suite.acquirer.script = approving;
      await preAuth();
      await suite.acquirer.refuse();
      await choose('00', '5');
      await nameHold();
      await amount('48000');
      assert.equal((await tapped())[0], 'STORED');
      const [notice] = suite.terminal.memory.notices;
      assert.equal(notice?.kind, 'completion-notice');
      assert.equal(notice.fields['60.1'], '24');
      assert.equal(suite.terminal.memory.reversal, null);
    });

    it('a tip that the acquirer refuses is shown as refused, printed nowhere, and leaves the sale as it was', async () => {
      await start();
      await suite.terminal.sale();
      const printed = suite.terminal.slips().length;
      suite.acquirer.script = (message) => (message.mti === '0220' ? { '39': '61' } : approve(message));
      await choose('00', '00', '4');
      await suite.terminal.until('VOUCHER NO');
      await suite.terminal.type('2');
      await suite.terminal.press('enter');
      await suite.terminal.until('ENTER TO CONFIRM');
      await suite.terminal.press('enter');
      await suite.terminal.until('ENTER TIP');
      await suite.terminal.type('1150');
      await suite.terminal.press('enter');
      await suite.terminal.until('REFUSED BY ACQUIRER');
      await suite.terminal.settle();
      // The totals slip alone.
      assert.equal(suite.terminal.slips().length, printed + 1);
      assert.match(only('0500').fields['48'] ?? '', /^000000012850001/);
    });

    it('a tip changes the sale, its slip and the totals, once', async () => {
      await start();
      await suite.terminal.sale();
      const tip = async () => {
        await choose('00', '00', '4');
        await suite.terminal.until('VOUCHER NO');
        await suite.terminal.type('2');
        await suite.terminal.press('enter');
      };
      await tip();
      await suite.terminal.until('ENTER TO CONFIRM');
      await suite.terminal.press('enter');
      await suite.terminal.until('ENTER TIP');
      await suite.terminal.type('1150');
      await suite.terminal.press('enter');
      await suite.terminal.until(/^APPROVED/);
      const { fields } = only('0220');
      assert.deepEqual([fields['4'], fields['48'], fields['60.1']], ['000000014000', '000000001150', '34']);
      await tip();
      await suite.terminal.until('ALREADY ADJUSTED');
      assert.match(
        suite.terminal.slips().at(-1) ?? '',
        /小费 TIP: RMB 11\.50\n金额 AMOUNT:\n(.|\n)*RMB 140\.00/,
      );
      await suite.terminal.settle();
      assert.match(only('0500').fields['48'] ?? '', /^000000014000001/);
    });
  });

  describe('signature', () => {
    const signedSale = async () => {
      await choose('1');
      await amount('12850');
      await suite.terminal.until('INSERT/SWIPE/TAP');
      suite.terminal.present(testCard('tap-1'), 'tap');
      await suite.terminal.until('ENTER PIN');
      await suite.terminal.press('enter');
      await suite.terminal.until('SIGN ON THE PAD');
    };

    it('is asked for without a PIN, after the sale stands, and uploaded', async () => {
      await start();
      await signedSale();
      assert.equal(suite.terminal.memory.transactions.length, 1);
      await suite.terminal.press('enter');
      await suite.terminal.until(/^APPROVED/);
      await suite.terminal.until(/^READY$/m);
      const { fields, mac } = only('0820');
      assert.equal(mac, 'ok');
      assert.equal(fields['11'], only('0200').fields['11']);
      assert.match(fields['62'] ?? '', /^424D/);
      assert.match(suite.terminal.slips()[0] ?? '', /E-SIGNATURE: YES/);
      assert.doesNotMatch(suite.terminal.slips()[0] ?? '', /CARDHOLDER SIGNATURE/);
    });

    it('is kept when nothing answers, and the sale is not reversed', async () => {
      await start();
      suite.acquirer.script = (message) => (message.mti === '0820' ? 'hang-up' : approve(message));
      await signedSale();
      await suite.terminal.press('enter');
      await suite.terminal.until(/^READY +1 STORED/);
      suite.acquirer.script = approve;
      await suite.terminal.sale();
      assert.equal(dialogue(), '0800 0200 0820 0820 0200');
    });

    it('that nobody gives leaves a line for a pen', async () => {
      await start();
      await signedSale();
      await suite.terminal.press('cancel');
      await suite.terminal.until(/^READY$/m);
      assert.equal(heard('0820').length, 0);
      assert.match(suite.terminal.slips()[0] ?? '', /CARDHOLDER SIGNATURE/);
    });
  });

  it('mail order: the number is typed as stars, sent without track, and marked M', async () => {
    await start();
    const card = testCard('credit-1');
    await choose('00', '00', '1');
    await suite.terminal.until('CARD NUMBER');
    await suite.terminal.type(card.pan);
    await suite.terminal.press('enter');
    await suite.terminal.until('EXPIRY');
    await suite.terminal.type(card.expiry);
    await suite.terminal.press('enter');
    await amount('6600');
    await suite.terminal.until('ENTER TO CONFIRM');
    await suite.terminal.press('enter');
    await suite.terminal.until(/^APPROVED/);
    const { fields } = only('0200');
    assert.deepEqual(
      [fields['2'], fields['22'], fields['25'], fields['35']],
      [card.pan, '012', '08', undefined],
    );
    assert.ok(suite.terminal.shown.every((screen) => !/\d{7}/.test(screen.replaceAll('.', ''))));
    await suite.terminal.until(/^READY/);
    assert.match(suite.terminal.slips()[0] ?? '', /629999\*+0033 M\n/);
  });

  it('instalments are sent and printed', async () => {
    await start();
    await choose('00', '00', '2');
    await amount('120000');
    await suite.terminal.until('HOW MANY INSTALMENTS');
    await suite.terminal.press('1', 'enter', '2', 'enter');
    assert.equal((await chip())[0], 'APPROVED');
    assert.equal(only('0200').fields['62'], '3132');
    assert.equal(only('0200').fields['25'], '64');
    assert.match(suite.terminal.slips()[0] ?? '', /INSTALMENTS: 12\n/);
  });

  it('a balance is shown, not printed, not recorded and not reversed', async () => {
    await start();
    const enquire = async () => {
      await choose('00', '6');
      await suite.terminal.until('INSERT/SWIPE/TAP');
      suite.terminal.present(testCard('tap-1'), 'tap');
      await suite.terminal.until('ENTER PIN');
      await suite.terminal.type(testCard('tap-1').pin);
      await suite.terminal.press('enter');
    };
    suite.acquirer.script = (message) => ({
      ...approve(message),
      '54': '1001156C0000000999991002156C000000123450',
    });
    await enquire();
    const { lines } = await suite.terminal.until('AVAILABLE BALANCE');
    assert.match(lines[2] ?? '', /1234\.50$/);
    await suite.terminal.until(/^READY$/m);
    suite.acquirer.script = (message) => (message.mti === '0200' ? 'hang-up' : approve(message));
    await enquire();
    await suite.terminal.until('NO ANSWER');
    await suite.terminal.until(/^READY$/m);
    assert.deepEqual(suite.terminal.slips(), []);
    assert.equal(suite.terminal.memory.reversal, null);
    assert.equal(suite.terminal.memory.transactions.length, 0);
  });

  it('the result of an issuer script goes before the next transaction', async () => {
    await start();
    suite.acquirer.script = (message) =>
      message.mti === '0200' && heard('0200').length === 1
        ? { ...approve(message), '55.72': '9F180400000001860984240000044D414331' }
        : approve(message);
    await suite.terminal.sale();
    await suite.terminal.sale();
    assert.equal(dialogue(), '0800 0200 0620 0200');
    const { fields, mac } = only('0620');
    assert.deepEqual([fields['60.3'], fields['55.DF31'], mac], ['951', '2000000001', 'ok']);
    assert.equal(fields['61.2'], heard('0200')[0]?.fields['11']);
  });

  it('an approval in another currency or without a reference is given back', async () => {
    await start();
    for (const wrong of [{ '49': '840' }, { '37': ' '.repeat(12) }]) {
      suite.acquirer.script = (message) =>
        message.mti === '0200' ? { ...approved(message), ...wrong } : approve(message);
      assert.equal((await suite.terminal.sale())[0], 'CANCELLED');
      assert.equal(suite.terminal.memory.reversal?.reason, '06');
    }
    assert.deepEqual(suite.terminal.slips(), []);
  });

  describe('management', () => {
    it('sign-off ends selling until the next sign-on', async () => {
      await start();
      await choose('00', '00', '00', '1');
      await suite.terminal.until('SIGNED OFF');
      await suite.terminal.until('PLEASE SIGN ON');
      await suite.terminal.press('1');
      await suite.terminal.until('SIGN ON FIRST');
      assert.equal(only('0820').fields['60.3'], '002');
    });

    it('an echo changes nothing', async () => {
      await start();
      const { stan: _, ...before } = suite.terminal.memory;
      await choose('00', '00', '6');
      await suite.terminal.until('ACQUIRER ANSWERS');
      const { stan: __, ...after } = suite.terminal.memory;
      assert.deepEqual(after, before);
      assert.equal(only('0820').fields['60.3'], '301');
    });

    const AID = 'F000000333010101';
    const served = (message: Heard): Reply => {
      const has62 = (bytes: Uint8Array) => ({ ...approved(message), '62': bytes });
      switch (message.fields['60.3']) {
        case '360':
          return has62(packParameters({ '12': '60', '22': 'SHOP' }));
        case '382':
          return has62(
            message.fields['62'] === '313030'
              ? packDownload('2', [['9F06', AID]])
              : packDownload('3', [['9F06', `${AID}02`]]),
          );
        case '372':
          return has62(packDownload('0', []));
        case '380':
          return has62(
            packDownload('1', [
              ['9F06', AID],
              ['DF01', '00'],
            ]),
          );
        default:
          return { '39': '00' };
      }
    };

    it('downloads parameters, a list in two pages with its items, and an empty list', async () => {
      await start();
      suite.acquirer.script = served;
      await choose('00', '00', '5');
      await suite.terminal.until('DOWNLOADED');
      const { downloads } = suite.terminal.memory;
      assert.deepEqual(downloads?.parameters, { '12': '60', '22': 'SHOP' });
      assert.equal(Object.keys(downloads?.applications ?? {}).length, 2);
      assert.deepEqual(downloads?.caKeys, {});
      assert.deepEqual(
        suite.acquirer.heard.slice(1).map(({ fields }) => fields['60.3']),
        ['360', '361', '382', '382', '380', '380', '381', '372', '371'],
      );
    });

    it('a download that breaks off or is damaged leaves what was there', async () => {
      await start();
      suite.acquirer.script = served;
      await choose('00', '00', '5');
      await suite.terminal.until('DOWNLOADED');
      const before = suite.terminal.memory.downloads;
      suite.acquirer.script = (message) => (message.fields['60.3'] === '380' ? 'hang-up' : served(message));
      await choose('00', '00', '5');
      await suite.terminal.until('NO ANSWER');
      suite.acquirer.script = (message) =>
        message.fields['60.3'] === '360' ? { ...approved(message), '62': Buffer.from('1') } : served(message);
      await choose('00', '00', '5');
      await suite.terminal.until('DOWNLOAD DAMAGED');
      assert.deepEqual(suite.terminal.memory.downloads, before);
    });
  });
});
