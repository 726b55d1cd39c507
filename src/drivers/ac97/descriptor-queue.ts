/**
 * A descriptor list used as a queue: entries are added behind the last valid one while the engine
 * runs, and it halts when it has none. An entry is known by its number since the stream began. An
 * entry that the engine processes or has prefetched can only be taken away through a reset, which
 * costs what the FIFO holds; so a playback engine is put back by that much, as far as the entry
 * goes. AC'97 Programmer's Reference Manual (ICH5) 3.2.3 and 3.2.4.
 */
import { AC97_BDL_ENTRIES, AC97_SAMPLE_BYTES } from '../../standards/ac97/index.ts';
import type { DescriptorPage } from './descriptor-page.ts';
import type { DmaEngine } from './dma-engine.ts';
import { FIFO_BYTES } from './wave-format.ts';

const INDEX_MASK = AC97_BDL_ENTRIES - 1;

export class DescriptorQueue {
  readonly #engine: DmaEngine;
  readonly #page: DescriptorPage;
  /** By number, modulo 32. */
  readonly #addresses = new Float64Array(AC97_BDL_ENTRIES);
  readonly #bytes = new Uint32Array(AC97_BDL_ENTRIES);
  readonly #interrupts = new Uint8Array(AC97_BDL_ENTRIES);
  /** Number of the entry that the engine is at, and of the next to be added. */
  #current = 0;
  #added = 0;
  /** What was `added` when LVI was written last. */
  #published = 0;
  /** Number of the entry in place 0 of the list. */
  #base = 0;
  /** The engine halted behind the current entry, which is the last one. */
  #isCurrentDone = false;
  /** The engine was pointed at the list since its last reset. */
  #isLoaded = false;
  #isRunning = false;
  /** Bytes of the stream before the current entry. */
  #passedBytes = 0;

  constructor(engine: DmaEngine, page: DescriptorPage) {
    this.#engine = engine;
    this.#page = page;
  }

  /** Entries that may be added now. */
  get room(): number {
    return AC97_BDL_ENTRIES - (this.#added - this.#current);
  }

  /** Entries added so far, which is the number of the next one. */
  get added(): number {
    return this.#added;
  }

  /** Entries that the engine is done with, when `follow` was called last. */
  get processed(): number {
    return this.#isCurrentDone ? this.#current + 1 : this.#current;
  }

  /** The engine has nothing more to do. */
  get isAtEnd(): boolean {
    return this.#isCurrentDone;
  }

  /** Bytes between memory and engine, when `follow` was called last. */
  get processedBytes(): number {
    return this.#passedBytes + this.currentBytes;
  }

  /** Bytes of the current entry that are processed. */
  get currentBytes(): number {
    if (!this.#isLoaded) return 0;
    const waiting = this.#engine.samplesLeft * AC97_SAMPLE_BYTES;
    return (this.#bytes[this.#current & INDEX_MASK] as number) - waiting;
  }

  /** Allocates nothing; needs `room`. The engine sees it with the next `publish`. */
  add(address: number, bytes: number, interrupts: boolean): void {
    const place = this.#added & INDEX_MASK;
    this.#addresses[place] = address;
    this.#bytes[place] = bytes;
    this.#interrupts[place] = interrupts ? 1 : 0;
    if (this.#isLoaded) this.#write(this.#added);
    this.#added++;
  }

  /** What was added is valid from now on. An engine that had nothing to do begins. */
  publish(): void {
    if (!this.#isLoaded) {
      if (this.#isRunning && this.#added > this.#current) this.#load();
      return;
    }
    // Whatever is written to LVI sends an engine on that has come to its end.
    if (this.#added === this.#published) return;
    this.#published = this.#added;
    this.#engine.lastValid = this.#placeOf(this.#added - 1);
    this.follow();
  }

  run(): void {
    this.#isRunning = true;
    if (this.#isLoaded) this.#engine.run();
    else this.publish();
  }

  /** The engine stops where it is. */
  pause(): void {
    this.#isRunning = false;
    this.#engine.pause();
    this.follow();
  }

  /** The stream is at its beginning again, and has nothing. */
  reset(): void {
    this.#isRunning = false;
    this.#unload();
    this.#current = this.#added;
    this.#passedBytes = 0;
  }

  /** Takes note of where the engine is. Any IRQL; allocates nothing. */
  follow(): void {
    if (!this.#isLoaded) return;
    const engine = this.#engine;
    engine.readPosition();
    while (this.#placeOf(this.#current) !== engine.current) {
      this.#passedBytes += this.#bytes[this.#current & INDEX_MASK] as number;
      this.#current++;
    }
    const isLast = this.#current === this.#added - 1;
    this.#isCurrentDone = isLast && engine.samplesLeft === 0 && engine.isAtEnd;
  }

  /**
   * Takes `count` entries away, from number `first` on, none of them processed; those behind move
   * up and get their numbers. `follow` was called before.
   */
  remove(first: number, count: number): void {
    if (count === 0) return;
    const isTouched = this.#isLoaded && first <= this.#current + 1;
    if (isTouched) this.#detach(first > this.#current);
    for (let number = first; number + count < this.#added; number++) {
      const from = (number + count) & INDEX_MASK;
      const to = number & INDEX_MASK;
      this.#addresses[to] = this.#addresses[from] as number;
      this.#bytes[to] = this.#bytes[from] as number;
      this.#interrupts[to] = this.#interrupts[from] as number;
    }
    this.#added -= count;
    if (isTouched) {
      if (this.#isRunning) this.publish();
      return;
    }
    if (!this.#isLoaded) return;
    for (let number = first; number < this.#added; number++) this.#write(number);
    this.#published = this.#added;
    this.#engine.lastValid = this.#placeOf(this.#added - 1);
  }

  /** The engine is about to be lost: it will go on where it is now, with what it has. */
  detach(): void {
    this.follow();
    this.#detach(true);
  }

  /** Resets the engine; the current entry is then the rest of what it was, or gone. */
  #detach(keepsCurrent: boolean): void {
    const isLeft = this.#isLoaded && !this.#isCurrentDone && keepsCurrent;
    const done = this.currentBytes;
    const place = this.#current & INDEX_MASK;
    if (isLeft) {
      const rewound = this.#engine.isCapture ? done : Math.max(0, done - FIFO_BYTES);
      this.#addresses[place] = (this.#addresses[place] as number) + rewound;
      this.#bytes[place] = (this.#bytes[place] as number) - rewound;
      this.#passedBytes += rewound;
    } else if (this.#isLoaded) {
      this.#passedBytes += done;
      if (this.#isCurrentDone) this.#current++;
    }
    this.#unload();
  }

  #unload(): void {
    this.#engine.reset();
    this.#isLoaded = false;
    this.#isCurrentDone = false;
  }

  /** Points an engine in reset at the list, which begins with the current entry, and runs it. */
  #load(): void {
    this.#base = this.#current;
    for (let number = this.#current; number < this.#added; number++) this.#write(number);
    this.#engine.setList(this.#page.physicalAddress, this.#placeOf(this.#added - 1));
    this.#published = this.#added;
    this.#isLoaded = true;
    this.#engine.run();
    this.follow();
  }

  #placeOf(number: number): number {
    return (number - this.#base) & INDEX_MASK;
  }

  #write(number: number): void {
    const from = number & INDEX_MASK;
    this.#page.write(
      this.#placeOf(number),
      this.#addresses[from] as number,
      this.#bytes[from] as number,
      this.#interrupts[from] === 1,
    );
  }
}
