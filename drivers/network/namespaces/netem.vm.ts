import assert from 'node:assert/strict';
import { attempt, command } from '../kernel/command.ts';
import { inside } from '../kernel/creation.ts';
import { takeInventory } from '../kernel/inventory.ts';
import { REQUEST } from '../kernel/testing/path.ts';
import { HOST, openLine, PORT, type TestLine } from './testing/line.ts';

/** Few machines that run tests have netem in their kernel; the one of `npm run test:vm` has. */
describe('netem of a real kernel on the path', () => {
  let line: TestLine;
  before(async () => {
    line = await openLine('netem');
  });
  after(() => line?.close());

  const dialled = () => line.terminal.dial(HOST, PORT);
  const answered = async () => (await line.terminal.exchange(REQUEST, 200)).ms ?? 0;
  /** What tc says of the interface by which the terminal's packets leave. */
  const discipline = async () => {
    const { terminal, interface: name = '' } = line.service.facts;
    const [program = '', ...words] = [...inside(terminal), 'tc', 'qdisc', 'show', 'dev', name];
    return command(program, words);
  };

  it('delays the handshake and every answer by the round trip of the place, half of it each way', async () => {
    await line.path.plane.setPath({ region: 'here', access: 'far' });
    assert.match(await discipline(), /qdisc netem .* root .*delay 60ms/);
    const { ms = 0 } = await dialled();
    assert.ok(ms >= 120, `connected after ${ms} ms`);
    for (let i = 0; i < 3; i++) {
      const took = await answered();
      assert.ok(took >= 120, `answered after ${took} ms`);
    }
  });

  it('lets a live connection feel the figures of the place it is handed over to', async () => {
    await line.path.plane.setPath({ region: 'here', access: 'near' });
    await dialled();
    await answered();
    await line.path.plane.setPath({ region: 'here', access: 'far', live: 'keep' });
    const took = await answered();
    assert.ok(took >= 120, `answered after ${took} ms`);
  });

  it('paces what an access network paces', async () => {
    await line.path.plane.setPath({ region: 'here', access: 'thin' });
    assert.match(await discipline(), /rate 80Kbit/);
    await dialled();
    let took = 0;
    // netem lets no burst through: 240 bytes are 24 ms at 80 kbit/s, each way.
    for (let i = 0; i < 10; i++) took += await answered();
    assert.ok(took >= 480, `${took} ms`);
  });

  it('loses what an access network loses, and the packet is sent again when it is over', async () => {
    await line.path.plane.setPath({ region: 'here', access: 'lossy' });
    const never = dialled();
    const before = line.path.plane.traffic().connections;
    await attempt('sleep', ['0.5']);
    assert.equal(line.path.plane.traffic().connections, before);
    await line.path.plane.setPath({ region: 'here', access: 'near' });
    assert.ok(((await never).ms ?? 0) >= 500, 'the SYN was sent again');
  });

  it('is missed when somebody takes it away', async () => {
    await line.path.plane.setPath({ region: 'here', access: 'far' });
    const told = line.path.recorder.saw(
      (event) => event.type === 'note' && /netem is not on/.test(event.text),
    );
    const { terminal, interface: name = '' } = line.service.facts;
    const [program = '', ...words] = [...inside(terminal), 'tc', 'qdisc', 'del', 'dev', name, 'root'];
    await command(program, words);
    await told;
    assert.notDeepEqual(await takeInventory(), [], 'what it made is still known, and is removed at the end');
  });
});
