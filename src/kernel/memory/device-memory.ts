/**
 * RAM as one bus master sees it, by physical address. The bus knows what every page is given out
 * for, so a device that reads or writes a page nobody gave to a device (a driver programmed a
 * stale or a made-up address) stops the machine at that access, as an IOMMU would.
 */
import { type BugCheckRaiser, DRIVER_VERIFIER_DMA_VIOLATION } from '../bug-check.ts';
import type { PageFrames } from './frames.ts';
import { PAGE_FREE } from './page-run.ts';
import { hex } from './report-text.ts';

/** First parameter of DRIVER_VERIFIER_DMA_VIOLATION: an access the IOMMU refused. */
const IOMMU_VIOLATION = 0x26;
const ACCESS_CODES = { read: 0, write: 1 } as const;

export type DeviceAccess = keyof typeof ACCESS_CODES;

export class DeviceMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly deviceName: string;
  /** The number that stands for the device in a bug check, counted from 1. */
  readonly deviceId: number;
  readonly #frames: PageFrames;
  readonly #raise: BugCheckRaiser;

  constructor(frames: PageFrames, deviceName: string, deviceId: number, raise: BugCheckRaiser) {
    this.bytes = frames.ram.bytes;
    this.view = frames.ram.view;
    this.deviceName = deviceName;
    this.deviceId = deviceId;
    this.#frames = frames;
    this.#raise = raise;
  }

  /** The pages that devices may reach. */
  get reach(): PageFrames {
    return this.#frames;
  }

  /**
   * Where in `bytes` a physical address lies, good to the end of its page. A page that is neither
   * an MDL's nor contiguous memory is bug check DRIVER_VERIFIER_DMA_VIOLATION (0x26, device,
   * address, 0 for a read and 1 for a write).
   */
  resolve(address: number, access: DeviceAccess): number {
    const offset = this.#frames.resolveForDevice(address);
    return offset >= 0 ? offset : this.#refuse(address, access);
  }

  #refuse(address: number, access: DeviceAccess): never {
    const use = this.#frames.useAt(address);
    const found = use === null ? 'no RAM' : use === PAGE_FREE ? 'a free page' : 'a pool page';
    return this.#raise.bugCheck(
      DRIVER_VERIFIER_DMA_VIOLATION,
      IOMMU_VIOLATION,
      this.deviceId,
      address,
      ACCESS_CODES[access],
      `${this.deviceName} tried to ${access} ${hex(address)}, where there is ${found}`,
    );
  }
}
