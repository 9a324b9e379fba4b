/** Colours of the terminal in the picture, by SGR code. */
const COLOURS: Readonly<Record<number, string>> = {
  30: '#4b5563',
  31: '#f0716a',
  32: '#6cc98a',
  33: '#e0b45c',
  34: '#7aa7f0',
  35: '#c792ea',
  36: '#6fc3d6',
  37: '#d7dbe0',
  90: '#7a828c',
};

interface Style {
  bold: boolean;
  dim: boolean;
  colour: string | undefined;
}

/** A terminal's screen, as text with SGR sequences (what tmux captures), as an HTML page with one `main` element. */
export function terminalPage(screen: string): string {
  const lines = screen.trimEnd().split('\n').map(lineHtml).join('\n');
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin:0; } main { display:inline-block; padding:14px 18px 16px; background:#171b21; border-radius:8px; }
    pre { margin:0; color:#d7dbe0; font:13px/1.38 "DejaVu Sans Mono","Liberation Mono","WenQuanYi Zen Hei Mono",monospace; }
    b { font-weight:700; } .dim { opacity:.62; }</style><main><pre>${lines}</pre></main>`;
}

function lineHtml(line: string): string {
  const style: Style = { bold: false, dim: false, colour: undefined };
  let html = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with ESC
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with ESC
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes === undefined) html += spanOf(part, style);
    else for (const code of codes.split(';')) apply(Number(code), style);
  }
  return html;
}

function apply(code: number, style: Style): void {
  if (code === 0) Object.assign(style, { bold: false, dim: false, colour: undefined });
  else if (code === 1) style.bold = true;
  else if (code === 2) style.dim = true;
  else if (code === 22) Object.assign(style, { bold: false, dim: false });
  else if (code === 39) style.colour = undefined;
  else if (COLOURS[code]) style.colour = COLOURS[code];
}

function spanOf(text: string, { bold, dim, colour }: Style): string {
  if (text === '') return '';
  const escaped = text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  const inner = bold ? `<b>${escaped}</b>` : escaped;
  const look = `${colour ? ` style="color:${colour}"` : ''}${dim ? ' class="dim"' : ''}`;
  return look ? `<span${look}>${inner}</span>` : inner;
}
