/**
 * `waveport play`: WAV files through the whole stack, heard at the modelled speaker: in shared use
 * of the endpoint, through the audio engine, or one file in exclusive use.
 */
import { bootForPlay, PlaySession } from '../machine/play-session.ts';
import { SharedPlay } from '../machine/shared-play.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { deviceFormatFor } from '../standards/pcm/repack.ts';
import { WavError } from '../wav/wav-error.ts';
import { openWav, type WavFile } from '../wav/wav-reader.ts';
import { burstRemark } from './burst-remark.ts';
import { type DeviceKind, deviceKind, deviceKinds } from './device-kinds.ts';
import { FileError, UsageError } from './outcome.ts';
import type { TakenFile } from './output-file.ts';
import {
  checkSharing,
  chooseDriver,
  type LoudnessOptions,
  loudnessGiven,
  loudnessOf,
  machineConfig,
  type StreamOptions,
} from './stream-config.ts';
import { StreamOutputs } from './stream-outputs.ts';
import { type StreamRequest, StreamRun, streaming } from './stream-run.ts';
import { complain } from './terminal.ts';
import { isRecording, type StreamReport } from './verdict.ts';
import { type OpenSource, openSource } from './wav-files.ts';

export interface PlayOptions extends StreamOptions, LoudnessOptions {
  readonly out?: string;
  readonly endpoint?: string;
}

interface PlayRequest {
  readonly options: PlayOptions;
  readonly paths: readonly string[];
  readonly files: readonly WavFile[];
  readonly device: DeviceKind;
  readonly driver: DriverModule;
  readonly outputs: StreamOutputs;
}

/**
 * Plays the files and prints the report. Returns the exit code.
 * @throws UsageError, FileError, DriverLoadError when the run cannot begin
 */
export async function play(paths: readonly string[], options: PlayOptions): Promise<number> {
  checkMode(paths, options);
  const device = chooseDevice(options.device);
  const sources: OpenSource[] = [];
  try {
    const files = paths.map((path) => {
      const source = openSource(path);
      sources.push(source);
      return readHeader(path, source);
    });
    const driver = await chooseDriver(device, options);
    const [first] = files as [WavFile];
    const taken = filesInUse(paths, options.driver);
    const outputs = new StreamOutputs(options, taken, deviceFormatFor(first.format));
    const request = { options, paths, files, device, driver, outputs };
    try {
      const run = new StreamRun(options.exclusive === true ? exclusive(request) : shared(request));
      return await run.run(options.json === true);
    } finally {
      outputs.close();
    }
  } finally {
    for (const source of sources) source.close();
  }
}

/** @throws UsageError */
function checkMode(paths: readonly string[], options: PlayOptions): void {
  checkSharing(options, loudnessGiven(options));
  if (options.exclusive === true && paths.length > 1) {
    throw new UsageError('exclusive mode plays one file; leave out --exclusive to mix several');
  }
}

function exclusive(request: PlayRequest): StreamRequest {
  const { device, driver, files, options, outputs } = request;
  const { bufferMs, endpoint, position } = options;
  const [file] = files as [WavFile];
  const { sound } = outputs;
  const config = {
    ...machineConfig(device, driver, options, outputs),
    file,
    ...(bufferMs === undefined ? {} : { bufferMs }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(position === undefined ? {} : { position }),
    ...(sound === null ? {} : { heard: (format: PcmFormat) => sound.take(format) }),
  };
  return {
    ...namesOf(request),
    boot: () => bootForPlay(config),
    open: (machine) => {
      const session = new PlaySession(config, machine);
      return streaming(session, () => [session.heardFrames, file.frames]);
    },
  };
}

function shared(request: PlayRequest): StreamRequest {
  const { device, driver, files, options, outputs } = request;
  const { endpoint, periodMs } = options;
  const { sound } = outputs;
  const config = {
    ...machineConfig(device, driver, options, outputs),
    files,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(periodMs === undefined ? {} : { periodMs }),
    ...loudnessOf(options),
    ...(sound === null ? {} : { heard: (format: PcmFormat) => sound.take(format) }),
  };
  return {
    ...namesOf(request),
    boot: () => bootForPlay(config),
    open: (machine) => {
      const session = new SharedPlay(config, machine);
      return streaming(session, () => [session.heardFrames, session.expectedFrames]);
    },
  };
}

function namesOf({ device, driver, files, options, outputs, paths }: PlayRequest) {
  const path = paths.join(', ');
  return {
    doing: `playing ${path}`,
    path,
    nameOf: (file: WavFile) => paths[files.indexOf(file)] ?? path,
    done: 'heard',
    outputs,
    driver: { name: driver.name, path: options.driver },
    remark: (report: StreamReport) =>
      shortfall(files, report) ??
      (isRecording(report) ? null : burstRemark(device, options, report)),
  };
}

/** A file that somebody cut short meanwhile was played as far as it went. */
function shortfall(files: readonly WavFile[], report: StreamReport): string | null {
  const [only] = files;
  if (only === undefined || files.length > 1 || report.bitExact !== true) return null;
  if (report.frames === only.frames) return null;
  return (
    `The file became shorter while it was played: ${only.frames} frames were there, ` +
    `${report.frames} could be read.`
  );
}

/** @throws UsageError when there is no device of that name. */
export function chooseDevice(name: string): DeviceKind {
  const kind = deviceKind(name);
  if (kind !== null) return kind;
  const known = deviceKinds.map((each) => each.name).join(', ');
  throw new UsageError(`there is no device '${name}'; known devices: ${known}`);
}

/** @throws FileError */
export function readHeader(path: string, source: OpenSource): WavFile {
  try {
    const file = openWav(source);
    for (const warning of file.warnings) complain(`waveport: warning: ${path}: ${warning}`);
    return file;
  } catch (error) {
    if (error instanceof WavError) throw new FileError(`${path}: ${error.message}`);
    throw error;
  }
}

function filesInUse(paths: readonly string[], driver: string | undefined): TakenFile[] {
  const taken = paths.map((path) => ({ role: 'the file that is played', path }));
  if (driver !== undefined) taken.push({ role: "the driver's module", path: driver });
  return taken;
}
