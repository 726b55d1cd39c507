import { describe, expect, it } from 'vitest';
import type { Ac97MixerRegister } from '../../standards/ac97/mixer-registers.ts';
import type { LineIn } from '../endpoint/line-in.ts';
import { Ac97Bench, counting, RPBM } from './ac97.test-support.ts';

const FIFO = 16;

/** One stereo frame of two 16-bit samples as bytes. */
const frame = (left: number, right: number): number[] => [
  left & 0xff,
  (left >> 8) & 0xff,
  right & 0xff,
  (right >> 8) & 0xff,
];

describe("the mixer registers (AC'97 2.3, 5.7)", () => {
  it('hold the reset values of the specification', () => {
    const bench = new Ac97Bench();
    bench.setGlobal('GLOB_CNT', 0x2);
    bench.runFor(1_000_000);
    const expected: readonly [Ac97MixerRegister, number][] = [
      ['RESET', 0x0001],
      ['MASTER_VOLUME', 0x8000],
      ['MIC_VOLUME', 0x8008],
      ['LINE_IN_VOLUME', 0x8808],
      ['PCM_OUT_VOLUME', 0x8808],
      ['RECORD_SELECT', 0x0000],
      ['RECORD_GAIN', 0x8000],
      ['RECORD_GAIN_MIC', 0x8000],
      ['POWERDOWN', 0x000f],
      ['EXTENDED_AUDIO_ID', 0x0a09],
      ['EXTENDED_AUDIO_CONTROL', 0x0200],
      ['FRONT_DAC_RATE', 48_000],
      ['ADC_RATE', 48_000],
      ['MIC_ADC_RATE', 48_000],
      ['VENDOR_ID1', 0x5750],
      ['VENDOR_ID2', 0x5401],
    ];
    for (const [name, value] of expected) expect([name, bench.mixer(name)]).toEqual([name, value]);
  });

  it('keep the bits that are there, and go back by a write of the reset register', () => {
    const bench = new Ac97Bench().boot();
    const written: readonly [Ac97MixerRegister, number, number][] = [
      ['MASTER_VOLUME', 0x1f05, 0x1f05],
      ['MIC_VOLUME', 0xffff, 0x805f],
      ['LINE_IN_VOLUME', 0xffff, 0x9f1f],
      ['PCM_OUT_VOLUME', 0xffff, 0x9f1f],
      ['RECORD_SELECT', 0xffff, 0x0707],
      ['RECORD_GAIN', 0xffff, 0x8f0f],
      ['RECORD_GAIN_MIC', 0xffff, 0x800f],
      ['VENDOR_ID1', 0, 0x5750],
    ];
    for (const [name, value, kept] of written) {
      bench.setMixer(name, value);
      expect([name, bench.mixer(name)]).toEqual([name, kept]);
    }
    bench.setMixer('RESET', 0x1234);
    expect([bench.mixer('MASTER_VOLUME'), bench.mixer('MIC_VOLUME')]).toEqual([0x8000, 0x8008]);
  });

  it('read back the lowest step where a sixth bit was written: the volume has five', () => {
    const bench = new Ac97Bench().boot();
    bench.setMixer('MASTER_VOLUME', 0x2005);
    expect(bench.mixer('MASTER_VOLUME')).toBe(0x1f05);
    bench.setMixer('MASTER_VOLUME', 0x8327);
    expect(bench.mixer('MASTER_VOLUME')).toBe(0x831f);
  });

  it('read 0 where no register is', () => {
    const bench = new Ac97Bench().boot();
    bench.writeNam(0x0c, 2, 0xffff);
    expect(bench.readNam(0x0c, 2)).toBe(0);
  });
});

