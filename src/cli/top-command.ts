/**
 * `waveport top`: WAV files through the whole stack, in shared use of the endpoint or one in
 * exclusive use, with a table of the streams while they play.
 */
import { bootForPlay, PlaySession } from '../machine/play-session.ts';
import { SharedPlay } from '../machine/shared-play.ts';
import type { StreamKind } from '../machine/stream-kind.ts';
import { StreamTable } from '../machine/stream-table.ts';
import { DpcMeter } from '../machine/top-dpc-meter.ts';
import { watchExclusive, watchShared } from '../machine/top-streams.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { nativeMatcher } from './native-match.ts';
import { UsageError } from './outcome.ts';
import { chooseDevice, readHeader } from './play-command.ts';
import {
  checkSharing,
  chooseDriver,
  type LatenessOptions,
  type LoudnessOptions,
  latenessOf,
  loudnessGiven,
  loudnessOf,
} from './stream-config.ts';
import { TopRun, type TopStreams } from './top-run.ts';
import { type OpenSource, openSource } from './wav-files.ts';

export interface TopOptions extends LatenessOptions, LoudnessOptions {
  readonly device: string;
  readonly driver?: string;
  readonly port?: string;
  readonly stream?: StreamKind;
  readonly exclusive?: boolean;
  readonly periodMs?: number;
  readonly seconds?: number;
  readonly intervalMs?: number;
  /** Infinity waits for nothing. */
  readonly speed?: number;
  readonly once?: boolean;
  readonly seed?: number;
  readonly json?: boolean;
}

/** Seconds of sound that --json tells of when nobody says how many. */
export const DEFAULT_JSON_SECONDS = 10;
const DEFAULT_INTERVAL_MS = 500;
/** What plays on behind the one table of --once, so that the stream still runs when it is made. */
const ONCE_MARGIN_SECONDS = 0.25;
const NS_PER_MS = 1e6;
/** The cyclic buffer of an exclusive stream is two periods. */
const PERIODS = 2;

/**
 * Plays the files and prints tables. Returns the exit code.
 * @throws UsageError, FileError, DriverLoadError when the run cannot begin
 */
export async function top(paths: readonly string[], options: TopOptions): Promise<number> {
  if (options.exclusive === true && paths.length > 1) {
    throw new UsageError('exclusive mode plays one file; leave out --exclusive to mix several');
  }
  const { exclusive = false } = options;
  checkSharing({ exclusive }, loudnessGiven(options));
  const kind = chooseDevice(options.device);
  const sources: OpenSource[] = [];
  try {
    const limit = secondsOf(options);
    const files = paths.map((path) => {
      const source = openSource(path);
      sources.push(source);
      return beginningOf(readHeader(path, source), limit);
    });
    const driver = await chooseDriver(kind, options);
    const run = new TopRun({
      names: paths,
      nameOf: (file) => paths[files.indexOf(file)] ?? paths.join(', '),
      driver: { name: driver.name, path: options.driver },
      intervalMs: options.intervalMs ?? DEFAULT_INTERVAL_MS,
      speed: options.speed ?? 1,
      isOnce: options.once === true,
      open: () => openStreams(files, driver, options),
    });
    return await run.run(options.json === true);
  } finally {
    for (const source of sources) source.close();
  }
}

/** Seconds of sound that are played; null to the end. */
function secondsOf({ intervalMs, json, once, seconds, speed = 1 }: TopOptions): number | null {
  const wanted = seconds ?? (json === true ? DEFAULT_JSON_SECONDS : null);
  if (once !== true) return wanted;
  const pace = Number.isFinite(speed) ? speed : 1;
  const needed = ((intervalMs ?? DEFAULT_INTERVAL_MS) / 1000) * pace + ONCE_MARGIN_SECONDS;
  return wanted === null ? needed : Math.min(wanted, needed);
}

/** The file as if it ended after so many seconds: a stream that ends can be checked to its end. */
function beginningOf(file: WavFile, seconds: number | null): WavFile {
  if (seconds === null) return file;
  const { format, warnings } = file;
  const frames = Math.max(1, Math.min(file.frames, Math.round(seconds * format.rateHz)));
  return {
    format,
    frames,
    warnings,
    readFrames: (first, into, offset, wanted) =>
      file.readFrames(first, into, offset, Math.max(0, Math.min(wanted, frames - first))),
  };
}

function openStreams(
  files: readonly WavFile[],
  driver: DriverModule,
  options: TopOptions,
): TopStreams {
  const { periodMs, seed, stream } = options;
  const device = chooseDevice(options.device);
  const common = {
    device,
    driver,
    match: nativeMatcher(),
    // Be it without delays: it is the place to watch DPCs from.
    timing: {},
    ...latenessOf(device, options),
    ...(seed === undefined ? {} : { seed }),
    ...(stream === undefined ? {} : { stream }),
  };
  const machine = bootForPlay(common);
  const meter = DpcMeter.attach(machine.kernel, () => performance.now() * NS_PER_MS);
  const name = machine.device.identity.description;
  const [first] = files;
  if (options.exclusive === true && first !== undefined) {
    const buffer = periodMs === undefined ? {} : { bufferMs: PERIODS * periodMs };
    const session = new PlaySession({ ...common, ...buffer, file: first }, machine);
    const watched = watchExclusive(session, session.stream);
    return { device: name, session, table: new StreamTable(machine, watched, meter) };
  }
  const period = periodMs === undefined ? {} : { periodMs };
  const shared = { ...common, ...period, ...loudnessOf(options), files };
  const session = new SharedPlay(shared, machine);
  const watched = watchShared(session, files);
  return { device: name, session, table: new StreamTable(machine, watched, meter) };
}
