/**
 * The stream of the bus-master driver, as a vendor would write one: it keeps a list of the
 * mappings that it has, beside the engine's own queue, behind a spin lock that is never held
 * across a call to the port. Tests can replace its answers, or take the mappings in hand.
 */
import { physical, type VirtualAddress, virtual } from '../../src/base/brand.ts';
import {
  ComObject,
  IID_IMiniportWavePciStream,
  type IMiniportWavePciStream,
  type InterfaceId,
  type IPortWavePciStream,
  type IServiceGroup,
  type KsAllocatorFraming,
  type Kspinlock,
  Out,
} from '../../src/portcls/ddi/index.ts';
import { KSSTATE, ksStateName } from '../../src/standards/ks/requests.ts';
import { readWaveDataFormat } from '../../src/standards/ks/wave-data-format.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { frameBytes, type PcmFormat } from '../../src/standards/pcm/format.ts';
import type { BusMasterMiniport } from './bus-master-driver.ts';
import type { BusMasterEngine } from './bus-master-engine.ts';

const TICKS_PER_SECOND = 10_000_000;

export interface HeldMapping {
  readonly tag: unknown;
  readonly address: number;
  readonly virtualAddress: number;
  readonly bytes: number;
  readonly flags: number;
}

export class BusMasterStream extends ComObject implements IMiniportWavePciStream {
  readonly miniport: BusMasterMiniport;
  readonly portStream: IPortWavePciStream;
  readonly engine: BusMasterEngine;
  readonly isCapture: boolean;
  /** Mappings that were acquired and neither released nor revoked. */
  readonly held: HeldMapping[] = [];
  /** The group of this stream alone, which is notified no more when the stream is gone. */
  group: IServiceGroup | null = null;
  format: PcmFormat;
  state: KSSTATE = KSSTATE.STOP;
  /** The stream is inside a call of ReleaseMapping. */
  isReleasing = false;
  readonly #lock: Kspinlock;
  readonly #address = new Out(physical(0));
  readonly #virtual = new Out(virtual(0));
  readonly #bytes = new Out(0);
  readonly #flags = new Out(0);
  #nextTag = 0;
  #released = 0;
  #isAcquiring = false;
  #again = false;

  constructor(
    miniport: BusMasterMiniport,
    portStream: IPortWavePciStream,
    engine: BusMasterEngine,
    isCapture: boolean,
    format: PcmFormat,
  ) {
    const { further = [] } = miniport.options;
    super(miniport.wdk, 'busmaster', 'bus master stream', [
      IID_IMiniportWavePciStream as InterfaceId<unknown>,
      ...further,
    ]);
    this.miniport = miniport;
    this.portStream = portStream;
    portStream.addRef();
    this.engine = engine;
    this.isCapture = isCapture;
    this.format = format;
    this.#lock = miniport.wdk.KeInitializeSpinLock('bus master mappings');
  }

  protected called(name: string): void {
    this.miniport.calls.push(name);
  }

  setFormat(dataFormat: VirtualAddress): NtStatus {
    this.called('SetFormat');
    const { wdk } = this.miniport;
    const bytes = wdk.viewAt(dataFormat, 4).getUint32(0, true);
    const format = readWaveDataFormat(wdk.viewAt(dataFormat, bytes), 0);
    if (format === null) return STATUS_INVALID_PARAMETER;
    const status = this.miniport.options.setFormat?.(format) ?? STATUS_SUCCESS;
    if (!ntSuccess(status)) return status;
    this.format = format;
    this.openEngine();
    return status;
  }

  openEngine(): void {
    const { channels, containerBits, float, rateHz, validBits } = this.format;
    const containerBytes = containerBits / 8;
    this.engine.open({ rateHz, bits: validBits, channels, containerBytes, float });
  }

  setState(state: KSSTATE): NtStatus {
    this.called(`SetState ${ksStateName(state)}`);
    const status = this.miniport.options.setState?.(state, this) ?? STATUS_SUCCESS;
    if (!ntSuccess(status)) return status;
    const isDown = state < this.state;
    this.state = state;
    if (state === KSSTATE.RUN) this.#run();
    if (state === KSSTATE.PAUSE && isDown) {
      this.engine.pause();
      this.releaseDone();
    }
    if (state === KSSTATE.STOP) {
      this.engine.reset();
      this.#released = 0;
    }
    return status;
  }

