import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultChannelMask, KSAUDIO_SPEAKER, SPEAKER } from './channel-mask.ts';
import {
  describeFormat,
  frameBytes,
  type PcmFormat,
  readWaveFormat,
  WAVEFORMATEX,
  WAVEFORMATEXTENSIBLE,
  waveFormatBytes,
  writeWaveFormat,
} from './format.ts';

const stereo16: PcmFormat = {
  rateHz: 44_100,
  channels: 2,
  validBits: 16,
  containerBits: 16,
  float: false,
  channelMask: 3,
};
const float6: PcmFormat = {
  rateHz: 96_000,
  channels: 6,
  validBits: 32,
  containerBits: 32,
  float: true,
  channelMask: 0x60f,
};

function encoded(format: PcmFormat): DataView {
  const view = new DataView(new ArrayBuffer(waveFormatBytes(format)));
  expect(writeWaveFormat(view, 0, format)).toBe(view.byteLength);
  return view;
}

function hex(view: DataView): string {
  return Array.from({ length: view.byteLength }, (_, at) =>
    view.getUint8(at).toString(16).padStart(2, '0'),
  ).join('');
}

const anyFormat = fc
  .record({
    rateHz: fc.integer({ min: 1, max: 768_000 }),
    channels: fc.integer({ min: 1, max: 18 }),
    containerBits: fc.constantFrom(8, 16, 24, 32),
    spareBits: fc.nat(7),
    float: fc.boolean(),
    channelMask: fc.option(fc.integer({ min: 0, max: 0x3ffff }), { nil: null }),
  })
  .map(({ rateHz, channels, containerBits, spareBits, float, channelMask }): PcmFormat => {
    const bits = float ? 32 : containerBits;
    return {
      rateHz,
      channels,
      validBits: float ? 32 : bits - spareBits,
      containerBits: bits,
      float,
      channelMask: channelMask ?? defaultChannelMask(channels),
    };
  });

describe('wave format structures', () => {
  it('are packed: 18 and 40 bytes, extended at 18, 20 and 24 [PCL-KS-022] [PCL-DI-016]', () => {
    expect([WAVEFORMATEX.size, WAVEFORMATEXTENSIBLE.size]).toEqual([18, 40]);
    expect(WAVEFORMATEXTENSIBLE.offsets).toMatchObject({
      nSamplesPerSec: 4,
      nBlockAlign: 12,
      cbSize: 16,
      wValidBitsPerSample: 18,
      dwChannelMask: 20,
      SubFormat: 24,
    });
  });

  it('write CD sound as the bytes that every Windows program writes', () => {
    expect(hex(encoded(stereo16))).toBe('01000200' + '44ac0000' + '10b10200' + '04001000' + '0000');
  });

  it('write what WAVEFORMATEX cannot say as WAVEFORMATEXTENSIBLE', () => {
    expect(hex(encoded(float6))).toBe(
      'feff0600' +
        '00770100' +
        '00282300' +
        '18002000' +
        '16002000' +
        '0f060000' +
        '03000000' +
        '00001000' +
        '800000aa' +
        '00389b71',
    );
  });

  it.each([
    ['three channels', { channels: 3, channelMask: 7 }],
    ['24 bits', { validBits: 24, containerBits: 24 }],
    ['unused bits', { validBits: 12 }],
    [
      'a layout of its own',
      { channelMask: SPEAKER.SPEAKER_BACK_LEFT | SPEAKER.SPEAKER_BACK_RIGHT },
    ],
    ['no layout', { channelMask: 0 }],
  ])('take 40 bytes for %s', (_, change) => {
    expect(waveFormatBytes({ ...stereo16, ...change })).toBe(40);
  });

  it('bring back every format that they can hold', () => {
    fc.assert(
      fc.property(anyFormat, (format) => {
        const view = encoded(format);
        expect(readWaveFormat(view, 0, view.byteLength)).toEqual(format);
      }),
    );
  });

  it('are read at any place, and give a plain structure the default layout', () => {
    const view = new DataView(new ArrayBuffer(64));
    writeWaveFormat(view, 5, { ...stereo16, channels: 1, channelMask: 4 });
    expect(readWaveFormat(view, 5, 18)).toEqual({ ...stereo16, channels: 1, channelMask: 4 });
    expect(readWaveFormat(view, 5, 59)).not.toBeNull();
    expect(readWaveFormat(view, 5, 60)).toBeNull();
  });

  it('are read as plain PCM or float too, which needs no extension', () => {
    const view = encoded(stereo16);
    WAVEFORMATEX.write(view, 0, {
      wFormatTag: 3,
      nAvgBytesPerSec: 352_800,
      nBlockAlign: 8,
      wBitsPerSample: 32,
    });
    const wide = { ...stereo16, validBits: 32, containerBits: 32 };
    expect(readWaveFormat(view, 0, 18)).toEqual({ ...wide, float: true });
    WAVEFORMATEX.write(view, 0, { wFormatTag: 1 });
    expect(readWaveFormat(view, 0, 18)).toEqual(wide);
  });
});

