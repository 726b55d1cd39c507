/**
 * Playing over stream packets, as pins of WavePci and WaveCyclic filters take them: so many packets
 * under way, each written again when it comes back. Silence goes first, as much as is under way, so
 * that the first sound has the same latency as all that follows.
 */
import type { FrameSource, RenderJournal } from '../client/render-buffer.ts';
import { StreamRenderClient } from '../client/stream-render.ts';
import type { CyclicRenderClient } from '../client/timer-render.ts';
import { PacketPinStream } from './packet-stream.ts';
import type { ClientParts, RenderTransport } from './render-transport.ts';

export class PacketRender extends PacketPinStream implements RenderTransport {
  makeClient(parts: ClientParts): CyclicRenderClient {
    const { bufferFrames, machine, periodFrames, pin } = this;
    const led = new LedBySilence(parts.source, parts.journal, bufferFrames, pin.frameBytes);
    const client = new StreamRenderClient({
      kernel: machine.kernel,
      pin,
      ...parts,
      source: led,
      journal: led,
      packetFrames: periodFrames,
    });
    this.describe(client.packets);
    return client;
  }
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
