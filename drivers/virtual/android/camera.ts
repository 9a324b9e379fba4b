import { createServer } from 'node:http';
import { PNG } from 'pngjs';
import type { Random } from '../random.ts';
import type { GreyPicture } from './paint.ts';

/** What the camera over the terminal sees: where the corners of the screen lie in its frames, and how it sees. */
export interface CameraView {
  readonly width: number;
  readonly height: number;
  /** Upper left, upper right, lower right, lower left; pixels of the frame. */
  readonly corners: readonly (readonly [x: number, y: number])[];
  /** Standard deviation of a pixel, grey values. */
  readonly noise: number;
}

/** A grey picture as a PNG file. */
export const pngOf = ({ width, height, grey }: GreyPicture): Buffer =>
  PNG.sync.write(Object.assign(new PNG({ width, height }), { data: Buffer.from(grey) }), {
    colorType: 0,
    inputColorType: 0,
    inputHasAlpha: false,
    // Noise does not get smaller by trying.
    deflateLevel: 1,
    filterType: 0,
  });

/** The table around the terminal, and how much darker the frame is at its lower edge. */
const TABLE = 60;
const SHADE = 0.25;

/** A frame of the camera: the screen seen at an angle, shaded, with noise. */
export function frameOf(screen: GreyPicture, view: CameraView, random: Random): GreyPicture {
  const { width, height, noise } = view;
  const onto = squareOf(view.corners);
  const grey = new Uint8Array(width * height);
  // Drawing every grain anew would hold the whole bench up.
  const grains = Float32Array.from({ length: 4096 }, () => random.gaussian(noise));
  let grain = Math.floor(random.next() * grains.length);
  for (let y = 0; y < height; y++) {
    const light = 1 - (SHADE * y) / height;
    for (let x = 0; x < width; x++) {
      const [u, v] = onto(x, y);
      const seen = u >= 0 && u < 1 && v >= 0 && v < 1;
      const tone = seen
        ? (screen.grey[Math.floor(v * screen.height) * screen.width + Math.floor(u * screen.width)] ?? 0)
        : TABLE;
      grain = (grain * 5 + 1) & 4095;
      grey[y * width + x] = Math.max(0, Math.min(255, Math.round(tone * light + (grains[grain] ?? 0))));
    }
  }
  return { width, height, grey };
}

/**
 * Where in the unit square a point of the frame lies that sees a square with these corners: the inverse of the
 * projection (Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989, section 2.2.3).
 */
function squareOf(corners: CameraView['corners']): (x: number, y: number) => readonly [u: number, v: number] {
  const [[x0, y0] = [0, 0], [x1, y1] = [1, 0], [x2, y2] = [1, 1], [x3, y3] = [0, 1]] = corners;
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const whole = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / whole;
  const h = (dx1 * sy - sx * dy1) / whole;
  const [a, b, c] = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0];
  const [d, e, f] = [y1 - y0 + g * y1, y3 - y0 + h * y3, y0];
  // The adjoint of the projection's matrix.
  const [A, B, C] = [e - f * h, c * h - b, b * f - c * e];
  const [D, E, F] = [f * g - d, a - c * g, c * d - a * f];
  const [G, H, I] = [d * h - e * g, b * g - a * h, a * e - b * d];
  return (x, y) => {
    const w = G * x + H * y + I;
    return [(A * x + B * y + C) / w, (D * x + E * y + F) / w];
  };
}

export interface RunningCamera {
  readonly url: string;
  close(): Promise<void>;
}

/** A network camera: every GET of `/frame.png` is a fresh frame. Rejects when no port can be had. */
export async function serveCamera(frame: () => GreyPicture, host: string): Promise<RunningCamera> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/frame.png') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'image/png', 'cache-control': 'no-store' }).end(pngOf(frame()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  return {
    url: `http://${host}:${port}/frame.png`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
