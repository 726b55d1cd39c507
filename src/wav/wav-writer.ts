/**
 * The WAV file writer. The header goes first, saying "unknown length", and is written again with
 * the sizes at the end; so a file whose writer died still plays. Samples are gathered in a block
 * before the sink sees them: a machine hands over a few milliseconds at a time, and a file
 * wants more.
 */
import { ByteViews } from '../base/byte-views.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import type { ByteSink } from './byte-stream.ts';
import { encodeWavHeader } from './wav-header.ts';

const BLOCK_BYTES = 65_536;
/** Up to here a loop is done before a view of the bytes is made. */
const LOOP_BYTES = 64;

export class WavWriter {
  readonly format: PcmFormat;
  readonly #sink: ByteSink;
  readonly #frameBytes: number;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #views = new ByteViews();
  #blockUsed = 0;
  /** The first block ends where a block of the file does, so that no page is written in halves. */
  #blockRoom: number;
  /** Where in the file the block goes. */
  #blockAt: number;
  #dataBytes = 0;
  #isFinished = false;

  constructor(sink: ByteSink, format: PcmFormat) {
    this.#sink = sink;
    this.format = format;
    this.#frameBytes = frameBytes(format);
    const header = encodeWavHeader(format, null);
    this.#blockAt = header.length;
    this.#blockRoom = BLOCK_BYTES - header.length;
    sink.write(0, header);
  }

  /** Frames written so far. */
  get frames(): number {
    return this.#dataBytes / this.#frameBytes;
  }

  /**
   * Appends frames, as they are to lie in the file: `byteLength` bytes from `bytes[offset]` on.
   * @throws RangeError when these are not whole frames within `bytes`; Error after `finish`.
   */
  write(bytes: Uint8Array, offset: number, byteLength: number): void {
    if (this.#isFinished) throw new Error('this WAV file is finished: nothing can be added to it');
    const isWhole = Number.isInteger(byteLength / this.#frameBytes) && Number.isInteger(offset);
    const end = offset + byteLength;
    if (!isWhole || offset < 0 || byteLength < 0 || end > bytes.length) {
      throw new RangeError(
        `${byteLength} bytes at ${offset} are not whole frames of ${this.#frameBytes} bytes ` +
          `within ${bytes.length}`,
      );
    }
    for (let place = offset; place < end; ) {
      const part = Math.min(end - place, this.#blockRoom - this.#blockUsed);
      if (part <= LOOP_BYTES) {
        for (let byte = 0; byte < part; byte++) {
          this.#block[this.#blockUsed + byte] = bytes[place + byte] as number;
        }
      } else {
        this.#views.copy(bytes, place, part, this.#block, this.#blockUsed);
      }
      this.#blockUsed += part;
      place += part;
      if (this.#blockUsed === this.#blockRoom) this.#writeBlock();
    }
    this.#dataBytes += byteLength;
  }

  /** Writes what is left, the pad byte and the sizes. A second call does nothing. */
  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    // The block is never full here, so there is room for the pad byte.
    if (this.#dataBytes % 2 === 1) this.#block[this.#blockUsed++] = 0;
    this.#writeBlock();
    this.#sink.write(0, encodeWavHeader(this.format, this.#dataBytes));
  }

  #writeBlock(): void {
    const isWhole = this.#blockUsed === BLOCK_BYTES;
    this.#sink.write(
      this.#blockAt,
      isWhole ? this.#block : this.#block.subarray(0, this.#blockUsed),
    );
    this.#blockAt += this.#blockUsed;
    this.#blockUsed = 0;
    this.#blockRoom = BLOCK_BYTES;
  }
}
