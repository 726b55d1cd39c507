/**
 * A system DMA controller as on the ISA bus: channels 0 to 3 for bytes, 5 to 7 for words, channel
 * 4 taken by the cascade. Every channel moves data at one rate while it is started, counts down,
 * and starts again in auto initialise mode. Source: Intel 8237A data sheet.
 */
import type { SystemDmaController, SystemTransfer } from '../../src/kernel/dma/system-dma.ts';
import { boundaryOf } from '../../src/kernel/dma/system-dma.ts';

const CASCADE_CHANNEL = 4;
const CHANNELS = 8;
const ISA_REACH = 2 ** 24;

interface Running {
  readonly transfer: SystemTransfer;
  readonly sinceNs: number;
}

export class CyclicDmaController implements SystemDmaController {
  readonly #now: () => number;
  readonly #bytesPerUs: number;
  readonly #running = new Map<number, Running>();
  /** Every transfer that was ever begun, and its channel. */
  readonly begun: { readonly channel: number; readonly transfer: SystemTransfer }[] = [];

  constructor(now: () => number, bytesPerUs: number) {
    this.#now = now;
    this.#bytesPerUs = bytesPerUs;
  }

  hasChannel(channel: number): boolean {
    return channel >= 0 && channel < CHANNELS && channel !== CASCADE_CHANNEL;
  }

  /** @throws Error for what its address and count registers cannot hold. */
  begin(channel: number, transfer: SystemTransfer): void {
    const { address, bytes } = transfer;
    const boundary = boundaryOf(channel);
    const last = address + bytes - 1;
    if (last >= ISA_REACH || Math.floor(address / boundary) !== Math.floor(last / boundary)) {
      throw new Error(`channel ${channel} cannot reach ${address} to ${last} in one transfer`);
    }
    this.begun.push({ channel, transfer });
    this.#running.set(channel, { transfer, sinceNs: this.#now() });
  }

  end(channel: number): void {
    this.#running.delete(channel);
  }

  bytesLeft(channel: number): number {
    const running = this.#running.get(channel);
    if (running === undefined) return 0;
    const { autoInitialize, bytes } = running.transfer;
    const moved = Math.floor(((this.#now() - running.sinceNs) / 1000) * this.#bytesPerUs);
    return autoInitialize ? bytes - (moved % bytes) : Math.max(0, bytes - moved);
  }
}
