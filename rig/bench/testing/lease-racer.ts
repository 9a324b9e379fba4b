import { takeLease } from '../lease.ts';

/**
 * A process that wants a bench, for tests of races: says `ready`, takes the lease when its standard input speaks, says `won` or
 * `lost`, and gives it back when its input ends. Argument: the bench file.
 */
const [benchFile = ''] = process.argv.slice(2);
let lease: ReturnType<typeof takeLease> | undefined;
process.stdin.once('data', () => {
  try {
    lease = takeLease(benchFile, 'b', `racer ${process.pid}`);
    process.stdout.write('won\n');
  } catch {
    process.stdout.write('lost\n');
  }
});
process.stdin.once('end', () => lease?.release());
process.stdout.write('ready\n');
