/** A sine as a 16-bit stereo WAV file, as the independent package `wavefile` writes it. */
import wavefile from 'wavefile';

export interface Sine {
  readonly rateHz: number;
  readonly frames: number;
  readonly hz: number;
  /** Amplitude; 1 is full scale. */
  readonly level: number;
}

export function sineFile({ frames, hz, level, rateHz }: Sine): Uint8Array {
  const samples = Array.from({ length: 2 * frames }, (_, index) => {
    const frame = index >> 1;
    return Math.round(level * 32_768 * Math.sin((2 * Math.PI * hz * frame) / rateHz));
  });
  const file = new wavefile.WaveFile();
  file.fromScratch(2, rateHz, '16', samples);
  return file.toBuffer();
}
