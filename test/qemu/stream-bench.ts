/**
 * One machine with a device of QEMU's, and one stream after the other on it: each with a buffer of
 * its own in pages of its own, driven as asked, heard by a ledger of its own.
 */
import { EventRenderClient, PACKETS } from '../../src/client/event-render.ts';
import { KsFilter } from '../../src/client/ks-filter.ts';
import { openStream } from '../../src/client/open-stream.ts';
import { SoundLedger } from '../../src/client/sound-ledger.ts';
import { TimerRenderClient } from '../../src/client/timer-render.ts';
import type { AudioDevice, DeviceKind } from '../../src/machine/devices.ts';
import { Machine } from '../../src/machine/machine.ts';
import type { StreamKind } from '../../src/machine/stream-kind.ts';
import type { DriverModule } from '../../src/portcls/ddi/driver.ts';
import { WaveRtPin } from '../../src/portcls/wavert/wavert-pin.ts';
import { KSCATEGORY_REALTIME } from '../../src/standards/ks/guids.ts';
import { frameBytes, type PcmFormat } from '../../src/standards/pcm/format.ts';
import { noise } from '../../src/testing/index.ts';
import { behindSilence, withoutPrime } from '../support/behind-silence.ts';
import { MemorySource } from '../support/hda-machine.ts';

export interface StreamLayout {
  readonly stream: StreamKind;
  readonly bufferFrames: number;
  readonly soundFrames: number;
  readonly seed: number;
}

export interface HeardStream {
  readonly ledger: SoundLedger;
  /** Physical addresses of the buffer's pages. */
  readonly pages: readonly number[];
  readonly bufferBytes: number;
}

const LIMIT_NS = 5e9;
const RENDER_PIN = 0;

export const stereo = (rateHz: number): PcmFormat => ({
  rateHz,
  channels: 2,
  validBits: 16,
  containerBits: 16,
  float: false,
  channelMask: 3,
});

export class StreamBench {
  readonly machine: Machine<AudioDevice>;
  readonly format: PcmFormat;

  constructor(kind: DeviceKind, rateHz: number, seed: number, driver: DriverModule = kind.driver) {
    this.machine = Machine.boot({ device: kind.create, driver, seed });
    this.format = stereo(rateHz);
  }

  /** Plays a stream of noise to its end. @throws Error when it does not come to one */
  play({ bufferFrames, seed, soundFrames, stream }: StreamLayout): HeardStream {
    const { format, machine } = this;
    const { device, kernel } = machine;
    const size = frameBytes(format);
    const process = machine.openProcess('player');
    const [link = ''] = kernel.interfaces.enumerate(KSCATEGORY_REALTIME);
    const filter = KsFilter.open({ process, ram: kernel.ram }, link);
    const options = stream === 'timer' ? {} : { notificationCount: PACKETS };
    const open = openStream(filter, RENDER_PIN, format, bufferFrames * size, options);
    const bufferBytes = open.buffer.actualBytes;
    const ledger = new SoundLedger(size, (3 * bufferBytes) / size);
    device.speaker.sink = behindSilence(ledger, size);
    const config = {
      kernel,
      ...open,
      source: new MemorySource(noise(format, soundFrames, seed), size),
      journal: withoutPrime(ledger),
      settle: () => device.settle(),
      untoldDelayNs: () => device.untoldDelayNs ?? 0,
    };
    const period100ns = Math.round((bufferBytes / size / 2 / format.rateHz) * 1e7);
    const client =
      stream === 'timer'
        ? new TimerRenderClient({ ...config, period100ns })
        : new EventRenderClient({ ...config, usesPackets: stream === 'packet' });
    const pages = this.#pages();
    client.start();
    if (!kernel.runUntil(() => client.isDone, machine.now + LIMIT_NS)) {
      throw new Error('the stream does not come to an end');
    }
    open.pin.close();
    filter.close();
    process.terminate();
    return { ledger, pages, bufferBytes };
  }

  /** What is left, after the machine is off. */
  end(): readonly string[] {
    return this.machine.shutDown();
  }

  #pages(): number[] {
    const [pin] = this.machine.portClass.openPins;
    return pin instanceof WaveRtPin ? [...(pin.buffer.mdl?.pages ?? [])] : [];
  }
}

/** Plays as many layouts as asked, one after the other, and returns what went wrong. */
export function playLayouts(
  bench: StreamBench,
  count: number,
  draw: () => StreamLayout,
): { wrong: object[]; differentPages: number } {
  const wrong: object[] = [];
  const pageLists = new Set<string>();
  for (let index = 0; index < count; index++) {
    const layout = draw();
    const { ledger, pages } = bench.play(layout);
    pageLists.add(pages.join());
    const { firstDifference, glitches, isBitExact, sentFrames } = ledger;
    if (isBitExact && sentFrames === layout.soundFrames) continue;
    wrong.push({ ...layout, index, firstDifference, glitches: glitches.slice(0, 4) });
  }
  return { wrong, differentPages: pageLists.size };
}
