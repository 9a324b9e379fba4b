import type { Clock } from '../../../rig/model/time.ts';
import { bareApdu } from '../../codec/framing/bare-apdu.ts';
import { dleCrc } from '../../codec/framing/dle-crc.ts';
import { deframe } from '../../codec/framing/scanner.ts';
import { readApdu, type ZvtApdu } from '../../codec/zvt/apdu.ts';
import { answer, apdu, bmp, holding, tag } from '../../codec/zvt/build.ts';
import { isControlField } from '../../codec/zvt/catalogue.ts';
import { type LinkEvent, linkStep, startLink, TIMERS } from '../../codec/zvt/link.ts';
import { find } from '../../codec/zvt/show.ts';
import type { TerminalBody } from '../terminal/body.ts';
import type { TillOperation, TillResult } from '../terminal/till/request.ts';
import { resultCodeOf, stateOf, statusOf } from './zvt-words.ts';

/** One cable between a till and the terminal, for as long as it holds. */
export interface TillCable {
  readonly serial: boolean;
  write(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): void;
}

/** The terminal's end of ZVT on one cable. The returned function ends it; what the terminal is doing it goes on with. */
export function attachZvt(cable: TillCable, terminal: Pick<TerminalBody, 'till'>, clock: Clock): () => void {
  const deframer = deframe(cable.serial ? dleCrc() : bareApdu({ known: isControlField }));
  let link = startLink(cable.serial);
  let open = true;
  const timers = { t1: () => {}, t2: () => {}, t3: () => {} };
  /** What the terminal has to say; the first has been said and is not answered when `asking`. */
  const speech: Uint8Array[] = [];
  let asking = false;

  const onLink = (event: LinkEvent): void => {
    // A terminal without power neither hears nor speaks.
    if (!open || terminal.till.state === 'off') return;
    const step = linkStep(link, event);
    link = step.state;
    for (const effect of step.effects) {
      if (effect.type === 'write') cable.write(effect.bytes);
      else if (effect.type === 'deliver') heard(effect.apdu);
      else if (effect.type === 'failed') goOn();
      else if (effect.type === 'await-ack') {
        timers.t2();
        if (effect.on) timers.t2 = clock.after(TIMERS.t2, () => onLink({ type: 'no-ack' }));
      }
    }
  };
  const send = (bytes: Uint8Array) => onLink({ type: 'send', apdu: bytes });

  /** Says one thing after the other, each when the till has answered the one before, or has not for T3. */
  const say = (...sentences: readonly Uint8Array[]) => {
    speech.push(...sentences);
    if (!asking) goOn();
  };
  const goOn = () => {
    timers.t3();
    if (terminal.till.state === 'off') speech.length = 0;
    const next = speech.shift();
    asking = next !== undefined;
    if (!next) return;
    timers.t3 = clock.after(TIMERS.t3, goOn);
    send(next);
  };

  const heard = (bytes: Uint8Array) => {
    let said: ZvtApdu;
    try {
      said = readApdu(bytes);
    } catch {
      return send(answer(0x9a));
    }
    if (said.control === '8000' || said.control.startsWith('84')) {
      if (asking) goOn();
      return;
    }
    if (said.trouble) return send(answer(0x9a));
    obey(said);
  };

  const obey = (said: ZvtApdu) => {
    const { till } = terminal;
    switch (said.control) {
      case '06B0':
        send(answer());
        return till.cancel();
      case '0600':
      case '0602':
      case '0670':
      case '0693':
        send(answer());
        return say(apdu('060F', bmp('19', '00')));
      case '0501':
        send(answer());
        return say(completionOfState(till.state));
      case '0620':
        return repeat();
      case '0601':
        return begin('sale', said);
      case '0622':
        return begin('pre-auth', said);
      case '0630':
        return begin('void', said);
      case '0650':
        return begin('settle', said);
      default:
        return send(answer(0x83));
    }
  };

  /** The last transaction again, as long as nothing else is going on. */
  const repeat = () => {
    if (terminal.till.state !== 'idle') return send(answer(0x9c));
    const last = terminal.till.last();
    send(answer());
    say(...(last ? [statusOf(last)] : []), apdu('060F'));
  };

  const begin = (operation: TillOperation, said: ZvtApdu) => {
    const amount = amountOf(said);
    const voucher = operation === 'void' ? voucherOf(said) : undefined;
    if (operation === 'void' && voucher === undefined) return send(answer(0xb5));
    if ((operation === 'sale' || operation === 'pre-auth') && !amount) return send(answer(0x9a));
    let state: number | undefined;
    const taken = terminal.till.request({
      operation,
      ...(amount !== undefined && { amount }),
      ...(voucher !== undefined && { voucher }),
      onScreen: (lines) => {
        const next = stateOf(lines);
        if (next === undefined || next === state) return;
        state = next;
        say(apdu('04FF', Uint8Array.of(next)));
      },
      onResult: (result) => {
        outcome = result;
        if (result.done && result.transaction) say(statusOf(result.transaction));
        if (!result.done) say(apdu('040F', bmp('27', Uint8Array.of(resultCodeOf(result.lines)))));
      },
      onOver: () => {
        say(
          outcome?.done
            ? apdu('060F')
            : apdu('061E', Uint8Array.of(outcome ? resultCodeOf(outcome.lines) : 0xff)),
        );
      },
    });
    let outcome: TillResult | undefined;
    send(taken ? answer() : answer(0x9c));
  };

  const voucherOf = (said: ZvtApdu): string | undefined => {
    const receipt = find(said.fields, '87');
    return receipt && terminal.till.find(Buffer.from(receipt.value).toString('hex'))?.stan;
  };

  cable.onData((bytes) => {
    timers.t1();
    for (const item of deframer.push(bytes)) onLink({ type: 'item', item });
    if (deframer.held === 0) return;
    timers.t1 = clock.after(TIMERS.t1, () => {
      for (const item of deframer.flush()) onLink({ type: 'item', item });
    });
  });
  return () => {
    open = false;
    speech.length = 0;
    for (const stop of Object.values(timers)) stop();
  };
}

function amountOf(said: ZvtApdu): number | undefined {
  const digits = Buffer.from(find(said.fields, '04')?.value ?? []).toString('hex');
  return /^\d+$/.test(digits) ? Number(digits) : undefined;
}

const VERSION = Buffer.from('VT-4', 'latin1');
const LLL_4 = Uint8Array.of(0xf0, 0xf0, 0xf4);

/** Status byte 9C: something is going on. */
const completionOfState = (state: 'off' | 'idle' | 'busy'): Uint8Array =>
  apdu(
    '060F',
    LLL_4,
    VERSION,
    Uint8Array.of(state === 'idle' ? 0x00 : 0x9c),
    holding('06', holding('E4', tag('1F40', 'posrig VT-4'))),
  );
