/**
 * The DMA position buffer, HDA 1.0a 3.6.1: the controller writes where each DMA engine is in
 * memory (for output what it has fetched, for input what it has stored), so that software need
 * not read a register. Written whenever the device settles or a stream's control changes and,
 * while a stream runs, every FIFO time of a third of a millisecond.
 */
import { Alarm } from '../../sim/clock.ts';
import { DPLBASE } from '../../standards/hda/controller-registers.ts';
import { DMA_POSITION_BYTES } from '../../standards/hda/stream-registers.ts';
import type { DeviceSlot } from '../device.ts';
import type { StreamDescriptor } from './stream-descriptor.ts';

const UPDATE_NS = 333_333;

export class PositionBuffer {
  readonly #slot: DeviceSlot;
  readonly #streams: readonly StreamDescriptor[];
  readonly #alarm: Alarm;
  #address = 0;
  #isEnabled = false;

  /** @param settle brings every stream up to now and then calls `write` */
  constructor(slot: DeviceSlot, streams: readonly StreamDescriptor[], settle: () => void) {
    this.#slot = slot;
    this.#streams = streams;
    this.#alarm = new Alarm(slot.clock, 'hda positions', () => {
      this.#alarm.set(slot.clock.now + UPDATE_NS);
      settle();
    });
  }

  /** DPLBASE or DPUBASE were written. */
  place(low: number, high: number): void {
    this.#isEnabled = (low & DPLBASE.ENABLE) !== 0;
    this.#address = high * 0x1_0000_0000 + ((low & ~DPLBASE.ENABLE) >>> 0);
    this.refresh();
  }

  /** A stream started or stopped, or the buffer was moved: the alarm runs only where needed. */
  refresh(): void {
    const isNeeded = this.#isEnabled && this.#streams.some((stream) => stream.isMoving);
    if (!isNeeded) this.#alarm.cancel();
    else if (!this.#alarm.isSet) this.#alarm.set(this.#slot.clock.now + UPDATE_NS);
  }

  /** Writes every engine's position as of when its stream was last settled. */
  write(): void {
    if (!this.#isEnabled) return;
    const { view } = this.#slot.memory;
    const at = this.#slot.memory.resolve(this.#address, 'write');
    for (const stream of this.#streams) {
      view.setUint32(at + stream.index * DMA_POSITION_BYTES, stream.memoryPosition, true);
    }
  }
}
