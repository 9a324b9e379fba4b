/** An element of a parsed document. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlNode[];
  text: string;
}

const TOKEN = /<\?xml[^?]*\?>\s*|<(\/?)([a-zA-Z][\w.-]*)((?:\s+[\w.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const ALLOWED = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

function plain(text: string): string {
  return text.replace(/&(?:#(\d+)|(amp|lt|gt|quot|apos));|&/g, (entity, code?: string, name?: string) => {
    if (code) return String.fromCodePoint(Number(code));
    const known = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[name ?? ''];
    if (known === undefined) throw new Error(`bare ${entity}`);
    return known;
  });
}

/** Parses XML 1.0 without DTD, comments and CDATA; throws for anything that is not well-formed. */
export function parseXml(source: string): XmlNode {
  if (!ALLOWED.test(source)) throw new Error('a character that XML forbids');
  const root: XmlNode = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match) throw new Error(`not XML at ${source.slice(at, at + 60)}`);
    const [, closing, name, attributes = '', empty, text] = match;
    const top = open.at(-1) ?? root;
    if (text !== undefined) {
      if (text.includes(']]>')) throw new Error(']]> in text');
      top.text += plain(text);
    } else if (closing) {
      if (top.name !== name) throw new Error(`</${name}> closes <${top.name}>`);
      open.pop();
    } else if (name) {
      const pairs = [...attributes.matchAll(/([\w.-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
        key,
        plain(value),
      ]);
      const node: XmlNode = { name, attributes: Object.fromEntries(pairs), children: [], text: '' };
      top.children.push(node);
      if (!empty) open.push(node);
    }
  }
  const [document] = root.children;
  if (open.length !== 1 || !document || root.children.length !== 1)
    throw new Error('not one closed root element');
  return document;
}
