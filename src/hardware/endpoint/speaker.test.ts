import { describe, expect, it } from 'vitest';
import { isSameSound, type SoundFormat, soundFrameBytes } from './sound-format.ts';
import { type SoundSink, Speaker } from './speaker.ts';

const STEREO: SoundFormat = {
  rateHz: 48_000,
  bits: 16,
  channels: 2,
  containerBytes: 2,
  float: false,
};

function log() {
  const calls: string[] = [];
  const sink: SoundSink = {
    open: (format) => calls.push(`open ${format.rateHz}`),
    hear: (_, offset, byteLength) => calls.push(`hear ${offset}+${byteLength}`),
    silence: (frames) => calls.push(`silence ${frames}`),
  };
  return { calls, sink };
}

describe('a speaker', () => {
  it('opens the sink once per format, hands on bytes and counts frames', () => {
    const { calls, sink } = log();
    const speaker = new Speaker();
    speaker.sink = sink;
    speaker.open(STEREO);
    speaker.open({ ...STEREO });
    speaker.hear(new Uint8Array(64), 8, 3);
    speaker.silence(5);
    speaker.open({ ...STEREO, rateHz: 44_100 });
    expect(calls).toEqual(['open 48000', 'hear 8+12', 'silence 5', 'open 44100']);
    expect([speaker.heardFrames, speaker.silentFrames]).toEqual([3, 5]);
  });

  it('settles the device before a sink comes late, and tells it the format', () => {
    const { calls, sink } = log();
    const speaker = new Speaker();
    speaker.open(STEREO);
    speaker.connect({ settle: () => speaker.silence(7), jackChanged: () => {} });
    speaker.sink = sink;
    expect(calls).toEqual(['open 48000']);
    expect(speaker.silentFrames).toBe(7);
    expect(speaker.sink).toBe(sink);
  });

  it('tells the device when the jack changes, and only then', () => {
    const events: string[] = [];
    const speaker = new Speaker(false);
    speaker.connect({
      settle: () => events.push(`settle ${speaker.jackPresent}`),
      jackChanged: () => events.push(`changed ${speaker.jackPresent}`),
    });
    speaker.jackPresent = false;
    speaker.jackPresent = true;
    expect(events).toEqual(['settle false', 'changed true']);
  });
});

describe('a sound format', () => {
  it('is the same in every field or another one', () => {
    expect(soundFrameBytes(STEREO)).toBe(4);
    expect(isSameSound(STEREO, { ...STEREO })).toBe(true);
    expect(isSameSound(null, null)).toBe(true);
    expect(isSameSound(STEREO, null)).toBe(false);
    const others = [
      { rateHz: 1 },
      { bits: 20 },
      { channels: 1 },
      { containerBytes: 4 },
      { float: true },
    ];
    for (const other of others) expect(isSameSound(STEREO, { ...STEREO, ...other })).toBe(false);
  });
});
