/**
 * A machine with an open render stream and nothing at its ear: the stack alone. A play session
 * always compares what is heard with what was sent, and here that is left out.
 */
import { defined } from '../src/base/assert.ts';
import { ns } from '../src/base/brand.ts';
import { enumerateFilters, findEndpoints } from '../src/client/endpoints.ts';
import { KsFilter } from '../src/client/ks-filter.ts';
import { type OpenStream, openStream } from '../src/client/open-stream.ts';
import { type AudioDevice, deviceKind } from '../src/machine/devices.ts';
import { Machine } from '../src/machine/machine.ts';
import { KSSTATE } from '../src/standards/ks/requests.ts';
import { frameBytes } from '../src/standards/pcm/format.ts';
import { BUFFER_MS, RATE_HZ, STEREO_16 } from './recording.ts';

export const HDA = defined(deviceKind('hda'), 'HDA device');

export class BareStream {
  readonly machine: Machine<AudioDevice>;
  readonly stream: OpenStream;
  readonly #filter: KsFilter;

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

  /** @throws Error when something is left over. */
  finish(): void {
    this.stream.pin.close();
    this.#filter.close();
    const leaks = this.machine.shutDown();
    if (leaks.length > 0) throw new Error(`left over: ${leaks.join(', ')}`);
  }
}
