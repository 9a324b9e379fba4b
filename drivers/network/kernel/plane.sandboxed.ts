import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRigError } from '../../../rig/model/errors.ts';
import type { EventBody } from '../../../rig/model/event.ts';
import type { Fault } from '../../../rig/model/fault.ts';
import { dial, hangUp } from '../relay/testing/peers.ts';
import { command } from './command.ts';
import { takeInventory } from './inventory.ts';
import { tcpStates } from './tcp-state.ts';
import { openDialled } from './testing/dialled.ts';
import { openPath, REQUEST, RESPONSE, type TestPath, tableOf } from './testing/path.ts';

describe('packet faults', () => {
  let path: TestPath;
  beforeEach(async () => {
    path = await openPath();
  });
  afterEach(async () => {
    hangUp();
    await path.close();
    assert.deepEqual(await takeInventory(), []);
  });

  it('a response stands still behind its 40th byte; both ends believe they are connected; the same bytes arrive after the heal', async () => {
    const fault = await path.arm('stall@response.byte(40) on=sale');
    const terminal = await dial(path.plane.address);
    const host = await path.host.peer(0);
    terminal.socket.write(REQUEST);
    await terminal.bytes(40);
    await path.recorder.saw((event) => event.type === 'fault' && event.phase === 'struck');
    // The rest has left the rig: its kernel waits for acknowledgements, and nobody has been told anything.
    const here = ['sport', '=', `:${path.plane.address.port}`];
    while (((await tcpStates(here))[0]?.unacknowledged ?? 0) < 160);
    assert.equal(terminal.count, 40);
    assert.deepEqual([...terminal.log, ...host.log], []);
    const ends = await tcpStates(['dport', '=', `:${path.plane.address.port}`]);
    assert.deepEqual(
      ends.map(({ state }) => state),
      ['ESTAB'],
    );

    const proof = await fault.heal();
    await terminal.bytes(200);
    assert.deepEqual(new Uint8Array(terminal.received), RESPONSE);
    assert.equal(proof.state, 'in-force', proof.summary);
    assert.equal(proof.layer, 'kernel');
    assert.ok((proof.counters?.['packets met by the rules']?.after ?? 0) > 0);
    assert.ok(proof.confirmedAt !== undefined && proof.heldMs !== undefined);
    await path.recorder.saw((event) => event.type === 'link' && event.state === 'recovered');
  });

  it('a terminal whose timer fires meanwhile never gets the bytes, and the journal says that', async () => {
    const fault = await path.arm('stall@response.byte(40) on=sale');
    const terminal = await dial(path.plane.address);
    terminal.socket.write(REQUEST);
    await path.recorder.saw((event) => event.type === 'fault' && event.phase === 'struck');
    terminal.socket.destroy();
    await fault.heal();
    await path.recorder.saw((event) => event.type === 'link' && event.state === 'given up');
    assert.ok(terminal.count <= 40);
  });

  it('a terminal that takes the late bytes and hangs up at once has not given up', async () => {
    const fault = await path.arm('stall@response.byte(40) on=sale');
    const terminal = await dial(path.plane.address);
    terminal.socket.write(REQUEST);
    await path.recorder.saw((event) => event.type === 'fault' && event.phase === 'struck');
    const here = ['sport', '=', `:${path.plane.address.port}`];
    while (((await tcpStates(here))[0]?.unacknowledged ?? 0) < 160);
    (await path.host.peer(0)).socket.end();
    terminal.socket.on('data', () => {
      if (terminal.count === 200) terminal.socket.end();
    });
    await fault.heal();
    const ends = ['recovered', 'given up', 'unknown'];
    const told = (event: EventBody) => event.type === 'link' && ends.includes(event.state);
    await path.recorder.saw(told);
    assert.equal(terminal.count, 200);
    const [end] = path.recorder.of('link').filter(told);
    assert.equal(end?.state, 'recovered', end?.detail);
  });

  it('the acknowledgement of a response is withheld; the terminal has the response', async () => {
    const fault = await path.arm('withhold-ack@response.leaving on=sale');
    const terminal = await dial(path.plane.address);
    terminal.socket.write(REQUEST);
    await terminal.bytes(200);
    const proof = await fault.heal();
    assert.equal(proof.state, 'in-force', proof.summary);
    assert.match(proof.summary, /200 bytes to the terminal stood unacknowledged/);
  });

  it('a cut lets nothing pass on either leg, also of new connections, and is over when it is healed', async () => {
    const terminal = await dial(path.plane.address);
    const host = await path.host.peer(0);
    const fault = await path.arm('cut@request.leaving on=sale');
    terminal.socket.write(REQUEST);
    await path.recorder.saw((event) => event.type === 'fault' && event.phase === 'struck');
    const later = dial(path.plane.address);
    await command('sleep', ['0.3']);
    assert.equal(host.count, 0);
    assert.equal(path.plane.traffic().connections, 1);
    const proof = await fault.heal();
    assert.equal(proof.state, 'in-force', proof.summary);
    await terminal.bytes(200);
    await later;
  });

  it('a reset ends the connection in the kernel', async () => {
    const fault = await path.arm('reset@response.leaving on=sale');
    const terminal = await dial(path.plane.address);
    terminal.socket.write(REQUEST);
    await terminal.gone();
    assert.deepEqual([terminal.count, terminal.log[0]], [0, 'ECONNRESET']);
    assert.equal((await fault.heal()).state, 'in-force');
  });

  it('a refusal counts whom it refused', async () => {
    const fault = await path.arm('refuse@connect');
    for (let i = 0; i < 3; i++) await assert.rejects(dial(path.plane.address), /ECONNREFUSED/);
    const proof = await fault.heal();
    assert.deepEqual([proof.state, proof.refusedConnections], ['in-force', 3], proof.summary);
    const terminal = await dial(path.plane.address);
    terminal.socket.write(REQUEST);
    await terminal.bytes(200);
  });

  it('an MTU black hole takes large packets only', async () => {
    const fault = await path.arm('mtu@response bytes=150');
    const terminal = await dial(path.plane.address);
    terminal.socket.write(REQUEST);
    await path.recorder.saw((event) => event.type === 'fault' && event.phase === 'armed');
    while (((await fault.proof()).counters?.['packets met by the rules']?.after ?? 0) === 0)
      await command('sleep', ['0.05']);
    assert.equal(terminal.count, 0);
    assert.equal((await fault.heal()).state, 'in-force');
    await terminal.bytes(200);
  });

  it('half-open: the host is gone and the terminal is never told', async () => {
    const fault = await path.arm('half-open@response.leaving on=sale end=host');
    const terminal = await dial(path.plane.address);
    terminal.socket.write(REQUEST);
    await path.recorder.saw((event) => event.type === 'fault' && event.phase === 'struck');
    (await path.host.peer(0)).socket.destroy();
    await command('sleep', ['0.1']);
    assert.deepEqual([terminal.count, terminal.log], [0, []]);
    assert.equal((await fault.heal()).state, 'in-force');
  });

  it('rules removed behind the rig are noticed: not in force', async () => {
    const fault = await path.arm('stall@response.byte(40) on=sale');
    const terminal = await dial(path.plane.address);
    terminal.socket.write(REQUEST);
    await path.recorder.saw((event) => event.type === 'fault' && event.phase === 'struck');
    await command('nft', ['flush', 'table', 'inet', tableOf(path.plane)]);
    await path.recorder.saw((event) => event.type === 'note' && /removed by somebody else/.test(event.text));
    const proof = await fault.heal();
    assert.equal(proof.state, 'not-in-force');
    assert.match(proof.summary, /removed behind the rig/);
  });

  it('a table deleted before the trigger lets the message through, not in force', async () => {
    const fault = await path.arm('stall@response.byte(40) on=sale');
    await command('nft', ['delete', 'table', 'inet', tableOf(path.plane)]);
    const terminal = await dial(path.plane.address);
    terminal.socket.write(REQUEST);
    await terminal.bytes(200);
    const proof = await fault.heal();
    assert.equal(proof.state, 'not-in-force');
    assert.match(proof.summary, /No such file|gone/);
  });

  it('a fault that nothing met is not certain; one that never struck is not in force', async () => {
    const unmet = await path.arm('loss@response share=50');
    assert.equal((await unmet.heal()).state, 'unknown');
    const never = await path.arm('withhold-ack@response.leaving on=reversal');
    assert.equal((await never.heal()).state, 'not-in-force');
  });

  it('what no layer here can do is refused before the transaction', async () => {
    const impossible: readonly [string, RegExp][] = [
      ['withhold-ack@request.leaving', /before any program has read/],
      ['loss@response share=5 burst=4', /in bursts/],
      ['cut@connect heal=connect', /on an event/],
      ['refuse@request.leaving', /refuse at/],
    ];
    for (const [text, why] of impossible) {
      await assert.rejects(path.arm(text), (error) => isRigError(error) && why.test(error.message), text);
    }
    const packet = { at: 'response', do: 'loss', share: 5, nth: 1, heal: 'never', layer: 'packet' } as Fault;
    await assert.rejects(
      async () => path.plane.arm(packet),
      (error) => isRigError(error) && error.code === 'NETWORK_FAULT' && error.blame === 'bench',
    );
  });
});

