/**
 * A machine with an open render stream and nothing at its ear: the stack alone. A play session
 * always compares what is heard with what was sent, and here that is left out.
 */
import { defined } from '../src/base/assert.ts';
import { ms, ns } from '../src/base/brand.ts';
import { enumerateFilters, findEndpoints } from '../src/client/endpoints.ts';
import { KsFilter } from '../src/client/ks-filter.ts';
import { type OpenStream, openStream } from '../src/client/open-stream.ts';
import type { RenderJournal } from '../src/client/render-buffer.ts';
import { TimerRenderClient } from '../src/client/timer-render.ts';
import { WavFrameSource } from '../src/client/wav-frame-source.ts';
import { type AudioDevice, deviceKind } from '../src/machine/devices.ts';
import { Machine } from '../src/machine/machine.ts';
import { KSSTATE } from '../src/standards/ks/requests.ts';
import { frameBytes } from '../src/standards/pcm/format.ts';
import type { WavFile } from '../src/wav/wav-reader.ts';
import { BUFFER_MS, PERIOD_FRAMES, RATE_HZ, STEREO_16 } from './recording.ts';

const SLICE_NS = ms(500);
const PERIOD_100NS = (1e7 * PERIOD_FRAMES) / RATE_HZ;
const noJournal: RenderJournal = { prime() {}, send() {}, stale() {}, endSending() {} };

export const HDA = defined(deviceKind('hda'), 'HDA device');

export class BareStream {
  readonly machine: Machine<AudioDevice>;
  readonly stream: OpenStream;
  readonly #filter: KsFilter;
  #client: TimerRenderClient | null = null;
  #frames = 0;

  /** Boots the machine and opens the pin with its cyclic buffer; nothing plays yet. */
  constructor() {
    this.machine = Machine.boot({ device: HDA.create, driver: HDA.driver });
    const { kernel } = this.machine;
    const home = { process: this.machine.openProcess('bench'), ram: kernel.ram };
    const endpoints = findEndpoints(enumerateFilters(home, kernel.interfaces));
    const render = endpoints.find((endpoint) => endpoint.direction === 'render');
    const { filter, streamingPin } = defined(render, 'render endpoint');
    this.#filter = KsFilter.open(home, filter.symbolicLink);
    const bufferBytes = (RATE_HZ / 1000) * BUFFER_MS * frameBytes(STEREO_16);
    this.stream = openStream(this.#filter, streamingPin.id, STEREO_16, bufferBytes);
  }

  /** Lets a timer-driven client play the recording, whenever the machine runs. */
  play(file: WavFile): void {
    this.#frames = file.frames;
    this.#client = new TimerRenderClient({
      kernel: this.machine.kernel,
      ...this.stream,
      source: new WavFrameSource(file, STEREO_16),
      journal: noJournal,
      period100ns: PERIOD_100NS,
      settle: () => this.machine.device.settle(),
    });
    this.#client.start();
  }

  /** Plays on for half a second of virtual time. True when the recording is played out. */
  step(): boolean {
    this.machine.runFor(SLICE_NS);
    return this.#client?.isDone === true;
  }

  /** Sets the stream running with no client behind it: the device plays the buffer's silence. */
  runAlone(): void {
    const { pin } = this.stream;
    pin.check('PAUSE', pin.setState(KSSTATE.PAUSE));
    pin.check('RUN', pin.setState(KSSTATE.RUN));
  }

  /** Time passes and the device moves what is due; no thread runs. */
  settleAfter(durationNs: number): void {
    const { clock, device } = this.machine;
    clock.advanceTo(ns(clock.now + durationNs));
    device.settle();
  }

  /** @throws Error when less was heard than played, or something is left over. */
  finish(): void {
    const heard = this.machine.device.speaker.heardFrames;
    this.stream.pin.close();
    this.#filter.close();
    const leaks = this.machine.shutDown();
    if (heard < this.#frames) throw new Error(`${heard} of ${this.#frames} frames were heard`);
    if (leaks.length > 0) throw new Error(`left over: ${leaks.join(', ')}`);
  }
}
