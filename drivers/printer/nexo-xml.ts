/**
 * The outputs of a nexo message in XML as the objects that the same message has in JSON: attributes and elements with text
 * are members, `OutputText` holds its own text as `Text`, prefixes of namespaces are dropped. Not a general reader of XML:
 * it takes what is not well-formed as far as it goes, knows no document types and fetches nothing. Never throws.
 * Source: nexo Retailer Protocol 3.1, message usage guide, XML encoding (attributes for simple values).
 */

/** More and deeper than any message goes. */
const DEPTH_MAX = 64;
const CONTENTS_MAX = 100;
const CHILDREN_MAX = 5000;

export interface XmlObject {
  [key: string]: string | boolean | XmlObject | (string | XmlObject)[];
}

interface Element {
  readonly name: string;
  readonly members: XmlObject;
  text: string;
  children: number;
}

/** Where elements hold a text of their own, and what JSON calls it. */
const OWN_TEXT: Readonly<Record<string, string>> = { OutputText: 'Text', OutputBarcode: 'BarcodeValue' };

/** Every `OutputContent` of a message, in order; undefined when the text is no XML with any. */
export function outputsOfXml(text: string): readonly XmlObject[] | undefined {
  if (!/^\ufeff?\s*</.test(text) || !text.includes('OutputContent')) return undefined;
  const found: XmlObject[] = [];
  const open: Element[] = [];
  const close = () => {
    const element = open.pop();
    if (element?.name === 'OutputContent' && found.length < CONTENTS_MAX) found.push(element.members);
    const parent = open.at(-1);
    if (element && parent && ++parent.children <= CHILDREN_MAX) adopt(parent, element);
  };
  for (const piece of piecesOf(text)) {
    const top = open.at(-1);
    if (piece.kind === 'text') {
      if (top) top.text += piece.text;
    } else if (piece.kind === 'end') {
      // What was left open inside ends with it.
      const at = open.findLastIndex(({ name }) => name === piece.name);
      while (at >= 0 && open.length > at) close();
    } else if (open.length < DEPTH_MAX) {
      open.push({ name: piece.name, members: attributesOf(piece.rest), text: '', children: 0 });
      if (piece.empty) close();
    }
  }
  while (open.length > 0) close();
  return found.length === 0 ? undefined : found;
}

function adopt(parent: Element, { name, members, text, children }: Element): void {
  const own = OWN_TEXT[name];
  const isPlain = children === 0 && Object.keys(members).length === 0 && own === undefined;
  if (own !== undefined && text.trim() !== '') members[own] ??= text.replace(/^\s*\n\s*|\s*\n\s*$/g, '');
  const value = isPlain ? flagOrText(text.trim()) : members;
  const before = parent.members[name];
  if (before === undefined) parent.members[name] = value;
  else if (Array.isArray(before)) before.push(typeof value === 'boolean' ? String(value) : value);
  else
    parent.members[name] = [before, value].map((one) =>
      typeof one === 'boolean' || Array.isArray(one) ? String(one) : one,
    );
}

const flagOrText = (text: string): string | boolean =>
  text === 'true' ? true : text === 'false' ? false : text;

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'start'; readonly name: string; readonly rest: string; readonly empty: boolean }
  | { readonly kind: 'end'; readonly name: string };

const localName = (name: string) => name.slice(name.indexOf(':') + 1);

function* piecesOf(text: string): Generator<Piece> {
  let at = 0;
  while (at < text.length) {
    const tag = text.indexOf('<', at);
    const until = tag < 0 ? text.length : tag;
    if (until > at) yield { kind: 'text', text: decodeEntities(text.slice(at, until)) };
    if (tag < 0) return;
    const [end, cdata] = endOf(text, tag);
    if (end < 0) return;
    if (cdata) yield { kind: 'text', text: text.slice(tag + 9, end - 3) };
    const inner = text.slice(tag + 1, end - 1);
    const [, slash = '', name = '', rest = ''] = /^(\/?)([\p{L}_][\p{L}\p{N}_.:-]*)(.*)$/su.exec(inner) ?? [];
    if (name !== '') {
      const empty = rest.endsWith('/');
      yield slash
        ? { kind: 'end', name: localName(name) }
        : { kind: 'start', name: localName(name), rest, empty };
    }
    at = end;
  }
}

/** Where what begins at `<` ends, behind it; -1: never. Whether it is text that is not looked into. */
function endOf(text: string, from: number): readonly [end: number, cdata: boolean] {
  const behind = (close: string, at: number) => {
    const found = text.indexOf(close, at);
    return found < 0 ? -1 : found + close.length;
  };
  if (text.startsWith('<!--', from)) return [behind('-->', from + 4), false];
  if (text.startsWith('<![CDATA[', from)) return [behind(']]>', from + 9), true];
  let quote = '';
  for (let at = from + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '>') return [at + 1, false];
    else if (char === '"' || char === "'") quote = char;
  }
  return [-1, false];
}

function attributesOf(rest: string): XmlObject {
  const found: XmlObject = {};
  for (const { 1: name = '', 2: double, 3: single } of rest.matchAll(
    /([\p{L}_][\p{L}\p{N}_.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/gu,
  ))
    found[name] = flagOrText(decodeEntities(double ?? single ?? ''));
  return found;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** Characters by name or number; what names none stays. */
export const decodeEntities = (text: string): string =>
  text.replace(/&(#\d{1,7}|#x[0-9a-f]{1,6}|\w{1,8});/gi, (whole, name: string) => {
    const code = name.startsWith('#') ? Number(name.replace(/^#x/i, '0x').replace(/^#/, '')) : Number.NaN;
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : (ENTITIES[name] ?? whole);
  });
