import assert from 'node:assert/strict';
import type { ArmedFault } from '../../../rig/bench/planes.ts';
import { isRigError } from '../../../rig/model/errors.ts';
import { attempt } from '../kernel/command.ts';
import { takeInventory } from '../kernel/inventory.ts';
import { probeKernel } from '../kernel/probe.ts';
import { tcpStates } from '../kernel/tcp-state.ts';
import { openPath, REQUEST, type TestPath } from '../kernel/testing/path.ts';
import type { Dialler } from './testing/dialler.ts';
import { HOST, HOST6, openLine, PORT, type TestLine } from './testing/line.ts';
import { PLACES } from './testing/places.ts';

/** Waits until a packet has met the rules of a fault. */
async function metBy(fault: ArmedFault): Promise<void> {
  while (((await fault.proof()).counters?.['packets met by the rules']?.after ?? 0) === 0)
    await attempt('sleep', ['0.05']);
}

describe('a terminal in a namespace of its own', () => {
  let line: TestLine;
  let service: TestLine['service'];
  let terminal: Dialler;
  let path: TestPath;
  const open = async (shaping: string, six = false): Promise<void> => {
    line = await openLine(shaping, six);
    ({ service, terminal, path } = line);
  };
  const close = () => line.close();
  before(() => open('packets'));
  after(close);

  it('has no way to anybody before it is somewhere, then the figures of that place, in the handshake too', async () => {
    assert.equal((await terminal.dial(HOST, PORT)).refused, 'ENETUNREACH');
    await path.plane.setPath({ region: 'here', access: 'far' });
    const { ms = 0 } = await terminal.dial(HOST, PORT);
    assert.ok(ms >= 120, `connected after ${ms} ms`);
    const { ms: answered = 0 } = await terminal.exchange(REQUEST, 200);
    assert.ok(answered >= 120, `answered after ${answered} ms`);
    assert.equal((await path.host.peer(0)).socket.remoteAddress, '127.0.0.11');
  });

  it('moves under a live connection: half-open, both ends believe in it, and neither hears from the other', async () => {
    await path.plane.setPath({ region: 'here', access: 'near' });
    const before = await terminal.dial(HOST, PORT);
    await terminal.exchange(REQUEST, 200);
    const peer = await path.host.peer(1);
    const had = peer.count;
    await path.plane.setPath({ region: 'there', access: 'near', live: 'half-open' });
    terminal.send(REQUEST);
    const ours = await attempt('nsenter', [
      ...[`--net=/run/netns/${service.facts['terminal']}`, 'ss', '-Htn', 'state', 'established'],
    ]);
    assert.match(ours.stdout, new RegExp(`${before.from}:${before.port}`), 'the terminal still believes');
    const [rigs] = await tcpStates(['dport', '=', `:${before.port}`]);
    assert.equal(rigs?.state, 'ESTAB', 'the rig still believes');
    assert.deepEqual((await terminal.look()).log, []);
    const after = await terminal.dial(HOST, PORT);
    assert.notEqual(after.from, before.from, 'the terminal has another address there');
    await terminal.exchange(REQUEST, 200);
    assert.equal((await path.host.peer(2)).socket.remoteAddress, '127.0.0.12');
    assert.equal(peer.count, had);
  });

  it('keeps its connection in a handover, with its old address and the figures of the new path', async () => {
    await path.plane.setPath({ region: 'here', access: 'near' });
    const { port } = await terminal.dial(HOST, PORT);
    await terminal.exchange(REQUEST, 200);
    await path.plane.setPath({ region: 'here', access: 'far', live: 'keep' });
    const { ms = 0 } = await terminal.exchange(REQUEST, 200);
    assert.ok(ms >= 120, `answered after ${ms} ms`);
    assert.equal((await tcpStates(['dport', '=', `:${port}`])).length, 1);
    assert.deepEqual((await terminal.look()).log, []);
  });

  it('is cut on the way to the entry point of its place, and not by what is meant for another place', async () => {
    await path.plane.setPath({ region: 'yonder', access: 'near' });
    await terminal.dial(HOST, PORT);
    await terminal.exchange(REQUEST, 200);
    const peer = await line.second.peer(0);
    assert.equal(peer.socket.remoteAddress, '127.0.0.13');
    const elsewhere = await path.arm('stall@response.leaving region=here on=sale');
    const fault = await path.arm('cut@request.leaving on=sale nth=2');
    await terminal.exchange(REQUEST, 200);
    const struck = path.recorder.saw((event) => event.type === 'fault' && event.phase === 'struck');
    terminal.send(REQUEST);
    await struck;
    await metBy(fault);
    assert.equal(peer.count, 2 * REQUEST.length, 'nothing more has reached that entry point');
    const proof = await fault.heal();
    assert.equal(proof.state, 'in-force', proof.summary);
    await peer.bytes(3 * REQUEST.length);
    const missed = await elsewhere.heal();
    assert.equal(missed.state, 'not-in-force', missed.summary);
    assert.match(missed.summary, /never struck/);
  });

  it('leaves a fault uncertain whose rules no packet meets: it reaches the rig by another address', async () => {
    await path.plane.setPath({ region: 'yonder', access: 'near' });
    const fault = await path.arm('mtu@response bytes=100');
    const { host, port } = path.plane.address;
    await terminal.dial(host, port);
    await terminal.exchange(REQUEST, 200);
    const proof = await fault.heal();
    assert.equal(proof.state, 'unknown', proof.summary);
    assert.match(proof.summary, /the traffic takes another path/);
  });

  const paced = async (host: string) => {
    await path.plane.setPath({ region: 'here', access: 'thin' });
    await terminal.dial(host, PORT);
    // A dozen pass in a burst; each of the others has 240 bytes, 24 ms at 80 kbit/s.
    let took = 0;
    for (let i = 0; i < 30; i++) took += (await terminal.exchange(REQUEST, 200)).ms ?? 0;
    assert.ok(took >= 360, `${took} ms`);
  };
  it('is paced as its access network is', () => paced(HOST));

  it('loses what its access network loses', async () => {
    await path.plane.setPath({ region: 'here', access: 'lossy' });
    const never = terminal.dial(HOST, PORT);
    const before = path.plane.traffic().connections;
    await attempt('sleep', ['0.2']);
    assert.equal(path.plane.traffic().connections, before);
    await path.plane.setPath({ region: 'here', access: 'near' });
    assert.ok(((await never).ms ?? 0) >= 200, 'the SYN was sent again');
  });

  it('tells when the figures are not in force any more: the engine ended', async () => {
    const lost = path.recorder.saw(
      (event) => event.type === 'note' && /not in force: the packet engine/.test(event.text),
    );
    const entry = (await takeInventory()).find(({ kind }) => kind === 'process');
    assert.ok(entry?.thing.kind === 'process');
    process.kill(entry.thing.pid, 'SIGKILL');
    await lost;
  });

  it('is paced by the kernel as well, over IPv6, and a discipline that is removed is noticed', async () => {
    await close();
    await open('tbf', true);
    await paced(HOST6);
    const gone = path.recorder.saw((event) => event.type === 'note' && /tbf is not on/.test(event.text));
    await attempt('tc', ['qdisc', 'del', 'dev', service.facts['interface'] ?? '', 'root']);
    await gone;
  });

  it('has its acknowledgement withheld over IPv6, proved by the packets that met the rules', async () => {
    await path.plane.setPath({ region: 'here', access: 'near' });
    const fault = await path.arm('withhold-ack@response.leaving on=sale');
    assert.match((await terminal.dial(HOST6, PORT)).from ?? '', /^fd00:7052:/);
    await terminal.exchange(REQUEST, 200);
    const proof = await fault.heal();
    assert.equal(proof.state, 'in-force', proof.summary);
    assert.match(proof.summary, /200 bytes to the terminal stood unacknowledged/);
  });

  it('is not made up where the machine cannot: netem that is not there is said before anything begins', async () => {
    const { found } = await probeKernel();
    if (found.netem.ok) {
      await close();
      await open('netem');
      await path.plane.setPath({ region: 'here', access: 'far' });
      assert.ok(((await terminal.dial(HOST, PORT)).ms ?? 0) >= 120);
      return;
    }
    const { interface: name, terminal: ours, path: through, exit, subnet, rig } = service.facts;
    await assert.rejects(
      openPath({
        ...PLACES,
        listen: `${rig}:0`,
        terminal: { interface: name, dials: '203.0.113.11:8583' },
        path: { terminal: ours, through, exit, subnet, shaping: 'netem' },
      }),
      (error) =>
        isRigError(error) &&
        error.blame === 'bench' &&
        /shaping: netem.*netem in the kernel/.test(error.message),
    );
  });
});
