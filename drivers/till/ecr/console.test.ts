import assert from 'node:assert/strict';
import { makeClock } from '../../../rig/model/time.ts';
import { openPseudoTerminal } from '../../virtual/pty.ts';
import { type AttachTill, ecrTill, listenForTill, tillOnSerial } from '../../virtual/till/till-port.ts';
import { loadProtocol, protocolNames } from '../protocol-file.ts';
import { posrig } from '../testing/console.ts';
import { sellingTerminal } from '../testing/selling-terminal.ts';

/** A terminal's end of a protocol, and all that both ends say on it. */
function recorded(protocol: string): { attach: AttachTill; said: () => Buffer } {
  const inner = ecrTill(loadProtocol(protocol));
  const said: Uint8Array[] = [];
  const attach: AttachTill = (cable, terminal, clock) =>
    inner(
      {
        ...cable,
        write: (bytes) => {
          said.push(bytes.slice());
          cable.write(bytes);
        },
        onData: (listener) =>
          cable.onData((bytes) => {
            said.push(bytes.slice());
            listener(bytes);
          }),
      },
      terminal,
      clock,
    );
  return { attach, said: () => Buffer.concat(said) };
}

/** Where the terminal of a protocol can be reached, over what that protocol is spoken over first of all. */
async function plug(protocol: string) {
  const { attach, said } = recorded(protocol);
  const { links } = loadProtocol(protocol);
  if (links.tcp && protocol !== 'concert') {
    const at = { host: '127.0.0.1', port: 0 };
    const port = await listenForTill(at, sellingTerminal(), makeClock(1), attach);
    return { place: ['--tcp', port.address], over: '--tcp', said, close: () => port.close() };
  }
  const line = await openPseudoTerminal();
  const end = tillOnSerial(line, sellingTerminal(), makeClock(1), attach);
  const close = async () => {
    end();
    await line.close();
  };
  return { place: ['--port', line.path], over: '--serial', said, close };
}

interface Decoded {
  readonly type: string;
  readonly bytes: number;
  readonly message?: string;
  readonly from?: string;
  readonly fields?: readonly { readonly holds?: string; readonly value: string; readonly meaning?: string }[];
}

describe('posrig till and posrig decode for every protocol that ships as a file', () => {
  for (const protocol of protocolNames()) {
    it(`${protocol}: pays, and what was said is read again, both ends of it`, async () => {
      const { place, over, said, close } = await plug(protocol);
      try {
        const amount = protocol === 'transbank' ? '1010' : '10.10';
        const paid = await posrig('till', protocol, ...place, '--json', 'pay', amount);
        const end = JSON.parse(paid.out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
        assert.deepEqual([end['type'], end['outcome'], paid.status], ['end', 'approved', 0], paid.out);
        const bytes = said().toString('hex');
        const words = protocol === 'example-mis' ? ['till', '--protocol', protocol] : [protocol];
        const read = await posrig('decode', ...words, over, '--json', bytes);
        const items = JSON.parse(read.out) as Decoded[];
        assert.equal(read.status, 0, read.out);
        assert.deepEqual(
          items.filter(({ type }) => type !== 'frame' && type !== 'control'),
          [],
        );
        const frames = items.filter(({ type }) => type === 'frame');
        const holding = (from: string, holds: string) =>
          frames
            .filter((frame) => frame.from === from)
            .flatMap(({ fields = [] }) => fields.filter((field) => field.holds === holds));
        assert.match(holding('till', 'amount').at(-1)?.value ?? '', /10\.?10$/);
        assert.ok(holding('terminal', 'result').at(-1)?.meaning, read.out);
        assert.doesNotMatch(read.out, /62220200/);
        const text = await posrig('decode', ...words, over, '--lang', 'zh', bytes);
        assert.match(text.out, /till[\s\S]*terminal/);
        assert.match(text.out, /消费/);
      } finally {
        await close();
      }
    });
  }

  for (const protocol of ['concert', 'caisse-ap']) {
    it(`${protocol}: pays out, and says so to nobody who asked for a payment`, async () => {
      const { place, over, said, close } = await plug(protocol);
      try {
        const refunded = await posrig('till', protocol, ...place, '--json', 'refund', '10.10');
        const end = JSON.parse(refunded.out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
        assert.deepEqual([end['outcome'], refunded.status], ['approved', 0]);
        const { out } = await posrig('decode', protocol, over, said().toString('hex'));
        assert.match(out, /credit \(till\)/);
        assert.doesNotMatch(out, /debit \(till\)/);
      } finally {
        await close();
      }
    });
  }

  it('concert: the number of the card comes along when it is asked for, and is shown masked', async () => {
    const { place, over, said, close } = await plug('concert');
    try {
      const paid = await posrig('till', 'concert', ...place, '--json', 'pay-with-card', '10.10');
      assert.equal(paid.status, 0);
      assert.match(paid.out, /"card":"622202\*+0128"/);
      const { out } = await posrig('decode', 'concert', over, '--json', said().toString('hex'));
      const told = (JSON.parse(out) as Decoded[]).find(({ message }) => message === 'result-with-card');
      assert.equal(told?.bytes, 83);
      assert.match(told?.fields?.find(({ holds }) => holds === 'pan')?.value ?? '', /^622202\*+0128$/);
    } finally {
      await close();
    }
  });

  it('tells a refusal by its exit code, and what a protocol does not have by its name', async () => {
    const { place, close } = await plug('caisse-ap');
    try {
      const refused = await posrig('till', 'caisse-ap', ...place, '--json', 'pay', '10.20');
      const end = JSON.parse(refused.out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
      assert.deepEqual([end['outcome'], refused.status], ['declined', 1]);
      await assert.rejects(posrig('till', 'caisse-ap', ...place, 'dance'), /no till command "dance"/);
    } finally {
      await close();
    }
  });
});
