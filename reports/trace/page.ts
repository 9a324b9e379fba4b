import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { html, raw } from 'hono/html';
import { foreign, textOf } from '../certificate/parts.ts';
import { oneLine } from '../text.ts';
import { CLIENT } from './client.ts';
import type { Trace } from './trace.ts';

const STYLE = `
* { box-sizing:border-box; } body { margin:0; font:14px/1.45 "Liberation Sans",Arial,"WenQuanYi Zen Hei",sans-serif; color:#1a1d21; }
header { padding:.8rem 1.2rem; border-bottom:1px solid #d5dae0; } h1 { font-size:1.15rem; margin:0; } header p { margin:.15rem 0; overflow-wrap:anywhere; } .soft { color:#5b646e; }
.passed { color:#1b7a48; } .failed, .invalid { color:#b1271b; } .broken { color:#8f5a00; } .inconclusive { color:#5f4b8b; }
#line { display:block; width:100%; touch-action:none; cursor:crosshair; border-bottom:1px solid #d5dae0; } #line:focus-visible { outline:2px solid #1d3b5e; outline-offset:-2px; }
main { display:grid; grid-template-columns:minmax(0,1fr) 20rem; gap:1.6rem; padding:.4rem 1.2rem 2rem; } main > * { min-width:0; }
h2 { font-size:.95rem; margin:.8rem 0 .2rem; color:#1d3b5e; } #detail p { margin:.2rem 0; overflow-wrap:anywhere; }
table { border-collapse:collapse; font-size:.85rem; } th, td { text-align:left; vertical-align:top; padding:.15rem .8rem .15rem 0; border-bottom:1px solid #e9ecf0; overflow-wrap:anywhere; unicode-bidi:isolate; }
pre, .mono { font-family:"Liberation Mono","DejaVu Sans Mono","WenQuanYi Zen Hei Mono",monospace; font-size:.8rem; } pre { margin:.4rem 0; overflow:auto; max-height:26rem; background:#f6f7f9; padding:.6rem; }
pre.lcd { background:#e4ead9; min-height:5rem; } img { max-width:100%; border:1px solid #d5dae0; } kbd { font:inherit; border:1px solid #d5dae0; border-radius:3px; padding:0 .3em; }
@media (max-width:760px) { main { grid-template-columns:1fr; } }
`;

/**
 * The trace as one page that opens from disk. Its one script is named to the browser by its hash: whatever else somebody
 * may get into the page does not run, and nothing is fetched. The events are in it as deflated JSON in base64.
 */
export function renderTrace(trace: Trace): string {
  const allowed = createHash('sha256').update(CLIENT).digest('base64');
  // Events repeat each other: deflated they take a tenth, and as base64 nothing in them can end the element that holds them.
  const data = deflateRawSync(JSON.stringify(trace)).toString('base64');
  const { id, attempt, title, verdict, reason, events } = trace;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${raw(allowed)}'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="posrig">
<title>${oneLine(id, 60)} · trace</title><style>${raw(STYLE)}</style></head><body>
<header><h1>${foreign(id, 60)}${attempt > 1 ? ` · attempt ${attempt}` : ''} · <span class="${verdict}">${verdict}</span></h1><p>${foreign(oneLine(title, 300))}</p>${reason ? html`<p class="soft">${foreign(oneLine(reason, 600))}</p>` : ''}
<p class="soft">${events.length} events · <kbd>←</kbd> <kbd>→</kbd> event, <kbd>↑</kbd> <kbd>↓</kbd> plane, <kbd>n</kbd> <kbd>p</kbd> within the plane, <kbd>m</kbd> message, <kbd>f</kbd> fault, <kbd>b</kbd> what is wrong, <kbd>+</kbd> <kbd>-</kbd> <kbd>0</kbd> zoom; wheel zooms, dragging moves</p></header>
<canvas id="line" tabindex="0" role="application" aria-label="Timeline of all planes; the arrow keys go from event to event" aria-describedby="detail"></canvas>
<main><section id="detail" aria-live="polite"></section><aside id="beside"></aside></main>
<template id="trace">${raw(data)}</template>
<script>${raw(CLIENT)}</script></body></html>`;
  return textOf(page);
}
