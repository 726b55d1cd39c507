/**
 * A cyclic buffer for an engine whose list has 32 entries: they are a window on the pieces of the
 * buffer, lap after lap. Entries that the engine has left are given the pieces that come next, and
 * LVI is put right behind the engine, so that it never halts. That is done at every interrupt;
 * each half of the list asks for one, besides the ends of packets. So the driver sees each lap of
 * the list at least twice, and can count how far the engine has come since it began.
 */
import { AC97_BDL_ENTRIES, AC97_SAMPLE_BYTES } from '../../standards/ac97/index.ts';
import type { Piece } from './buffer-pieces.ts';
import type { DescriptorPage } from './descriptor-page.ts';
import { type DmaEngine, PICB_LIMIT } from './dma-engine.ts';

const INDEX_MASK = AC97_BDL_ENTRIES - 1;
const HALF = AC97_BDL_ENTRIES / 2;

export class DescriptorRing {
  /** Packets that the engine has processed. */
  packets = 0;
  readonly #engine: DmaEngine;
  readonly #page: DescriptorPage;
  readonly #pieces: readonly Piece[];
  /** Pieces before the first that was written. */
  #rotation = 0;
  /** Pieces that the engine has left, and that were written, since `load`. */
  #left = 0;
  #written = 0;
  /** The engine has fetched a descriptor: until then PICB says nothing. */
  #isFetched = false;
  /** Where the stream stands that has not fetched one. */
  #start = 0;
  /** Byte of the stream at which the current piece begins. */
  #pieceStart = 0;

  constructor(engine: DmaEngine, page: DescriptorPage, pieces: readonly Piece[]) {
    this.#engine = engine;
    this.#page = page;
    this.#pieces = pieces;
  }

  /** Points an engine in reset at the buffer; byte `start` of the stream comes next. */
  load(start: number, bufferBytes: number): void {
    const offset = start % bufferBytes;
    this.#rotation = this.#pieces.findIndex((piece) => offset < piece.offset + piece.bytes);
    const skipped = offset - this.#pieceAt(0).offset;
    this.#left = 0;
    this.#written = 0;
    this.#isFetched = false;
    this.#start = start;
    this.#pieceStart = start - skipped;
    this.#write(skipped);
    while (this.#written < AC97_BDL_ENTRIES) this.#write(0);
    this.#engine.setList(this.#page.physicalAddress, INDEX_MASK);
  }

  /** RUN. */
  run(): void {
    this.#isFetched = true;
    this.#engine.run();
  }

  /** Takes note of where the engine is. With the service routine shut out; allocates nothing. */
  follow(): void {
    const engine = this.#engine;
    engine.readPosition();
    while ((this.#left & INDEX_MASK) !== engine.current) {
      const piece = this.#pieceAt(this.#left);
      this.#pieceStart += piece.bytes;
      if (piece.endsPacket) this.packets++;
      this.#left++;
    }
  }

  /** Bytes of the stream between memory and engine, when `follow` was called last. */
  get processedBytes(): number {
    if (!this.#isFetched) return this.#start;
    const waiting = this.#engine.samplesLeft * AC97_SAMPLE_BYTES;
    return this.#pieceStart + this.#pieceAt(this.#left).bytes - waiting;
  }

  /**
   * The same of now, asked without shutting out the service routine: what that has counted is taken
   * again if it came in between. A device that is gone leaves it at what was known. Allocates
   * nothing and takes note of nothing.
   */
  get processedBytesNow(): number {
    if (!this.#isFetched) return this.#start;
    let left: number;
    let position: number;
    do {
      left = this.#left;
      position = this.#engine.position;
    } while (left !== this.#left);
    const current = Math.floor(position / PICB_LIMIT);
    if (current > INDEX_MASK) return this.processedBytes;
    const passed = (current - left) & INDEX_MASK;
    let end = this.#pieceStart + this.#pieceAt(left).bytes;
    for (let index = 1; index <= passed; index++) end += this.#pieceAt(left + index).bytes;
    return end - (position % PICB_LIMIT) * AC97_SAMPLE_BYTES;
  }

  /** The byte of the stream that the engine began with. */
  get startByte(): number {
    return this.#start;
  }

  /** Lets the engine go on for a whole lap of the list from here. At device level. */
  extend(): void {
    while (this.#written < this.#left + AC97_BDL_ENTRIES) this.#write(0);
    this.#engine.lastValid = (this.#written - 1) & INDEX_MASK;
  }

  #pieceAt(count: number): Piece {
    return this.#pieces[(this.#rotation + count) % this.#pieces.length] as Piece;
  }

  /** The next piece, but for its first `skipped` bytes, to the next entry. */
  #write(skipped: number): void {
    const { address, bytes, endsPacket } = this.#pieceAt(this.#written);
    const interrupts = endsPacket || this.#written % HALF === HALF - 1;
    const index = this.#written & INDEX_MASK;
    this.#page.write(index, address + skipped, bytes - skipped, interrupts);
    this.#written++;
  }
}
