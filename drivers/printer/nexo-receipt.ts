import type { Receipt, ReceiptBarcode } from '../../rig/model/receipt.ts';
import { columnsOfText } from '../codec/escpos/columns.ts';
import { decodeEntities, outputsOfXml } from './nexo-xml.ts';
import { receiptOfText, type TextLine } from './text-receipt.ts';

/**
 * Receipts as terminals give them to a till that speaks nexo Retailer (Sale to POI protocol), in JSON or XML: objects with an
 * `OutputContent`, as in `PaymentReceipt` of a payment response and `PrintOutput` of a print request. Texts, XHTML in
 * base64, and barcodes. Texts of the form `name=…&value=…&key=…`, in which some makers put label and value, are told apart.
 * Source: nexo Retailer Protocol 3.1, OutputContent; docs.adyen.com, terminal API, receipts.
 */

/** Deeper and more than any message goes. */
const DEPTH_MAX = 16;
const RECEIPTS_MAX = 100;
const TEXTS_MAX = 5000;
const COLUMNS_MAX = 64;

interface Told {
  readonly [key: string]: unknown;
}
const isObject = (value: unknown): value is Told =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textIn = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 10_000) : '');

/** The receipts in a text, in their order; undefined when it is no JSON or XML with any `OutputContent`. Never throws. */
export function nexoReceipts(text: string, columns = 32): readonly Receipt[] | undefined {
  const outputs = outputsOfXml(text);
  if (outputs) return outputs.map((output) => receiptOf(output, columns));
  if (!/^\s*[[{]/.test(text) || !text.includes('OutputContent')) return undefined;
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  const contents: Told[] = [];
  collect(message, contents, 0);
  return contents.length === 0 ? undefined : contents.map((content) => receiptOf(content, columns));
}

function collect(value: unknown, found: Told[], depth: number): void {
  if (depth > DEPTH_MAX || found.length >= RECEIPTS_MAX) return;
  if (Array.isArray(value)) for (const item of value) collect(item, found, depth + 1);
  else if (isObject(value)) {
    const content = value['OutputContent'];
    if (isObject(content)) found.push(content);
    for (const inner of Object.values(value)) if (inner !== content) collect(inner, found, depth + 1);
  }
}

function receiptOf(content: Told, columns: number): Receipt {
  const texts = Array.isArray(content['OutputText']) ? content['OutputText'] : [content['OutputText']];
  const lines = [
    ...linesOf(texts.filter(isObject).slice(0, TEXTS_MAX), columns),
    ...linesOfXhtml(content['OutputXHTML']),
  ];
  // Nobody cut these lines to the width of paper.
  const widest = Math.min(COLUMNS_MAX, Math.max(columns, ...lines.map((line) => columnsOfText(line.text))));
  const receipt = receiptOfText(lines, { columns: widest });
  const barcode = barcodeOf(content['OutputBarcode'], receipt.height, receipt.width);
  return barcode ? { ...receipt, height: receipt.height + barcode.height, barcodes: [barcode] } : receipt;
}

/** Texts without an end of line share one; its style is that of the first. */
function linesOf(texts: readonly Told[], columns: number): readonly TextLine[] {
  const lines: TextLine[] = [];
  let open: TextLine | undefined;
  for (const text of texts) {
    const said = labelled(textIn(text['Text']), columns);
    const line: TextLine = open ? { ...open, text: open.text + said } : { ...styleOf(text), text: said };
    // Absent means that the line ends.
    if (text['EndOfLineFlag'] === false) open = line;
    else {
      lines.push(...line.text.split(/\r?\n/).map((piece) => ({ ...line, text: piece })));
      open = undefined;
    }
  }
  return open ? [...lines, open] : lines;
}

function styleOf(text: Told): Omit<TextLine, 'text'> {
  const style = text['CharacterStyle'];
  const align = { Right: 'right', Centred: 'centre', Left: 'left', Justified: 'left' } as const;
  const place = align[textIn(text['Alignment']) as keyof typeof align];
  return {
    ...(style === 'Bold' ? { bold: true } : {}),
    ...(style === 'Underlined' ? { underline: true } : {}),
    ...(text['CharacterWidth'] === 'DoubleWidth' ? { wide: 2 } : {}),
    ...(text['CharacterHeight'] === 'DoubleHeight' ? { high: 2 } : {}),
    ...(place ? { align: place } : {}),
  };
}

/** `name=Date&value=09%2F09%2F18&key=txdate` is a label on the left and a value on the right. */
function labelled(text: string, columns: number): string {
  if (!/^(?:name|value|key|position)=[^&]*(?:&(?:name|value|key|position)=[^&]*)*$/.test(text)) return text;
  const parts = new URLSearchParams(text);
  const [name, value] = [parts.get('name') ?? '', parts.get('value') ?? ''];
  if (value === '') return name;
  return name === ''
    ? value
    : `${name}${' '.repeat(Math.max(1, columns - columnsOfText(name) - columnsOfText(value)))}${value}`;
}

/** What a page shows, line by line: tags go, blocks and breaks end lines. */
function linesOfXhtml(base64: unknown): readonly TextLine[] {
  if (typeof base64 !== 'string') return [];
  const page = Buffer.from(base64.slice(0, 1_000_000), 'base64').toString('utf8');
  const text = decodeEntities(
    shownOf(page)
      .replace(/\s+/g, ' ')
      .replace(/<(?:br|hr)\b[^<>]*>|<\/(?:p|div|tr|li|h[1-6]|table)\s*>/gi, '\n')
      .replace(/<\/t[dh]\s*>/gi, ' ')
      .replace(/<[^<>]*>/g, ''),
  );
  return text
    .split('\n')
    .map((line) => ({ text: line.trim() }))
    .filter((line, i, all) => line.text !== '' || i < all.length - 1);
}

/** A page without what no reader sees. What is opened and never closed hides all that follows. */
function shownOf(page: string): string {
  const lower = page.toLowerCase();
  let shown = '';
  let from = 0;
  for (const { index, 1: name = '' } of page.matchAll(/<(style|script|head)\b/gi)) {
    if (index < from) continue;
    shown += page.slice(from, index);
    const close = lower.indexOf(`</${name.toLowerCase()}`, index);
    if (close < 0) return shown;
    from = close;
  }
  return shown + page.slice(from);
}

const SYMBOLOGIES: Readonly<Record<string, string>> = {
  EAN8: 'ean8',
  EAN13: 'ean13',
  UPCA: 'upca',
  Code25: 'itf',
  Code128: 'code128',
  PDF417: 'pdf417',
  QRCode: 'qr',
};
const BARCODE_DOTS = 120;

function barcodeOf(told: unknown, y: number, width: number): ReceiptBarcode | undefined {
  if (!isObject(told)) return undefined;
  const payload = textIn(told['BarcodeValue']);
  if (payload === '') return undefined;
  const symbology = SYMBOLOGIES[textIn(told['BarcodeType'])] ?? 'code128';
  return { x: 0, y, width, height: BARCODE_DOTS, symbology, payload };
}
