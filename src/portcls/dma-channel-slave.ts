/**
 * IDmaChannelSlave: the channel of a device without DMA of its own. Start hands the buffer to the
 * system DMA controller, which counts down and, in auto initialise mode, begins again. Source:
 * IDmaChannelSlave, "DMA Channel Objects".
 */
import type { DmaAdapter } from '../kernel/dma/dma-adapter.ts';
import {
  type NtStatus,
  STATUS_INVALID_PARAMETER,
  STATUS_IO_TIMEOUT,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../standards/nt/ntstatus.ts';
import type { InterfaceId } from './ddi/declare.ts';
import { type IDmaChannelSlave, IID_IDmaChannelSlave } from './ddi/dma-channel.ts';
import { DmaChannel } from './dma-channel.ts';
import type { PortClass } from './port-class.ts';

/** The counter is looked at this often, which is what time-outs are rounded down to. */
const POLL_US = 10;
/** The page names no status. */
const STATUS_TERMINAL_COUNT_NOT_REACHED = STATUS_IO_TIMEOUT;

export class DmaChannelSlave extends DmaChannel implements IDmaChannelSlave {
  #mapSize = 0;

  constructor(portClass: PortClass, adapter: DmaAdapter) {
    super(portClass, adapter, IID_IDmaChannelSlave as InterfaceId<unknown>);
  }

  override transferCount(): number {
    return this.#mapSize;
  }

  /**
   * Starts a transfer of the first `mapSize` bytes. STATUS_UNSUCCESSFUL when one is under way,
   * STATUS_INVALID_PARAMETER for more than the buffer has. PASSIVE_LEVEL.
   */
  start(mapSize: number, writeToDevice: boolean): NtStatus {
    if (this.#mapSize > 0) return STATUS_UNSUCCESSFUL;
    if (!(mapSize > 0 && mapSize <= this.allocatedBufferSize())) return STATUS_INVALID_PARAMETER;
    this.adapter.beginSystemTransfer(this.physicalAddress(), mapSize, writeToDevice);
    this.#mapSize = mapSize;
    return STATUS_SUCCESS;
  }

  /** Harmless while nothing is started. IRQL <= DISPATCH_LEVEL. */
  stop(): NtStatus {
    if (this.#mapSize > 0) this.adapter.endSystemTransfer();
    this.#mapSize = 0;
    return STATUS_SUCCESS;
  }

  /** Bytes left of this pass, from the map size down; 0 while stopped. IRQL <= DISPATCH_LEVEL. */
  readCounter(): number {
    return this.#mapSize === 0 ? 0 : this.adapter.readDmaCounter();
  }

  /**
   * Waits for the end of a pass, `timeout` microseconds at most, in steps of ten.
   * STATUS_IO_TIMEOUT when it does not come. PASSIVE_LEVEL.
   */
  waitForTC(timeout: number): NtStatus {
    const { dispatcher } = this.portClass.kernel;
    let left = this.readCounter();
    for (let waited = POLL_US; waited <= timeout; waited += POLL_US) {
      if (left === 0) return STATUS_SUCCESS;
      dispatcher.stall(POLL_US);
      const now = this.readCounter();
      if (now > left) return STATUS_SUCCESS;
      left = now;
    }
    return left === 0 ? STATUS_SUCCESS : STATUS_TERMINAL_COUNT_NOT_REACHED;
  }

  protected override destroy(): void {
    this.stop();
    super.destroy();
  }
}
