import { describe, expect, it } from 'vitest';
import { isSilentFrame, matchPattern, type SampleShape, writePattern } from './sound-pattern.ts';

const shapes: readonly SampleShape[] = [
  { channels: 2, containerBytes: 2, validBits: 16, float: false },
  { channels: 1, containerBytes: 1, validBits: 8, float: false },
  { channels: 3, containerBytes: 3, validBits: 24, float: false },
  { channels: 8, containerBytes: 4, validBits: 20, float: false },
  { channels: 2, containerBytes: 4, validBits: 32, float: true },
];
const FRAMES = 3000;

function patternOf(shape: SampleShape): Uint8Array {
  const bytes = new Uint8Array(FRAMES * shape.channels * shape.containerBytes);
  writePattern(bytes, 0, shape, 0, FRAMES);
  return bytes;
}

describe.each(shapes.map((shape) => [JSON.stringify(shape), shape] as const))(
  'the pattern in %s',
  (_name, shape) => {
    const frameBytes = shape.channels * shape.containerBytes;

    it('is known again in whole, in part, and from any frame on', () => {
      const bytes = patternOf(shape);
      expect(matchPattern(bytes, 0, shape, 0, FRAMES)).toEqual({ frames: FRAMES, isWhole: true });
      const part = matchPattern(bytes, 77 * frameBytes, shape, 77, 1500);
      expect(part).toEqual({ frames: 1500, isWhole: true });
    });

    it('is found out where one byte is wrong, or one frame is lost', () => {
      const bytes = patternOf(shape);
      const wrong = bytes.slice();
      wrong[2000 * frameBytes] = ((wrong[2000 * frameBytes] ?? 0) + 1) % 256;
      expect(matchPattern(wrong, 0, shape, 0, FRAMES)).toEqual({ frames: 2000, isWhole: false });
      const lost = matchPattern(bytes, frameBytes, shape, 0, FRAMES - 1);
      expect(lost.isWhole).toBe(false);
    });

    it('has no silent frame, and nothing in the bits that carry no sound', () => {
      const bytes = patternOf(shape);
      for (let frame = 0; frame < FRAMES; frame++) {
        expect(isSilentFrame(bytes, frame * frameBytes, frameBytes)).toBe(false);
      }
      if (shape.validBits !== 20) return;
      const view = new DataView(bytes.buffer);
      for (let at = 0; at < bytes.length; at += 4) expect(view.getUint32(at, true) & 0xfff).toBe(0);
    });
  },
);
