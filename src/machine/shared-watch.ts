/**
 * What is watched while files play through the engine: the silence of the device at the ear, the
 * passes that came too late, and what the sessions lacked; and from that the list of what was wrong
 * with the sound, each with its cause. A compared sound says itself what is wrong with it, as long
 * as it is in its place.
 */
import { type EarGap, EarGaps } from '../client/ear-gaps.ts';
import type { SoundLedger } from '../client/sound-ledger.ts';
import type { EngineGlitch } from '../engine/engine-glitch.ts';
import type { RenderEngine } from '../engine/render-engine.ts';
import type { SoundSink } from '../hardware/endpoint/speaker.ts';
import { frameBytes } from '../standards/pcm/format.ts';
import type { AudioDevice, DeviceKind } from './devices.ts';
import type { Machine } from './machine.ts';
import { SessionGaps } from './session-gaps.ts';
import { type ReportedGlitch, sharedGlitches } from './shared-glitches.ts';
import { recordWakeUps } from './timing.ts';

export class SharedWatch {
  /** One for each session. */
  readonly sessions: readonly SessionGaps[];
  readonly #device: Pick<DeviceKind, 'fifoErrorCause'>;
  readonly #isTimed: boolean;
  /** By frames that the device fetched. */
  readonly #earGaps: EarGaps;
  #engine: RenderEngine | null = null;
  #earFrames = 0;
  #isHearing = false;

  constructor(
    { device, kernel }: Machine<AudioDevice>,
    kind: Pick<DeviceKind, 'fifoErrorCause'>,
    sessionCount: number,
  ) {
    this.#device = kind;
    this.#isTimed = kernel.timing !== null;
    if (this.#isTimed) recordWakeUps(kernel);
    this.#earGaps = new EarGaps(() => device.fifoErrors ?? 0);
    this.sessions = Array.from({ length: sessionCount }, () => new SessionGaps(kernel));
  }

  /** Frames of the device's stream that come before the engine's first pass has reached the ear. */
  static leadFrames({ passToDeviceFrames, stream }: RenderEngine): number {
    return passToDeviceFrames + hardwareFrames(stream);
  }

  /** Stands in front of whoever takes the sound of the engine. `opened` comes with the first. */
  listen(engine: RenderEngine, sink: SoundSink, opened: () => void): SoundSink {
    this.#engine = engine;
    const size = frameBytes(engine.stream.format);
    const toEarFrames = hardwareFrames(engine.stream);
    return {
      open: (format) => {
        opened();
        sink.open(format);
      },
      hear: (bytes, offset, byteLength) => {
        this.#isHearing = true;
        this.#earGaps.sounded();
        this.#earFrames += byteLength / size;
        sink.hear(bytes, offset, byteLength);
      },
      silence: (frames) => {
        sink.silence(frames);
        // Before the first sound the device fills its FIFO; behind the last it is stopped.
        if (!this.#isHearing) this.#earFrames += frames;
        else if (engine.isStreaming) this.#earGaps.silent(frames, this.#earFrames - toEarFrames);
      },
    };
  }

  /**
   * @param ledger of one session's sound, where the engine does not change it
   * @param sentFrames of each session
   * @param endFrame where the longest sound ends
   */
  glitches(
    ledger: SoundLedger | null,
    sentFrames: readonly number[],
    endFrame: number,
  ): readonly ReportedGlitch[] {
    const engine = this.#engine;
    if (engine === null) return ledger?.glitches ?? [];
    const told = (latePasses: readonly EngineGlitch[], earGaps: readonly EarGap[]) =>
      sharedGlitches(
        {
          latePasses,
          leadFrames: engine.passToDeviceFrames,
          gaps: this.#sessionGaps(sentFrames, engine.stream.format.rateHz),
          earGaps,
          causeOf: (gap) => this.#causeOf(gap),
        },
        endFrame,
      );
    const late = told(engine.glitches, []);
    // A device that takes packets stands still when it has none, of which the engine tells.
    const isTold = engine.stream.drive === 'irps';
    const all = isTold ? late : told(engine.glitches, this.#earGaps.list);
    if (ledger === null) return all;
    const lateFrom = late[0]?.atFrame ?? Number.POSITIVE_INFINITY;
    const inPlace = this.#heard(ledger).filter(({ atFrame }) => atFrame < lateFrom);
    return [...inPlace, ...all.filter(({ atFrame }) => atFrame >= lateFrom)];
  }

  #sessionGaps(sentFrames: readonly number[], rateHz: number) {
    return this.sessions.flatMap((gaps, index) => gaps.inMix(sentFrames[index] ?? 0, rateHz));
  }

  /** What the ledger heard, with the cause of each silence. */
  #heard(ledger: SoundLedger): ReportedGlitch[] {
    const leadFrames = this.#engine?.passToDeviceFrames ?? 0;
    const gaps = this.#earGaps.list.filter(({ atFrame }) => atFrame > leadFrames);
    let next = 0;
    return ledger.glitches.map((glitch) => {
      const gap = glitch.cause === 'gap' ? gaps[next++] : undefined;
      return gap === undefined ? glitch : { ...glitch, cause: this.#causeOf(gap) };
    });
  }

  /** Silence without an error of the FIFO is the driver's, on a machine that tells who is late. */
  #causeOf({ isFifoError }: EarGap): ReportedGlitch['cause'] {
    if (isFifoError) return this.#device.fifoErrorCause ?? 'FIFO empty';
    return this.#isTimed ? 'driver' : 'gap';
  }
}

/** Frames from the device's fetch to the ear, as far as the driver tells. */
function hardwareFrames({ format, latency }: RenderEngine['stream']): number {
  const { chipsetDelay100ns, codecDelay100ns, fifoBytes } = latency;
  const delayFrames = ((chipsetDelay100ns + codecDelay100ns) * format.rateHz) / 1e7;
  return fifoBytes / frameBytes(format) + Math.round(delayFrames);
}
