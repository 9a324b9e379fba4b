import { execFile } from 'node:child_process';
import type { Capability } from '../../rig/bench/manifest.ts';

/** What `posrig doctor` says of ffmpeg: only benches with a camera on `ffmpeg` need it. */
export async function examineFfmpeg(): Promise<readonly Capability[]> {
  const version = await new Promise<string | undefined>((resolve) => {
    execFile('ffmpeg', ['-version'], { timeout: 10_000, maxBuffer: 1 << 20 }, (error, stdout) =>
      resolve(error ? undefined : (/^ffmpeg version (\S+)/.exec(stdout)?.[1] ?? 'of unknown version')),
    );
  });
  const about = {
    id: 'ffmpeg',
    title: 'ffmpeg',
    purpose: 'takes frames of cameras over a terminal (USB, RTSP); network cameras that give PNG do without',
    package: 'ffmpeg',
  };
  if (version !== undefined) return [{ ...about, state: 'ok', found: version }];
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  return [{ ...about, state: 'limited', found: 'not found', remedy: `${sudo}apt-get install -y ffmpeg` }];
}
