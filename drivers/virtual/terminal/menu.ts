import type { Firmware } from './firmware.ts';
import type { Screen } from './screens.ts';
import type { SwitchedKind } from './settings.ts';
import { adjust } from './transactions/adjust.ts';
import { balance } from './transactions/balance.ts';
import { completion, completionNotice } from './transactions/completion.ts';
import { download } from './transactions/download.ts';
import { echo } from './transactions/echo.ts';
import { instalment } from './transactions/instalment.ts';
import { moto } from './transactions/moto.ts';
import { offlineSale } from './transactions/offline-sale.ts';
import { preAuth, preAuthVoid } from './transactions/pre-auth.ts';
import { refund } from './transactions/refund.ts';
import { reprint } from './transactions/reprint.ts';
import { sale } from './transactions/sale.ts';
import { settle } from './transactions/settle.ts';
import { signOff } from './transactions/sign-off.ts';
import { signOn } from './transactions/sign-on.ts';
import { completionVoid, voidSale } from './transactions/void.ts';

/** One operation of the menu: resolves to the screen that it ends with. */
export interface MenuEntry {
  run(firmware: Firmware): Promise<Screen>;
  /** Slips still owed come first: a terminal that cannot print takes no more money. */
  readonly afterOwedSlips: boolean;
  /** What the acquirer may switch off. */
  readonly kind?: SwitchedKind;
}

/** Key by key: what each does on this page. */
type MenuPage = Readonly<Record<string, MenuEntry>>;

const money = (run: MenuEntry['run'], kind?: SwitchedKind): MenuEntry => ({
  run,
  afterOwedSlips: true,
  ...(kind && { kind }),
});
const management = (run: MenuEntry['run'], kind?: SwitchedKind): MenuEntry => ({
  run,
  afterOwedSlips: false,
  ...(kind && { kind }),
});

/** Keys of the idle screen. */
export const IDLE_MENU: MenuPage = {
  '1': money(sale, 'sale'),
  '2': money(voidSale, 'void'),
  '3': money(refund, 'refund'),
  '4': money(settle),
  '5': money(reprint),
  '6': management(signOn),
};

/** Keys of the further pages, in the order of `MENU_PAGES` (screens.ts). */
export const FURTHER_MENUS: readonly MenuPage[] = [
  {
    '1': money(preAuth, 'pre-auth'),
    '2': money(preAuthVoid, 'pre-auth-void'),
    '3': money(completion, 'completion'),
    '4': money(completionVoid, 'completion-void'),
    '5': money(completionNotice, 'completion-notice'),
    '6': management(balance, 'balance'),
  },
  {
    '1': money(moto, 'moto'),
    '2': money(instalment, 'instalment'),
    '3': money(offlineSale, 'offline-sale'),
    '4': money(adjust, 'adjust'),
    '5': management(download),
    '6': management(echo),
  },
  { '1': management(signOff) },
];
