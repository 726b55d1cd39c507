/**
 * A simple DMA audio device of our own design (src/standards/simple-dma is its data sheet): a
 * playback engine with a speaker, a capture engine with a line in, and as little help for the
 * driver as its traits leave it. What WaveRT asks of a driver on hardware that cannot loop, cannot
 * gather or cannot notify is played out on it.
 */
import { RegisterBank } from '../../base/registers.ts';
import {
  SIMPLE_DMA_BAR_BYTES,
  SIMPLE_DMA_ENGINE,
  SIMPLE_DMA_ENGINE_BASE,
  SIMPLE_DMA_ENGINE_STRIDE,
  SIMPLE_DMA_ID,
  SIMPLE_DMA_REGISTERS,
} from '../../standards/simple-dma/registers.ts';
import {
  type AccessWidth,
  type DeviceModel,
  type DeviceSlot,
  DMA_PAGE_BYTES,
  type RegisterSpace,
} from '../device.ts';
import { LineIn } from '../endpoint/line-in.ts';
import { Speaker } from '../endpoint/speaker.ts';
import { CapturePath, PlaybackPath } from './data-path.ts';
import { SimpleDmaEngine } from './dma-engine.ts';
import {
  capabilityBits,
  captureHoldFrames,
  checkTraits,
  PLAINEST_TRAITS,
  type SimpleDmaTraits,
} from './traits.ts';

const STRIDE_SHIFT = Math.log2(SIMPLE_DMA_ENGINE_STRIDE);

export class SimpleDmaDevice implements DeviceModel {
  readonly identity = {
    vendorId: 0xfffe,
    deviceId: 0x5d3a,
    description: 'Simple DMA audio device',
    hardwareId: 'PCI\\VEN_FFFE&DEV_5D3A',
  } as const;
  readonly registers: RegisterSpace;
  readonly speaker = new Speaker();
  readonly lineIn = new LineIn();
  readonly traits: SimpleDmaTraits;
  readonly #slot: DeviceSlot;
  readonly #bank: RegisterBank<typeof SIMPLE_DMA_REGISTERS>;
  readonly #engines: readonly SimpleDmaEngine[];

  /** Traits that are not given are those of the plainest part. @throws Error on impossible ones */
  constructor(slot: DeviceSlot, traits: Partial<SimpleDmaTraits> = {}) {
    this.traits = { ...PLAINEST_TRAITS, ...traits };
    checkTraits(this.traits);
    this.#slot = slot;
    this.#bank = this.#makeBank();
    const { fifoFrames } = this.traits;
    const common = { slot, traits: this.traits, interruptChanged: () => this.#updateLine() };
    this.#engines = [
      new SimpleDmaEngine({
        ...common,
        index: SIMPLE_DMA_ENGINE.PLAYBACK,
        path: new PlaybackPath(this.speaker, fifoFrames),
        holdFrames: 0,
      }),
      new SimpleDmaEngine({
        ...common,
        index: SIMPLE_DMA_ENGINE.CAPTURE,
        path: new CapturePath(this.lineIn, fifoFrames),
        holdFrames: captureHoldFrames(this.traits),
      }),
    ];
    // The jack has no sense line: a pulled plug is heard, not told.
    this.speaker.connect({ settle: () => this.settle(), jackChanged: () => undefined });
    this.registers = {
      sizeBytes: SIMPLE_DMA_BAR_BYTES,
      read: (offset, width) => this.#read(offset, width),
      write: (offset, width, value) => this.#write(offset, width, value),
    };
  }

  /** How often a FIFO ran empty or over because nothing was armed, since power-on. */
  get fifoErrors(): number {
    return this.#engines.reduce((sum, { dryCount }) => sum + dryCount, 0);
  }

  settle(): void {
    for (const engine of this.#engines) engine.settle();
  }

  powerOff(): void {
    for (const engine of this.#engines) engine.reset();
    this.#slot.interrupt.deassert();
  }

  #makeBank(): RegisterBank<typeof SIMPLE_DMA_REGISTERS> {
    const { fifoFrames, highAddress, lowAddress } = this.traits;
    const bank = new RegisterBank(SIMPLE_DMA_REGISTERS, {
      read: { GIS: () => this.#interruptingEngines() },
    });
    bank.set('ID', SIMPLE_DMA_ID);
    bank.set('CAP', capabilityBits(this.traits));
    bank.set('WINL', Math.floor(lowAddress / DMA_PAGE_BYTES));
    bank.set('WINH', Math.floor(highAddress / DMA_PAGE_BYTES));
    bank.set('FIFO', (captureHoldFrames(this.traits) << 16) | fifoFrames);
    return bank;
  }

  #interruptingEngines(): number {
    let bits = 0;
    let bit = 1;
    for (const engine of this.#engines) {
      if (engine.isInterrupting) bits |= bit;
      bit <<= 1;
    }
    return bits;
  }

  #updateLine(): void {
    if (this.#interruptingEngines() !== 0) this.#slot.interrupt.assert();
    else this.#slot.interrupt.deassert();
  }

  #read(offset: number, width: AccessWidth): number {
    const engine = this.#engineAt(offset);
    if (engine === null) return this.#bank.read(offset, width);
    engine.settle();
    return engine.registers.read(offset, width);
  }

  /** What is due happens before the write that could change its fate. */
  #write(offset: number, width: AccessWidth, value: number): void {
    const engine = this.#engineAt(offset);
    if (engine === null) {
      this.#bank.write(offset, width, value);
      return;
    }
    engine.settle();
    engine.registers.write(offset, width, value);
  }

  #engineAt(offset: number): SimpleDmaEngine | null {
    const index = (offset - SIMPLE_DMA_ENGINE_BASE) >> STRIDE_SHIFT;
    return this.#engines[index] ?? null;
  }
}
