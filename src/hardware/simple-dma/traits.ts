/**
 * What a given simple DMA part can and cannot do, as a board designer would pick it. The driver
 * finds the same in the device's registers.
 */
import {
  SIMPLE_DMA_CAP,
  SIMPLE_DMA_ENGINE_REGISTERS,
  SIMPLE_DMA_STS,
  type SimpleDmaEngineMap,
} from '../../standards/simple-dma/registers.ts';
import { DMA_PAGE_BYTES } from '../device.ts';

/** When the part interrupts: never, at the end of the buffer, or also at a threshold. */
export type SimpleDmaNotifies = 'never' | 'end' | 'threshold';

export interface SimpleDmaTraits {
  /** Starts over at the end of the buffer by itself; else it stops and has to be armed again. */
  readonly loops: boolean;
  /** Takes a list of pages; else one contiguous run. */
  readonly gathers: boolean;
  readonly notifies: SimpleDmaNotifies;
  /** Frames that the FIFO of each engine holds, 2 to 4096. */
  readonly fifoFrames: number;
  /** Lowest and highest address that its DMA reaches: whole pages below 2^44. */
  readonly lowAddress: number;
  readonly highAddress: number;
}

/** The plainest part that a WaveRT driver can keep going without a timer of its own. */
export const PLAINEST_TRAITS: SimpleDmaTraits = {
  loops: false,
  gathers: false,
  notifies: 'end',
  fifoFrames: 64,
  lowAddress: 0,
  highAddress: 0xffff_ffff,
};

const LEAST_FIFO_FRAMES = 2;
const MOST_FIFO_FRAMES = 4096;
const ADDRESS_LIMIT = 2 ** 44;

/** @throws Error on traits that no such part can have */
export function checkTraits(traits: SimpleDmaTraits): void {
  const { fifoFrames, highAddress, lowAddress } = traits;
  const isDepth = Number.isInteger(fifoFrames) && fifoFrames >= LEAST_FIFO_FRAMES;
  if (!isDepth || fifoFrames > MOST_FIFO_FRAMES) {
    throw new Error(`fifoFrames must be ${LEAST_FIFO_FRAMES} to ${MOST_FIFO_FRAMES}`);
  }
  const isWindow =
    lowAddress >= 0 &&
    lowAddress % DMA_PAGE_BYTES === 0 &&
    (highAddress + 1) % DMA_PAGE_BYTES === 0 &&
    highAddress > lowAddress &&
    highAddress < ADDRESS_LIMIT;
  if (!isWindow) throw new Error('lowAddress and highAddress must bound whole pages below 2^44');
}

/** Frames that a capture engine leaves in its FIFO: half of it stays free for a late re-arm. */
export function captureHoldFrames(traits: SimpleDmaTraits): number {
  return Math.floor(traits.fifoFrames / 2);
}

/** What CAP reads as. */
export function capabilityBits(traits: SimpleDmaTraits): number {
  return (
    (traits.loops ? SIMPLE_DMA_CAP.LOOPS : 0) |
    (traits.gathers ? SIMPLE_DMA_CAP.GATHERS : 0) |
    (traits.notifies === 'never' ? 0 : SIMPLE_DMA_CAP.END) |
    (traits.notifies === 'threshold' ? SIMPLE_DMA_CAP.THRESHOLD : 0)
  );
}

/** The registers of an engine: bits that the part has no use for cannot be written. */
export function engineRegisters(traits: SimpleDmaTraits): SimpleDmaEngineMap {
  const { ADRH, IEN, THR } = SIMPLE_DMA_ENGINE_REGISTERS;
  const isThreshold = traits.notifies === 'threshold';
  const end = SIMPLE_DMA_STS.END | SIMPLE_DMA_STS.XRUN;
  const enables = isThreshold ? end | SIMPLE_DMA_STS.THRESHOLD : end;
  return {
    ...SIMPLE_DMA_ENGINE_REGISTERS,
    ADRH: { ...ADRH, writable: Math.floor(traits.highAddress / 0x1_0000_0000) === 0 ? 0 : 0xfff },
    IEN: { ...IEN, writable: traits.notifies === 'never' ? 0 : enables },
    THR: { ...THR, writable: isThreshold ? THR.writable : 0 },
  };
}
