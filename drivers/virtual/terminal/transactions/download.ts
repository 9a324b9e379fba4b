import { unpackDownload, unpackParameters } from '../../../codec/iso8583/download-data.ts';
import { encodeTlv, type Tlv } from '../../../codec/iso8583/index.ts';
import { OperationEnds } from '../entry.ts';
import { exchange, type Firmware, identityOf, nextStan } from '../firmware.ts';
import { DOWNLOADS, downloadRequest, listRequest, statusRequest } from '../management-messages.ts';
import type { Downloads } from '../memory.ts';
import type { Request } from '../messages.ts';
import { openLine } from '../online.ts';
import type { Screen } from '../screens.ts';
import * as screens from '../screens.ts';

/** Lists longer than this are no lists but a fault. */
const PAGES_MAX = 20;

/**
 * Downloads parameters, chip applications and CA keys. Nothing is stored before all of it is here: a download that breaks
 * off leaves the terminal with what it had.
 */
export async function download(firmware: Firmware): Promise<Screen> {
  await openLine(firmware, 'DOWNLOAD');
  const parameters = await parametersOf(firmware, '360');
  const applications = await itemsOf(firmware, 'applications', 'APPLICATIONS');
  const caKeys = await itemsOf(firmware, 'caKeys', 'CA KEYS');
  firmware.flash.commit({ downloads: { parameters, applications, caKeys } });
  const count = (items: object) => Object.keys(items).length;
  return screens.downloaded({
    parameters: count(parameters),
    applications: count(applications),
    caKeys: count(caKeys),
  });
}

const NOTHING: Downloads = { parameters: {}, applications: {}, caKeys: {} };

/** Parts of a download that the acquirer may order by themselves; the line must be open. */
export const PARTS = {
  /** Terminal parameters; by the terminal management system (364) they are added to those that are there. */
  parameters: async (firmware: Firmware, code: '360' | '364' = '360') => {
    const parameters = await parametersOf(firmware, code);
    const have = firmware.flash.memory.downloads ?? NOTHING;
    const kept = code === '364' ? have.parameters : {};
    firmware.flash.commit({ downloads: { ...have, parameters: { ...kept, ...parameters } } });
  },
  applications: async (firmware: Firmware) => {
    const applications = await itemsOf(firmware, 'applications', 'APPLICATIONS');
    firmware.flash.commit({
      downloads: { ...(firmware.flash.memory.downloads ?? NOTHING), applications },
    });
  },
  caKeys: async (firmware: Firmware) => {
    const caKeys = await itemsOf(firmware, 'caKeys', 'CA KEYS');
    firmware.flash.commit({ downloads: { ...(firmware.flash.memory.downloads ?? NOTHING), caKeys } });
  },
  /** Tells the acquirer that the terminal is well: 0820, 60.3 = 362, F62 its serial number. */
  status: async (firmware: Firmware) => {
    firmware.show(screens.waiting('STATUS'));
    await answered(firmware, statusRequest(managing(firmware), `VT40${firmware.setup.terminalId}`));
  },
  /** Card numbers that are not taken: the acquirer's list, then its end. */
  blacklist: async (firmware: Firmware) => {
    firmware.show(screens.downloading('CARD BLACKLIST', 0));
    await answered(firmware, downloadRequest(managing(firmware), '390'));
    await answered(firmware, downloadRequest(managing(firmware), '391'));
  },
} as const;

const managing = (firmware: Firmware) => ({
  ...identityOf(firmware),
  stan: nextStan(firmware),
  batch: firmware.flash.memory.batch,
});

async function parametersOf(firmware: Firmware, code: '360' | '364'): Promise<Downloads['parameters']> {
  firmware.show(screens.downloading('PARAMETERS', 0));
  const field62 = await answered(firmware, downloadRequest(managing(firmware), code));
  const parameters = read(() => unpackParameters(field62));
  await answered(firmware, downloadRequest(managing(firmware), code === '360' ? '361' : '365'));
  return parameters;
}

/** The list page by page, then each item by its name, then the end. */
async function itemsOf(
  firmware: Firmware,
  what: 'applications' | 'caKeys',
  label: string,
): Promise<Readonly<Record<string, string>>> {
  const codes = DOWNLOADS[what];
  const names: (readonly Tlv[])[] = [];
  for (let page = 0, more = true; more && page < PAGES_MAX; page++) {
    const field62 = await answered(firmware, listRequest(managing(firmware), codes.list, names.length));
    const { objects, ...rest } = read(() => unpackDownload(field62));
    names.push(...entriesOf(objects));
    more = rest.more;
  }
  const items: Record<string, string> = {};
  for (const [done, name] of names.entries()) {
    firmware.show(screens.downloading(label, done));
    const wanted = encodeTlv(name.filter(({ tag }) => tag !== 'DF05').map(({ tag, value }) => [tag, value]));
    const field62 = await answered(firmware, downloadRequest(managing(firmware), codes.item, wanted));
    const { objects } = read(() => unpackDownload(field62));
    const key = Buffer.from(wanted).toString('hex').toUpperCase();
    if (objects.length > 0) items[key] = field62.slice(2);
  }
  await answered(firmware, downloadRequest(managing(firmware), codes.end));
  return items;
}

/** Each entry of a list begins with 9F06. */
function entriesOf(objects: readonly Tlv[]): (readonly Tlv[])[] {
  const entries: Tlv[][] = [];
  for (const object of objects) {
    if (object.tag === '9F06') entries.push([]);
    entries.at(-1)?.push(object);
  }
  return entries;
}

/** F62 of an answer that says yes; anything else ends the download. */
async function answered(firmware: Firmware, request: Request): Promise<string> {
  const { texts } = firmware;
  const answer = await exchange(firmware, request);
  if (answer?.type !== 'answer') throw new OperationEnds(screens.noAnswer());
  const { code, message } = answer;
  if (texts.approved.includes(code)) return message.fields['62'] ?? '';
  throw new OperationEnds(screens.declined(code, texts.texts[code] ?? ''));
}

/** What cannot be read is the acquirer's mistake; the terminal keeps what it has. */
function read<T>(unpack: () => T): T {
  try {
    return unpack();
  } catch {
    throw new OperationEnds(screens.notPossible('DOWNLOAD DAMAGED'));
  }
}
