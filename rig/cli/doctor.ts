import type { Capability } from '../bench/manifest.ts';
import { examineTiers } from '../house/vm/doctor.ts';
import { EXIT } from '../model/verdict.ts';
import type { House } from './house.ts';
import { colors } from './output.ts';

/** `posrig doctor`: everything that drivers and reports know about this machine. Exit 0: a missing thing is no error. */
export async function doctor(options: { readonly json?: boolean }, house: House): Promise<number> {
  const found: Capability[] = [nodeVersion()];
  for (const probe of [...(house.drivers.doctor ?? []), ...(house.reports.doctor ?? []), examineTiers])
    found.push(...(await probe()));
  if (options.json) {
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    return EXIT.ok;
  }
  const mark = {
    ok: colors.green('ok     '),
    limited: colors.yellow('limited'),
    missing: colors.red('missing'),
  };
  for (const item of found) {
    process.stdout.write(`${mark[item.state]}  ${colors.bold(item.title)}: ${item.found}\n`);
    process.stdout.write(colors.dim(`         for: ${item.purpose}\n`));
    if (item.remedy && item.state !== 'ok') process.stdout.write(`         ${colors.cyan(item.remedy)}\n`);
  }
  const missing = found.filter((item) => item.state === 'missing').length;
  process.stdout.write(
    missing === 0
      ? '\nNothing is missing.\n'
      : `\n${missing} missing; \`npm run setup\` installs what it may.\n`,
  );
  return EXIT.ok;
}

function nodeVersion(): Capability {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  return {
    id: 'node',
    title: 'Node.js',
    state: good ? 'ok' : 'missing',
    found: `${process.version} on ${process.platform} ${process.arch}`,
    purpose: 'everything; 20.19 or newer',
    ...(good ? {} : { remedy: 'install Node.js 20.19 or newer' }),
  };
}
