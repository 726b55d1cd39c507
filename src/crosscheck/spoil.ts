/**
 * Puts what is no silence into buffers that a device is about to record into: silence that is found
 * there later was written by the device, and not by nobody.
 */
import { DMA_PAGE_BYTES, type DmaMemory } from '../hardware/device.ts';

const NO_SILENCE = 0x5a;

interface RecordedBuffer {
  readonly address: number;
  readonly bytes: number;
}

export function spoil(memory: DmaMemory, buffers: readonly RecordedBuffer[]): void {
  for (const { address, bytes } of buffers) {
    for (let at = address; at < address + bytes; ) {
      const length = Math.min(address + bytes - at, DMA_PAGE_BYTES - (at % DMA_PAGE_BYTES));
      const offset = memory.resolve(at, 'write');
      memory.bytes.fill(NO_SILENCE, offset, offset + length);
      at += length;
    }
  }
}
