/**
 * Sounds for tests. Noise is better than a tone for finding a frame that is out of place: no two
 * frames of it are alike. Samples fill their containers from the top, as PCM does.
 */
import { Random } from '../sim/random.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';

/** `frames` frames of seeded noise in the format, valid bits only; floats in -1..1. */
export function noise(format: PcmFormat, frames: number, seed = 7): Uint8Array {
  const random = new Random(seed);
  const bytes = new Uint8Array(frames * frameBytes(format));
  const view = new DataView(bytes.buffer);
  const containerBytes = format.containerBits >> 3;
  for (let at = 0; at < bytes.length; at += containerBytes) {
    writeSample(view, at, format, random.next() / 0x8000_0000 - 1);
  }
  return bytes;
}

/** `frames` frames of a sine at `hz`, on all channels, at half of full scale. */
export function tone(format: PcmFormat, frames: number, hz: number): Uint8Array {
  const bytes = new Uint8Array(frames * frameBytes(format));
  const view = new DataView(bytes.buffer);
  const containerBytes = format.containerBits >> 3;
  for (let frame = 0; frame < frames; frame++) {
    const value = 0.5 * Math.sin((2 * Math.PI * hz * frame) / format.rateHz);
    for (let channel = 0; channel < format.channels; channel++) {
      writeSample(view, (frame * format.channels + channel) * containerBytes, format, value);
    }
  }
  return bytes;
}

function writeSample(view: DataView, at: number, format: PcmFormat, value: number): void {
  if (format.float) {
    view.setFloat32(at, value, true);
    return;
  }
  const full = 2 ** (format.validBits - 1);
  const sample = Math.max(-full, Math.min(full - 1, Math.round(value * full)));
  const placed = sample * 2 ** (format.containerBits - format.validBits);
  if (format.containerBits === 16) view.setInt16(at, placed, true);
  else view.setInt32(at, placed, true);
}
