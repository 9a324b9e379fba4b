import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isRigError } from '../../../rig/model/errors.ts';
import type { MessageKind } from '../../../rig/model/message.ts';
import { packDownload, packParameters, unpackListRequest } from '../../codec/iso8583/download-data.ts';
import { decodeTlv } from '../../codec/iso8583/index.ts';
import { readFileAs } from '../read-file.ts';
import type { Answer } from './answer.ts';
import type { Request } from './request.ts';

const hex = (message: string) =>
  z
    .union([z.int(), z.string()])
    .transform((value) => String(value).replace(/\s/g, '').toUpperCase())
    .pipe(z.string().regex(/^([0-9A-F]{2})+$/, { error: message }));

/** What terminals download: a file of the acquirer. */
export const DownloadFile = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  parameters: z
    .record(z.string().regex(/^\d{2}$/), z.string().max(99))
    .default({})
    .describe('terminal parameters by tag, two digits'),
  aids: z
    .array(z.record(z.string().regex(/^[0-9A-F]{2,6}$/), hex('not hex')))
    .default([])
    .describe('data objects of each AID, 9F06 among them, in the order in which they are sent'),
  'ca-keys': z
    .array(
      z.strictObject({
        rid: hex('not a RID').pipe(z.string().length(10)),
        index: z.string().regex(/^[0-9A-F]{2}$/),
        expiry: z.string().regex(/^\d{8}$/),
        exponent: hex('not an exponent'),
        modulus: hex('not a modulus').pipe(z.string().max(496)),
      }),
    )
    .default([]),
});

/** One thing to download: its name in a list, and all of it. */
interface Item {
  readonly key: string;
  readonly listed: readonly (readonly [string, string])[];
  readonly objects: readonly (readonly [string, string])[];
}

/** Parameters, AIDs and CA keys that this acquirer has for its terminals. */
export interface Downloads {
  readonly parameters: Readonly<Record<string, string>>;
  readonly aids: readonly Item[];
  readonly caKeys: readonly Item[];
}

/** Nothing to download. */
export const NO_DOWNLOADS: Downloads = { parameters: {}, aids: [], caKeys: [] };

/** Reads a download file. Errors as for any file. */
export function loadDownloads(path: string): Downloads {
  const file = readFileAs(path, DownloadFile);
  return {
    parameters: file.parameters,
    aids: file.aids.map((objects) => ({
      key: objects['9F06'] ?? '',
      listed: [['9F06', objects['9F06'] ?? '']],
      objects: Object.entries(objects),
    })),
    caKeys: file['ca-keys'].map(({ rid, index, expiry, exponent, modulus }) => {
      const named = [
        ['9F06', rid],
        ['9F22', index],
        ['DF05', expiry],
      ] as const;
      const check = createHash('sha1').update(Buffer.from(rid + index + modulus + exponent, 'hex'));
      return {
        key: rid + index,
        listed: named,
        objects: [
          ...named,
          // Hash and signature algorithm: SHA-1, RSA.
          ['DF06', '01'],
          ['DF07', '01'],
          ['DF02', modulus],
          ['DF04', exponent],
          ['DF03', check.digest('hex').toUpperCase()],
        ] as const,
      };
    }),
  };
}

/** Entries of a list that one message takes: far below what F62 may hold, so that paging is in daily use. */
const PAGE = 2;

/** Codes of 60.3 by what they ask for, for CA keys and AIDs; 373 asks for CA keys of SM2, of which there are none. */
const LISTS = ['372', '382'];
const ITEMS = ['370', '380'];

/**
 * Parameter, AID and CA key download (0800, 0820): a list page by page, then item by item, then the end, which is
 * answered and changes nothing here. Asked for an item that there is not: 25. `next`: RRN of the answer.
 */
export function download(downloads: Downloads, request: Request, rrn: string): Answer {
  const { fields } = request.message;
  const what = fields['60.3'] ?? '';
  if (what === '360' || what === '364') {
    return { code: '00', rrn, fields: { '62': packParameters(downloads.parameters) } };
  }
  if (LISTS.includes(what)) {
    const items = itemsOf(downloads, request.kind);
    const have = unpackListRequest(fields['62']);
    const page = items.slice(have, have + PAGE);
    const more = have + page.length < items.length;
    const flag = page.length === 0 ? '0' : more ? '2' : have === 0 ? '1' : '3';
    return {
      code: '00',
      rrn,
      fields: {
        '62': packDownload(
          flag,
          page.flatMap(({ listed }) => listed),
        ),
      },
    };
  }
  if (what === '373') return { code: '00', rrn, fields: { '62': packDownload('0', []) } };
  if (ITEMS.includes(what)) {
    const wanted = nameIn(fields['62'] ?? '');
    const item = itemsOf(downloads, request.kind).find(({ key }) => key === wanted);
    if (!item) return { code: '25', rrn, fields: { '62': packDownload('0', []) } };
    return { code: '00', rrn, fields: { '62': packDownload('1', item.objects) } };
  }
  // 361, 365, 371, 381: the terminal has all of it; 362: it tells its status.
  return { code: '00', rrn };
}

const itemsOf = ({ aids, caKeys }: Downloads, kind: MessageKind) => (kind === 'ca-keys' ? caKeys : aids);

/** RID and index, or AID, that an item request names in BER-TLV; empty when it names none. */
function nameIn(field62: string): string {
  try {
    const objects = decodeTlv(Buffer.from(field62, 'hex'));
    return ['9F06', '9F22'].map((tag) => objects.find((object) => object.tag === tag)?.value ?? '').join('');
  } catch (thrown) {
    if (isRigError(thrown)) return '';
    throw thrown;
  }
}
