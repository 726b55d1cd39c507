/**
 * DEVICE_DESCRIPTION: what a driver tells IoGetDmaAdapter about its device's DMA, and the address
 * reach that follows from it. Version 0 ignores IgnoreCount, version 3 states the reach in bits
 * and ignores both address flags. Source: ns-wdm-_device_description.
 */

/** DMA_WIDTH: how wide the system DMA controller's transfers are; -1 where it says nothing. */
export const Width8Bits = 0;
export const Width16Bits = 1;
/** DMA_SPEED of the system DMA controller; -1 where it says nothing. */
export const Compatible = 0;

/** INTERFACE_TYPE, those that decide about DMA. */
export const Internal = 0;
export const Isa = 1;
const PCIBus = 5;

export const DEVICE_DESCRIPTION_VERSION = 0;
export const DEVICE_DESCRIPTION_VERSION1 = 1;
export const DEVICE_DESCRIPTION_VERSION2 = 2;
export const DEVICE_DESCRIPTION_VERSION3 = 3;

/** The members of DEVICE_DESCRIPTION that Windows reads. */
export interface DEVICE_DESCRIPTION {
  version: number;
  master: boolean;
  scatterGather: boolean;
  demandMode: boolean;
  autoInitialize: boolean;
  dma32BitAddresses: boolean;
  ignoreCount: boolean;
  dma64BitAddresses: boolean;
  /** Channel of the system DMA controller, of a subordinate device. */
  dmaChannel: number;
  interfaceType: number;
  dmaWidth: number;
  dmaSpeed: number;
  maximumLength: number;
  dmaPort: number;
  /** Bits of an address, in version 3 only. */
  dmaAddressWidth: number;
}

/** A description as RtlZeroMemory leaves it. */
export const zeroedDescription = (): DEVICE_DESCRIPTION => ({
  version: DEVICE_DESCRIPTION_VERSION,
  master: false,
  scatterGather: false,
  demandMode: false,
  autoInitialize: false,
  dma32BitAddresses: false,
  ignoreCount: false,
  dma64BitAddresses: false,
  dmaChannel: 0,
  interfaceType: Internal,
  dmaWidth: Width8Bits,
  dmaSpeed: Compatible,
  maximumLength: 0,
  dmaPort: 0,
  dmaAddressWidth: 0,
});

const ISA_ADDRESS_BITS = 24;
const LARGEST_ADDRESS_BITS = 64;
/** Beyond this the simulated machine has no address, and a number no longer counts by one. */
const WHOLE_NUMBER_BITS = 52;

/**
 * Bits of address that the device drives. A PCI device with scatter/gather is taken to have 32 at
 * least; one that claims neither width has the 24 of the ISA bus. Null for a width that is none.
 */
export function addressBits(description: DEVICE_DESCRIPTION): number | null {
  if (description.version === DEVICE_DESCRIPTION_VERSION3) {
    const bits = description.dmaAddressWidth;
    return bits > 0 && bits <= LARGEST_ADDRESS_BITS ? bits : null;
  }
  if (description.dma64BitAddresses) return LARGEST_ADDRESS_BITS;
  const isPci = description.interfaceType === PCIBus;
  if (description.dma32BitAddresses || (description.scatterGather && isPci)) return 32;
  return ISA_ADDRESS_BITS;
}

/** The last byte that so many address bits reach. */
export const highestAddress = (bits: number): number => 2 ** Math.min(bits, WHOLE_NUMBER_BITS) - 1;
