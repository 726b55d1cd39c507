/**
 * Who looks after the engines while they run. The interrupt's service routine takes note, and
 * either arms an ended engine itself or leaves that to the thread; a DPC does what device level
 * forbids. A part that cannot interrupt is polled, and armed in the poll.
 */
import { Out } from '../../base/out.ts';
import type { Kdpc, KernelDdi } from '../../kernel/ddi/index.ts';
import {
  type IInterruptSync,
  InterruptSyncMode,
  type IResourceList,
  type Wdk,
} from '../../portcls/ddi/index.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import type { DmaChannel } from './dma-channel.ts';
import type { DmaCapabilities, DmaRegisters } from './dma-registers.ts';
import { RearmThread } from './rearm-thread.ts';
import { StatusPoll } from './status-poll.ts';

/** Where an engine that cannot loop is armed again, if the part interrupts. */
export type RearmPlace = 'interrupt' | 'thread';

/** What reads return when the device has left the bus. */
const DEVICE_GONE = 0xffff_ffff;

export class ChannelService {
  readonly #wdk: KernelDdi;
  readonly #registers: DmaRegisters;
  readonly #channels: readonly DmaChannel[];
  readonly #dpc: Kdpc;
  readonly #thread: RearmThread | null;
  readonly #poll: StatusPoll | null;
  #interrupt: IInterruptSync | null = null;

  constructor(
    wdk: KernelDdi,
    registers: DmaRegisters,
    channels: readonly DmaChannel[],
    { interrupts, loops }: DmaCapabilities,
    rearmPlace: RearmPlace,
  ) {
    this.#wdk = wdk;
    this.#registers = registers;
    this.#channels = channels;
    this.#dpc = wdk.KeInitializeDpc(() => this.#afterInterrupt(), null, 'wpsdma interrupt');
    const needsThread = interrupts && !loops && rearmPlace === 'thread';
    this.#thread = needsThread ? new RearmThread(wdk, () => this.#rearm()) : null;
    this.#poll = interrupts || loops ? null : new StatusPoll(wdk, () => this.#pollChannels());
  }

  /** Connects the interrupt of a part that has one. PASSIVE_LEVEL. */
  connect(wdk: Wdk, resources: IResourceList): NtStatus {
    const out = new Out<IInterruptSync | null>(null);
    const status = wdk.PcNewInterruptSync(out, null, resources, 0, InterruptSyncMode.Normal);
    const interrupt = out.value;
    if (!ntSuccess(status) || interrupt === null) return status;
    this.#interrupt = interrupt;
    interrupt.registerServiceRoutine(() => this.#serviceInterrupt(), null, false);
    return interrupt.connect();
  }

  /** A channel was started or stopped. */
  channelsChanged(): void {
    if (this.#channels.some((channel) => channel.isRunning)) this.#poll?.start();
    else this.#poll?.stop();
  }

  /** Nothing of this runs any more when it returns. PASSIVE_LEVEL. */
  stop(): void {
    this.#poll?.stop();
    this.#interrupt?.disconnect();
    this.#interrupt?.release();
    this.#interrupt = null;
    this.#wdk.KeRemoveQueueDpc(this.#dpc);
    this.#thread?.stop();
  }

  /** Claims what this device raised, and nothing when its line is shared. At device level. */
  #serviceInterrupt(): NtStatus {
    const engines = this.#registers.read('GIS');
    if (engines === 0 || engines === DEVICE_GONE) return STATUS_UNSUCCESSFUL;
    for (const channel of this.#channels) {
      if ((engines & channel.interruptBit) === 0) continue;
      channel.service();
      if (this.#thread === null) channel.rearmIfEnded();
    }
    this.#wdk.KeInsertQueueDpc(this.#dpc);
    return STATUS_SUCCESS;
  }

  #afterInterrupt(): void {
    this.#thread?.wake();
    for (const channel of this.#channels) channel.announcePackets();
  }

  #pollChannels(): void {
    for (const channel of this.#channels) {
      if (channel.isRunning) channel.service();
    }
    this.#rearm();
  }

  #rearm(): void {
    for (const channel of this.#channels) channel.rearmIfEnded();
  }
}
