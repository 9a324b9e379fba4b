import { Creation } from '../creation.ts';
import { NftTable } from '../nft-table.ts';

/** A program for tests: creates one of everything and then waits until its input ends; removes all in order. */
const creation = new Creation();
const table = await NftTable.open(creation, 'faults');
await table.add('fault-1', [{ chain: 'arriving', text: 'tcp dport 8583 counter drop' }]);
const namespace = await creation.namespace('wuxi');
await creation.veth({ address: '10.77.0.1/30' }, { namespace, address: '10.77.0.2/30' });
await creation.route(['local', '203.0.113.10/32', 'dev', 'lo']);
await creation.rule(['from', '198.51.100.7', 'lookup', '7301', 'pref', '7301']);
process.stdout.write(`${creation.tag}\n`);
process.stdin.resume();
process.stdin.once('end', async () => {
  await table.close();
  const left = await creation.remove();
  process.exitCode = left.length;
});
