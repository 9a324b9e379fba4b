import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DriverContext } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { enlarged } from '../../codec/qr/picture.ts';
import { pngOf } from '../../codec/qr/png.ts';
import { openDesk } from '../../operator/options.ts';
import type { CodesOn } from './options.ts';
import type { Shower } from './shower.ts';

/** Large enough for a screen that is held before a scanner, pixels. */
const WIDTH = 480;

/**
 * A person who shows pictures to the terminal's scanner. Each is put into a folder for as long as they need it. What they
 * say is believed: the terminal's screen is the witness. Errors: OPERATOR_REFUSED, TRANSPORT_TIMEOUT, FILE_UNREADABLE.
 */
export async function openByOperator(options: CodesOn<'operator'>, context: DriverContext): Promise<Shower> {
  const folder = context.resolve(options.folder);
  const desk = await openDesk(options, 'card', context);
  return {
    facts: { ...desk.facts, codes: 'operator' },
    async show({ card, picture }) {
      const file = join(folder, `${card}.png`);
      try {
        mkdirSync(folder, { recursive: true });
        writeFileSync(file, pngOf(enlarged(picture, Math.max(1, Math.floor(WIDTH / picture.width)))), {
          mode: 0o600,
        });
      } catch (cause) {
        throw new RigError('FILE_UNREADABLE', 'bench', `the picture of a code cannot be put into ${folder}`, {
          cause,
          hint: 'Name a folder that can be written to: codes: { on: operator, folder: … }.',
        });
      }
      try {
        const answer = await desk.ask(
          { text: `show the code in ${file} to the terminal's scanner, then take it away (${card})` },
          options.patience * 1000,
        );
        if (!answer.refused) return;
        throw new RigError('OPERATOR_REFUSED', 'bench', `${answer.by} did not show the code of ${card}`, {
          hint: answer.text === '' ? 'Ask them why.' : `They said: ${answer.text}`,
        });
      } finally {
        rmSync(file, { force: true });
      }
    },
    clear: () => Promise.resolve(),
    test: () => Promise.resolve('a person shows codes'),
    close: () => desk.close(),
  };
}
