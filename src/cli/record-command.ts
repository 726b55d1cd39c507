/**
 * `waveport record`: what the modelled line in hears, captured through the whole stack into a WAV
 * file, in shared use of the endpoint, through the audio engine, or in exclusive use.
 */
import { fileURLToPath } from 'node:url';
import { bootForPlay } from '../machine/play-session.ts';
import { RecordSession } from '../machine/record-session.ts';
import { SharedRecord } from '../machine/shared-record.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { deviceFormatFor } from '../standards/pcm/repack.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import type { DeviceKind } from './device-kinds.ts';
import type { TakenFile } from './output-file.ts';
import { chooseDevice, readHeader } from './play-command.ts';
import { silenceLike } from './silence.ts';
import { checkSharing, chooseDriver, machineConfig, type StreamOptions } from './stream-config.ts';
import { type SoundFile, StreamOutputs } from './stream-outputs.ts';
import { StreamRun, streaming } from './stream-run.ts';
import { complain } from './terminal.ts';
import { openSource } from './wav-files.ts';

export interface RecordOptions extends StreamOptions {
  readonly seconds: number;
  readonly from?: string;
  readonly endpoint?: string;
}

/** What is spoken when nobody names a file: the recording that comes with the package. */
const DEFAULT_SOUND = fileURLToPath(new URL('../../assets/first-sound.wav', import.meta.url));

/**
 * Records and prints the report. Returns the exit code.
 * @throws UsageError, FileError, DriverLoadError when the run cannot begin
 */
export async function record(out: string, options: RecordOptions): Promise<number> {
  checkSharing(options, []);
  const device = chooseDevice(options.device);
  const path = options.from ?? DEFAULT_SOUND;
  const source = openSource(path);
  try {
    const spoken = spokenTo(device, readHeader(path, source), options.from);
    const driver = await chooseDriver(device, options);
    const format = deviceFormatFor(spoken.format);
    const outputs = new StreamOutputs({ ...options, out }, filesInUse(path, options), format);
    const { bufferMs, endpoint, periodMs, position } = options;
    const config = {
      ...machineConfig(device, driver, options, outputs),
      spoken,
      frames: Math.max(1, Math.round(options.seconds * format.rateHz)),
      captured: (captured: PcmFormat) => (outputs.sound as SoundFile).take(captured),
      ...(bufferMs === undefined ? {} : { bufferMs }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(periodMs === undefined ? {} : { periodMs }),
      ...(position === undefined ? {} : { position }),
    };
    try {
      const run = new StreamRun({
        doing: `recording ${out}`,
        path,
        done: 'recorded',
        boot: () => bootForPlay(config),
        open: (machine) => {
          const session =
            options.exclusive === true
              ? new RecordSession(config, machine)
              : new SharedRecord(config, machine);
          return streaming(session, () => [session.recordedFrames, config.frames]);
        },
        outputs,
        driver: { name: driver.name, path: options.driver },
      });
      return await run.run(options.json === true);
    } finally {
      outputs.close();
    }
  } finally {
    source.close();
  }
}

/** A device that hears only silence is spoken silence to, so that the recording can be right. */
function spokenTo(device: DeviceKind, file: WavFile, named: string | undefined): WavFile {
  if (device.isDeaf !== true) return file;
  const warning =
    `device ${device.name} has no way in for sound and records silence, so silence is spoken` +
    `${named === undefined ? '' : `, in the format of ${named} and not what is in it`}`;
  complain(`waveport: warning: ${warning}`);
  return { ...silenceLike(file), warnings: [...file.warnings, warning] };
}

function filesInUse(path: string, { driver }: RecordOptions): TakenFile[] {
  const taken = [{ role: 'the file that is spoken', path }];
  if (driver !== undefined) taken.push({ role: "the driver's module", path: driver });
  return taken;
}
