/**
 * The ear at QEMU's end: what QEMU's sound card plays it writes to a WAV file, which is read as it
 * grows and handed to the speaker. QEMU flushes whole blocks of 4 KiB, so the ear is that much
 * late, and hears the rest when QEMU ends. A stream of another format begins the file anew.
 * Source: RIFF WAVE, PCM format chunk.
 */
import type { Speaker } from '../hardware/endpoint/speaker.ts';
import type { QemuProcess } from './qemu-process.ts';

/** RIFF, fmt of 16 bytes, data: QEMU writes no other chunks. */
const HEADER_BYTES = 44;
const CHANNELS_AT = 22;
const RATE_AT = 24;
const BITS_AT = 34;
const BLOCK_BYTES = 0x1_0000;
/** What QEMU keeps back until it can write all of it. */
export const WAV_BLOCK_BYTES = 4096;

export class WavEar {
  readonly #process: QemuProcess;
  readonly #speaker: Speaker;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #at = 0;
  #frameBytes = 0;

  constructor(process: QemuProcess, speaker: Speaker) {
    this.#process = process;
    this.#speaker = speaker;
  }

  /** Hears what has been added to the file. */
  listen(): void {
    const bytes = this.#process.wavBytes;
    if (bytes < this.#at) this.#at = 0;
    if (this.#at === 0) {
      if (bytes < HEADER_BYTES) return;
      this.#readHeader();
    }
    for (;;) {
      const wanted = Math.min(BLOCK_BYTES, bytes - this.#at);
      const frames = Math.floor(wanted / this.#frameBytes);
      if (frames <= 0) return;
      const length = this.#process.readWav(this.#block, frames * this.#frameBytes, this.#at);
      const heard = Math.floor(length / this.#frameBytes);
      if (heard === 0) return;
      this.#speaker.hear(this.#block, 0, heard);
      this.#at += heard * this.#frameBytes;
    }
  }

  #readHeader(): void {
    this.#process.readWav(this.#block, HEADER_BYTES, 0);
    const header = new DataView(this.#block.buffer);
    const channels = header.getUint16(CHANNELS_AT, true);
    const bits = header.getUint16(BITS_AT, true);
    const containerBytes = bits / 8;
    const rateHz = header.getUint32(RATE_AT, true);
    this.#at = HEADER_BYTES;
    this.#frameBytes = channels * containerBytes;
    this.#speaker.open({ rateHz, bits, channels, containerBytes, float: false });
  }
}
