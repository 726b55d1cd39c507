/**
 * The device's registers as the driver reaches them, through BAR 0 as MmMapIoSpace mapped it, and
 * what the read-only ones say of the part. Any IRQL; allocates nothing but for `readCapabilities`.
 */
import { type PhysicalAddress, physical, type VirtualAddress, virtual } from '../../base/brand.ts';
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  SIMPLE_DMA_CAP,
  SIMPLE_DMA_ENGINE_BASE,
  SIMPLE_DMA_ENGINE_REGISTERS,
  SIMPLE_DMA_ENGINE_STRIDE,
  SIMPLE_DMA_REGISTERS,
  type SimpleDmaEngineRegister,
} from '../../standards/simple-dma/registers.ts';

export const PAGE_BYTES = 4096;

export class DmaRegisters {
  /** Without power a write goes nowhere and a read is 0, and neither gets as far as the bus. */
  isPowered = true;
  readonly #wdk: KernelDdi;
  readonly #base: VirtualAddress;

  /** @param base where BAR 0 is mapped */
  constructor(wdk: KernelDdi, base: VirtualAddress) {
    this.#wdk = wdk;
    this.#base = base;
  }

  read(name: keyof typeof SIMPLE_DMA_REGISTERS): number {
    if (!this.isPowered) return 0;
    return this.#wdk.READ_REGISTER_ULONG(virtual(this.#base + SIMPLE_DMA_REGISTERS[name].offset));
  }

  readEngine(index: number, name: SimpleDmaEngineRegister): number {
    if (!this.isPowered) return 0;
    return this.#wdk.READ_REGISTER_ULONG(this.#engineAddress(index, name));
  }

  writeEngine(index: number, name: SimpleDmaEngineRegister, value: number): void {
    if (!this.isPowered) return;
    this.#wdk.WRITE_REGISTER_ULONG(this.#engineAddress(index, name), value);
  }

  #engineAddress(index: number, name: SimpleDmaEngineRegister): VirtualAddress {
    const block = SIMPLE_DMA_ENGINE_BASE + index * SIMPLE_DMA_ENGINE_STRIDE;
    return virtual(this.#base + block + SIMPLE_DMA_ENGINE_REGISTERS[name].offset);
  }
}

/** What the part can do, and what its driver has to do for it. */
export interface DmaCapabilities {
  readonly loops: boolean;
  readonly gathers: boolean;
  /** Interrupts at the end of the buffer, and on FIFO errors. */
  readonly interrupts: boolean;
  /** Interrupts at a threshold, which may be a packet. */
  readonly interruptsAtPackets: boolean;
  readonly lowAddress: PhysicalAddress;
  readonly highAddress: PhysicalAddress;
  readonly fifoFrames: number;
  readonly captureHoldFrames: number;
}

export function readCapabilities(registers: DmaRegisters): DmaCapabilities {
  const bits = registers.read('CAP');
  const fifo = registers.read('FIFO');
  return {
    loops: (bits & SIMPLE_DMA_CAP.LOOPS) !== 0,
    gathers: (bits & SIMPLE_DMA_CAP.GATHERS) !== 0,
    interrupts: (bits & SIMPLE_DMA_CAP.END) !== 0,
    interruptsAtPackets: (bits & SIMPLE_DMA_CAP.THRESHOLD) !== 0,
    lowAddress: physical(registers.read('WINL') * PAGE_BYTES),
    highAddress: physical((registers.read('WINH') + 1) * PAGE_BYTES - 1),
    fifoFrames: fifo & 0xffff,
    captureHoldFrames: fifo >>> 16,
  };
}

/**
 * Frames that pass between the end of the buffer and the first lost one: what the FIFO gives out
 * (playback), or has room for (capture), while nobody has armed DMA again.
 */
export function graceFrames(capabilities: DmaCapabilities, isCapture: boolean): number {
  const { captureHoldFrames, fifoFrames } = capabilities;
  return isCapture ? fifoFrames - captureHoldFrames : fifoFrames;
}
