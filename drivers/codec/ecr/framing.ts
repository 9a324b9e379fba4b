import { lengthPrefix } from '../framing/length-prefix.ts';
import { markedLengthUpTo } from '../framing/marked-length.ts';
import type { TwoWayFraming } from '../framing/scanner.ts';
import { stxEtxLrc } from '../framing/stx-etx-lrc.ts';
import { textTlv } from '../framing/text-tlv.ts';
import { acknowledgedLink } from '../link/acknowledged-link.ts';
import { bareLink } from '../link/bare-link.ts';
import { conversationLink } from '../link/conversation-link.ts';
import { type Acknowledgements, type Link, PLAIN } from '../link/link.ts';
import { FRAME_KINDS, numberedLink } from '../link/numbered-link.ts';
import type { FramingSetup, LinkSetup } from './protocol.ts';

/** The framing that a protocol file asks for. */
export function framingOf(setup: FramingSetup): TwoWayFraming {
  switch (setup.kind) {
    case 'stx-etx-lrc': {
      const { over, base, progress, longest, 'long-controls': longControls } = setup;
      return stxEtxLrc({
        over,
        base,
        progress,
        longest,
        longControls,
        controls: ['ACK', 'NAK', 'ENQ', 'EOT'],
      });
    }
    case 'length-prefix':
      return lengthPrefix(setup);
    case '55aa-cc33': {
      const framing = markedLengthUpTo(setup.longest);
      const frame = (data: Uint8Array) => framing.frame({ kind: FRAME_KINDS.data, ack: 0, id: 1, data });
      return { ...framing, frame };
    }
    case 'text-tlv':
      return { ...textTlv(setup.longest), frame: (payload) => payload };
  }
}

/** A lost byte does not hide the next frame: where one begins is marked. */
export const isMarked = ({ kind }: FramingSetup): boolean => kind === 'stx-etx-lrc' || kind === '55aa-cc33';

/** ACK and NAK as this framing has them. */
function acknowledgementsOf(setup: FramingSetup): Acknowledgements {
  if (setup.kind !== 'stx-etx-lrc' || !setup['long-controls']) return PLAIN;
  const long = (byte: number) => Uint8Array.of(byte, ETX, setup.base ^ byte ^ ETX);
  return { ack: long(0x06), nak: long(0x15) };
}

const ETX = 0x03;

/** How a message is written in its form: progress text has marks of its own and no checksum. */
export const progressFrame = (payload: Uint8Array): Uint8Array => Uint8Array.from([0x01, ...payload, 0x04]);

/**
 * The link of one end.
 * @param side the till lets the terminal speak first when both want to
 * @param accepts whether this end can use a message; what it cannot is refused by NAK
 */
export function linkOf(
  setup: LinkSetup,
  side: 'till' | 'terminal',
  accepts?: (payload: Uint8Array) => boolean,
): Link {
  const { frame } = framingOf(setup.framing);
  const { 'ack-within': ackMs, repeats } = setup;
  const more = accepts && { accepts };
  switch (setup.handshake) {
    case 'none':
      return bareLink(frame);
    case 'ack':
      return acknowledgedLink({
        frame,
        ackMs,
        repeats,
        acknowledgements: acknowledgementsOf(setup.framing),
        unacknowledged: ['SOH'],
        ...more,
      });
    case 'numbered': {
      const longest = setup.framing.kind === '55aa-cc33' ? setup.framing.longest : 0;
      return numberedLink({
        frame: markedLengthUpTo(longest).frame,
        side,
        answerMs: ackMs,
        repeats,
        ...more,
      });
    }
    case 'enq':
      return conversationLink({ frame, answerMs: ackMs, repeats, yields: side === 'till', ...more });
  }
}
