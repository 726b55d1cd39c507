/** `waveport latency`: how long sound is on its way, predicted by formula and measured. */
import { writeSync } from 'node:fs';
import type { DeviceKind } from '../machine/devices.ts';
import { measureCaptureLatency } from '../machine/latency-capture.ts';
import { measureRenderLatency } from '../machine/latency-render.ts';
import type { LatencyRow } from '../machine/latency-row.ts';
import { findSmallestBuffer, type SmallestBuffer } from '../machine/latency-search.ts';
import {
  measureSharedCaptureLatency,
  measureSharedRenderLatency,
} from '../machine/latency-shared.ts';
import { bootForPlay } from '../machine/play-session.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import { defaultChannelMask } from '../standards/pcm/channel-mask.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { deviceFormatFor } from '../standards/pcm/repack.ts';
import { whyRefused } from './disk-errors.ts';
import { faultOf } from './fault.ts';
import { InterruptWatch } from './interrupt.ts';
import { jsonFault } from './json-report.ts';
import {
  type LatencyPlan,
  type LatencyWishes,
  type OfferedStream,
  planLatency,
} from './latency-plan.ts';
import { isClean, type LatencyFacts, latencyJson, latencyText } from './latency-report.ts';
import { EXIT_CLEAN, EXIT_FAULT, FileError, UsageError } from './outcome.ts';
import { OutputFile } from './output-file.ts';
import { chooseDevice } from './play-command.ts';
import { ProgressLine } from './progress.ts';
import { chooseDriver } from './stream-config.ts';
import { complain, print, printJson } from './terminal.ts';

export interface LatencyOptions extends LatencyWishes {
  readonly device: string;
  readonly driver?: string;
  readonly port?: string;
  readonly rate?: number;
  readonly bits?: number;
  readonly channels?: number;
  readonly seed?: number;
  readonly jitterUs?: number;
  readonly chart?: string;
  readonly json?: boolean;
}

const DEFAULT_RATE_HZ = 48_000;
const DEFAULT_SEED = 1;
const DEFAULT_CHANNELS = 2;
const DEFAULT_BITS = 16;

/** What every measurement of one run has in common. */
interface Measured {
  readonly device: DeviceKind;
  readonly driver: DriverModule;
  readonly format: PcmFormat;
  readonly seed: number;
}

/**
 * Measures and prints the table. Returns the exit code.
 * @throws UsageError, FileError, DriverLoadError when the run cannot begin
 */
export async function latency(options: LatencyOptions): Promise<number> {
  const device = chooseDevice(options.device);
  const driver = await chooseDriver(device, options);
  const taken =
    options.driver === undefined ? [] : [{ role: "the driver's module", path: options.driver }];
  const chart = options.chart === undefined ? null : new OutputFile(options.chart, taken, false);
  const format = formatOf(options);
  const measured = { device, driver, format, seed: options.seed ?? DEFAULT_SEED };
  try {
    const facts = await new LatencyRun(measured, options).run();
    if (chart !== null) await writeChart(chart, facts);
    if (options.json === true) printJson(latencyJson(facts));
    else await printText(facts, options.sweep === true);
    return isClean(facts) ? EXIT_CLEAN : EXIT_FAULT;
  } catch (error) {
    const fault = faultOf(error, { name: driver.name, path: options.driver });
    if (fault === null) throw error;
    complain(`waveport: ${fault.message}`);
    if (options.json === true) printJson(jsonFault(fault, null));
    return fault.exitCode;
  } finally {
    chart?.close();
  }
}

/** Of the device: more than 16 bits lie in containers of 32. */
function formatOf({ bits, channels = DEFAULT_CHANNELS, rate }: LatencyOptions): PcmFormat {
  const validBits = bits ?? DEFAULT_BITS;
  return deviceFormatFor({
    rateHz: rate ?? DEFAULT_RATE_HZ,
    channels,
    validBits,
    containerBits: 8 * Math.ceil(validBits / 8),
    float: false,
    channelMask: defaultChannelMask(channels),
  });
}

/** The measurements of one command, one after the other, with a look for Ctrl-C in between. */
class LatencyRun {
  readonly #measured: Measured;
  readonly #options: LatencyOptions;
  readonly #watch = new InterruptWatch();
  readonly #progress = new ProgressLine(true);
  #done = 0;

