import { readFileSync } from 'node:fs';
import type { CardUse } from '../../../rig/bench/manifest.ts';
import type { CardPlane, DriverContext } from '../../../rig/bench/planes.ts';
import type { CodeFlaw, EntryMode, TestCard } from '../../../rig/model/card.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { paymentCode, readPaymentCode } from '../../codec/qr/payment-code.ts';
import { enlarged, type Picture, pictureOf, qrDots, readQr, spoilt } from '../../codec/qr/picture.ts';
import { pictureIn } from '../../codec/qr/png.ts';
import { cardNamed } from '../held.ts';
import { openByOperator } from './by-operator.ts';
import { openLineDisplay } from './line-display.ts';
import type { Codes } from './options.ts';
import { openPhone } from './phone.ts';
import type { Shower } from './shower.ts';

/** What a code says that is none for payments: a terminal must not make anything of it. */
const FOREIGN = 'https://example.org/menu';

/** Cards that the option names, for `posrig check`. */
export const cardsOfCodes = (codes: Codes | undefined): readonly CardUse[] => [
  ...(codes?.cards ?? []).map((card, i) => ({ option: ['codes', 'cards', String(i)], card })),
  ...Object.keys(codes?.images ?? {}).map((card) => ({ option: ['codes', 'images', card], card })),
];

function openShower(codes: Codes, context: DriverContext): Promise<Shower> {
  switch (codes.on) {
    case 'display':
      return openLineDisplay(codes, context);
    case 'phone':
      return openPhone(codes, context);
    case 'operator':
      return openByOperator(codes, context);
  }
}

/**
 * A card plane that shows payment codes, too; the plane itself where no codes are asked for. If the shower cannot be
 * opened the plane is closed. Errors: CARD_UNKNOWN, FILE_INVALID (pictures), and those of the shower.
 */
export async function withCodes(
  plane: CardPlane,
  codes: Codes | undefined,
  context: DriverContext,
): Promise<CardPlane> {
  if (!codes) return plane;
  let shower: Shower;
  let shown: ReadonlyMap<string, TestCard>;
  let images: ReadonlyMap<string, Picture>;
  try {
    shown = codeCards(codes, context);
    images = new Map(Object.entries(codes.images).map(([id, file]) => [id, imageOf(id, file, context)]));
    shower = await openShower(codes, context);
  } catch (error) {
    await plane.close();
    throw error;
  }
  const { recorder, clock, signal } = context;
  const cards = new Map(plane.cards);
  for (const id of shown.keys()) cards.set(id, [...(cards.get(id) ?? []), 'scan' satisfies EntryMode]);

  const show = async (id: string, flaw?: CodeFlaw) => {
    const card = shown.get(id);
    if (!card) {
      throw new RigError('CARD_UNKNOWN', 'file', `nothing shows a code of "${id}"`, {
        hint: `Codes there are of: ${[...shown.keys()].join(', ') || 'no card'}.`,
      });
    }
    const image = images.get(id);
    const picture = pictureFor(card, image, flaw);
    await shower.show({
      card: id,
      picture,
      text: readQr(picture === image ? picture : enlarged(picture, 4)),
    });
    recorder.record({ type: 'card', action: 'show', card: id });
    try {
      await clock.sleep(codes.dwell, signal);
    } finally {
      await shower.clear();
    }
  };
  let closing: Promise<void> | undefined;
  const whole: ShowingPlane = {
    ...plane,
    facts: { ...plane.facts, ...shower.facts },
    cards,
    show,
    shower,
    close: () => {
      closing ??= shower.close().finally(() => plane.close());
      return closing;
    },
  };
  return whole;
}

interface ShowingPlane extends CardPlane {
  readonly shower: Shower;
}

/** Tries what shows codes; undefined when the plane shows none. */
export const testCodes = async (plane: CardPlane): Promise<string | undefined> =>
  'shower' in plane ? await (plane as ShowingPlane).shower.test() : undefined;

function codeCards(codes: Codes, context: DriverContext): Map<string, TestCard> {
  const ids = codes.cards ?? context.cards.filter(({ entry }) => entry.includes('scan')).map(({ id }) => id);
  return new Map(ids.map((id) => [id, cardNamed(context, id, 'a code is to be shown of')] as const));
}

function pictureFor(card: TestCard, image: Picture | undefined, flaw: CodeFlaw | undefined): Picture {
  if (flaw === 'foreign') return pictureOf(qrDots(FOREIGN));
  if (flaw === 'damaged') return pictureOf(spoilt(qrDots(paymentCode(card))));
  return image ?? pictureOf(qrDots(paymentCode(card)));
}

/** A picture from a file: it must be readable, and if it is a payment code, that of its card. */
function imageOf(id: string, file: string, context: DriverContext): Picture {
  const card = cardNamed(context, id, 'a picture is named for');
  let bytes: Buffer;
  try {
    bytes = readFileSync(context.resolve(file));
  } catch (cause) {
    throw new RigError('FILE_UNREADABLE', 'file', `cannot read ${file}, the picture of the code of ${id}`, {
      cause,
    });
  }
  const picture = pictureIn(bytes);
  const text = picture && readQr(picture);
  if (!picture || text === undefined)
    throw new RigError('FILE_INVALID', 'file', `${file} is no PNG picture of a code that can be read`);
  const data = readPaymentCode(text);
  if (data && data.pan !== card.pan) {
    const other = context.cards.some(({ pan }) => pan === data.pan);
    throw new RigError(
      'CARD_UNKNOWN',
      'file',
      `the code in ${file} is that of ${other ? 'another card' : `a card that is not in the card file, ending in ${data.pan.slice(-4)}: it is refused`}; it is to be that of "${id}"`,
    );
  }
  return picture;
}
