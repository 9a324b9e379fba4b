import { VERDICTS } from '../../rig/model/verdict.ts';

/**
 * The look of the certificate, on screen and on paper. Only fonts of the machine: Latin from Liberation or DejaVu, Chinese
 * from WenQuanYi Zen Hei (Debian fonts-wqy-zenhei), the font that the PDF is meant to be printed with.
 */
export const STYLE = `
:root { --ink:#1a1d21; --soft:#5b646e; --line:#d5dae0; --hair:#e9ecf0; --wash:#f6f7f9; --accent:#1d3b5e;
  --passed:#1b7a48; --failed:#b1271b; --broken:#8f5a00; --inconclusive:#5f4b8b; --invalid:#8a1c5b; --skipped:#6b7580; }
* { box-sizing:border-box; }
html { -webkit-text-size-adjust:100%; }
body { margin:0; color:var(--ink); background:#fff; font:400 14px/1.5 "Liberation Sans","Helvetica Neue",Arial,"WenQuanYi Zen Hei","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif; }
main { max-width:60rem; margin:0 auto; padding:3rem 2rem 4rem; }
h1,h2,h3 { font-weight:600; line-height:1.25; color:var(--accent); text-wrap:balance; }
h1 { font-size:2.1rem; margin:.2rem 0 .3rem; letter-spacing:-.01em; }
h2 { font-size:1.25rem; margin:2.6rem 0 .7rem; padding-bottom:.35rem; border-bottom:1.5px solid var(--accent); }
h3 { font-size:.95rem; margin:1.5rem 0 .45rem; color:var(--ink); }
p { margin:.4rem 0; }
a { color:inherit; text-decoration-color:var(--line); text-underline-offset:2px; }
bdi, dd, .title, pre { overflow-wrap:anywhere; }
.keep bdi, .keep { overflow-wrap:normal; white-space:nowrap; }
small, .soft { color:var(--soft); }
small { font-size:.82em; }
code, pre, .mono { font-family:"Liberation Mono","DejaVu Sans Mono",Consolas,"WenQuanYi Zen Hei Mono",monospace; font-size:.88em; }
.brand { font-size:.8rem; letter-spacing:.14em; text-transform:uppercase; color:var(--soft); }
.lead { font-size:1.05rem; color:var(--soft); margin:0 0 1.6rem; }
.statement { display:flex; align-items:baseline; gap:.7rem; font-size:1.3rem; margin:1.6rem 0 .6rem; }
.statement b { font-weight:600; }
.bar { display:flex; height:.6rem; border-radius:2px; overflow:hidden; background:var(--hair); margin:.2rem 0 .7rem; }
.bar i { display:block; min-width:3px; background:var(--c); border-right:1px solid #fff; }
.counts { display:flex; flex-wrap:wrap; gap:.3rem 1.3rem; margin:0 0 1.4rem; padding:0; list-style:none; }
.facts { display:grid; grid-template-columns:minmax(8rem,max-content) 1fr; margin:1rem 0; border-top:1px solid var(--line); }
.facts dt, .facts dd { margin:0; padding:.32rem .8rem .32rem 0; border-bottom:1px solid var(--hair); }
.facts dt { color:var(--soft); }
table { width:100%; border-collapse:collapse; font-size:.9rem; }
.steps { table-layout:fixed; } .steps th:first-child { width:26%; } .steps th:last-child { width:6.2rem; }
th { text-align:left; white-space:nowrap; font-weight:600; color:var(--soft); font-size:.8rem; padding:.35rem .7rem .35rem 0; border-bottom:1px solid var(--line); vertical-align:bottom; }
td { padding:.4rem .7rem .4rem 0; border-bottom:1px solid var(--hair); vertical-align:top; }
td:last-child, th:last-child { padding-right:0; }
.num { text-align:right; white-space:nowrap; font-variant-numeric:tabular-nums; }
.nowrap { white-space:nowrap; }
.id { white-space:nowrap; font-weight:600; font-variant-numeric:tabular-nums; }
.steprow td { background:var(--wash); border-bottom:1px solid var(--line); padding-left:.5rem; font-weight:600; }
.steprow .soft { font-weight:400; }
.check td:first-child { padding-left:.5rem; }
.v { --c:var(--skipped); display:inline-block; white-space:nowrap; font-size:.8rem; font-weight:600; color:var(--c); }
.v::before { content:""; display:inline-block; width:.6em; height:.6em; margin-right:.4em; border-radius:50%; background:var(--c); }
.passed { --c:var(--passed); } .failed { --c:var(--failed); } .broken { --c:var(--broken); }
.inconclusive { --c:var(--inconclusive); } .invalid { --c:var(--invalid); } .skipped { --c:var(--skipped); }
.skipped.v::before, .inconclusive.v::before { background:none; box-shadow:inset 0 0 0 1.5px var(--c); }
.failed.v::before { border-radius:0; } .broken.v::before, .invalid.v::before { border-radius:0; transform:rotate(45deg); }
.case { margin-top:3.2rem; } @media screen { .case { content-visibility:auto; contain-intrinsic-size:auto 3000px; } }
.case > header { border-top:3px solid var(--c,var(--accent)); padding-top:.8rem; }
.case > header h2 { border:0; margin:.1rem 0 0; padding:0; color:var(--ink); }
.case > header .top { display:flex; justify-content:space-between; align-items:baseline; gap:1rem; }
.case > header .v { font-size:.95rem; }
.title { display:block; }
.reason { border-left:3px solid var(--c); background:var(--wash); padding:.6rem .9rem; margin:.9rem 0; }
.reason p { margin:.15rem 0; }
.chips { display:flex; flex-wrap:wrap; gap:.15rem .9rem; }
.fields { columns:2; column-gap:2rem; font-size:.78rem; margin:.2rem 0 .8rem; padding:0; list-style:none; color:var(--soft); }
.fields li { break-inside:avoid; border-bottom:1px solid var(--hair); padding:.12rem 0 .12rem 4.3rem; overflow-wrap:anywhere; }
.fields b, .fields i { unicode-bidi:isolate; }
.fields b { float:left; width:3.9rem; margin-left:-4.3rem; font-weight:600; text-align:right; }
.fields i { font:400 .94em "Liberation Mono","DejaVu Sans Mono",Consolas,"WenQuanYi Zen Hei Mono",monospace; color:var(--ink); margin-right:.35em; }
.line { display:grid; grid-template-columns:4.4rem 4.2rem 8.5rem 4rem 6.6rem 1.6rem minmax(0,1fr) 3.4rem; gap:.6rem; padding:.3rem 0; font-size:.86rem; align-items:baseline; border-bottom:1px solid var(--hair); list-style:none; }
.line .num:first-child, .line .num:last-child { color:var(--soft); }
summary { cursor:pointer; }
summary::-webkit-details-marker { display:none; }
.slips { display:flex; flex-wrap:wrap; gap:1.4rem; align-items:flex-start; }
figure { margin:0; break-inside:avoid; }
figcaption { font-size:.78rem; color:var(--soft); margin-top:.35rem; max-width:16rem; }
.paper { display:block; width:15.5rem; height:auto; background:#fff; border:1px solid var(--line); box-shadow:0 1px 4px rgb(20 30 40 / .12); }
pre.paper { margin:0; padding:.7rem; font-size:.64rem; line-height:1.35; width:auto; max-width:100%; white-space:pre-wrap; }
.held { columns:2; column-gap:2rem; margin:.3rem 0; padding:0; list-style:none; font-size:.86rem; } .held li { break-inside:avoid; padding:.12rem 0 .12rem 1.1rem; text-indent:-1.1rem; border-bottom:1px solid var(--hair); } .held .v { text-indent:0; }
.place { display:flex; flex-wrap:wrap; gap:1rem; align-items:flex-start; } .place pre { flex:1 1 20rem; margin:0; font-size:.74rem; white-space:pre-wrap; }
.place .paper { flex:none; max-height:26rem; object-fit:contain; object-position:left top; }
.alarm { color:var(--failed); font-weight:600; }
.lcds { display:flex; flex-wrap:wrap; gap:.9rem; }
pre.lcd { margin:0; padding:.5rem .7rem; min-width:13.5rem; background:#e4ead9; color:#1e2a17; border:1px solid #c3cdb2; border-radius:3px; font-size:.78rem; line-height:1.35; white-space:pre-wrap; }
pre.lcd.dark { background:#7d8578; }
.seq { margin:.4rem 0; font-size:0; }
.seq td { padding:0; border:0; }
.seq svg { display:block; width:100%; height:auto; }
.seq text { font-size:11.5px; fill:var(--ink); } .seq .middle { text-anchor:middle; } .seq .end { text-anchor:end; }
.seq rect { fill:#fff; } .seq path { fill:none; stroke:var(--accent); stroke-width:1.5; } .seq circle { fill:#fff; stroke:var(--ink); stroke-width:1.2; }
.seq text.time { font-size:11px; fill:var(--soft); } .seq text.soft, .seq text.quiet { fill:var(--soft); } .seq circle.ink { fill:var(--ink); }
.seq rect.band { fill:#eef1f5; } .seq text.band { font-size:13px; font-weight:600; }
.seq rect.lane { fill:var(--accent); } .seq text.lane { font-size:13px; font-weight:600; fill:#fff; } .seq path.lane { stroke:#b9c1ca; stroke-width:1.2; }
.seq text.flow, .seq text.stopped { font-size:12px; } .seq text.flow { fill:var(--accent); } .seq text.stopped, .seq text.alarm { fill:var(--failed); }
.seq circle.flow, .seq .head { fill:var(--accent); stroke:none; } .seq path.stopped, .seq path.lost { stroke:var(--failed); } .seq circle.stopped, .seq .stopped.head { fill:var(--failed); stroke:none; }
.seq path.lost { stroke-width:2.4; } .seq path.never { stroke:var(--failed); stroke-width:1; stroke-dasharray:3 5; opacity:.55; }
.seq text.alarm, .seq text.quiet { font-weight:600; } .seq path.alarm { stroke:var(--failed); stroke-width:5; } .seq path.quiet { stroke:var(--soft); stroke-width:2; }
.sign { display:grid; grid-template-columns:1fr 1fr; gap:2rem; margin-top:2.4rem; break-inside:avoid; }
.sign div { border-top:1px solid var(--ink); padding-top:.35rem; margin-top:2.6rem; font-size:.85rem; }
.end { text-align:center; color:var(--soft); margin:3rem 0 0; font-size:.85rem; letter-spacing:.06em; }
.rows { content-visibility:auto; contain-intrinsic-size:auto 3600px; } .outcomes { table-layout:fixed; } .outcomes th:nth-child(1) { width:9.5rem; } .outcomes th:nth-child(3) { width:7rem; } .outcomes th:nth-child(4) { width:6rem; } .outcomes th:nth-child(5) { width:6rem; }
.outcomes td.id { white-space:normal; } .matrix td:first-child { width:38%; }
.choice { border:0; margin:0 0 .6rem; padding:0; display:flex; flex-wrap:wrap; gap:.2rem 1.1rem; font-size:.86rem; } .choice legend { float:left; padding:0 1.1rem 0 0; color:var(--soft); } .choice label { cursor:pointer; }
${VERDICTS.map((verdict) => `.list:has([value="${verdict}"]:checked) .row:not(.${verdict})`).join(', ')} { display:none; }
.trace { font-size:.82rem; margin-left:auto; } .turn { display:flex; justify-content:space-between; gap:1rem; margin:1rem 0; font-size:.9rem; }
@media screen and (max-width:840px) { table:not(.seq) { display:block; overflow-x:auto; } .line { display:flex; flex-wrap:wrap; } }
@media screen and (max-width:640px) { main { padding:1.5rem 1rem; } .fields { columns:1; } .facts { grid-template-columns:1fr; } .facts dt { border:0; padding-bottom:0; } }
@page { size:A4; margin:20mm 16mm 18mm; }
@media print {
  .choice, .trace, .turn { display:none; } .rows { content-visibility:visible; } .outcomes th:nth-child(1) { width:24mm; } .outcomes th:nth-child(3) { width:20mm; } .outcomes th:nth-child(4) { width:17mm; } .outcomes th:nth-child(5) { width:16mm; }
  html { font-size:12px; }
  body { font-size:9.2pt; line-height:1.42; }
  main { max-width:none; padding:0; }
  h1 { font-size:24pt; } h2 { font-size:13pt; margin-top:18pt; } h3 { font-size:9.6pt; margin:11pt 0 3pt; }
  .cover { min-height:240mm; display:flex; flex-direction:column; break-after:page; }
  .cover .sign { margin-top:auto; }
  .case { margin-top:9mm; }
  /* Bookmarks are made of lines: the blank at which a title is wrapped must stay at the end of its line. */
  h1, .case > header h2 { white-space:pre-wrap; }
  .case > header { break-inside:avoid; break-after:avoid; }
  .case > header + * { break-before:avoid; }
  h2, h3, thead, .steprow, .line.head { break-after:avoid; }
  tr, .reason, .facts, .lcd, .line, li { break-inside:avoid; }
  thead { display:table-header-group; }
  .case .facts { grid-template-columns:max-content 1fr; margin:2.5mm 0; font-size:8.2pt; }
  .case .facts dt, .case .facts dd { padding:.6mm 3mm .6mm 0; }
  table, .line { font-size:8.2pt; } th { font-size:7.4pt; } .case td { padding:.7mm 3mm .7mm 0; } .case .steprow td, .case .check td:first-child { padding-left:1.5mm; }
  .case .seq td { padding:0; }
  .line { padding:.45mm 0; grid-template-columns:15mm 14mm 27mm 13mm 21mm 5mm minmax(0,1fr) 11mm; gap:2mm; }
  .line.head { margin-top:2mm; font-weight:600; border-bottom:1px solid var(--line); }
  .held { columns:2; column-gap:5mm; margin:0; padding:0; list-style:none; font-size:7.6pt; } .held li { padding:.3mm 0 .3mm 3mm; text-indent:-3mm; border-bottom:1px solid var(--hair); } .held .v { text-indent:0; }
  pre.dump { columns:2; column-gap:4mm; margin:.6mm 0 2mm; font-size:6pt; line-height:1.32; white-space:pre; overflow-wrap:normal; color:var(--ink); }
  .slips, .lcds { orphans:1; widows:1; } .slips { display:block; } .slips figure { display:inline-block; vertical-align:top; width:33.4mm; margin:0 2.5mm 2mm 0; } .slips figure:nth-child(5n) { margin-right:0; }
  .place { flex-wrap:nowrap; gap:4mm; } .place pre { flex:1 1 0; font-size:6.4pt; line-height:1.3; } .case .place .paper { width:33.4mm; max-height:70mm; }
  .paper { width:100%; box-shadow:none; } figcaption { font-size:7pt; margin-top:1mm; }
  .lcds { display:block; } .lcds figure { display:inline-block; margin:0 3mm 2mm 0; vertical-align:top; }
  pre.lcd { min-width:0; width:42mm; font-size:6.8pt; padding:1.5mm 2mm; }
  .reason, .steprow td { -webkit-print-color-adjust:exact; print-color-adjust:exact; }
  .bar i, .v::before, pre.lcd { -webkit-print-color-adjust:exact; print-color-adjust:exact; }
  .line:nth-last-child(-n+6), .end { break-before:avoid; } .end { margin:5mm 0 0; }
  a { text-decoration:none; }
}
`;
