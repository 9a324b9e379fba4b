/** What the certification report has beyond the certificate of a run. */
export const CERTIFICATION_STYLE = `
.certification .lead { margin-bottom:1rem; }
h2.quiet { border:0; font-size:1rem; margin:1.1rem 0 .2rem; padding:0; }
.certification .statement { margin:.2rem 0 .5rem; font-size:1.12rem; }
.certification .counts { margin-bottom:.6rem; }
.certification .facts { margin:.6rem 0; }
.lacking { color:var(--broken); font-style:italic; }
.scope { font-size:.85rem; color:var(--soft); margin:.6rem 0; }
.signing td { height:2.4rem; vertical-align:bottom; } .pen { display:inline-block; min-width:8rem; border-bottom:1px solid var(--ink); height:1.4rem; }
.headbox { display:flex; gap:1rem; align-items:center; margin-top:1rem; padding-top:.7rem; border-top:1px solid var(--line); break-inside:avoid; }
.headbox .qr { flex:none; width:6.4rem; height:6.4rem; } .headbox .mono { overflow-wrap:anywhere; }
.plain { list-style:none; margin:.3rem 0; padding:0; } .plain li { padding:.12rem 0; }
.photos { display:grid; grid-template-columns:repeat(3,1fr); gap:.8rem; } .photos img { max-width:100%; max-height:16rem; border:1px solid var(--line); }
.hash { overflow-wrap:anywhere; font-size:.78em; }
.ids td:first-child { white-space:nowrap; } .verdicts td:first-child .id { white-space:normal; } .verdicts th:first-child { min-width:6.6rem; }
.ids td:nth-child(2) { width:40%; } .answers td:nth-child(2) { width:64%; }
.matrix td:first-child { width:44%; } .matrix td:nth-child(2) { white-space:nowrap; }
.evidence td:nth-child(3) { width:66%; }
.proof { margin:.7rem 0; } .proof p { margin:0; } .hashes { columns:2; column-gap:1.4rem; margin:.1rem 0 0; padding:.1rem 0 0; list-style:none; border-top:1px solid var(--hair); } .hashes li { break-inside:avoid; overflow-wrap:anywhere; }
.said { color:var(--soft); font-weight:400; }
.bar .unrun { background:var(--line); }
.draft { display:none; }
@media print {
  .certification.cover { min-height:0; display:block; }
  .certification h1 { font-size:20pt; margin:0; } .certification .brand { margin:0; }
  .certification .statement { font-size:11pt; } .certification .facts { font-size:8.4pt; } .certification .facts dt, .certification .facts dd { padding:.7mm 3mm .7mm 0; }
  .certification .signing td { height:8mm; padding:.6mm 3mm .6mm 0; } .pen { min-width:26mm; height:5mm; }
  .headbox .qr { width:25mm; height:25mm; } .headbox { margin-top:2.5mm; padding-top:2mm; font-size:8pt; }
  .scope { font-size:8pt; margin:1.5mm 0; }
  .chapter, main > div + div { break-before:page; } .chapter > h2:first-child { margin-top:0; }
  section > h2 + * { break-before:avoid; }
  .whole { break-inside:avoid; } .evidence tr { break-inside:auto; } .evidence .hash { font-size:6.6pt; }
  .proof { margin:2.5mm 0; } .proof p { break-after:avoid; font-size:8.2pt; } .hashes { column-gap:5mm; line-height:1.3; } .hashes .hash { font-size:5.8pt; } .hashes small { font-size:5.8pt; }
  .photos img { max-height:60mm; }
  .draft { display:block; position:fixed; top:105mm; left:0; right:0; text-align:center; font-size:110pt; font-weight:700; letter-spacing:.1em; color:#b1271b; opacity:.09; transform:rotate(-38deg); z-index:9; }
}
`;