  constructor(measured: Measured, options: LatencyOptions) {
    this.#measured = measured;
    this.#options = options;
  }

  async run(): Promise<LatencyFacts> {
    const { device, driver, format, seed } = this.#measured;
    try {
      const plan = this.#watch.run(() => this.#plan());
      checkSearch(plan, this.#options);
      const rows = await this.#measureAll(plan);
      const smallest = await this.#searchAll(plan);
      const { absent } = plan;
      const [deviceName, driverName] = [device.description, driver.name];
      return { device: deviceName, driver: driverName, format, seed, rows, absent, smallest };
    } finally {
      this.#progress.clear();
      this.#watch.close();
    }
  }

  #plan(): LatencyPlan {
    return planLatency(bootForPlay(this.#measured), this.#measured.format, this.#options);
  }

  async #measureAll(plan: LatencyPlan): Promise<LatencyRow[]> {
    const total = plan.streams.length * plan.buffersMs.length;
    const rows: LatencyRow[] = [];
    for (const offered of plan.streams) {
      for (const bufferMs of plan.buffersMs) {
        this.#progress.show(`${++this.#done} of ${total}: ${nameOf(offered)}, ${bufferMs} ms`);
        const row = this.#watch.run(() => measure(this.#measured, offered, bufferMs));
        // The engine has few periods: sizes that it rounds to the same one are one row.
        const isKnown = offered.stream === 'shared' && isSameBuffer(rows.at(-1), row);
        if (!isKnown) rows.push(row);
        await this.#watch.look();
      }
    }
    return rows;
  }

  async #searchAll({ streams }: LatencyPlan): Promise<SmallestBuffer[] | null> {
    const { jitterUs } = this.#options;
    if (jitterUs === undefined) return null;
    const found: SmallestBuffer[] = [];
    for (const { direction, stream } of streams) {
      if (stream === 'shared') continue;
      this.#progress.show(`smallest buffer: ${nameOf({ direction, stream })}`);
      const config = { ...this.#measured, direction, stream, jitterNs: 1000 * jitterUs };
      found.push(this.#watch.run(() => findSmallestBuffer(config)));
      await this.#watch.look();
    }
    return found;
  }
}

/** @throws UsageError when smallest buffers are wanted, and no stream has one to be found */
function checkSearch({ streams }: LatencyPlan, { jitterUs }: LatencyOptions): void {
  if (jitterUs === undefined || streams.some(({ stream }) => stream !== 'shared')) return;
  throw new UsageError(
    '--jitter-us searches buffers of exclusive streams, and only shared ones are measured; ' +
      'leave out --jitter-us, or name another kind with --stream',
  );
}

const nameOf = ({ direction, stream }: OfferedStream): string => `${direction} ${stream}`;

const isSameBuffer = (before: LatencyRow | undefined, row: LatencyRow): boolean =>
  before?.stream === row.stream &&
  before.direction === row.direction &&
  before.bufferFrames === row.bufferFrames;

function measure(measured: Measured, { direction, stream }: OfferedStream, bufferMs: number) {
  const isRender = direction === 'render';
  if (stream === 'shared') {
    const config = { ...measured, bufferMs };
    return isRender ? measureSharedRenderLatency(config) : measureSharedCaptureLatency(config);
  }
  const config = { ...measured, stream, bufferMs };
  return isRender ? measureRenderLatency(config) : measureCaptureLatency(config);
}

/** The packages that draw are loaded where something is drawn. */
async function printText(facts: LatencyFacts, withSketch: boolean): Promise<void> {
  print(latencyText(facts));
  if (!withSketch) return;
  const { latencySketch } = await import('./latency-sketch.ts');
  print(latencySketch(facts.rows, process.stdout.isTTY === true));
}

/** @throws FileError */
async function writeChart(file: OutputFile, facts: LatencyFacts): Promise<void> {
  const { latencyChart } = await import('./latency-chart.ts');
  const bytes = Buffer.from(latencyChart(facts));
  file.begin();
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file.file, bytes, at);
  } catch (error) {
    throw new FileError(`cannot write ${file.path}: ${whyRefused(error)}`);
  }
}
