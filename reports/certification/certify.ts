import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CertificationBasis, CertifyOutcome, ReportLanguage } from '../../rig/model/certification.ts';
import { isRigError, RigError } from '../../rig/model/errors.ts';
import { printPdf } from '../certificate/print.ts';
import { findChromium, reportCapabilities } from '../tools.ts';
import { CLAUSES, missingItems } from './clauses.ts';
import { identification, titleOf } from './front.ts';
import { renderCertification } from './page.ts';
import { type Certification, readCertification } from './view.ts';

export interface CertifyRequest {
  readonly lang: ReportLanguage;
  readonly out: string;
  /** `html`, `pdf`; none to know only what is missing. */
  readonly formats: readonly string[];
}

/**
 * Renders the certification report of a campaign and says what it lacks. A PDF that cannot be made here is a note. Throws
 * USAGE for another format and JOURNAL_DAMAGED when a run is not as it was when it was added.
 */
export async function certify(basis: CertificationBasis, request: CertifyRequest): Promise<CertifyOutcome> {
  const unknown = request.formats.find((format) => format !== 'html' && format !== 'pdf');
  if (unknown !== undefined)
    throw new RigError('USAGE', 'file', `there is no certification report as "${unknown}"`, {
      hint: 'Formats: html, pdf.',
    });
  const certification = await readCertification(basis);
  const missing = missingItems(certification);
  const { written, notes } = await write(certification, request);
  return {
    missing,
    clauses: CLAUSES.map(({ clause, asks, missing: lacks }) => ({
      clause,
      asks,
      met: lacks(certification).length === 0,
    })),
    written,
    notes: [...certification.notes, ...notes],
  };
}

async function write(
  certification: Certification,
  { lang, out, formats }: CertifyRequest,
): Promise<Pick<CertifyOutcome, 'written' | 'notes'>> {
  const written: { path: string; title: string }[] = [];
  const notes: string[] = [];
  const stem = basename(certification.basis.file).replace(/\.ya?ml$/i, '');
  const place = (ending: string) => join(out, `${stem}.report${lang === 'en' ? '' : `.${lang}`}.${ending}`);
  if (formats.length > 0) await mkdir(out, { recursive: true });
  if (formats.includes('html')) {
    await writeFile(place('html'), await renderCertification(certification, { lang }));
    written.push({ path: place('html'), title: 'Certification report, HTML' });
  }
  if (formats.includes('pdf')) {
    const note = await print(certification, lang, place('pdf'));
    if (note === undefined) written.push({ path: place('pdf'), title: 'Certification report, PDF' });
    else notes.push(note);
  }
  return { written, notes };
}

/** Returns why there is no PDF, if there is none. */
async function print(
  certification: Certification,
  lang: ReportLanguage,
  to: string,
): Promise<string | undefined> {
  const chromium = await findChromium();
  if (!chromium) {
    const capability = (await reportCapabilities()).find(({ id }) => id === 'chromium');
    return `There is no PDF: Chromium is ${capability?.found ?? 'not found'}. Install it with: ${capability?.remedy ?? 'npm run setup'}`;
  }
  const { campaign } = certification.basis;
  const first = lang === 'both' ? 'en' : lang;
  try {
    await printPdf(await renderCertification(certification, { lang, paper: true }), {
      chromium: chromium.path,
      lang: first,
      number: identification(campaign, first),
      title: [campaign.laboratory?.name, titleOf(campaign, first)].filter(Boolean).join(' · '),
      to,
    });
    return undefined;
  } catch (thrown) {
    if (!isRigError(thrown) || thrown.code !== 'REPORT_TOOL') throw thrown;
    return `${thrown.message}${thrown.hint ? ` ${thrown.hint}` : ''}`;
  }
}
