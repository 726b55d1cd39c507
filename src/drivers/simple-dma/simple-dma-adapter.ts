/**
 * The adapter object: the device's registers, its two channels, and who serves them. It lives as
 * long as somebody holds a reference (ports, miniports, streams), and its destructor leaves both
 * engines in reset and nothing allocated.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import { CmResourceTypeMemory, MmNonCached } from '../../kernel/ddi/index.ts';
import { ComObject, type IResourceList, type Wdk } from '../../portcls/ddi/index.ts';
import {
  type NtStatus,
  STATUS_DEVICE_CONFIGURATION_ERROR,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_NO_SUCH_DEVICE,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { SIMPLE_DMA_BAR_BYTES, SIMPLE_DMA_ID } from '../../standards/simple-dma/registers.ts';
import { ChannelService, type RearmPlace } from './channel-service.ts';
import { DmaChannel } from './dma-channel.ts';
import { type DmaCapabilities, DmaRegisters, readCapabilities } from './dma-registers.ts';

/** Who owns the driver's objects, in reports of leaks. */
export const OWNER = 'wpsdma';

/** What a device that came up offers. */
export interface StartedDevice {
  readonly registers: DmaRegisters;
  readonly capabilities: DmaCapabilities;
  readonly playback: DmaChannel;
  readonly capture: DmaChannel;
  readonly service: ChannelService;
}

export class SimpleDmaAdapter extends ComObject {
  readonly #wdk: Wdk;
  readonly #rearmPlace: RearmPlace;
  readonly #freeChannels = new Set<DmaChannel>();
  #base: VirtualAddress | null = null;
  #device: StartedDevice | null = null;

  constructor(wdk: Wdk, rearmPlace: RearmPlace) {
    super(wdk, OWNER, 'simple DMA adapter', []);
    this.#wdk = wdk;
    this.#rearmPlace = rearmPlace;
  }

  /** What came up; null until `start` has found the device. */
  get device(): StartedDevice | null {
    return this.#device;
  }

  /**
   * Brings the device up. STATUS_DEVICE_CONFIGURATION_ERROR without enough registers in the
   * resources, STATUS_NO_SUCH_DEVICE when another device answers. What came up is taken down by
   * the last release. PASSIVE_LEVEL.
   */
  start(resources: IResourceList): NtStatus {
    const memory = resources.findTranslatedEntry(CmResourceTypeMemory, 0);
    if (memory?.type !== CmResourceTypeMemory || memory.length < SIMPLE_DMA_BAR_BYTES) {
      return STATUS_DEVICE_CONFIGURATION_ERROR;
    }
    const base = this.#wdk.MmMapIoSpace(memory.start, SIMPLE_DMA_BAR_BYTES, MmNonCached);
    if (base === null) return STATUS_INSUFFICIENT_RESOURCES;
    this.#base = base;
    const registers = new DmaRegisters(this.#wdk, base);
    if (registers.read('ID') !== SIMPLE_DMA_ID) return STATUS_NO_SUCH_DEVICE;
    const capabilities = readCapabilities(registers);
    const playback = new DmaChannel(registers, capabilities, false);
    const capture = new DmaChannel(registers, capabilities, true);
    const channels = [playback, capture];
    for (const channel of channels) {
      channel.reset();
      this.#freeChannels.add(channel);
    }
    const service = new ChannelService(
      this.#wdk,
      registers,
      channels,
      capabilities,
      this.#rearmPlace,
    );
    this.#device = { registers, capabilities, playback, capture, service };
    return capabilities.interrupts ? service.connect(this.#wdk, resources) : STATUS_SUCCESS;
  }

  /** Lends a channel; false while another stream has it. PASSIVE_LEVEL. */
  acquireChannel(channel: DmaChannel): boolean {
    return this.#freeChannels.delete(channel);
  }

  /** Takes a channel back, and leaves its engine in reset. PASSIVE_LEVEL. */
  releaseChannel(channel: DmaChannel): void {
    channel.reset();
    this.#freeChannels.add(channel);
  }

  /** The service must be gone before what it uses. */
  protected override destroy(): void {
    const device = this.#device;
    this.#device = null;
    if (device !== null) {
      device.playback.reset();
      device.capture.reset();
      device.service.stop();
    }
    if (this.#base !== null) this.#wdk.MmUnmapIoSpace(this.#base, SIMPLE_DMA_BAR_BYTES);
    this.#base = null;
  }
}
