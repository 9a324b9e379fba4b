import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { DriverContext } from '../../../rig/bench/planes.ts';
import { RigError } from '../../../rig/model/errors.ts';
import { greyOfPng, type StraightPicture, straight } from './grey.ts';
import { isQuadrangle, rectify } from './rectify.ts';

const Point = z.tuple([z.number().min(0).max(20_000), z.number().min(0).max(20_000)]);

/** A camera over the screen, as options of a driver. */
export const Camera = z
  .strictObject({
    file: z.string().min(1).optional().describe('PNG file that always holds the newest frame'),
    url: z.url().optional().describe('address that gives a frame as PNG, of a network camera'),
    ffmpeg: z
      .string()
      .min(1)
      .optional()
      .describe('input of ffmpeg, such as /dev/video0 or rtsp://…; a frame is taken whenever one is needed'),
    'ffmpeg-options': z
      .array(z.string())
      .default([])
      .describe('options before that input, such as [-f, v4l2, -video_size, 1280x720]'),
    program: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('program of the lab with its arguments; writes one frame as PNG to standard output'),
    corners: z
      .array(Point)
      .length(4)
      .refine(isQuadrangle, {
        message: 'expected the corners from the upper left one, clockwise',
      })
      .optional()
      .describe(
        'pixels of the frame at which the corners of the screen are seen: upper left, upper right, lower right, lower left; without, the frame is the screen',
      ),
  })
  .refine(
    ({ file, url, ffmpeg, program }) =>
      [file, url, ffmpeg, program].filter((way) => way !== undefined).length === 1,
    { message: 'expected exactly one of file, url, ffmpeg and program' },
  );
export type Camera = z.infer<typeof Camera>;

/** Wall time that a frame may take; opening a USB camera takes one to two seconds. */
const FRAME_WALL_MS = 15_000;
const FRAME_BYTES_MAX = 64 * 1024 * 1024;

/**
 * The screen as a camera sees it now, straight, in the pixels of the profile (or of the frame, where the profile has none).
 * Errors: DISPLAY_PICTURE.
 */
export async function pictureBy(
  camera: Camera,
  context: Pick<DriverContext, 'profile' | 'resolve'>,
): Promise<StraightPicture> {
  const frame = greyOfPng(await frameBy(camera, context), 'the camera');
  const { corners } = camera;
  if (!corners) return straight(frame);
  const { width, height } = context.profile.display.pixels ?? frame;
  return {
    width,
    height,
    part: (x, y, wide, high) => rectify(frame, corners, width, height, { x, y, width: wide, height: high }),
  };
}

async function frameBy(camera: Camera, { resolve }: Pick<DriverContext, 'resolve'>): Promise<Uint8Array> {
  try {
    if (camera.file !== undefined) return await readFile(resolve(camera.file));
    if (camera.url !== undefined) return await fetched(camera.url);
  } catch (cause) {
    throw noPicture(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (camera.program) return output(camera.program);
  const input = ['-i', camera.ffmpeg ?? ''];
  const png = ['-frames:v', '1', '-f', 'image2pipe', '-c:v', 'png', '-'];
  return output(['ffmpeg', '-nostdin', '-loglevel', 'error', ...camera['ffmpeg-options'], ...input, ...png]);
}

async function fetched(url: string): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(FRAME_WALL_MS) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  if (Number(response.headers.get('content-length') ?? 0) > FRAME_BYTES_MAX)
    throw new Error('a frame is too large');
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > FRAME_BYTES_MAX) throw new Error('a frame is too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** What a program writes to its standard output; bounded in time and size. */
function output([program = '', ...args]: readonly string[]): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: FRAME_WALL_MS,
      killSignal: 'SIGKILL',
    });
    const parts: Buffer[] = [];
    let [size, said] = [0, ''];
    child.stdout.on('data', (part: Buffer) => {
      size += part.length;
      if (size > FRAME_BYTES_MAX) child.kill('SIGKILL');
      else parts.push(part);
    });
    child.stderr.on('data', (part: Buffer) => {
      said = (said + part.toString('utf8')).slice(-300);
    });
    child.once('error', (cause) => reject(noPicture(`${program}: ${cause.message}`, cause)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(parts));
      else
        reject(
          noPicture(`${program} ended with ${signal ?? `exit code ${code}`}: ${said.trim() || 'no word'}`),
        );
    });
  });
}

const noPicture = (why: string, cause?: unknown): RigError =>
  new RigError('DISPLAY_PICTURE', 'bench', `the camera gives no picture: ${why}`, {
    hint: 'Run the same by hand; `posrig doctor` shows whether ffmpeg is there.',
    ...(cause === undefined ? {} : { cause }),
  });