describe('the volumes', () => {
  const heard = (set: (bench: Ac97Bench) => void, samples: readonly number[]) => {
    const bench = new Ac97Bench().boot();
    set(bench);
    const address = bench.memory.allocate(1);
    bench.memory.put(
      address,
      samples.flatMap((sample) => frame(sample, sample)),
    );
    bench.program([{ address, samples: 2 * samples.length }]);
    bench.set('CR', RPBM);
    bench.pass(FIFO + samples.length);
    bench.set('CR', 0);
    return bench.ear;
  };

  it('are exact at 0 dB, and attenuate by 1.5 dB a step and a side', () => {
    const quieter = (bench: Ac97Bench): void => bench.setMixer('MASTER_VOLUME', 0x0402);
    const ear = heard(quieter, [10_000, -10_000]);
    // -6 dB on the left side, -3 dB on the right one.
    expect(ear.sound).toEqual([...frame(5012, 7079), ...frame(-5012, -7079)]);
  });

  it('add up: PCM volume +12 dB and master -12 dB is 0 dB', () => {
    const ear = heard(
      (bench) => {
        bench.setMixer('PCM_OUT_VOLUME', 0x0000);
        bench.setMixer('MASTER_VOLUME', 0x0808);
      },
      [12_345],
    );
    expect(ear.sound).toEqual(frame(12_345, 12_345));
  });

  it('stay within 16 bits', () => {
    const ear = heard((bench) => bench.setMixer('PCM_OUT_VOLUME', 0x0000), [20_000, -20_000]);
    expect(ear.sound).toEqual([...frame(32_767, 32_767), ...frame(-32_768, -32_768)]);
  });

  it.each<[string, Ac97MixerRegister, number]>([
    ['the master mute', 'MASTER_VOLUME', 0x8000],
    ['the PCM mute', 'PCM_OUT_VOLUME', 0x8808],
    ['the DACs without power (PR1)', 'POWERDOWN', 0x0200],
    ['the output mixer without power (PR2)', 'POWERDOWN', 0x0400],
    ['no voltage reference (PR3)', 'POWERDOWN', 0x0800],
    ['no internal clock (PR5)', 'POWERDOWN', 0x2000],
    ['the external amplifier off (EAPD)', 'POWERDOWN', 0x8000],
  ])('are silence with %s', (_, name, value) => {
    const ear = heard((bench) => bench.setMixer(name, value), [1, 2, 3, 4]);
    expect(ear.parts).toEqual([{ silence: FIFO + 4 }]);
  });

  it('act from the frame on that leaves the FIFO when they are written', () => {
    const bench = new Ac97Bench().boot();
    const { address, data, samples } = bench.frames(100);
    bench.program([{ address, samples }]);
    bench.set('CR', RPBM);
    bench.pass(30);
    bench.setMixer('MASTER_VOLUME', 0x8000);
    bench.pass(10);
    bench.setMixer('MASTER_VOLUME', 0x0000);
    bench.listen(10);
    expect(bench.ear.parts).toEqual([
      { silence: FIFO },
      { sound: data.slice(0, 4 * 14) },
      { silence: 10 },
      { sound: data.slice(4 * 24, 4 * 34) },
    ]);
  });
});

