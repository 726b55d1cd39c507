/** `waveport play`: a WAV file through the whole stack, heard at the modelled speaker. */
import { type DeviceKind, deviceKind, deviceKinds } from '../machine/devices.ts';
import type { PlayConfig } from '../machine/play-session.ts';
import { deviceFormatFor } from '../standards/pcm/repack.ts';
import { WavError } from '../wav/wav-error.ts';
import { openWav, type WavFile } from '../wav/wav-reader.ts';
import { loadDriverModule } from './driver-module.ts';
import { FileError, UsageError } from './outcome.ts';
import type { TakenFile } from './output-file.ts';
import { PlayOutputs } from './play-outputs.ts';
import { PlayRun } from './play-run.ts';
import { complain } from './terminal.ts';
import { type OpenSource, openSource } from './wav-files.ts';

export interface PlayOptions {
  readonly out?: string;
  readonly device: string;
  readonly bufferMs?: number;
  readonly position?: 'property' | 'register';
  readonly driver?: string;
  readonly seed?: number;
  readonly trace?: string;
  readonly json?: boolean;
}

/**
 * Plays the file and prints the report. Returns the exit code.
 * @throws UsageError, FileError, DriverLoadError when the run cannot begin
 */
export async function play(path: string, options: PlayOptions): Promise<number> {
  const device = chooseDevice(options.device);
  const source = openSource(path);
  try {
    const file = readHeader(path, source);
    for (const warning of file.warnings) complain(`waveport: warning: ${path}: ${warning}`);
    const named =
      options.driver === undefined ? device.driver : await loadDriverModule(options.driver);
    const taken = filesInUse(path, options.driver);
    const outputs = new PlayOutputs(options, taken, deviceFormatFor(file.format));
    try {
      const config = makeConfig(file, device, options, outputs);
      const driver = { name: named.name, path: options.driver };
      const run = new PlayRun({ path, config: { ...config, driver: named }, outputs, driver });
      return await run.play(options.json === true);
    } finally {
      outputs.close();
    }
  } finally {
    source.close();
  }
}

/** @throws UsageError when there is no device of that name. */
export function chooseDevice(name: string): DeviceKind {
  const kind = deviceKind(name);
  if (kind !== null) return kind;
  const known = deviceKinds.map((each) => each.name).join(', ');
  throw new UsageError(`there is no device '${name}'; known devices: ${known}`);
}

function readHeader(path: string, source: OpenSource): WavFile {
  try {
    return openWav(source);
  } catch (error) {
    if (error instanceof WavError) throw new FileError(`${path}: ${error.message}`);
    throw error;
  }
}

function filesInUse(path: string, driver: string | undefined): TakenFile[] {
  const taken = [{ role: 'the file that is played', path }];
  if (driver !== undefined) taken.push({ role: "the driver's module", path: driver });
  return taken;
}

const TRACE_ROWS = 8192;

function makeConfig(
  file: WavFile,
  device: DeviceKind,
  { bufferMs, position, seed }: PlayOptions,
  { heard, trace }: PlayOutputs,
): PlayConfig {
  return {
    file,
    device,
    ...(seed === undefined ? {} : { seed }),
    ...(bufferMs === undefined ? {} : { bufferMs }),
    ...(position === undefined ? {} : { position }),
    ...(heard === null ? {} : { heard: () => heard }),
    ...(trace === null
      ? {}
      : { trace: { rows: TRACE_ROWS, sink: (lines: string) => trace.write(lines) } }),
  };
}
