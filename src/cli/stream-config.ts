/** What `play` and `record` have in common: the device, its driver, and how late things come. */

import type { KernelTimingConfig } from '../kernel/dispatch/timing.ts';
import type { DeviceKind } from '../machine/devices.ts';
import type { PlayConfig } from '../machine/play-session.ts';
import type { StreamKind } from '../machine/stream-kind.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import type { DelayShape } from '../sim/delay.ts';
import { loadDriverModule } from './driver-module.ts';
import { nativeMatcher } from './native-match.ts';
import { UsageError } from './outcome.ts';
import type { StreamOutputs } from './stream-outputs.ts';

export interface LatenessOptions {
  readonly wakeJitterUs?: number;
  readonly dpcJitterUs?: number;
  readonly interruptJitterUs?: number;
  readonly timerResolutionMs?: number;
  readonly driftPpm?: number;
}

export interface LoudnessOptions {
  readonly volume?: number;
  readonly mute?: boolean;
}

export interface StreamOptions extends LatenessOptions {
  readonly device: string;
  readonly driver?: string;
  readonly port?: string;
  readonly exclusive?: boolean;
  readonly stream?: StreamKind;
  readonly bufferMs?: number;
  readonly periodMs?: number;
  readonly position?: 'property' | 'register';
  readonly seed?: number;
  readonly trace?: string;
  readonly json?: boolean;
}

const TRACE_ROWS = 8192;
const TICKS_PER_MS = 10_000;

/**
 * @param alsoShared options of one command only that are for shared mode, where they are given
 * @throws UsageError when an option belongs to the other way of using the endpoint
 */
export function checkSharing(
  options: Pick<StreamOptions, 'bufferMs' | 'exclusive' | 'periodMs' | 'position'>,
  alsoShared: readonly string[],
): void {
  const sharedOnly = [...(options.periodMs === undefined ? [] : ['--period-ms']), ...alsoShared];
  const misplaced = options.exclusive === true ? sharedOnly : exclusiveOnly(options);
  const [first] = misplaced;
  if (first === undefined) return;
  throw new UsageError(
    options.exclusive === true
      ? `${first} is for shared mode; leave out --exclusive, or leave out ${first}`
      : `${first} is for exclusive mode; add --exclusive, or leave out ${first}`,
  );
}

function exclusiveOnly({
  bufferMs,
  position,
}: Pick<StreamOptions, 'bufferMs' | 'position'>): string[] {
  return [
    ...(bufferMs === undefined ? [] : ['--buffer-ms']),
    ...(position === undefined ? [] : ['--position']),
  ];
}

/** Those of the options that were given, by name. */
export const loudnessGiven = ({ mute, volume }: LoudnessOptions): string[] => [
  ...(volume === undefined ? [] : ['--volume']),
  ...(mute === undefined ? [] : ['--mute']),
];

/** The same for sessions. */
export const loudnessOf = ({ mute, volume }: LoudnessOptions) => ({
  ...(volume === undefined ? {} : { volume }),
  ...(mute === undefined ? {} : { isMuted: mute }),
});

type MachineConfig = Pick<
  PlayConfig,
  'device' | 'driftPpm' | 'driver' | 'match' | 'seed' | 'stream' | 'timing' | 'trace'
>;

/**
 * The driver that the command line names: a module, ours for a port, or ours.
 * @throws UsageError, FileError, DriverLoadError
 */
export async function chooseDriver(
  device: DeviceKind,
  { driver, port }: Pick<StreamOptions, 'driver' | 'port'>,
): Promise<DriverModule> {
  if (port === undefined) {
    return driver === undefined ? device.driver : await loadDriverModule(driver);
  }
  if (driver !== undefined) {
    throw new UsageError(
      '--port chooses among our own drivers; leave it out, or leave out --driver',
    );
  }
  const chosen = device.ports?.get(port);
  if (chosen !== undefined) return chosen;
  const known = [...(device.ports?.keys() ?? [])];
  const choice = known.length === 0 ? 'leave out --port' : `it has ${known.join(', ')}`;
  throw new UsageError(`device ${device.name} has no driver for port '${port}'; ${choice}`);
}

/** @throws UsageError when the device cannot be what the options ask for */
export function machineConfig(
  device: DeviceKind,
  driver: DriverModule,
  options: StreamOptions,
  { trace }: StreamOutputs,
): MachineConfig {
  const { seed, stream } = options;
  return {
    device,
    driver,
    match: nativeMatcher(),
    ...latenessOf(device, options),
    ...(seed === undefined ? {} : { seed }),
    ...(stream === undefined ? {} : { stream }),
    ...(trace === null
      ? {}
      : { trace: { rows: TRACE_ROWS, sink: (lines: string) => trace.write(lines) } }),
  };
}

/** @throws UsageError when the device cannot be as late as the options ask for */
export function latenessOf(
  device: DeviceKind,
  options: LatenessOptions,
): Pick<PlayConfig, 'driftPpm' | 'timing'> {
  const { driftPpm } = options;
  const timing = timingOf(options);
  if (driftPpm !== undefined && device.canDrift !== true) {
    throw new UsageError(`device ${device.name} has no clock of its own; leave out --drift-ppm`);
  }
  return {
    ...(driftPpm === undefined ? {} : { driftPpm }),
    ...(timing === null ? {} : { timing }),
  };
}

/** Null when nothing is late and the clock has no ticks. */
function timingOf(options: LatenessOptions): KernelTimingConfig | null {
  const { dpcJitterUs, interruptJitterUs, timerResolutionMs, wakeJitterUs } = options;
  const timing: KernelTimingConfig = {
    ...(dpcJitterUs === undefined ? {} : { dpcDelay: upTo(dpcJitterUs) }),
    ...(interruptJitterUs === undefined ? {} : { interruptDelay: upTo(interruptJitterUs) }),
    ...(wakeJitterUs === undefined ? {} : { wakeUpDelay: upTo(wakeJitterUs) }),
    ...(timerResolutionMs === undefined
      ? {}
      : { timerResolution100ns: timerResolutionMs * TICKS_PER_MS }),
  };
  return Object.keys(timing).length === 0 ? null : timing;
}

const upTo = (us: number): DelayShape => ({ kind: 'uniform', leastNs: 0, mostNs: us * 1000 });
