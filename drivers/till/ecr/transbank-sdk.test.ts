import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { makeClock } from '../../../rig/model/time.ts';
import { testCard } from '../../virtual/terminal/testing/terminal-rig.ts';
import { openTillLab, type TillLab } from '../testing/lab.ts';

/** What is used of `transbank-pos-sdk`, which has no types of its own. */
interface PosIntegrado {
  /** How long an answer is waited for, ms. */
  posTimeout: number;
  connect(port: string): Promise<boolean>;
  disconnect(): Promise<boolean>;
  poll(): Promise<boolean>;
  loadKeys(): Promise<Answer>;
  sale(
    amount: number,
    ticket: string,
    sendStatus?: boolean,
    callback?: (status: Answer) => void,
  ): Promise<Answer>;
  multicodeSale(
    amount: number,
    ticket: string,
    commerceCode?: string | null,
    sendStatus?: boolean,
    callback?: (status: Answer) => void,
  ): Promise<Answer>;
  getLastSale(): Promise<Answer>;
  refund(operation: string): Promise<Answer>;
  getTotals(): Promise<Answer>;
  salesDetail(printOnPos?: boolean): Promise<readonly Answer[]>;
  closeDay(): Promise<Answer>;
  changeToNormalMode(): Promise<boolean>;
}
type Answer = Readonly<Record<string, string | number | boolean | null>>;
const sdk = createRequire(import.meta.url)('transbank-pos-sdk') as {
  readonly POSIntegrado: new () => PosIntegrado;
};

/** One after the other: each takes what the one before has left. */
describe('the SDK of Transbank as the till of the virtual terminal', () => {
  let lab: TillLab;
  let pos: PosIntegrado;
  let port: string;
  let sold: Answer;

  /** The SDK's own timer runs on behind what has no answer but ACK, and would keep this process alive. */
  const inShort = async <T>(call: () => Promise<T>): Promise<T> => {
    const patience = pos.posTimeout;
    pos.posTimeout = 1000;
    const result = await call();
    pos.posTimeout = patience;
    return result;
  };

  before(async () => {
    lab = await openTillLab();
    // The SDK takes for one message what comes within 100 ms of the wall clock.
    port = await lab.plug('transbank', 'serial', makeClock(1));
    pos = new sdk.POSIntegrado();
    await inShort(() => pos.connect(port));
  });
  after(async () => {
    await pos.disconnect();
    await lab.close();
  });

  it('connects by a poll, polls, loads keys', async () => {
    assert.equal(await inShort(() => pos.poll()), true);
    const keys = await pos.loadKeys();
    assert.deepEqual([keys['functionCode'], keys['successful'], keys['terminalId']], [810, true, '30001001']);
    await lab.terminal.until(/^READY/);
  });

  it('sells, with states on the way', async () => {
    const states: unknown[] = [];
    const selling = pos.sale(1500, '12423', true, ({ responseCode }) => states.push(responseCode));
    [sold] = await Promise.all([selling, lab.cardAndPin()]);
    assert.deepEqual(
      [sold['functionCode'], sold['successful'], sold['responseMessage'], sold['amount'], sold['ticket']],
      [210, true, 'Aprobado', 1500, '012423'],
    );
    const [entry] = lab.host.ledger();
    assert.deepEqual([entry?.state, entry?.booked.minor], ['posted', 1500]);
    assert.equal(sold['operationNumber'], entry?.stan);
    // As a number: zeros in front are gone.
    assert.equal(sold['last4Digits'], Number(testCard('debit-1').pan.slice(-4)));
    assert.match(String(sold['realDate']), /^\d{8}$/);
    assert.deepEqual(states.slice(0, 1), [78]);
    assert.ok(states.includes(81) && states.includes(82), states.join(' '));
    await lab.terminal.until(/^READY/);
  });

  it('asks for the last sale, for totals, for every sale', async () => {
    const last = await pos.getLastSale();
    for (const key of ['successful', 'amount', 'ticket', 'operationNumber', 'authorizationCode']) {
      assert.equal(last[key], sold[key], key);
    }
    const totals = await pos.getTotals();
    assert.deepEqual([totals['successful'], totals['txCount'], totals['txTotal']], [true, 1, 1500]);
    // Having listed sales the SDK waits for more until its time is up, or the port is opened again.
    const detail = await inShort(() => pos.salesDetail(false));
    await pos.disconnect();
    await inShort(() => pos.connect(port));
    assert.deepEqual(
      detail.map((one) => [one['amount'], one['operationNumber']]),
      [['1500', sold['operationNumber']]],
    );
  });

  it('sells for one of several merchants, and is told when somebody cancels', async () => {
    const selling = pos.multicodeSale(700, '7', '597029414301');
    const [one] = await Promise.all([selling, lab.cardAndPin()]);
    assert.deepEqual(
      [one['functionCode'], one['successful'], one['amount'], one['commerceCode']],
      [271, true, 700, '597029414301'],
    );
    await lab.terminal.until(/^READY/);
    const other = pos.sale(800, '8');
    await lab.terminal.until('INSERT/SWIPE/TAP');
    await lab.terminal.press('cancel');
    const refused = await other;
    assert.deepEqual(
      [refused['successful'], refused['responseMessage']],
      [false, 'Transacción Cancelada desde el POS'],
    );
    await lab.terminal.until(/^READY/);
  });

  it('takes a sale back, and closes the day', async () => {
    const [refunded] = await Promise.all([pos.refund(String(sold['operationNumber'])), lab.cardAndPin()]);
    assert.deepEqual([refunded['functionCode'], refunded['successful']], [1210, true]);
    await lab.terminal.until(/^READY/);
    const unknown = await pos.refund('999999');
    assert.deepEqual([unknown['successful'], unknown['responseCode']], [false, 5]);
    const closed = await pos.closeDay();
    assert.deepEqual([closed['functionCode'], closed['successful']], [510, true]);
    assert.equal(lab.terminal.memory.transactions.length, 0);
    assert.equal(await inShort(() => pos.changeToNormalMode()), true);
  });
});
