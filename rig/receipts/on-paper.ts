import type { CapturedSlip } from '../bench/planes.ts';
import type { Cvm } from './subject.ts';

/** What a slip itself says about how its transaction went, where no plane tells. */

/** Texts about a PIN that was entered and found right. */
const PIN_VERIFIED =
  /PIN\s*(?:CODE\s*)?(?:VERIFIED|OK\b|ENTERED|CORRECT|BASED)|(?:VERIFIED|APPROVED|AUTHENTICATED)\s+(?:BY|WITH)\s+PIN|已(?:输入|验证|校验)密码|密码(?:已|验证)(?:通过|验证|输入|成功)|凭密(?:码)?(?:交易|支付)|PIN[- ](?:EINGABE|GEPRÜFT)/iu;

/** How the cardholder was verified, by what stands on the paper; undefined when it says nothing of it. */
export const cvmOnPaper = ({ lines }: Pick<CapturedSlip, 'lines'>): Cvm | undefined =>
  lines.some((line) => PIN_VERIFIED.test(line.normalize('NFKC').slice(0, 200))) ? 'pin' : undefined;

const DECLINED =
  /拒绝|失败|未成功|不成功|DECLINED|REFUSED|REJECTED|NOT\s+(?:APPROVED|AUTHORI[SZ]ED)|ABGELEHNT|NICHT\s+(?:GENEHMIGT|MÖGLICH|ERFOLGT)/iu;
const APPROVED = /交易成功|交易批准|已批准|\bAPPROVED\b|\bTRANSACTION\s+OK\b|GENEHMIGT|ZAHLUNG\s+ERFOLGT/iu;

/** Lines in which a slip says that its transaction was declined. */
export const declinedLines = (lines: readonly string[]): number[] =>
  lines.flatMap((line, i) => (DECLINED.test(line.normalize('NFKC').slice(0, 200)) ? [i] : []));

/** Lines in which it says that it was approved, and not the contrary. */
export const approvedLines = (lines: readonly string[]): number[] =>
  lines.flatMap((line, i) => {
    const plain = line.normalize('NFKC').slice(0, 200);
    return APPROVED.test(plain) && !DECLINED.test(plain) ? [i] : [];
  });
