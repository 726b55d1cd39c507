/**
 * What playing and recording over stream packets have in common: the pin, which WavePci and
 * WaveCyclic filters have, and packets of half of what a cyclic buffer would hold.
 */
import { virtual } from '../base/brand.ts';
import type { EndpointFacts } from '../client/endpoints.ts';
import type { KsFilter } from '../client/ks-filter.ts';
import type { HardwareLatency } from '../client/ks-pin.ts';
import type { StreamPacket } from '../client/stream-packet.ts';
import { StreamPin } from '../client/stream-pin.ts';
import { DEFAULT_STREAM_PACKETS } from '../client/stream-render.ts';
import { PAGE_SIZE } from '../kernel/memory/page.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { AudioDevice } from './devices.ts';
import type { Machine } from './machine.ts';
import type { BufferReport } from './play-report.ts';

/** Such a pin tells nobody what the hardware behind it holds. */
const UNTOLD_LATENCY: HardwareLatency = {
  fifoBytes: 0,
  chipsetDelay100ns: 0,
  codecDelay100ns: 0,
};

/** Before there is a client. */
const NO_PACKETS: BufferReport = {
  requestedBytes: 0,
  actualBytes: 0,
  offsetBytes: 0,
  pages: 0,
  contiguousRuns: 0,
  cacheType: 'MmCached',
};

export class PacketPinStream {
  readonly stream = 'irp';
  readonly latency = UNTOLD_LATENCY;
  readonly bufferFrames: number;
  readonly periodFrames: number;
  protected readonly machine: Machine<AudioDevice>;
  protected readonly pin: StreamPin;
  #buffer = NO_PACKETS;

  /** @throws KsError */
  constructor(
    machine: Machine<AudioDevice>,
    filter: KsFilter,
    endpoint: EndpointFacts,
    format: PcmFormat,
    bufferMs: number,
  ) {
    this.machine = machine;
    this.pin = StreamPin.open(filter, endpoint.streamingPin.id, format);
    this.periodFrames = Math.max(1, Math.round((format.rateHz * bufferMs) / 2000));
    this.bufferFrames = this.periodFrames * DEFAULT_STREAM_PACKETS;
  }

  get buffer(): BufferReport {
    return this.#buffer;
  }

  close(): void {
    this.pin.close();
  }

  /** The client has these packets. */
  protected describe(packets: readonly StreamPacket[]): void {
    this.#buffer = describePackets(this.machine, packets);
  }
}

/** The memory of packets, in the words of a cyclic buffer. */
export function describePackets(
  { kernel }: Machine<AudioDevice>,
  packets: readonly Pick<StreamPacket, 'dataAt' | 'roomBytes'>[],
): BufferReport {
  const bytes = packets.reduce((sum, { roomBytes }) => sum + roomBytes, 0);
  let pages = 0;
  let contiguousRuns = 0;
  for (const { dataAt, roomBytes } of packets) {
    let before = -1;
    for (let at = dataAt - (dataAt % PAGE_SIZE); at < dataAt + roomBytes; at += PAGE_SIZE) {
      const frame = kernel.memory.MmGetPhysicalAddress(virtual(at));
      if (frame !== before + PAGE_SIZE) contiguousRuns++;
      before = frame;
      pages++;
    }
  }
  return {
    requestedBytes: bytes,
    actualBytes: bytes,
    offsetBytes: 0,
    pages,
    contiguousRuns,
    cacheType: 'MmCached',
  };
}