  #run(): void {
    if (this.miniport.options.isManual !== true) this.acquire();
    this.engine.run();
  }

  getPosition(position: Out<number>): NtStatus {
    this.called(`GetPosition ${this.miniport.wdk.KeGetCurrentIrql()}`);
    position.value = this.miniport.options.position?.(this) ?? this.engine.position;
    return STATUS_SUCCESS;
  }

  /** Split at the second, so that no product passes 2^53. */
  normalizePhysicalPosition(physicalPosition: Out<number>): NtStatus {
    const perSecond = this.format.rateHz * frameBytes(this.format);
    const whole = Math.floor(physicalPosition.value / perSecond);
    const rest = physicalPosition.value - whole * perSecond;
    physicalPosition.value =
      whole * TICKS_PER_SECOND + Math.floor((rest * TICKS_PER_SECOND) / perSecond);
    return STATUS_SUCCESS;
  }

  getAllocatorFraming(framing: KsAllocatorFraming): NtStatus {
    this.called('GetAllocatorFraming');
    Object.assign(framing, this.miniport.options.framing ?? {});
    return STATUS_SUCCESS;
  }

  revokeMappings(firstTag: unknown, lastTag: unknown, revoked: Out<number>): NtStatus {
    this.called(`RevokeMappings ${String(firstTag)}..${String(lastTag)}`);
    const { options } = this.miniport;
    if (options.revoke !== undefined) return options.revoke(this, firstTag, lastTag, revoked);
    revoked.value = this.revokeHeld(firstTag, lastTag);
    return STATUS_SUCCESS;
  }

  /** Takes the range off the list and the engine's queue; how many mappings it still held. */
  revokeHeld(firstTag: unknown, lastTag: unknown): number {
    const { engine, held } = this;
    engine.settle();
    const old = this.miniport.wdk.KeAcquireSpinLock(this.#lock);
    const last = held.findIndex(({ tag }) => tag === lastTag);
    const found = held.findIndex(({ tag }) => tag === firstTag);
    const first = last < 0 ? 0 : Math.max(0, found);
    const count = last < 0 ? 0 : last - first + 1;
    const done = engine.doneCount - this.#released;
    const doneInRange = Math.max(0, Math.min(done - first, count));
    engine.remove(Math.max(0, first - done), count - doneInRange);
    engine.doneCount -= doneInRange;
    held.splice(first, count);
    this.miniport.wdk.KeReleaseSpinLock(this.#lock, old);
    return count;
  }

  mappingAvailable(): void {
    this.called('MappingAvailable');
    const { options } = this.miniport;
    if (options.mappingAvailable !== undefined) options.mappingAvailable(this);
    else if (options.isManual !== true) this.acquire();
  }

  service(): void {
    this.called(`Service ${this.miniport.wdk.KeGetCurrentIrql()}`);
    if (this.miniport.options.isManual === true) return;
    this.releaseDone();
    this.acquire();
  }

  /** Takes mappings until it has enough or there are none. */
  acquire(): void {
    if (this.#isAcquiring) {
      this.#again = true;
      return;
    }
    this.#isAcquiring = true;
    do {
      this.#again = false;
      while (this.held.length < (this.miniport.options.depth ?? 16)) {
        if (!ntSuccess(this.get(this.#nextTag++))) break;
      }
    } while (this.#again);
    this.#isAcquiring = false;
  }

  /** GetMapping, and on to the engine with it. */
  get(tag: unknown): NtStatus {
    const status = this.portStream.getMapping(
      tag,
      this.#address,
      this.#virtual,
      this.#bytes,
      this.#flags,
    );
    if (!ntSuccess(status)) return status;
    const mapping = {
      tag,
      address: this.#address.value,
      virtualAddress: this.#virtual.value,
      bytes: this.#bytes.value,
      flags: this.#flags.value,
    };
    const old = this.miniport.wdk.KeAcquireSpinLock(this.#lock);
    this.held.push(mapping);
    this.program(mapping);
    this.miniport.wdk.KeReleaseSpinLock(this.#lock, old);
    return status;
  }

  /** Hands a mapping on to the engine. */
  protected program(mapping: HeldMapping): void {
    const interrupts = this.miniport.options.interrupts ?? 'flag';
    const asks = interrupts === 'each' || (interrupts === 'flag' && mapping.flags !== 0);
    this.engine.push(mapping.address, mapping.bytes, asks);
  }

  /** Gives back what the engine is done with. */
  releaseDone(): void {
    this.engine.settle();
    while (this.engine.doneCount > this.#released) {
      const old = this.miniport.wdk.KeAcquireSpinLock(this.#lock);
      const mapping = this.held.shift();
      this.#released++;
      this.miniport.wdk.KeReleaseSpinLock(this.#lock, old);
      if (mapping === undefined) return;
      this.isReleasing = true;
      this.portStream.releaseMapping(mapping.tag);
      this.isReleasing = false;
    }
  }

  /** Gives back the oldest mapping whether the engine is done with it or not. */
  giveBack(): NtStatus {
    const mapping = this.held.shift();
    if (mapping === undefined) return STATUS_INVALID_PARAMETER;
    this.engine.settle();
    if (this.engine.doneCount > this.#released) this.#released++;
    else this.engine.remove(0, 1);
    return this.portStream.releaseMapping(mapping.tag);
  }

  protected override destroy(): void {
    this.called('~stream');
    if (this.group !== null) this.miniport.groups.delete(this.group);
    this.engine.reset();
    this.portStream.release();
  }
}
