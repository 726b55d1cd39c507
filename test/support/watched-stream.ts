/**
 * A stream of noise over the HD Audio device, watched: a recorder between client, ledger and ear
 * that names the cause of each glitch. The client wakes by time, or by an event that an interrupt
 * of a second device brings it through an ISR and a DPC.
 */
import { DeviceTimeline } from '../../src/client/device-timeline.ts';
import { GlitchCauses } from '../../src/client/glitch-cause.ts';
import { KsFilter } from '../../src/client/ks-filter.ts';
import type { KsPin } from '../../src/client/ks-pin.ts';
import { openStream } from '../../src/client/open-stream.ts';
import { type PositionSource, propertyPosition } from '../../src/client/position-source.ts';
import { SoundLedger } from '../../src/client/sound-ledger.ts';
import { TimerRenderClient } from '../../src/client/timer-render.ts';
import { hdaDriver } from '../../src/drivers/hda/index.ts';
import { HdaController } from '../../src/hardware/hda/hda-controller.ts';
import { Kdpc } from '../../src/kernel/dispatch/dpc.ts';
import type { Kevent } from '../../src/kernel/dispatch/event.ts';
import type { KernelTiming, KernelTimingConfig } from '../../src/kernel/dispatch/timing.ts';
import type { WakeChains } from '../../src/kernel/dispatch/wake-chain.ts';
import { recordWakeUps, timingOf } from '../../src/machine/timing.ts';
import type { DriverModule } from '../../src/portcls/ddi/driver.ts';
import { Alarm } from '../../src/sim/clock.ts';
import { KSCATEGORY_REALTIME } from '../../src/standards/ks/guids.ts';
import { formatOf, type Lab, type LabMachine, noise } from '../../src/testing/index.ts';
import { fifoFrames, MemorySource, MS, STREAM_PIN } from './hda-machine.ts';

export const RATE_HZ = 48_000;
export const BUFFER_FRAMES = 960;
export const PERIOD_FRAMES = 480;
export const PERIOD_NS = 10 * MS;
/** Frames that the client keeps before the device: the buffer less FIFO and codec. */
export const LEAD_FRAMES = BUFFER_FRAMES - fifoFrames(RATE_HZ) - 14;
/**
 * The first nanosecond after wake-up n was due at which it is too late: the device then fetches
 * the frame behind the last one written, which is LEAD_FRAMES after the fetched ones of wake-up
 * n - 1.
 */
export const SLACK_NS = Math.ceil(((LEAD_FRAMES - PERIOD_FRAMES + 1) * 1e9) / RATE_HZ);

const SOUND_FRAMES = 19_200;
const VECTOR = 0x61;
const LEVEL = 6;

export interface WatchedOptions {
  readonly timing?: KernelTimingConfig;
  readonly seed?: number;
  readonly driver?: DriverModule;
  readonly driftPpm?: number;
  readonly soundFrames?: number;
  /** The client waits for interrupts, one each period, in place of time. */
  readonly isEventDriven?: boolean;
  /** How long the interrupting device's DPC takes in the n-th period. */
  readonly dpcStallUs?: (period: number) => number;
  readonly wakeDelayNs?: (wake: number) => number;
  /** In place of the position property. */
  readonly position?: (stream: WatchedStream) => PositionSource;
}

export class WatchedStream {
  readonly lab: LabMachine<HdaController>;
  readonly timing: KernelTiming;
  readonly chains: WakeChains;
  readonly pin: KsPin;
  readonly ledger: SoundLedger;
  readonly timeline: DeviceTimeline;
  readonly causes: GlitchCauses;
  readonly client: TimerRenderClient;
  readonly #filter: KsFilter;
  readonly #metronome: Metronome | null;

