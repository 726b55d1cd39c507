/** What was missing in a mix, put in order by the frames of the sound. */
import { describe, expect, it } from 'vitest';
import { type SharedFaults, sharedGlitches } from './shared-glitches.ts';

const END = 10_000;
const none: SharedFaults = {
  latePasses: [],
  leadFrames: 480,
  gaps: [],
  earGaps: [],
  causeOf: ({ isFifoError }) => (isFifoError ? 're-arm late' : 'gap'),
};
const late = (atFrame: number, frames: number) => ({ atFrame, frames, cause: 'DPC late' as const });
const gap = (atFrame: number, frames: number) => ({
  atFrame,
  frames,
  cause: 'client late' as const,
});
const silent = (atFrame: number, frames: number) => ({ atFrame, frames, isFifoError: true });

describe('what was missing in a mix', () => {
  it('is placed by what stood before: lead and earlier late passes are no frames of the sound', () => {
    const faults = { ...none, latePasses: [late(960, 480), late(2400, 960), late(3840, 100)] };
    expect(sharedGlitches(faults, END)).toEqual([
      { atFrame: 480, frames: 480, cause: 'DPC late' },
      { atFrame: 1440, frames: 960, cause: 'DPC late' },
      { atFrame: 1920, frames: 100, cause: 'DPC late' },
    ]);
  });

  it('is the engine being late where nobody recorded why', () => {
    const faults = { ...none, latePasses: [{ atFrame: 960, frames: 480 }] };
    expect(sharedGlitches(faults, END)).toEqual([
      { atFrame: 480, frames: 480, cause: 'engine late' },
    ]);
  });

  it('moves what comes behind a gap of the sound back to the frame that was sent', () => {
    const faults = {
      ...none,
      latePasses: [late(2880, 480)],
      gaps: [gap(960, 480), gap(2880, 10)],
      earGaps: [silent(1000, 3), silent(4000, 5)],
    };
    expect(sharedGlitches(faults, END)).toEqual([
      { atFrame: 520, frames: 3, cause: 're-arm late' },
      { atFrame: 960, frames: 480, cause: 'client late' },
      { atFrame: 1920, frames: 480, cause: 'DPC late' },
      { atFrame: 2400, frames: 10, cause: 'client late' },
      { atFrame: 2550, frames: 5, cause: 're-arm late' },
    ]);
  });

  it('is one glitch where several things were missing before one frame, by the worst of them', () => {
    const faults = { ...none, latePasses: [late(1440, 480)], gaps: [gap(960, 700)] };
    expect(sharedGlitches(faults, END)).toEqual([
      { atFrame: 960, frames: 1180, cause: 'client late' },
    ]);
    const inside = { ...none, earGaps: [silent(1500, 7), silent(1500, 2)], gaps: [gap(960, 100)] };
    expect(sharedGlitches(inside, END)).toEqual([
      { atFrame: 960, frames: 109, cause: 'client late' },
    ]);
  });

  it('lacks once what several sessions lack together', () => {
    const faults = {
      ...none,
      gaps: [gap(1240, 480), gap(1000, 480), gap(1000, 100), gap(5000, 1)],
    };
    expect(sharedGlitches(faults, END)).toEqual([
      { atFrame: 1000, frames: 720, cause: 'client late' },
      { atFrame: 4280, frames: 1, cause: 'client late' },
    ]);
  });

  it('is nothing before the sound and behind it', () => {
    const faults = {
      ...none,
      latePasses: [late(480 + END, 480)],
      earGaps: [silent(100, 3), silent(480 + END + 480, 3)],
    };
    expect(sharedGlitches(faults, END)).toEqual([]);
  });
});
