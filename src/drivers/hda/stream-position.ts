/**
 * From the one thing the hardware counts, bytes sent on the link or stored from it, to the two
 * positions that IMiniportWaveRTStream::GetPosition reports. The sample at the DAC left the link
 * one codec pipeline ago; what DMA has fetched will leave it one FIFO from now. The sample at the
 * ADC will be stored behind what codec and FIFO hold; what is stored can be read. At the start
 * nothing is full, which only a count from the start of the stream can tell: so wraps are counted.
 */
import type { KsAudioPosition } from '../../portcls/ddi/index.ts';

export class StreamPosition {
  readonly #isCapture: boolean;
  #bufferBytes = 0;
  #fifoBytes = 0;
  #codecBytes = 0;
  #lastLinkBytes = 0;
  /** Whole laps that were seen, counted until they outweigh the pipeline: then it is full. */
  #lapBytes = 0;

  constructor(isCapture = false) {
    this.#isCapture = isCapture;
  }

  /**
   * The stream stands at 0.
   * @param codecBytes what the codec holds between link and DAC, or ADC and link
   */
  reset(bufferBytes: number, fifoBytes: number, codecBytes: number): void {
    this.#bufferBytes = bufferBytes;
    this.#fifoBytes = fifoBytes;
    this.#codecBytes = codecBytes;
    this.restart();
  }

  /** The same stream stands at 0 again. */
  restart(): void {
    this.#lastLinkBytes = 0;
    this.#lapBytes = 0;
  }

  /**
   * Fills `position` for a reading of SDnLPIB. A reading below the last one has wrapped. Who first
   * looks after a whole lap goes unnoticed, and is told 0 where the pipeline's length would do; no
   * later reading is touched by that. Any IRQL; allocates nothing.
   */
  report(linkPosition: number, position: KsAudioPosition): void {
    const bufferBytes = this.#bufferBytes;
    position.playOffset = 0;
    position.writeOffset = 0;
    if (bufferBytes === 0) return;
    const linkBytes = linkPosition % bufferBytes;
    const hasWrapped = linkBytes < this.#lastLinkBytes;
    if (hasWrapped && this.#lapBytes <= this.#codecBytes) this.#lapBytes += bufferBytes;
    this.#lastLinkBytes = linkBytes;
    const sentBytes = this.#lapBytes + linkBytes;
    if (this.#isCapture) {
      position.writeOffset = linkBytes;
      const heldBytes = this.#fifoBytes + this.#codecBytes;
      if (sentBytes > 0) position.playOffset = (sentBytes + heldBytes) % bufferBytes;
      return;
    }
    // Until the first frame has left, the FIFO is still filling and nobody knows how far it is.
    if (sentBytes > 0) position.writeOffset = (sentBytes + this.#fifoBytes) % bufferBytes;
    const heardBytes = sentBytes - this.#codecBytes;
    if (heardBytes > 0) position.playOffset = heardBytes % bufferBytes;
  }
}
