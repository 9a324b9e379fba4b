import { findTesseract, type Tesseract } from '../../drivers/printer/ocr/tesseract.ts';
import { findTshark, type Tshark } from '../../drivers/till/tshark.ts';
import { findChromium, findCjkFont, findJava, findPoppler, type Tool } from '../../reports/tools.ts';

/**
 * Tests that need a program of the machine. Without it they are skipped, with the reason in `test.skipReason` for the
 * closing list; with POSRIG_REQUIRE_ALL=1 they fail instead, so that a tier cannot silently go missing.
 */
async function needs<T>(
  context: Mocha.Context,
  what: string,
  find: () => Promise<T | undefined>,
): Promise<T> {
  const tool = await find();
  if (tool) return tool;
  const reason = `needs ${what}; npm run setup installs it`;
  if (process.env['POSRIG_REQUIRE_ALL'] === '1') throw new Error(reason);
  for (const test of [context.test, context.currentTest]) {
    if (test) (test as { skipReason?: string }).skipReason = reason;
  }
  context.skip();
}

/** In a test or hook: `await needsChromium(this)`. */
export const needsChromium = (context: Mocha.Context): Promise<Tool> =>
  needs(context, 'Chromium', findChromium);
export const needsJava = (context: Mocha.Context): Promise<Tool> =>
  needs(context, 'Java 11 or newer', findJava);
export const needsCjkFont = (context: Mocha.Context): Promise<Tool> =>
  needs(context, 'a Chinese font', findCjkFont);
/** `pdftotext`, `pdffonts` and `pdfinfo`, with which tests read what was printed. */
export const needsPoppler = (context: Mocha.Context): Promise<Tool> =>
  needs(context, 'poppler-utils', findPoppler);
/** `tshark`, for what Wireshark makes of our conversations. */
export const needsTshark = (context: Mocha.Context): Promise<Tshark> => needs(context, 'tshark', findTshark);
/** Tesseract with Chinese. */
export const needsTesseract = (context: Mocha.Context): Promise<Tesseract> =>
  needs(context, 'tesseract with chi_sim', async () => {
    const tool = await findTesseract();
    return tool?.languages.includes('chi_sim') ? tool : undefined;
  });
