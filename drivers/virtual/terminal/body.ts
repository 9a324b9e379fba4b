import type { TestCard } from '../../../rig/model/card.ts';
import type { Clock } from '../../../rig/model/time.ts';
import type { PinFormat } from '../../codec/iso8583/index.ts';
import type { Picture } from '../../codec/qr/picture.ts';
import type { Chip } from '../cards/chip.ts';
import type { DialSetup } from './host-dial.ts';
import type { CalendarFault } from './rtc.ts';
import type { TillSocket } from './till/request.ts';

/**
 * The outside of the virtual terminal: what hands, cards, mains and cables can do to it and what can be seen of it.
 * The devices of the virtual bench (gantry finger, card actuator, relay, screen reader, printer line) touch only this.
 */
export interface TerminalBody {
  /** Mains on or off. Off takes effect at this very instant: nothing is written, sent or printed afterwards. */
  power(on: boolean): void;
  readonly powered: boolean;
  /** A key goes down / comes up, by the profile's key names. The firmware debounces and acts on release-safe presses. */
  keyDown(key: string): void;
  keyUp(key: string): void;
  cardInserted(card: TestCard): void;
  cardRemoved(): void;
  cardSwiped(card: TestCard): void;
  cardTapped(card: TestCard): void;
  /** What lies before the scanner: a picture, or nothing. The scanner reads it the moment it appears, while the terminal asks for a card. */
  scannerSees(picture: Picture | undefined): void;
  readonly screen: VisibleScreen;
  onScreen(listener: (screen: VisibleScreen) => void): void;
  /** Bytes that leave the terminal on its printer line. */
  onPrinterBytes(listener: (bytes: Uint8Array) => void): void;
  /** Bytes that arrive on its printer line (status answers of the printer). */
  printerReceives(bytes: Uint8Array): void;
  /** What a till can do on its cable. */
  readonly till: TillSocket;
  /** Ends all activity for good (the bench is closing). */
  destroy(): Promise<void>;
}

export interface VisibleScreen {
  readonly lit: boolean;
  /** As many as the display has rows. */
  readonly lines: readonly string[];
  /** What the QR code beside the lines says; absent: there is none. */
  readonly code?: string;
}

export interface Security {
  /** Asks for a track key at sign-on (60.3 = 004) and encrypts tracks under it. */
  readonly encryptsTracks: boolean;
  /** ISO 9564-1: 0 is bound to the card number, 1 is not. */
  readonly pinFormat: PinFormat;
}

/** What is loaded into the terminal before it stands on the bench. */
export interface TerminalSetup {
  readonly terminalId: string;
  readonly merchantId: string;
  readonly merchantName: string;
  /** Slips leave as text (default) or as pictures that the firmware draws. */
  readonly print?: 'text' | 'raster';
  /** Host dialect: a shipped one's name, or a file; unionpay-pos, or one that extends it. */
  readonly dialect?: string;
  /** What the firmware prints, in the words of the model; absent: as it is. */
  readonly words?: (text: string) => string;
  /** Terminal master key, 16 bytes as hex. Synthetic test key. */
  readonly tmk: string;
  /** The chip of a card, by the card's id; undefined for a card without one. */
  readonly chipOf: (cardId: string) => Chip | undefined;
  /** What this model does on the wire where the dialect leaves a choice. */
  readonly security: Security;
  /** Address of the acquirer as stored in the terminal's parameters. */
  readonly acquirer: { readonly host: string; readonly port: number };
  /** How it finds its acquirer by name and proves who answers; absent: by address, in plain TCP. */
  readonly host?: DialSetup | undefined;
  /** Folder of the flash memory; survives power cuts. */
  readonly flash: string;
  readonly clock: Clock;
  readonly seed: number;
  /** Ids of the defect catalogue that this firmware has. */
  readonly defects: ReadonlySet<string>;
  /** What is wrong with its battery-backed calendar. */
  readonly calendar?: CalendarFault | undefined;
  /** Timers in nominal ms. */
  readonly timers: {
    readonly boot: number;
    readonly connect: number;
    readonly response: number;
    readonly result: number;
  };
}
