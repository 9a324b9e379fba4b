import { Command } from 'commander';
import { declareDecode } from '../decode-verb.ts';
import { declareTill } from '../till-declare.ts';

/** Runs `till` or `decode` of the command line in this process: what it writes, and the exit code. */
export async function posrig(...args: string[]): Promise<{ out: string; status: number | undefined }> {
  const program = new Command().exitOverride();
  declareTill(program);
  declareDecode(program.command('decode'));
  const { write } = process.stdout;
  const before = process.exitCode;
  let out = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    out += chunk;
    return true;
  };
  try {
    await program.parseAsync(args, { from: 'user' });
    return { out, status: Number(process.exitCode ?? 0) };
  } finally {
    process.stdout.write = write;
    process.exitCode = before;
  }
}
