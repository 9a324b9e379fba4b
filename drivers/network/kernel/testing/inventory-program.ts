import { createInterface } from 'node:readline';
import { reset, takeInventory } from '../inventory.ts';

/** A program for tests inside a sandbox: answers each line `status`, `reset` or `force` with one line of JSON. */
for await (const line of createInterface({ input: process.stdin })) {
  const answer = line === 'status' ? await takeInventory() : await reset({ force: line === 'force' });
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
