/**
 * The adapter object: the two BARs, the codec, the two DMA engines that streams borrow, and the
 * interrupt that serves them. It lives as long as somebody holds a reference (ports, miniports,
 * streams), and its destructor leaves the hardware in reset and nothing allocated.
 */
import { physical, type VirtualAddress } from '../../base/brand.ts';
import { Out } from '../../base/out.ts';
import { CmResourceTypeMemory, type Kdpc, MmNonCached } from '../../kernel/ddi/index.ts';
import {
  ComObject,
  type IInterruptSync,
  InterruptSyncMode,
  type InterruptSyncRoutine,
  type IResourceList,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { AC97_GLOB_CNT, AC97_GLOB_STA } from '../../standards/ac97/index.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_DEVICE_CONFIGURATION_ERROR,
  STATUS_DEVICE_NOT_READY,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_NO_SUCH_DEVICE,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { BusMaster } from './bus-master.ts';
import { Codec } from './codec.ts';
import { DmaEngine } from './dma-engine.ts';
import { OWNER } from './owner.ts';
import { CODEC_READY_TIMEOUT_US, pollUntil } from './register-poll.ts';

/** DMA has 32 bits of address. */
export const HIGHEST_ADDRESS = physical(0xffff_ffff);
/** What reads return when the device has left the bus. */
const DEVICE_GONE = 0xffff_ffff;
/** A cold reset is asserted for this long (AC'97 2.3, 9.1). */
const RESET_US = 1;

interface Mapping {
  readonly base: VirtualAddress;
  readonly bytes: number;
}

/** What a device that came up offers. */
export interface StartedDevice {
  readonly codec: Codec;
  readonly playback: DmaEngine;
  readonly recording: DmaEngine;
}

export class Ac97Adapter extends ComObject {
  readonly #wdk: Wdk;
  readonly #dpc: Kdpc;
  readonly #freeEngines = new Set<DmaEngine>();
  readonly #mappings: Mapping[] = [];
  #busMaster: BusMaster | null = null;
  #device: StartedDevice | null = null;
  #interrupt: IInterruptSync | null = null;

  constructor(wdk: Wdk) {
    super(wdk, OWNER, "AC'97 adapter", []);
    this.#wdk = wdk;
    this.#dpc = wdk.KeInitializeDpc(() => this.#afterInterrupt(), null, `${OWNER} interrupt`);
  }

  /** What came up; null until `start` has found the device, and when it is stopped. */
  get device(): StartedDevice | null {
    return this.#device;
  }

  /**
   * Brings the device up. STATUS_DEVICE_CONFIGURATION_ERROR without both BARs in the resources,
   * STATUS_DEVICE_NOT_READY when the codec does not come out of reset, STATUS_NO_SUCH_DEVICE when
   * it does not answer. What came up is taken down by the last release. PASSIVE_LEVEL.
   */
  start(resources: IResourceList): NtStatus {
    const mixer = resources.findTranslatedEntry(CmResourceTypeMemory, 0);
    const master = resources.findTranslatedEntry(CmResourceTypeMemory, 1);
    if (mixer?.type !== CmResourceTypeMemory || master?.type !== CmResourceTypeMemory) {
      return STATUS_DEVICE_CONFIGURATION_ERROR;
    }
    const mixerBase = this.#map(mixer.start, mixer.length);
    const masterBase = this.#map(master.start, master.length);
    if (mixerBase === null || masterBase === null) return STATUS_INSUFFICIENT_RESOURCES;
    const busMaster = new BusMaster(this.#wdk, masterBase);
    this.#busMaster = busMaster;
    if (!this.#resetLink(busMaster)) return STATUS_DEVICE_NOT_READY;
    const codec = new Codec(this.#wdk, mixerBase, busMaster);
    if (!codec.start()) return STATUS_NO_SUCH_DEVICE;
    const playback = new DmaEngine(this.#wdk, busMaster, false);
    const recording = new DmaEngine(this.#wdk, busMaster, true);
    for (const engine of [playback, recording]) {
      engine.reset();
      this.#freeEngines.add(engine);
    }
    this.#device = { codec, playback, recording };
    return this.#connectInterrupt(resources);
  }

  /**
   * Runs a routine with the service routine shut out; made once, it allocates nothing. Without an
   * interrupt there is nobody to shut out. Up to device level.
   */
  synchronize(routine: InterruptSyncRoutine): void {
    if (this.#interrupt === null) routine(null, null);
    else this.#interrupt.callSynchronizedRoutine(routine, null);
  }

  /** Lends an engine; false while another stream has it. PASSIVE_LEVEL. */
  acquireEngine(engine: DmaEngine): boolean {
    return this.#freeEngines.delete(engine);
  }

  /** Takes an engine back, which is in reset. PASSIVE_LEVEL. */
  releaseEngine(engine: DmaEngine): void {
    engine.listener = null;
    this.#freeEngines.add(engine);
  }

  /** The device is about to lose its power: nothing of it runs. PASSIVE_LEVEL. */
  sleep(): void {
    const device = this.#device;
    if (device === null) return;
    device.codec.sleep();
    device.playback.reset();
    device.recording.reset();
    this.#busMaster?.setGlobal('GLOB_CNT', 0);
    this.#busMaster?.setAwake(false);
  }

  /** The device has power again: link and codec as they were. PASSIVE_LEVEL. */
  wake(): void {
    const busMaster = this.#busMaster;
    if (this.#device === null || busMaster === null) return;
    busMaster.setAwake(true);
    if (!this.#resetLink(busMaster)) return;
    this.#device.codec.wake();
  }

  /**
   * Gives everything up, once: at the last release, or before it when the device is stopped. The
   * service routine must be gone before what it uses. PASSIVE_LEVEL.
   */
  stop(): void {
    this.sleep();
    this.#device = null;
    this.#interrupt?.disconnect();
    this.#interrupt?.release();
    this.#interrupt = null;
    this.#wdk.KeRemoveQueueDpc(this.#dpc);
    this.#busMaster?.close();
    this.#busMaster = null;
    for (const { base, bytes } of this.#mappings.splice(0)) this.#wdk.MmUnmapIoSpace(base, bytes);
  }

  protected override destroy(): void {
    this.stop();
  }

  #map(start: number, length: number): VirtualAddress | null {
    const base = this.#wdk.MmMapIoSpace(start, length, MmNonCached);
    if (base !== null) this.#mappings.push({ base, bytes: length });
    return base;
  }

  /** Cold reset (ICH datasheet 12.2.8). False when the codec does not get ready. */
  #resetLink(busMaster: BusMaster): boolean {
    busMaster.setGlobal('GLOB_CNT', 0);
    this.#wdk.KeStallExecutionProcessor(RESET_US);
    busMaster.setGlobal('GLOB_CNT', AC97_GLOB_CNT.COLD_RESET);
    return pollUntil(
      this.#wdk,
      CODEC_READY_TIMEOUT_US,
      () => (busMaster.global('GLOB_STA') & AC97_GLOB_STA.PCR) !== 0,
    );
  }

  #connectInterrupt(resources: IResourceList): NtStatus {
    const out = new Out<IInterruptSync | null>(null);
    const mode = InterruptSyncMode.Normal;
    const status = this.#wdk.PcNewInterruptSync(out, null, resources, 0, mode);
    const interrupt = out.value;
    if (!ntSuccess(status) || interrupt === null) return status;
    this.#interrupt = interrupt;
    interrupt.registerServiceRoutine(() => this.#serviceInterrupt(), null, false);
    return interrupt.connect();
  }

  /** Claims what this controller raised, and nothing when its line is shared. At device level. */
  #serviceInterrupt(): NtStatus {
    const device = this.#device;
    const status = this.#busMaster?.global('GLOB_STA') ?? 0;
    if (device === null || status === DEVICE_GONE) return STATUS_UNSUCCESSFUL;
    const { playback, recording } = device;
    const engines = status & (playback.interruptBit | recording.interruptBit);
    if (engines === 0) return STATUS_UNSUCCESSFUL;
    if ((engines & playback.interruptBit) !== 0) playback.serviceInterrupt();
    if ((engines & recording.interruptBit) !== 0) recording.serviceInterrupt();
    this.#wdk.KeInsertQueueDpc(this.#dpc);
    return STATUS_SUCCESS;
  }

  #afterInterrupt(): void {
    this.#device?.playback.listener?.afterInterrupt();
    this.#device?.recording.listener?.afterInterrupt();
  }
}