describe('addresses of the terminal and the regions', () => {
  afterEach(async () => {
    hangUp();
    assert.deepEqual(await takeInventory(), []);
  });

  it('the kernel itself withholds the acknowledgement at a message type, without a gate', async () => {
    const path = await openPath({ sightings: { sale: '0210' } });
    const fault = await path.arm('withhold-ack@response.leaving on=sale');
    const terminal = await dial(path.plane.address);
    terminal.socket.write(REQUEST);
    await terminal.bytes(200);
    while ((fault.proof().counters?.['packets met by the rules']?.after ?? 0) < 2)
      await command('sleep', ['0.05']);
    const proof = await fault.heal();
    assert.equal(proof.state, 'in-force', proof.summary);
    assert.equal(proof.heldMs, undefined);
    assert.match(proof.summary, /200 bytes to the terminal stood unacknowledged/);
    hangUp();
    await path.close();
  });

  it('the terminal keeps the address that is configured in it, though no interface has it', async () => {
    const path = await openPath({ listen: '203.0.113.10:8583' });
    const terminal = await dial({ host: '203.0.113.10', port: 8583 });
    terminal.socket.write(REQUEST);
    await terminal.bytes(200);
    hangUp();
    await path.close();
  });

  it('what a terminal dials is led to the relay by its interface; the host keeps being reached by the rig itself', async () => {
    const { path, dialled, done } = await openDialled('dnat');
    assert.equal(await dialled(), Buffer.from(RESPONSE).toString('hex'));
    assert.match(
      path.recorder.of('link').find(({ state }) => state === 'accepted')?.detail ?? '',
      /198\.18\.0\.2/,
    );
    const lost = path.recorder.saw(
      (event) => event.type === 'note' && /leads 203\.0\.113\.10:8583/.test(event.text),
    );
    await command('nft', ['flush', 'chain', 'inet', tableOf(path.plane), 'capture']);
    await lost;
    await done();
  });

  it('a region leaves by its own exit, from its own address; the main table stays as it is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'posrig-regions-'));
    const file = join(folder, 'regions.yaml');
    writeFileSync(
      file,
      'version: 1\nregions:\n  - { id: lab, title: { en: Lab, zh: 实验室 }, egress: 198.51.100.7, rtt: 0, source: { kind: chosen, from: test } }\n',
    );
    await command('ip', ['link', 'add', 'exit0', 'type', 'veth', 'peer', 'name', 'exit1']);
    await command('ip', ['address', 'add', '10.9.0.1/30', 'dev', 'exit0']);
    for (const name of ['exit0', 'exit1']) await command('ip', ['link', 'set', name, 'up']);
    const main = await command('ip', ['route', 'show', 'table', 'main']);
    const exits = { lab: { interface: 'exit0', gateway: '10.9.0.2' } };
    const path = await openPath({ regions: file, exits });
    const route = await command('ip', ['route', 'get', '192.0.2.1', 'from', '198.51.100.7']);
    assert.match(route, /^192\.0\.2\.1 from 198\.51\.100\.7 via 10\.9\.0\.2 dev exit0 /);
    assert.equal(await command('ip', ['route', 'show', 'table', 'main']), main);
    await path.close();
    await command('ip', ['link', 'delete', 'exit0']);
    rmSync(folder, { recursive: true });
  });

  it('a bench that would cut a connection of this machine does not start', async () => {
    const path = await openPath();
    const terminal = await dial(path.plane.address);
    await assert.rejects(
      openPath({ listen: `127.0.0.1:${path.plane.address.port}` }),
      (error) => isRigError(error) && /not starting: the connection 127\.0\.0\.1/.test(error.message),
    );
    terminal.socket.destroy();
    hangUp();
    await path.close();
  });

  it('a listening address that cannot be leaves nothing behind', async () => {
    await assert.rejects(
      openPath({ listen: '203.0.113.10:8583', exits: { wuxi: { interface: 'nowhere0' } } }),
    );
  });
});