describe("variable rate audio (AC'97 2.3, 5.8)", () => {
  it('keeps 48 kHz without VRA, and goes back to it when VRA is cleared', () => {
    const bench = new Ac97Bench().boot();
    bench.setMixer('FRONT_DAC_RATE', 44_100);
    expect(bench.mixer('FRONT_DAC_RATE')).toBe(48_000);
    bench.setMixer('EXTENDED_AUDIO_CONTROL', 0x0001);
    bench.setMixer('FRONT_DAC_RATE', 44_100);
    bench.setMixer('ADC_RATE', 22_050);
    bench.setMixer('MIC_ADC_RATE', 16_000);
    expect(bench.mixer('FRONT_DAC_RATE')).toBe(44_100);
    expect(bench.mixer('ADC_RATE')).toBe(22_050);
    expect(bench.mixer('MIC_ADC_RATE')).toBe(48_000);
    bench.setMixer('EXTENDED_AUDIO_CONTROL', 0x0008);
    bench.setMixer('MIC_ADC_RATE', 16_000);
    expect(bench.mixer('MIC_ADC_RATE')).toBe(16_000);
    expect([bench.mixer('FRONT_DAC_RATE'), bench.mixer('ADC_RATE')]).toEqual([48_000, 48_000]);
  });

  it('answers with the nearest rate that it has', () => {
    const bench = new Ac97Bench().boot();
    bench.setMixer('EXTENDED_AUDIO_CONTROL', 0x0001);
    bench.setMixer('FRONT_DAC_RATE', 4_000);
    expect(bench.mixer('FRONT_DAC_RATE')).toBe(8_000);
    bench.setMixer('FRONT_DAC_RATE', 65_535);
    expect(bench.mixer('FRONT_DAC_RATE')).toBe(48_000);
  });

  it.each([8_000, 11_025, 22_050, 32_000, 44_100])('plays at %i Hz', (rateHz) => {
    const bench = new Ac97Bench().boot();
    bench.setMixer('EXTENDED_AUDIO_CONTROL', 0x0001);
    bench.setMixer('FRONT_DAC_RATE', rateHz);
    const { address, data, samples } = bench.frames(100);
    bench.program([{ address, samples }]);
    bench.set('CR', RPBM);
    bench.pass(60, rateHz);
    expect(bench.get('PICB')).toBe(80);
    expect(bench.ear.formats).toMatchObject([{ rateHz, bits: 16, channels: 2, containerBytes: 2 }]);
    expect(bench.ear.sound).toEqual(data.slice(0, 4 * (60 - FIFO)));
  });

  it('changes the rate of a stream that runs from then on', () => {
    const bench = new Ac97Bench().boot();
    bench.setMixer('EXTENDED_AUDIO_CONTROL', 0x0001);
    const { address, samples } = bench.frames(200);
    bench.program([{ address, samples }]);
    bench.set('CR', RPBM);
    bench.pass(50);
    bench.setMixer('FRONT_DAC_RATE', 8_000);
    bench.pass(50, 8_000);
    expect(bench.get('PICB')).toBe(200);
    expect(bench.ear.formats.map(({ rateHz }) => rateHz)).toEqual([48_000, 8_000]);
  });

  it('records at the rate of the ADC, whatever the DAC has', () => {
    const bench = new Ac97Bench().boot();
    const rates: number[] = [];
    bench.device.lineIn.source = { speak: (_, __, ___, { rateHz }) => rates.push(rateHz) };
    bench.setMixer('EXTENDED_AUDIO_CONTROL', 0x0001);
    bench.setMixer('ADC_RATE', 16_000);
    bench.program([{ address: bench.memory.allocate(1), samples: 200 }], 'PCM_IN');
    bench.set('CR', RPBM, 'PCM_IN');
    bench.pass(68, 16_000);
    expect(bench.get('PICB', 'PCM_IN')).toBe(2 * 40);
    expect(new Set(rates)).toEqual(new Set([16_000]));
  });
});

describe("the record multiplexer (AC'97 2.3, 5.7.5)", () => {
  /** A source whose samples are all `value`. */
  const constant = (jack: LineIn, value: number): void => {
    jack.source = {
      speak: (bytes, offset, frames, { channels }) => {
        new Int16Array(bytes.buffer, bytes.byteOffset + offset, frames * channels).fill(value);
      },
    };
  };
  const recorded = (set: (bench: Ac97Bench) => void): number[] => {
    const bench = new Ac97Bench().boot();
    constant(bench.device.lineIn, 1_000);
    constant(bench.device.microphone, 300);
    constant(bench.device.dedicatedMicrophone, 77);
    set(bench);
    const address = bench.memory.allocate(1);
    bench.program([{ address, samples: 2 }], 'PCM_IN');
    bench.set('CR', RPBM, 'PCM_IN');
    bench.listen(10);
    const bytes = bench.memory.take(address, 4);
    return Array.from(new Int16Array(new Uint8Array(bytes).buffer));
  };
  const select = (value: number) => recorded((bench) => bench.setMixer('RECORD_SELECT', value));

  it('picks a source for each side', () => {
    expect(select(0x0404)).toEqual([1_000, 1_000]);
    expect(select(0x0000)).toEqual([300, 300]);
    expect(select(0x0400)).toEqual([1_000, 300]);
    expect(select(0x0104)).toEqual([0, 1_000]);
    expect(select(0x0703)).toEqual([0, 0]);
  });

  it('picks the mix, in stereo or mono, of what is not muted', () => {
    expect(select(0x0505)).toEqual([0, 0]);
    const mixed = (value: number) =>
      recorded((bench) => {
        bench.setMixer('RECORD_SELECT', value);
        // 0 dB on the left side, -6 dB on the right one; the microphone at +20 dB.
        bench.setMixer('LINE_IN_VOLUME', 0x080c);
        bench.setMixer('MIC_VOLUME', 0x0048);
      });
    expect(mixed(0x0505)).toEqual([4_000, 3_501]);
    expect(mixed(0x0606)).toEqual([3_751, 3_751]);
  });

  it('is followed by the record gain', () => {
    const gained = (value: number) => recorded((bench) => bench.setMixer('RECORD_GAIN', value));
    expect(gained(0x0400)).toEqual([1_995, 1_000]);
    expect(gained(0x8000)).toEqual([0, 0]);
  });

  it('hears nothing without power (PR0), and nothing through a jack without a plug', () => {
    expect(recorded((bench) => bench.setMixer('POWERDOWN', 0x0100))).toEqual([0, 0]);
    const unplugged = recorded((bench) => {
      bench.device.lineIn.jackPresent = false;
    });
    expect(unplugged).toEqual([0, 0]);
  });

  it('tells in the powerdown register what is ready', () => {
    const bench = new Ac97Bench().boot();
    const ready = (value: number): number => {
      bench.setMixer('POWERDOWN', value);
      return bench.mixer('POWERDOWN');
    };
    expect(ready(0x0100)).toBe(0x010e);
    expect(ready(0x0200)).toBe(0x020d);
    expect(ready(0x0400)).toBe(0x040b);
    expect(ready(0x0800)).toBe(0x0800);
    expect(ready(0x0000)).toBe(0x000f);
  });
});

