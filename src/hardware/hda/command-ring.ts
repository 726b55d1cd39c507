/**
 * A ring of 256 entries in memory that the controller walks, HDA 1.0a 4.4: the CORB, which it
 * reads, and the RIRB, which it writes. The pointer names the last entry that was used, so that it
 * moves first and the entry is used after.
 */
import { HDA_RING_ENTRIES } from '../../standards/hda/controller-registers.ts';
import type { DmaMemory } from '../device.ts';

export class CommandRing {
  /** Index of the last entry used: CORBRP or RIRBWP. */
  pointer = 0;
  readonly #memory: DmaMemory;
  readonly #access: 'read' | 'write';
  readonly #entryBytes: number;

  constructor(memory: DmaMemory, access: 'read' | 'write', entryBytes: number) {
    this.#memory = memory;
    this.#access = access;
    this.#entryBytes = entryBytes;
  }

  /** Moves to the next entry of the ring at `base`; where it lies in the machine's memory. */
  next(base: number): number {
    this.pointer = (this.pointer + 1) % HDA_RING_ENTRIES;
    return this.#memory.resolve(base + this.pointer * this.#entryBytes, this.#access);
  }
}
