import { maskPan, type TestCard } from '../model/card.ts';
import type { EventBody } from '../model/event.ts';
import type { MessageField } from '../model/message.ts';
import { withoutForeign } from './foreign.ts';
import { dotsOnly } from './pictures.ts';
import { compileForStreams, maskBytes, StreamMasker } from './stream-masker.ts';
import { TextMasker } from './text-masker.ts';

type BytesEvent = Extract<EventBody, { type: 'bytes' }>;

/** More than this is no evidence but an attack on the disk; characters. */
const LONGEST_TEXT = 1 << 20;

/** Names of members come again and again; so many of them are remembered as clean. */
const NAMES = 1024;

const HEX = /^(?:[0-9a-f]{2})*$/i;

/**
 * The one masker: knows the test cards and removes them, whatever their form, from events, bytes and artefacts before
 * they are kept. Byte streams are told apart by plane, name and direction.
 */
export class Masker {
  readonly #text: TextMasker;
  readonly #cards;
  /** Names without secrets. */
  readonly #names = new Set<string>();
  readonly #streams = new Map<string, { readonly masker: StreamMasker; readonly event: BytesEvent }>();

  constructor(cards: readonly TestCard[]) {
    this.#text = new TextMasker(cards);
    this.#cards = compileForStreams(cards);
  }

  text(text: string): string {
    if (text.length <= LONGEST_TEXT) return withoutForeign(this.#text.mask(text));
    return `${withoutForeign(this.#text.mask(text.slice(0, LONGEST_TEXT)))}… (${text.length - LONGEST_TEXT} more)`;
  }

  /**
   * The event as it may be kept. Undefined: all its bytes are held back and come with a later event of their stream.
   */
  event(body: EventBody): EventBody | undefined {
    if (body.type === 'bytes') return this.#bytes(body);
    if (body.type === 'message') {
      const fields = body.message.fields.map(maskField);
      return this.#deep({ ...body, message: { ...body.message, fields } });
    }
    return this.#deep(body);
  }

  /** Bytes held back of the streams that `of` names (all by default), as events of their own; those streams begin anew. */
  release(of: (event: BytesEvent) => boolean = () => true): readonly EventBody[] {
    const released: EventBody[] = [];
    for (const [key, { masker, event }] of this.#streams) {
      if (!of(event)) continue;
      this.#streams.delete(key);
      const hex = masker.flush();
      if (hex) released.push({ ...event, hex, count: hex.length / 2 });
    }
    return released;
  }

  /** An artefact's content as it may be kept. Pictures made of pixels are kept as they are: draw them from masked data. */
  artefact(mime: string, content: string | Uint8Array): string | Uint8Array {
    if (/^(text\/|application\/(json|xml)|image\/svg)/.test(mime)) {
      const text = typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
      return /svg|html|xml/.test(mime) ? this.#text.maskMarkup(text) : withoutForeign(this.#text.mask(text));
    }
    if (typeof content === 'string') return this.#text.mask(content);
    if (/^(audio|video|font)\//.test(mime)) return content;
    const picture = mime.startsWith('image/') ? dotsOnly(content) : undefined;
    return picture ?? maskBytes(this.#cards, content);
  }

  #name(name: string): string {
    if (this.#names.has(name)) return name;
    const masked = this.text(name);
    if (masked === name && this.#names.size < NAMES) this.#names.add(name);
    return masked;
  }

  #bytes(body: BytesEvent): EventBody | undefined {
    // Withheld bytes and what is not hex never enter a stream.
    if (body.withheld !== undefined || body.hex === '') return this.#deep({ ...body, hex: '' });
    if (!HEX.test(body.hex)) return this.#deep(body);
    const key = `${body.plane}\n${body.stream}\n${body.dir}`;
    let stream = this.#streams.get(key);
    if (!stream) {
      stream = { masker: new StreamMasker(this.#cards), event: this.#deep({ ...body, hex: '' }) };
      this.#streams.set(key, stream);
    }
    const hex = stream.masker.push(body.hex.toLowerCase());
    return hex ? { ...stream.event, hex, count: hex.length / 2 } : undefined;
  }

  /** Masks every text and key of a value; parts without secrets are the same objects as before. */
  #deep<T>(value: T): T;
  #deep(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value))
      return value.every((item) => typeof item === 'string') ? this.#lines(value) : this.#items(value);
    if (value === null || typeof value !== 'object') return value;
    let changed: Record<string, unknown> | undefined;
    const members = value as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(value)) {
      const item = members[key];
      const masked = typeof item === 'number' || typeof item === 'boolean' ? item : this.#deep(item);
      const maskedKey = this.#name(key);
      if (masked === item && maskedKey === key) continue;
      changed ??= { ...value };
      if (maskedKey !== key) delete changed[key];
      changed[maskedKey] = masked;
    }
    return changed ?? value;
  }

  #items(items: readonly unknown[]): readonly unknown[] {
    const masked = items.map((item) => this.#deep(item));
    return masked.some((item, i) => item !== items[i]) ? masked : items;
  }

  /** A list of texts is read as lines: a number may be wrapped from one to the next. */
  #lines(lines: readonly string[]): readonly string[] {
    const joined = lines.join('\n');
    if (joined.length > LONGEST_TEXT) return lines.map((line) => this.text(line));
    const masked = withoutForeign(this.#text.mask(joined));
    if (masked === joined) return lines;
    let from = 0;
    return lines.map((line) => {
      const part = masked.slice(from, from + line.length);
      from += line.length + 1;
      return part;
    });
  }
}

/** Fields that hold card data whatever the card (ISO 8583 numbers; EMV tags inside F55), also of cards we do not know. */
function maskField(field: MessageField): MessageField {
  const id = field.id.slice(field.id.lastIndexOf('.') + 1).toUpperCase();
  const value = maskById(id, field.value);
  return value === field.value ? field : { ...field, value };
}

function maskById(id: string, value: string): string {
  switch (id) {
    case '2':
    case '5A':
      return /^\d{12,19}F?$/i.test(value) ? maskPan(value.replace(/F$/i, '')) : value;
    case '35':
    case '36':
    case '45':
    case '57':
      return value.replace(/^([^=D^]*)([=D^].*)?$/is, (_, account: string, rest: string = '') => {
        const pan = account.replace(/\d{12,19}/, maskPan);
        return pan + rest.slice(0, 1) + rest.slice(1).replace(/[0-9A-Z]/gi, '*');
      });
    case '52':
      return '*'.repeat(value.length);
    default:
      return value;
  }
}