describe('four and six channels (ICH2, GLOB_CNT 21:20)', () => {
  const play = (channels: 2 | 4 | 6, control: number, frameSamples: number) => {
    const bench = new Ac97Bench({ channels }).boot();
    bench.setGlobal('GLOB_CNT', 0x2 | control);
    const address = bench.memory.allocate(2);
    const data = Array.from({ length: 2 * frameSamples * 40 }, (_, at) => (at >> 1) & 0x7f);
    bench.memory.put(address, data);
    bench.program([{ address, samples: frameSamples * 40 }]);
    bench.set('CR', RPBM);
    bench.listen(30);
    expect(bench.get('PICB')).toBe(frameSamples * 10);
    return { bench, data };
  };

  it('reach a codec that has the DACs', () => {
    const { bench, data } = play(6, 0x20_0000, 6);
    expect(bench.ear.formats).toMatchObject([{ channels: 6 }]);
    expect(bench.ear.sound).toEqual(data.slice(0, 12 * (30 - FIFO)));
    expect(bench.mixer('EXTENDED_AUDIO_ID')).toBe(0x0bc9);
  });

  it('lose what the FIFO has of another number of channels, when it changes', () => {
    const { bench, data } = play(6, 0x20_0000, 6);
    bench.set('CR', 0);
    bench.setGlobal('GLOB_CNT', 0x2);
    const before = bench.ear.sound.length;
    bench.set('CR', RPBM);
    bench.listen(20);
    // 30 frames of 12 bytes were fetched; what follows is taken for stereo.
    expect(bench.ear.sound.slice(before)).toEqual(data.slice(360, 360 + 4 * (20 - FIFO)));
  });

  it('reach a codec without them as the front pair', () => {
    const { bench, data } = play(2, 0x10_0000, 4);
    expect(bench.ear.formats).toMatchObject([{ channels: 2 }]);
    const front = data.filter((_, at) => at % 8 < 4);
    expect(bench.ear.sound).toEqual(front.slice(0, 4 * (30 - FIFO)));
  });
});

it('plays at the jack only while a plug is in it', () => {
  const bench = new Ac97Bench().boot();
  const { address, samples } = bench.frames(100);
  bench.program([{ address, samples }]);
  bench.set('CR', RPBM);
  bench.pass(20);
  bench.device.speaker.jackPresent = false;
  bench.pass(10);
  bench.device.speaker.jackPresent = true;
  bench.listen(5);
  expect(bench.ear.parts).toEqual([
    { silence: FIFO },
    { sound: counting(4) },
    { silence: 10 },
    { sound: counting(5, 15) },
  ]);
});
