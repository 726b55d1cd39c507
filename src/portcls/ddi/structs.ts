/**
 * Structs that DDI methods fill, as TypeScript objects with the members of the C structs. The
 * caller owns them; a caller on a hot path keeps one and passes it again.
 */
import type { VirtualAddress } from '../../base/brand.ts';

/** KSAUDIO_POSITION: byte offsets from the start of the cyclic buffer. */
export interface KsAudioPosition {
  playOffset: number;
  writeOffset: number;
}

/** KSRTAUDIO_HWLATENCY: FIFO in bytes, the delays in units of 100 ns. */
export interface KsRtAudioHwLatency {
  fifoSize: number;
  chipsetDelay: number;
  codecDelay: number;
}

/** KSRTAUDIO_HWREGISTER. A position register fills register, width and accuracy only. */
export interface KsRtAudioHwRegister {
  register: VirtualAddress;
  /** 32 or 64 bits. */
  width: number;
  /** Frequency of a clock register is numerator / denominator Hz. */
  numerator: number;
  denominator: number;
  /** Largest error of a reading: bytes of a position register, ticks of a clock register. */
  accuracy: number;
}

/** The members of DEVICE_DESCRIPTION that tell a device's DMA traits. */
export interface DeviceDescription {
  master: boolean;
  scatterGather: boolean;
  dma32BitAddresses: boolean;
  dma64BitAddresses: boolean;
  /** INTERFACE_TYPE; 5 is PCIBus. */
  interfaceType: number;
  maximumLength: number;
}

export const PCIBus = 5;

/** KSAUDIO_PRESENTATION_POSITION: frames that left the output, and the QPC reading beside it. */
export interface KsAudioPresentationPosition {
  positionInBlocks: number;
  /** Units of 1 / PERFORMANCE_FREQUENCY_HZ s. */
  qpcPosition: number;
}
