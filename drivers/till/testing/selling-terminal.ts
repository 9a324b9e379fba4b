import type { TerminalBody } from '../../virtual/terminal/body.ts';
import { escposWriter } from '../../virtual/terminal/escpos-writer.ts';
import type { TillTransaction } from '../../virtual/terminal/till/request.ts';

/** A transaction of 10.10 with voucher 000042. */
export const MADE: TillTransaction = {
  kind: 'sale',
  stan: '000042',
  time: '20260301101112',
  entry: 'chip',
  amount: 1010,
  authCode: '654321',
  rrn: '000000000042',
  maskedPan: '622202******0128',
};

/** A terminal that does at once whatever it is asked, as far as a till can tell; it approves nothing but 10.10. */
export const sellingTerminal = (): Pick<TerminalBody, 'till'> => ({
  till: {
    state: 'idle',
    cycle: {},
    signedOn: true,
    bug: () => false,
    request: ({ operation, amount, paper, onScreen, onResult, onOver }) => {
      setImmediate(async () => {
        onScreen(['SALE', '', 'INSERT/SWIPE/TAP']);
        const done = amount === undefined || amount === MADE.amount;
        onResult(
          done
            ? { done, transaction: operation === 'settle' ? undefined : MADE }
            : { done, lines: ['DECLINED', 'CODE 51', 'NO FUNDS'] },
        );
        if (done && paper && paper !== 'none') await paper(slip());
        onOver();
      });
      return true;
    },
    cancel: () => {},
    last: () => MADE,
    find: () => MADE,
    batch: () => [MADE],
    identity: { terminalId: '30001001', merchantId: '898320400000001' },
    holds: () => [MADE, { ...MADE, stan: '000043' }],
    totals: () => ({ count: 1, minor: 1010, from: '000042', to: '000042' }),
  },
});

const slip = () =>
  escposWriter().heading('商户存根 MERCHANT COPY', 'bold').field('金额 AMOUNT', 'RMB 10.10').cut().bytes();
