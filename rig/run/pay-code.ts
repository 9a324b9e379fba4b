import type { CodeFlaw } from '../model/card.ts';
import { RigError } from '../model/errors.ts';
import type { Entry, Hands } from './keypad-hand.ts';
import { quote, type SeenScreen } from './screen-watch.ts';

/** So much of a code is kept in the record; a code has 512 characters at most. */
const CODE_KEPT = 512;

/** What a phone makes of a code: another character, another code, or itself. */
function spoiltBy(flaw: CodeFlaw | undefined, text: string): string {
  if (flaw === 'foreign') return 'https://example.com/menu';
  if (flaw !== 'damaged') return text;
  const middle = Math.floor(text.length / 2);
  return text.slice(0, middle) + (text[middle] === '0' ? '1' : '0') + text.slice(middle + 1);
}

/**
 * Reads the code that the terminal shows and has the cardholder's phone pay what it says, or what the scenario puts in its
 * place. A refusal of the wallet is no error: what the terminal makes of it is what is tested. Errors: TERMINAL_STATE (a
 * code that nobody asked for), PLANE_MISSING, DISPLAY_UNSURE, and those of display and wallet.
 * @param afterwards takes what the cardholder does only when the terminal has given up
 */
export async function payCode(
  { keypad, display, wallet, watch, recorder }: Hands,
  shown: SeenScreen,
  { card, flaw, mode }: Entry,
  afterwards: (() => Promise<void>)[],
): Promise<void> {
  if (!card || mode !== 'shown-code')
    throw new RigError(
      'TERMINAL_STATE',
      'terminal',
      'the terminal shows a code in a step that does not pay one',
    );
  if (!display?.readCode || !wallet)
    throw new RigError(
      'PLANE_MISSING',
      'bench',
      display?.readCode ? 'nobody on the bench pays codes' : 'this bench does not see the code on the screen',
      {
        hint: 'Give the display plane a camera, and the bench a simulated acquirer or a card plane with a wallet.',
      },
    );
  // The finger would hide what is to be read.
  await keypad.park();
  const text = await display.readCode();
  recorder.record({ type: 'note', level: 'info', text: `code on the screen: ${text.slice(0, CODE_KEPT)}` });
  const pay = async () => {
    const { accepted, text: said, code } = await wallet.pay(card.id, spoiltBy(flaw, text));
    const verdict = accepted ? 'paid' : 'refused';
    const note = `wallet of ${card.id}: ${verdict}${code === undefined ? '' : ` (${code})`}, ${said}`;
    recorder.record({ type: 'note', level: 'info', text: note });
  };
  if (flaw === 'late') {
    afterwards.push(pay);
    return;
  }
  if (watch.current.id !== shown.id)
    throw new RigError(
      'DISPLAY_UNSURE',
      'bench',
      `the terminal had given the code up before it could be paid; it shows ${quote(watch.current)}`,
      { hint: 'Reading the code took too long: a slower clock of the bench, or a better picture.' },
    );
  await pay();
}
