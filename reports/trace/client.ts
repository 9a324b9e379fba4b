/**
 * What runs in the page. Plain ECMAScript in a text, because it must stand in the page itself: nothing is fetched. It only
 * ever puts texts into the document as text. Tens of thousands of events are drawn on a canvas, one mark a pixel column and
 * lane at most, so that zooming costs what the window is wide and not what the scenario is long.
 */
export const CLIENT = String.raw`'use strict';
(async () => {
const packed = Uint8Array.from(atob(document.getElementById('trace').content.textContent), (letter) => letter.charCodeAt(0));
if (typeof DecompressionStream === 'undefined') { document.getElementById('detail').textContent = 'This page needs a browser of 2023 or newer.'; return; }
const trace = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).json();
const { events, lanes, pictures, faults } = trace;
const canvas = document.getElementById('line'), context = canvas.getContext('2d');
const HEAD = 24, ROW = 34, LEFT = 84;
const end = Math.max(1, events.length ? events[events.length - 1].t : 1);
let from = 0, span = end, chosen = -1, width = 0;
const COLOURS = { bad: '#b1271b', fault: '#8f5a00', key: '#1d3b5e' };
const byLane = lanes.map(() => []);
const plain = lanes.map(() => []), toned = lanes.map(() => []);
events.forEach((event, i) => { byLane[event.l].push(i); (event.tone ? toned : plain)[event.l].push(i); });
const xOf = (t) => LEFT + (t - from) / span * (width - LEFT - 8);
const tOf = (x) => from + (x - LEFT) / (width - LEFT - 8) * span;
/* First index in a lane (or in all events) at or after a time. */
const firstAt = (list, t) => { let a = 0, b = list.length; while (a < b) { const m = (a + b) >> 1; if (events[list[m]].t < t) a = m + 1; else b = m; } return a; };
const clock = (ms) => (ms / 1000).toFixed(span < 2000 ? 3 : span < 60000 ? 2 : 1) + ' s';

function draw() {
  const ratio = window.devicePixelRatio || 1;
  width = canvas.clientWidth;
  const height = HEAD + lanes.length * ROW + 20;
  canvas.style.height = height + 'px';
  canvas.width = width * ratio; canvas.height = height * ratio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = '12px "Liberation Sans",Arial,sans-serif';
  context.textBaseline = 'middle';
  for (const fault of faults) {
    const a = Math.max(LEFT, xOf(fault.from)), b = Math.min(width, xOf(fault.to === undefined ? end : fault.to));
    if (b < LEFT || a > width) continue;
    context.fillStyle = 'rgba(177,39,27,.12)'; context.fillRect(a, HEAD, Math.max(2, b - a), lanes.length * ROW);
    context.fillStyle = '#b1271b'; context.fillRect(a, HEAD, 1.5, lanes.length * ROW);
    context.fillText(fault.s, a + 4, HEAD + lanes.length * ROW + 10);
  }
  const step = Math.pow(10, Math.floor(Math.log10(span / 5)));
  context.fillStyle = '#5b646e';
  const wide = span / step > 20 ? step * 5 : span / step > 10 ? step * 2 : step;
  for (let t = Math.ceil(from / wide) * wide; t <= from + span; t += wide) {
    const x = xOf(t); context.fillStyle = '#e9ecf0'; context.fillRect(x, HEAD, 1, lanes.length * ROW);
    context.fillStyle = '#5b646e'; context.fillText('+' + clock(t), x + 3, 11);
  }
  lanes.forEach((lane, l) => {
    const y = HEAD + l * ROW;
    context.fillStyle = '#d5dae0'; context.fillRect(0, y + ROW - 1, width, 1);
    marks(plain[l], y, 2, 12); marks(toned[l], y, 3, 20);
    words(byLane[l], y);
    context.fillStyle = '#fff'; context.fillRect(0, y, LEFT - 4, ROW - 1);
    context.fillStyle = '#1a1d21'; context.fillText(lane, 8, y + ROW / 2);
  });
  if (chosen >= 0) {
    const event = events[chosen], x = xOf(event.t);
    context.strokeStyle = '#1d3b5e'; context.lineWidth = 1.5;
    if (x >= LEFT && x <= width) { context.strokeRect(x - 5, HEAD + event.l * ROW + 3, 10, ROW - 7); context.globalAlpha = .4; context.fillStyle = '#1d3b5e'; context.fillRect(x, HEAD, 1, lanes.length * ROW); context.globalAlpha = 1; }
  }
}
/* One mark a pixel column: the rest of the column is skipped by halving, however much there is. */
function marks(list, y, wide, tall) {
  for (let k = firstAt(list, from); k < list.length; ) {
    const event = events[list[k]], x = xOf(event.t);
    if (x > width) return;
    context.fillStyle = COLOURS[event.tone] || '#8a94a0';
    context.fillRect(x - 1, y + (ROW - tall) / 2, wide, tall);
    k = Math.max(k + 1, firstAt(list, tOf(x + 1)));
  }
}
/* What an event is, where there is room before the next one. */
function words(list, y) {
  context.fillStyle = '#1a1d21';
  for (let k = firstAt(list, from); k < list.length; ) {
    const x = xOf(events[list[k]].t);
    if (x > width) return;
    const after = k + 1 < list.length ? xOf(events[list[k + 1]].t) : width, room = Math.min(after, width) - x - 8, text = events[list[k]].s;
    if (room > 42) { const letters = Math.floor(room / 6.2); context.fillText(text.length > letters ? text.slice(0, letters - 1) + '…' : text, x + 5, y + ROW / 2); k += 1; }
    else k = Math.max(k + 1, firstAt(list, tOf(x + 1)));
  }
}
let due = 0;
const later = () => { if (!due) due = requestAnimationFrame(() => { due = 0; draw(); }); };
function view(start, length) { span = Math.min(end * 1.02, Math.max(.05, length)); from = Math.max(-end * .01, Math.min(end * 1.01 - span, start)); later(); }
const zoom = (factor, at) => { const t = at === undefined ? (chosen >= 0 ? events[chosen].t : from + span / 2) : at; const part = Math.min(1, Math.max(0, (t - from) / span)); const length = Math.min(end * 1.02, Math.max(.05, span * factor)); view(t - part * length, length); };

const element = (name, text, kind) => { const made = document.createElement(name); if (text !== undefined) made.textContent = text; if (kind) made.className = kind; return made; };
function dump(hex) {
  const out = [];
  for (let i = 0; i < hex.length && out.length < 4096; i += 32) {
    const row = hex.slice(i, i + 32), pairs = row.match(/../g) || [];
    out.push((i / 2).toString(16).padStart(6, '0') + '  ' + pairs.join(' ').padEnd(47) + '  ' + pairs.map((pair) => { const c = parseInt(pair, 16); return c > 31 && c < 127 ? String.fromCharCode(c) : '.'; }).join(''));
  }
  return out.join('\n') + (hex.length > 131072 ? '\n…' : '');
}
function choose(i, show) {
  if (i < 0 || i >= events.length) return;
  chosen = i;
  const { t, s, l, e } = events[i];
  if (show !== false && (t < from || t > from + span)) view(t - span / 2, span); else later();
  const box = document.getElementById('detail');
  box.replaceChildren(element('h2', lanes[l] + ' · ' + e.type), element('p', '+' + (t / 1000).toFixed(3) + ' s · event ' + e.n + ' · ' + e.wall, 'soft'), element('p', s));
  if (e.type === 'message') {
    const list = element('table');
    for (const field of e.message.fields) { const row = element('tr'); row.append(element('th', field.id), element('td', field.value, 'mono'), element('td', field.meaning ? field.name + ' – ' + field.meaning : field.name)); list.append(row); }
    box.append(list);
  }
  if (e.type === 'bytes') box.append(element('pre', e.hex ? dump(e.hex) : '(' + (e.withheld || 'no bytes') + ')', 'dump'));
  if (e.type === 'screen') box.append(element('pre', e.lines.join('\n'), 'lcd'));
  if (e.type === 'receipt') slip(box, e);
  const more = element('details'), rest = element('pre', JSON.stringify(e, null, 2), 'dump');
  more.append(element('summary', 'as in the journal'), rest); box.append(more);
  beside(i);
}
function slip(box, e) {
  const url = e.slip.artefacts.map((id) => pictures[id]).find(Boolean);
  if (url) { const image = element('img'); image.src = url; image.alt = e.slip.lines.join('\n'); box.append(image); } else box.append(element('pre', e.slip.lines.join('\n'), 'slip'));
}
/* What the terminal showed and had printed last at that moment. */
function beside(i) {
  const box = document.getElementById('beside'); box.replaceChildren();
  const last = (type) => { for (let k = i; k >= 0; k--) if (events[k].e.type === type) return events[k]; };
  const screen = last('screen'), receipt = last('receipt');
  if (screen) box.append(element('h2', 'Screen'), element('pre', screen.e.lit ? screen.e.lines.join('\n') : '(dark)', 'lcd'));
  if (receipt) { box.append(element('h2', 'Last receipt')); slip(box, receipt.e); }
}
function near(x, y) {
  const l = Math.floor((y - HEAD) / ROW), list = byLane[l];
  if (!list || !list.length) return -1;
  const k = firstAt(list, tOf(x));
  const both = [k - 1, k].filter((c) => c >= 0 && c < list.length).sort((a, b) => Math.abs(xOf(events[list[a]].t) - x) - Math.abs(xOf(events[list[b]].t) - x));
  return Math.abs(xOf(events[list[both[0]]].t) - x) < 24 ? list[both[0]] : -1;
}
function inLane(by) { const list = chosen < 0 ? byLane[0] : byLane[events[chosen].l]; const k = list.indexOf(chosen) + by; if (k >= 0 && k < list.length) choose(list[k]); }
function otherLane(by) { const l = (chosen < 0 ? 0 : events[chosen].l) + by, list = byLane[l]; if (list && list.length) { const k = firstAt(list, chosen < 0 ? from : events[chosen].t); choose(list[Math.min(k, list.length - 1)]); } }
function find(test, by) { for (let k = chosen + by; k >= 0 && k < events.length; k += by) if (test(events[k])) return choose(k); }
canvas.addEventListener('wheel', (event) => { event.preventDefault(); if (event.shiftKey) view(from + event.deltaY / width * span, span); else zoom(Math.pow(1.0015, event.deltaY), tOf(event.offsetX)); }, { passive: false });
let drag;
canvas.addEventListener('pointerdown', (event) => { drag = { x: event.clientX, from, moved: false }; canvas.setPointerCapture(event.pointerId); });
canvas.addEventListener('pointermove', (event) => { if (!drag) return; const by = event.clientX - drag.x; if (Math.abs(by) > 3) drag.moved = true; if (drag.moved) view(drag.from - by / (width - LEFT) * span, span); });
canvas.addEventListener('pointerup', (event) => { if (drag && !drag.moved) { const found = near(event.offsetX, event.offsetY); if (found >= 0) choose(found, false); } drag = undefined; });
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const acts = { ArrowRight: () => choose(chosen + 1), ArrowLeft: () => choose(chosen - 1), ArrowDown: () => otherLane(1), ArrowUp: () => otherLane(-1), n: () => inLane(1), p: () => inLane(-1), '+': () => zoom(.6), '=': () => zoom(.6), '-': () => zoom(1.7), '0': () => view(0, end * 1.02), Home: () => choose(0), End: () => choose(events.length - 1), f: () => find((one) => one.tone === 'fault', 1), b: () => find((one) => one.tone === 'bad', 1), m: () => find((one) => one.e.type === 'message', 1) };
  const act = acts[event.key]; if (act) { event.preventDefault(); act(); }
});
window.addEventListener('resize', later);
view(0, end * 1.02); draw();
const struck = events.findIndex((one) => one.tone === 'fault' && one.e.phase === 'struck'); const first = struck >= 0 ? struck : events.findIndex((one) => one.tone === 'fault'); choose(first >= 0 ? first : 0, false);
document.body.dataset.ready = 'yes';
})();
`;