describe('a wave format that contradicts itself is none [VER-KSP-022]', () => {
  it.each([
    ['a structure cut short', {}, 17],
    ['no channels', { nChannels: 0 }, 18],
    ['no channels and no bytes', { nChannels: 0, nBlockAlign: 0, nAvgBytesPerSec: 0 }, 18],
    ['0 Hz', { nSamplesPerSec: 0, nAvgBytesPerSec: 0 }, 18],
    ['a block that is not a frame', { nBlockAlign: 2 }, 18],
    ['another byte rate', { nAvgBytesPerSec: 0 }, 18],
    ['a byte rate past 32 bits', { nSamplesPerSec: 0x4000_0000, nAvgBytesPerSec: 0 }, 18],
    ['cbSize past the buffer', { cbSize: 22 }, 18],
    ['12-bit containers', { wBitsPerSample: 12, nBlockAlign: 3, nAvgBytesPerSec: 132_300 }, 18],
    ['64-bit containers', { wBitsPerSample: 64, nBlockAlign: 16, nAvgBytesPerSec: 705_600 }, 18],
    ['16-bit floats', { wFormatTag: 3 }, 18],
    ['a codec', { wFormatTag: 2 }, 18],
    ['an extensible tag alone', { wFormatTag: 0xfffe }, 18],
  ])('%s', (_, change, byteLength) => {
    const view = encoded(stereo16);
    WAVEFORMATEX.write(view, 0, change);
    expect(readWaveFormat(view, 0, byteLength)).toBeNull();
  });

  it.each([
    ['cbSize below 22', { cbSize: 21 }],
    ['more valid bits than bits', { wValidBitsPerSample: 33 }],
    ['fewer valid bits than a float has', { wValidBitsPerSample: 24 }],
  ])('extensible, with %s', (_, change) => {
    const view = encoded(float6);
    WAVEFORMATEXTENSIBLE.write(view, 0, change);
    expect(readWaveFormat(view, 0, 40)).toBeNull();
  });

  it('extensible, with no valid bits or an unknown subformat', () => {
    const view = encoded({ ...stereo16, validBits: 12 });
    WAVEFORMATEXTENSIBLE.write(view, 0, { wValidBitsPerSample: 0 });
    expect(readWaveFormat(view, 0, 40)).toBeNull();
    WAVEFORMATEXTENSIBLE.write(view, 0, { wValidBitsPerSample: 12 });
    expect(readWaveFormat(view, 0, 40)).not.toBeNull();
    view.setUint8(39, 0);
    expect(readWaveFormat(view, 0, 40)).toBeNull();
  });

  it('and no bytes at all make the reader throw or divide by zero', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 48 }), fc.nat(48), (bytes, byteLength) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        const format = readWaveFormat(view, 0, byteLength);
        expect(format === null || frameBytes(format) * format.rateHz > 0).toBe(true);
      }),
    );
  });
});

describe('formats', () => {
  it('count the bytes of a frame and say what they are', () => {
    expect(frameBytes(float6)).toBe(24);
    expect(describeFormat(float6)).toBe('96000 Hz, 6 channels, 32-bit float');
    const padded = { ...stereo16, channels: 1, validBits: 20, containerBits: 24 };
    expect(frameBytes(padded)).toBe(3);
    expect(describeFormat(padded)).toBe('44100 Hz, 1 channel, 20 bits in 24');
  });

  it('have as many speakers in the default layout as channels, up to eight', () => {
    for (let channels = 1; channels <= 8; channels++) {
      const speakers = defaultChannelMask(channels).toString(2).replaceAll('0', '').length;
      expect(speakers).toBe(channels);
    }
    expect(defaultChannelMask(6)).toBe(KSAUDIO_SPEAKER.KSAUDIO_SPEAKER_5POINT1);
    expect([defaultChannelMask(0), defaultChannelMask(9)]).toEqual([0, 0]);
  });
});
