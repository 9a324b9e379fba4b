import type { Picture } from './settings.ts';

/** Enlarged pictures that are kept; any more and a character is printed as if it were not defined. */
const DRAWN_MAX = 512;

/**
 * Characters that the sender has drawn: of one byte (ESC &), by font, while they are switched on (ESC %), and of two
 * (FS 2), which need no switch. Each is drawn once for every size, so that printing one takes no more memory than a letter.
 */
export class UserCharacters {
  /** ESC %: characters of one byte are printed as defined. */
  isOn = false;
  readonly #single = new Map<string, Picture>();
  readonly #double = new Map<number, Picture>();
  readonly #leads = new Set<number>();
  readonly #drawn = new Map<Picture, Map<string, Picture>>();
  #count = 0;

  define(font: number, byte: number, picture: Picture | undefined): void {
    if (picture) this.#single.set(`${font} ${byte}`, picture);
    else this.#single.delete(`${font} ${byte}`);
  }

  defineDouble(lead: number, trail: number, picture: Picture | undefined): void {
    if (picture) {
      this.#double.set(lead * 256 + trail, picture);
      this.#leads.add(lead);
    } else this.#double.delete(lead * 256 + trail);
  }

  /** Nothing is defined that could be printed now: text need not be looked at. */
  get isIdle(): boolean {
    return (!this.isOn || this.#single.size === 0) && this.#double.size === 0;
  }

  single(font: number, byte: number): Picture | undefined {
    return this.isOn ? this.#single.get(`${font} ${byte}`) : undefined;
  }

  isLead(byte: number): boolean {
    return this.#leads.has(byte);
  }

  double(lead: number, trail: number): Picture | undefined {
    return this.#double.get(lead * 256 + trail);
  }

  /** A character in its present look; undefined when there are too many looks. @param make draws it */
  drawn(picture: Picture, look: string, make: () => Picture): Picture | undefined {
    const looks = this.#drawn.get(picture) ?? new Map<string, Picture>();
    this.#drawn.set(picture, looks);
    const known = looks.get(look);
    if (known || this.#count >= DRAWN_MAX) return known;
    this.#count++;
    const made = make();
    looks.set(look, made);
    return made;
  }
}
