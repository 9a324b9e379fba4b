import { luhnValid, type TestCard } from '../../rig/model/card.ts';
import { isRigError } from '../../rig/model/errors.ts';
import { type Dialect, decryptTrack } from '../codec/iso8583/index.ts';

/**
 * What the tracks of a message are worth. `clear`: not encrypted; `wrong`: encrypted, and not the track of the card that
 * the message names, or of any; `unchecked`: no track key, or a card that nobody here knows; `absent`: no track.
 */
export type TrackCheck = 'ok' | 'wrong' | 'clear' | 'unchecked' | 'absent';

type Fields = Readonly<Record<string, string>>;

/** Fields 35 and 36 in clear, where they can be had. For nobody's eyes. */
export interface Tracks {
  readonly encrypted: boolean;
  /** Undefined: there is none, or nobody here has its key. */
  readonly track2?: string;
  readonly track3?: string;
}

/** F53 of UnionPay: digit 3 says whether the tracks are encrypted. Other dialects say nothing of the kind there. */
const saysEncrypted = (dialect: Dialect, fields: Fields): boolean =>
  dialect.dialogue.batch !== undefined && (fields['53'] ?? '').charAt(2) === '1';

/** Reads the tracks of a message under a track key of 16 bytes (8 are taken, too). Never throws on what may be sent. */
export function tracksOf(dialect: Dialect, fields: Fields, tdk: Uint8Array | undefined): Tracks {
  const encrypted = saysEncrypted(dialect, fields);
  const read = (track: string | undefined): string | undefined =>
    track === undefined || !encrypted ? track : tdk && opened(tdk, track);
  const track2 = read(fields['35']);
  const track3 = read(fields['36']);
  return {
    encrypted,
    ...(track2 !== undefined && { track2 }),
    ...(track3 !== undefined && { track3 }),
  };
}

/** The track in clear; empty when it is too short to hold an encrypted block. */
function opened(tdk: Uint8Array, track: string): string {
  try {
    return decryptTrack(tdk, track);
  } catch (thrown) {
    if (isRigError(thrown)) return '';
    throw thrown;
  }
}

/** Card number, separator and expiry: how a track 2 begins. */
const TRACK_2 = /^(\d{12,19})=\d{4}/;

/** Card number of a message: from F2, else from track 2, as swiped cards are sent without F2. Empty: it names none. */
export const panOf = (fields: Fields, { track2 }: Tracks): string =>
  fields['2'] ?? TRACK_2.exec(track2 ?? '')?.[1] ?? '';

/** Whether a message names one card in F2 and another in its track 2, as far as that can be read here. */
export function namesTwoCards(fields: Fields, { track2 }: Tracks): boolean {
  const onTrack = TRACK_2.exec(track2 ?? '')?.[1];
  return onTrack !== undefined && fields['2'] !== undefined && fields['2'] !== onTrack;
}

/**
 * Whether a card number belongs to nobody in the card file and yet is one (ISO/IEC 7812-1 check digit): somebody has presented
 * a card that must not be here. A number without a valid check digit was misread or made up, and is for the issuer to refuse.
 */
export const isForeign = (pan: string, card: TestCard | undefined): boolean =>
  card === undefined && /^\d{13,19}$/.test(pan) && luhnValid(pan);

/** Whether the track is that of `card`; the discretionary data behind the expiry is the issuer's business. */
export function trackCheck(fields: Fields, tracks: Tracks, card: TestCard | undefined): TrackCheck {
  if (fields['35'] === undefined) return 'absent';
  if (!tracks.encrypted) return 'clear';
  if (tracks.track2 === undefined) return 'unchecked';
  if (!TRACK_2.test(tracks.track2)) return 'wrong';
  if (!card) return 'unchecked';
  return tracks.track2.startsWith(`${card.pan}=${card.expiry}`) ? 'ok' : 'wrong';
}
