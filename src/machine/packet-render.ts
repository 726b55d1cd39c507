/**
 * Playing over stream packets, as pins of WavePci and WaveCyclic filters take them: so many packets
 * under way, each written again when it comes back. Silence goes first, as much as is under way, so
 * that the first sound has the same latency as all that follows.
 */
import { virtual } from '../base/brand.ts';
import type { EndpointFacts } from '../client/endpoints.ts';
import type { KsFilter } from '../client/ks-filter.ts';
import type { HardwareLatency } from '../client/ks-pin.ts';
import type { FrameSource, RenderJournal } from '../client/render-buffer.ts';
import type { StreamPacket } from '../client/stream-packet.ts';
import { StreamPin } from '../client/stream-pin.ts';
import { DEFAULT_STREAM_PACKETS, StreamRenderClient } from '../client/stream-render.ts';
import type { CyclicRenderClient } from '../client/timer-render.ts';
import { PAGE_SIZE } from '../kernel/memory/page.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { AudioDevice } from './devices.ts';
import type { Machine } from './machine.ts';
import type { BufferReport } from './play-report.ts';
import type { ClientParts, RenderTransport } from './render-transport.ts';

/** Such a pin tells nobody what the hardware behind it holds. */
export const UNTOLD_LATENCY: HardwareLatency = {
  fifoBytes: 0,
  chipsetDelay100ns: 0,
  codecDelay100ns: 0,
};

/** Before there is a client. */
export const NO_PACKETS: BufferReport = {
  requestedBytes: 0,
  actualBytes: 0,
  offsetBytes: 0,
  pages: 0,
  contiguousRuns: 0,
  cacheType: 'MmCached',
};

export class PacketRender implements RenderTransport {
  readonly stream = 'irp';
  readonly latency = UNTOLD_LATENCY;
  buffer: BufferReport = NO_PACKETS;
  readonly bufferFrames: number;
  readonly periodFrames: number;
  readonly #machine: Machine<AudioDevice>;
  readonly #pin: StreamPin;

  /** Packets of half of `bufferMs`. @throws KsError */
  constructor(
    machine: Machine<AudioDevice>,
    filter: KsFilter,
    endpoint: EndpointFacts,
    format: PcmFormat,
    bufferMs: number,
  ) {
    this.#machine = machine;
    this.#pin = StreamPin.open(filter, endpoint.streamingPin.id, format);
    this.periodFrames = Math.max(1, Math.round((format.rateHz * bufferMs) / 2000));
    this.bufferFrames = this.periodFrames * DEFAULT_STREAM_PACKETS;
  }

  makeClient(parts: ClientParts): CyclicRenderClient {
    const { frameBytes: size } = this.#pin;
    const led = new LedBySilence(parts.source, parts.journal, this.bufferFrames, size);
    const client = new StreamRenderClient({
      kernel: this.#machine.kernel,
      pin: this.#pin,
      ...parts,
      source: led,
      journal: led,
      packetFrames: this.periodFrames,
    });
    this.buffer = describePackets(this.#machine, client.packets);
    return client;
  }

  close(): void {
    this.#pin.close();
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

/** Silence, and then what the source has; the journal is told which is which. */
class LedBySilence implements FrameSource, RenderJournal {
  readonly #source: FrameSource;
  readonly #journal: RenderJournal;
  readonly #frameBytes: number;
  #silentFrames: number;

  constructor(source: FrameSource, journal: RenderJournal, frames: number, frameBytes: number) {
    this.#source = source;
    this.#journal = journal;
    this.#silentFrames = frames;
    this.#frameBytes = frameBytes;
  }

  read(into: Uint8Array, offset: number, frames: number): number {
    const silent = Math.min(frames, this.#silentFrames);
    const silentBytes = silent * this.#frameBytes;
    if (silent > 0) into.fill(0, offset, offset + silentBytes);
    return silent + this.#source.read(into, offset + silentBytes, frames - silent);
  }

  prime(frames: number): void {
    this.#journal.prime(frames);
  }

  send(bytes: Uint8Array, offset: number, byteLength: number): void {
    const silent = Math.min(byteLength / this.#frameBytes, this.#silentFrames);
    const silentBytes = silent * this.#frameBytes;
    this.#silentFrames -= silent;
    if (silent > 0) this.#journal.prime(silent);
    this.#journal.send(bytes, offset + silentBytes, byteLength - silentBytes);
  }

  stale(frames: number): void {
    this.#journal.stale(frames);
  }

  endSending(): void {
    this.#journal.endSending();
  }
}
