const UNITS: Readonly<Record<string, number>> = {
  'bit/s': 1,
  'kbit/s': 1e3,
  'Mbit/s': 1e6,
  'B/s': 8,
  'kB/s': 8e3,
  'MB/s': 8e6,
};

/** `"20 kbit/s"`, `"1.6 Mbit/s"`, `"500 B/s"` in bits per second (at least 1); undefined if it is not a rate. k is 1000. */
export function parseRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kM]?(?:bit|B)\/s)$/.exec(text.trim());
  const unit = UNITS[match?.[2] ?? ''];
  const rate = match && unit ? Number(match[1]) * unit : 0;
  return rate >= 1 ? rate : undefined;
}
