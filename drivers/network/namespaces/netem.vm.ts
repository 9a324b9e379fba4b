import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { command } from '../kernel/command.ts';
import { Creation, inside } from '../kernel/creation.ts';
import { takeInventory } from '../kernel/inventory.ts';
import { loadAccess, loadRegions } from '../regions.ts';
import { type Exit, type Shaper, shapeByKernel } from './shaping.ts';
import { type Dialler, openDialler } from './testing/dialler.ts';
import { PLACES } from './testing/places.ts';

const [NEAR, FAR, PORT] = ['198.18.0.1', '198.18.0.2', 7007] as const;
const ECHO = `require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket))
  .listen(${PORT}, '${FAR}', () => process.stdout.write('ready'));`;
const MESSAGE = new Uint8Array(200).fill(0x55);

/** Few machines that run tests have netem in their kernel; those of `npm run test:vm` have. */
describe('netem of a real kernel between two namespaces', () => {
  const creation = new Creation();
  let near: Exit;
  let shaper: Shaper;
  let terminal: Dialler;
  let host: ReturnType<typeof spawn>;
  before(async () => {
    const here = await creation.namespace('near');
    const there = await creation.namespace('far');
    const [request, response] = await creation.veth(
      { namespace: here, address: `${NEAR}/30` },
      { namespace: there, address: `${FAR}/30` },
    );
    near = { namespace: here, interface: request };
    shaper = shapeByKernel(
      'netem',
      { request: near, response: { namespace: there, interface: response } },
      1,
    );
    const [program = '', ...words] = [...inside(there), process.execPath, '-e', ECHO];
    host = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (host.stdout) await once(host.stdout, 'data');
    terminal = openDialler(here);
  });
  after(async () => {
    await terminal?.close();
    host?.kill();
    await creation.remove();
    assert.deepEqual(await takeInventory(), []);
  });

  const at = (access: string) => {
    const place = {
      region: loadRegions(PLACES.regions).get('here'),
      access: loadAccess(PLACES.access).get(access),
    };
    assert.ok(place.region && place.access);
    return shaper.apply({ region: place.region, access: place.access });
  };
  const dialled = () => terminal.dial(FAR, PORT);
  const answered = async () => (await terminal.exchange(MESSAGE, MESSAGE.length)).ms ?? 0;
  const tc = (...words: readonly string[]) => {
    const [program = '', ...args] = [...inside(near.namespace), 'tc', 'qdisc', ...words];
    return command(program, args);
  };

  it('delays the handshake and every answer by the round trip of the place, half of it each way', async () => {
    await at('far');
    assert.match(await tc('show', 'dev', near.interface), /qdisc netem .*root.* delay 60ms/);
    const { ms = 0 } = await dialled();
    assert.ok(ms >= 120, `connected after ${ms} ms`);
    for (let i = 0; i < 3; i++) {
      const took = await answered();
      assert.ok(took >= 120, `answered after ${took} ms`);
    }
  });

  it('changes under a live connection, which then feels the figures of the new place', async () => {
    await at('near');
    await dialled();
    await answered();
    await at('far');
    const took = await answered();
    assert.ok(took >= 120, `answered after ${took} ms`);
  });

  it('paces what an access network paces', async () => {
    await at('thin');
    assert.match(await tc('show', 'dev', near.interface), /rate 80Kbit/);
    await dialled();
    let took = 0;
    // netem lets no burst through: 200 bytes alone are 20 ms at 80 kbit/s, each way.
    for (let i = 0; i < 10; i++) took += await answered();
    assert.ok(took >= 400, `${took} ms`);
  });

  it('loses all that an access network loses; TCP sends again, and is heard when that is over', async () => {
    await at('lossy');
    const late = dialled();
    await command('sleep', ['0.5']);
    await at('near');
    const { ms = 0 } = await late;
    assert.ok(ms >= 500, `connected after ${ms} ms`);
  });

  it('is missed when somebody takes it away', async () => {
    await at('far');
    assert.equal(await shaper.trouble(), undefined);
    await tc('del', 'dev', near.interface, 'root');
    assert.match((await shaper.trouble()) ?? '', /netem is not on/);
  });
});
