/**
 * A WavePci stream: the client's mappings in the engine's descriptor list. Its service group is
 * notified by the interrupt; then what the engine is done with goes back to the port, and what the
 * port has comes in its place. Source: IMiniportWavePciStream, IPortWavePciStream, IPowerNotify.
 */
import { physical, type VirtualAddress, virtual } from '../../base/brand.ts';
import { Out } from '../../base/out.ts';
import { type Kspinlock, type POWER_STATE, PowerDeviceD0 } from '../../kernel/ddi/index.ts';
import {
  ComObject,
  IID_IMiniportWavePciStream,
  IID_IPowerNotify,
  type IMiniportWavePciStream,
  type InterfaceId,
  type IPortWavePci,
  type IPortWavePciStream,
  type IPowerNotify,
  type IServiceGroup,
  type KsAllocatorFraming,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import { KSSTATE } from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { BounceSlots } from './bounce-slots.ts';
import type { DescriptorPage } from './descriptor-page.ts';
import { DescriptorQueue } from './descriptor-queue.ts';
import type { EngineListener } from './dma-engine.ts';
import { MappingList, MOST_MAPPINGS } from './mapping-list.ts';
import { OWNER } from './owner.ts';
import { bytesAsTicks, FIFO_BYTES, FIFO_FRAMES, FRAME_BYTES, readFormat } from './wave-format.ts';
import type { WaveStreamParts } from './wave-stream-parts.ts';

const US_PER_SECOND = 1_000_000;
/** Tags are used again long after their mappings came back, so that the port knows them by then. */
const TAGS = 8 * MOST_MAPPINGS;

/** What a WavePci stream has beside adapter, codec and engine. */
export interface WavePciStreamParts extends WaveStreamParts {
  readonly port: IPortWavePci;
  readonly portStream: IPortWavePciStream;
  /** Its reference goes to the stream. */
  readonly group: IServiceGroup;
  readonly page: DescriptorPage;
  readonly slots: BounceSlots;
}

export class Ac97WavePciStream
  extends ComObject
  implements IMiniportWavePciStream, IPowerNotify, EngineListener
{
  readonly #wdk: Wdk;
  readonly #parts: WavePciStreamParts;
  readonly #lock: Kspinlock;
  readonly #queue: DescriptorQueue;
  readonly #mappings: MappingList;
  readonly #address = new Out(physical(0));
  readonly #virtual = new Out(virtual(0));
  readonly #bytes = new Out(0);
  readonly #flags = new Out(0);
  #rateHz: number;
  #state: KSSTATE = KSSTATE.STOP;
  #nextTag = 0;
  #isAcquiring = false;
  #isAskedAgain = false;
  /** The highest position that was told. */
  #told = 0;

  constructor(wdk: Wdk, parts: WavePciStreamParts, rateHz: number) {
    super(wdk, OWNER, "AC'97 WavePci stream", [
      IID_IMiniportWavePciStream as InterfaceId<unknown>,
      IID_IPowerNotify as InterfaceId<unknown>,
    ]);
    const { adapter, engine, page, portStream, slots } = parts;
    adapter.addRef();
    portStream.addRef();
    this.#wdk = wdk;
    this.#parts = parts;
    this.#rateHz = rateHz;
    this.#lock = wdk.KeInitializeSpinLock(`${OWNER} mappings`);
    this.#queue = new DescriptorQueue(engine, page);
    this.#mappings = new MappingList(this.#queue, slots, engine.isCapture);
    engine.listener = this;
  }

  /** STATUS_INVALID_PARAMETER in RUN, and for a format that the hardware has not. PASSIVE_LEVEL. */
  setFormat(dataFormat: VirtualAddress): NtStatus {
    if (this.#state === KSSTATE.RUN) return STATUS_INVALID_PARAMETER;
    const { codec, engine } = this.#parts;
    const format = readFormat(this.#wdk, dataFormat, codec.hasVariableRate);
    if (format === null) return STATUS_INVALID_PARAMETER;
    this.#rateHz = format.rateHz;
    const isSet = this.#state === KSSTATE.STOP || codec.setRate(engine.isCapture, format.rateHz);
    return isSet ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
  }

  /**
   * Upwards one step at a time: STATUS_INVALID_DEVICE_STATE for more, STATUS_DEVICE_NOT_READY when
   * the codec does not take the rate. Downwards everything succeeds. PASSIVE_LEVEL.
   */
  setState(state: KSSTATE): NtStatus {
    if (state > this.#state) {
      const status = this.#stepUp(state);
      if (!ntSuccess(status)) return status;
      this.#state = state;
      if (state === KSSTATE.RUN) this.#run();
      return STATUS_SUCCESS;
    }
    if (this.#state === KSSTATE.RUN && state !== KSSTATE.RUN) this.#pause();
    if (this.#state !== KSSTATE.STOP && state === KSSTATE.STOP) this.#stop();
    this.#state = state;
    return STATUS_SUCCESS;
  }

  /**
   * Bytes of the stream at the DAC, which a FIFO parts from memory as long as it is fed; for a
   * recording those in memory, of which the port takes the size of a packet that is cut short.
   */
  getPosition(position: Out<number>): NtStatus {
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    this.#queue.follow();
    const isBehind = !this.#parts.engine.isCapture && !this.#queue.isAtEnd;
    const bytes = this.#queue.processedBytes - (isBehind ? FIFO_BYTES : 0);
    this.#told = Math.max(this.#told, bytes);
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
    position.value = this.#told;
    return STATUS_SUCCESS;
  }

  normalizePhysicalPosition(physicalPosition: Out<number>): NtStatus {
    physicalPosition.value = bytesAsTicks(physicalPosition.value, this.#rateHz);
    return STATUS_SUCCESS;
  }

  /** Any number of buffers of any size; whole frames at whole words spare the bounce slots. */
  getAllocatorFraming(framing: KsAllocatorFraming): NtStatus {
    framing.fileAlignment = FRAME_BYTES - 1;
    return STATUS_SUCCESS;
  }

  revokeMappings(firstTag: unknown, lastTag: unknown, mappingsRevoked: Out<number>): NtStatus {
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    mappingsRevoked.value = this.#mappings.revoke(firstTag, lastTag);
    this.#mappings.feed();
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
    return STATUS_SUCCESS;
  }

  mappingAvailable(): void {
    if (this.#state !== KSSTATE.STOP) this.#acquire();
  }

  /** At DISPATCH_LEVEL. */
  service(): void {
    this.#releaseDone();
    this.#acquire();
  }

  /** At device level; the port asks for `service` at DISPATCH_LEVEL. */
  interrupted(): void {
    this.#parts.port.notify(this.#parts.group);
  }

  afterInterrupt(): void {}

  /** An engine without power forgets everything; what it had is described to it again. */
  powerChangeNotify(state: POWER_STATE): void {
    if (state === PowerDeviceD0) return;
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    this.#mappings.settle();
    this.#queue.detach();
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
  }

  protected override destroy(): void {
    this.setState(KSSTATE.STOP);
    const { adapter, engine, group, page, portStream, slots } = this.#parts;
    engine.reset();
    adapter.releaseEngine(engine);
    page.free();
    slots.free();
    group.release();
    portStream.release();
    adapter.release();
  }

  #stepUp(state: KSSTATE): NtStatus {
    if (state > this.#state + 1) return STATUS_INVALID_DEVICE_STATE;
    const { codec, engine } = this.#parts;
    const needsRate = state === KSSTATE.ACQUIRE;
    const isSet = !needsRate || codec.setRate(engine.isCapture, this.#rateHz);
    return isSet ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
  }

  #run(): void {
    this.#acquire();
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    this.#queue.run();
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
  }

  /** What is done goes back now; a recorded packet that has begun ends here. */
  #pause(): void {
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    this.#queue.pause();
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
    this.#releaseDone();
    if (this.#parts.engine.isCapture) this.#terminatePacket();
  }

  /** The last packets went back when they were fetched; what the FIFO has of them is heard. */
  #stop(): void {
    if (!this.#parts.engine.isCapture && this.#queue.processedBytes > 0) {
      this.#wdk.KeStallExecutionProcessor(Math.ceil((FIFO_FRAMES * US_PER_SECOND) / this.#rateHz));
    }
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    this.#queue.reset();
    this.#mappings.stop();
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
    this.#told = 0;
  }

  /** The packet's mappings go back with what is in them, and the engine forgets them. */
  #terminatePacket(): void {
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    const isBegun = this.#mappings.isOldestBegun;
    if (isBegun) this.#mappings.settleCurrent();
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
    if (!isBegun || !ntSuccess(this.#parts.portStream.terminatePacket())) return;
    for (let left = this.#mappings.packetCount; left > 0; left--) {
      const old = this.#wdk.KeAcquireSpinLock(this.#lock);
      const tag = this.#mappings.oldestTag;
      this.#mappings.take(0, 1);
      this.#wdk.KeReleaseSpinLock(this.#lock, old);
      this.#parts.portStream.releaseMapping(tag);
    }
  }

  /** Up to DISPATCH_LEVEL; the lock is not held while the port is called. */
  #releaseDone(): void {
    for (;;) {
      const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
      this.#mappings.settle();
      const tag = this.#mappings.doneTag;
      if (tag !== undefined) this.#mappings.dropOldest();
      this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
      if (tag === undefined) return;
      this.#parts.portStream.releaseMapping(tag);
    }
  }

  /** Takes mappings until there are none, or no room. The port may come back from within. */
  #acquire(): void {
    this.#isAskedAgain = true;
    if (this.#isAcquiring) return;
    this.#isAcquiring = true;
    while (this.#isAskedAgain) {
      this.#isAskedAgain = false;
      this.#feed();
      while (this.#mappings.hasRoom && this.#take()) this.#feed();
    }
    this.#isAcquiring = false;
  }

  #feed(): void {
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    this.#mappings.settle();
    this.#mappings.feed();
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
  }

  /** False when the port has no mapping. */
  #take(): boolean {
    const tag = this.#nextTag;
    const status = this.#parts.portStream.getMapping(
      tag,
      this.#address,
      this.#virtual,
      this.#bytes,
      this.#flags,
    );
    if (!ntSuccess(status)) return false;
    this.#nextTag = (tag + 1) % TAGS;
    const oldIrql = this.#wdk.KeAcquireSpinLock(this.#lock);
    const endsPacket = this.#flags.value !== 0;
    const { value: address } = this.#address;
    this.#mappings.add(tag, address, this.#virtual.value, this.#bytes.value, endsPacket);
    this.#wdk.KeReleaseSpinLock(this.#lock, oldIrql);
    return true;
  }
}
