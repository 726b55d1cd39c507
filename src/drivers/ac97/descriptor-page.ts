/**
 * The page of memory that a buffer descriptor list lies in: where the engine finds it, and entries
 * written as it reads them. Behind each of them comes silence if no other follows in time (BUP), and
 * not the hum of a sample that is held. Needs an address below 4 GiB at a multiple of 8 (ICH datasheet 12.2.1).
 */
import { type PhysicalAddress, physical, type VirtualAddress } from '../../base/brand.ts';
import { type KernelDdi, MmNonCached } from '../../kernel/ddi/index.ts';
import {
  AC97_BDL,
  AC97_BDL_ENTRIES,
  AC97_BDL_ENTRY_BYTES,
  AC97_SAMPLE_BYTES,
} from '../../standards/ac97/index.ts';
import { HIGHEST_ADDRESS } from './ac97-adapter.ts';

const LIST_BYTES = AC97_BDL_ENTRIES * AC97_BDL_ENTRY_BYTES;

export class DescriptorPage {
  readonly physicalAddress: PhysicalAddress;
  readonly #wdk: KernelDdi;
  readonly #address: VirtualAddress;
  readonly #view: DataView;

  private constructor(wdk: KernelDdi, address: VirtualAddress) {
    this.#wdk = wdk;
    this.#address = address;
    this.#view = wdk.viewAt(address, LIST_BYTES);
    this.physicalAddress = physical(wdk.MmGetPhysicalAddress(address));
  }

  /** Null when there is no such memory. PASSIVE_LEVEL. */
  static allocate(wdk: KernelDdi): DescriptorPage | null {
    const address = wdk.MmAllocateContiguousMemorySpecifyCache(
      LIST_BYTES,
      0,
      HIGHEST_ADDRESS,
      0,
      MmNonCached,
    );
    return address === null ? null : new DescriptorPage(wdk, address);
  }

  /** Any IRQL; allocates nothing. */
  write(index: number, address: number, bytes: number, interrupts: boolean): void {
    const at = index * AC97_BDL_ENTRY_BYTES;
    const flags = interrupts ? AC97_BDL.IOC + AC97_BDL.BUP : AC97_BDL.BUP;
    const control = flags + bytes / AC97_SAMPLE_BYTES;
    this.#view.setUint32(at, address, true);
    this.#view.setUint32(at + 4, control, true);
  }

  /** The engine must know nothing of it any more. PASSIVE_LEVEL. */
  free(): void {
    this.#wdk.MmFreeContiguousMemorySpecifyCache(this.#address, LIST_BYTES, MmNonCached);
  }
}