  constructor(lab: Lab, options: WatchedOptions = {}) {
    const { driftPpm = 0, driver = hdaDriver, seed = 1, timing = {}, wakeDelayNs } = options;
    this.lab = lab.boot({
      device: (slot) => new HdaController(slot, { driftPpm }),
      driver,
      seed,
      timing,
    });
    const { device, kernel } = this.lab.machine;
    this.timing = timingOf(kernel);
    this.chains = recordWakeUps(kernel);
    const [link = ''] = kernel.interfaces.enumerate(KSCATEGORY_REALTIME);
    this.#filter = KsFilter.open(this.lab.client, link);
    const format = formatOf({ sampleRate: RATE_HZ });
    const { buffer, latency, pin } = openStream(
      this.#filter,
      STREAM_PIN,
      format,
      BUFFER_FRAMES * 4,
    );
    this.pin = pin;
    this.ledger = new SoundLedger(pin.frameBytes, 3 * BUFFER_FRAMES);
    this.timeline = new DeviceTimeline(RATE_HZ, driftPpm);
    this.causes = new GlitchCauses({
      kernel,
      chains: this.chains,
      ledger: this.ledger,
      timeline: this.timeline,
      frameBytes: pin.frameBytes,
      bufferFrames: BUFFER_FRAMES,
      fifoErrors: () => device.fifoErrors,
    });
    const metronome =
      options.isEventDriven === true ? new Metronome(this.lab, options.dpcStallUs) : null;
    this.#metronome = metronome;
    const position = options.position?.(this) ?? this.causes.watch(propertyPosition(pin));
    this.client = new TimerRenderClient({
      kernel,
      pin,
      buffer,
      latency,
      source: new MemorySource(noise(format, options.soundFrames ?? SOUND_FRAMES), pin.frameBytes),
      journal: this.causes,
      period100ns: PERIOD_NS / 100,
      settle: () => device.settle(),
      position,
      observer: { entered: () => this.#entered(), leaving: () => metronome?.stop() },
      ...(wakeDelayNs === undefined ? {} : { wakeDelayNs }),
      ...(metronome === null ? {} : { waitForPeriod: () => kernel.waitFor(metronome.event, null) }),
    });
    this.client.start();
  }

  /** Runs until so long after RUN. */
  runTo(sinceRunNs: number): void {
    const { clock, kernel } = this.lab.machine;
    if (!kernel.runUntil(() => this.timeline.runNs > 0, clock.now + 100 * MS)) {
      throw new Error('the stream does not run');
    }
    kernel.run(this.timeline.runNs + sinceRunNs);
  }

  /** Plays to the end of the sound and closes. @throws Error when it does not come to an end */
  playOut(): this {
    const { clock, kernel } = this.lab.machine;
    if (!kernel.runUntil(() => this.client.isDone, clock.now + 20_000 * MS)) {
      throw new Error('it plays on');
    }
    this.close();
    return this;
  }

  close(): void {
    this.pin.close();
    this.#filter.close();
    this.#metronome?.disconnect();
  }

  #entered(): void {
    const { device, kernel } = this.lab.machine;
    this.timeline.runNs = kernel.clock.now;
    device.speaker.sink = this.causes;
    this.#metronome?.start(kernel.clock.now);
  }
}

/** A second device that interrupts every period, and its driver: ISR, DPC, event. */
class Metronome {
  readonly event: Kevent;
  readonly disconnect: () => void;
  readonly #alarm: Alarm;

  constructor(
    { machine: { kernel } }: LabMachine<HdaController>,
    stallUs: (period: number) => number = () => 0,
  ) {
    const line = kernel.interrupts.line(VECTOR, LEVEL, 'metronome');
    this.event = kernel.createEvent('period', 'synchronization');
    let period = 0;
    const serve = (): void => {
      kernel.dispatcher.stall(stallUs(++period));
      this.event.set();
    };
    const dpc = new Kdpc(kernel.trace, 'period', serve, null);
    const interrupt = kernel.interrupts.connect({
      vector: VECTOR,
      irql: LEVEL,
      shareVector: false,
      levelSensitive: true,
      context: null,
      serviceRoutine: () => {
        line.deassert();
        kernel.dpcs.insert(dpc);
        return true;
      },
    });
    if (interrupt === null) throw new Error('the metronome is not connected');
    this.disconnect = () => kernel.interrupts.disconnect(interrupt);
    this.#alarm = new Alarm(kernel.clock, 'metronome', () => {
      this.#alarm.set(this.#alarm.due + PERIOD_NS);
      line.assert();
    });
  }

  start(now: number): void {
    this.#alarm.set(now + PERIOD_NS);
  }

  stop(): void {
    this.#alarm.cancel();
  }
}
