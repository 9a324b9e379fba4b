import { Lexer } from 'yaml';

/**
 * Where a YAML text becomes nested more than `most` levels deep, or has more than `mostTokens` tokens; undefined for every
 * text that a person would write. The YAML parser composes recursively and can take the whole process down on such texts
 * (a megabyte of `{` exhausts V8), so they are recognised by the lexer alone, which does not recurse.
 */
export function excess(
  text: string,
  most: number,
  mostTokens: number,
): { offset: number; what: 'depth' | 'size' } | undefined {
  const indents: number[] = [];
  let flow = 0;
  let onLine = 0;
  let lineStart = true;
  let offset = 0;
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    if (++tokens > mostTokens) return { offset, what: 'size' };
    switch (token) {
      case '[':
      case '{':
        flow++;
        break;
      case ']':
      case '}':
        flow = Math.max(0, flow - 1);
        break;
      case '-':
      case '?':
      case ':':
        onLine++;
        break;
      case ',':
        if (flow > 0) onLine = 0;
        break;
      case '\n':
      case '\r\n':
        onLine = 0;
        lineStart = true;
        break;
      default:
        if (token.startsWith('&') || token.startsWith('!')) onLine++;
    }
    if (lineStart && token !== '\n' && token !== '\r\n' && !token.startsWith('#') && !CONTROL.has(token)) {
      const indent = /^ +$/.test(token) ? token.length : 0;
      while ((indents.at(-1) ?? -1) >= indent) indents.pop();
      indents.push(indent);
      lineStart = false;
    }
    if (flow + onLine + indents.length > most) return { offset, what: 'depth' };
    // The lexer's own marks (document, scalar, flow error) are not in the text.
    offset += CONTROL.has(token) ? 0 : token.length;
  }
  return undefined;
}

/** Byte order mark (kept: it is in the text), document mode, flow error end, scalar: control tokens of the lexer. */
const CONTROL: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f']);
