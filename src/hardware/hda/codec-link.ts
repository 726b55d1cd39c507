/**
 * The link between controller and codec, HDA 1.0a 4.3 and 5: frames of 48 kHz that start when the
 * controller leaves reset, a codec that asks for its address some frames later, and the routes
 * from streams to the converters that listen for their numbers.
 */
import { Alarm } from '../../sim/clock.ts';
import {
  HDA_CODEC_DISCOVERY_FRAMES,
  HDA_LINK_FRAME_HZ,
  HDA_WALL_CLOCK_HZ,
} from '../../standards/hda/controller-registers.ts';
import { commandCodec } from '../../standards/hda/verbs.ts';
import type { DeviceSlot } from '../device.ts';
import type { Codec } from './codec.ts';
import type { LinkClock } from './link-clock.ts';
import type { StreamDescriptor } from './stream-descriptor.ts';

export class CodecLink {
  readonly #slot: DeviceSlot;
  readonly #clock: LinkClock;
  readonly #address: number;
  readonly #codec: Codec;
  readonly #arrival: Alarm;
  #startNs = 0;
  #isRunning = false;
  #isCodecReady = false;

  /** @param codecArrived called when the codec asks for its address */
  constructor(
    slot: DeviceSlot,
    clock: LinkClock,
    address: number,
    codec: Codec,
    codecArrived: () => void,
  ) {
    this.#slot = slot;
    this.#clock = clock;
    this.#address = address;
    this.#codec = codec;
    this.#arrival = new Alarm(slot.clock, 'hda codec ready', () => {
      this.#isCodecReady = true;
      codecArrived();
    });
  }

  /** The controller left reset: frames start, and the codec will ask for its address. */
  start(): void {
    this.#startNs = this.#slot.clock.now;
    this.#isRunning = true;
    const elapsed = this.#clock.timeOf(HDA_CODEC_DISCOVERY_FRAMES, HDA_LINK_FRAME_HZ);
    this.#arrival.set(this.#startNs + elapsed);
  }

  /** The controller is in reset, and the codec with it. */
  stop(): void {
    this.#isRunning = false;
    this.#isCodecReady = false;
    this.#arrival.cancel();
    this.#codec.reset();
  }

  /** WALCLK: ticks of the bit clock since the link started, modulo 2^32. */
  wallClock(): number {
    if (!this.#isRunning) return 0;
    return this.#clock.periodsIn(this.#slot.clock.now - this.#startNs, HDA_WALL_CLOCK_HZ) >>> 0;
  }

  /** When the next link frame starts. */
  nextFrameNs(): number {
    const frame =
      this.#clock.periodsIn(this.#slot.clock.now - this.#startNs, HDA_LINK_FRAME_HZ) + 1;
    return this.#startNs + this.#clock.timeOf(frame, HDA_LINK_FRAME_HZ);
  }

  /** The codec's response; null when no codec with that address listens. */
  execute(command: number): number | null {
    if (!this.#isCodecReady || commandCodec(command) !== this.#address) return null;
    return this.#codec.execute(command);
  }

  /** Joins the streams that move to the converters with their numbers. Streams are settled. */
  route(streams: readonly StreamDescriptor[]): void {
    const { output, input } = this.#codec;
    output.follow(findMoving(streams, true, output.tag));
    input.follow(findMoving(streams, false, input.tag));
  }
}

/** The first stream of that number that moves. Number 0 means unused, 3.3.35. */
function findMoving(
  streams: readonly StreamDescriptor[],
  isOutput: boolean,
  tag: number,
): StreamDescriptor | null {
  if (tag === 0) return null;
  for (const stream of streams) {
    if (stream.isOutput === isOutput && stream.isMoving && stream.tag === tag) return stream;
  }
  return null;
}
