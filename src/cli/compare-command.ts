/**
 * `waveport compare`: one recording on one device through each port that the device has a driver
 * for, in one run. Each port plays it once to get warm, once for everything that is counted, and
 * once more with the clock in its DPCs, so that no measurement is in another one.
 */
import { fileURLToPath } from 'node:url';
import type { DeviceKind } from '../machine/devices.ts';
import { isClean, type PlayReport } from '../machine/play-report.ts';
import { bootForPlay, type PlayConfig, PlaySession } from '../machine/play-session.ts';
import { DpcMeter } from '../machine/top-dpc-meter.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { burstRemark } from './burst-remark.ts';
import { type ComparedPort, compareJson, compareText } from './compare-report.ts';
import { faultOf } from './fault.ts';
import { InterruptWatch } from './interrupt.ts';
import { jsonFault } from './json-report.ts';
import { nativeMatcher } from './native-match.ts';
import { EXIT_CLEAN, EXIT_FAULT, UsageError } from './outcome.ts';
import { chooseDevice, readHeader } from './play-command.ts';
import { ProgressLine } from './progress.ts';
import { complain, print, printJson } from './terminal.ts';
import { openSource } from './wav-files.ts';

export interface CompareOptions {
  readonly device: string;
  readonly bufferMs?: number;
  readonly seed?: number;
  readonly json?: boolean;
}

/** What is played when nobody names a file: the recording that comes with the package. */
const DEFAULT_SOUND = fileURLToPath(new URL('../../assets/first-sound.wav', import.meta.url));
const NS_PER_MS = 1e6;

/** Prints the table. Returns the exit code. @throws UsageError, FileError */
export async function compare(path: string | undefined, options: CompareOptions): Promise<number> {
  const device = chooseDevice(options.device);
  const { ports } = device;
  if (ports === undefined) {
    throw new UsageError(`device ${device.name} has a driver for one port only; try ac97`);
  }
  const source = openSource(path ?? DEFAULT_SOUND);
  const progress = new ProgressLine(options.json !== true);
  const watch = new InterruptWatch();
  const compared: ComparedPort[] = [];
  try {
    const file = readHeader(path ?? DEFAULT_SOUND, source);
    for (const [port, driver] of ports) {
      progress.show(`playing through ${port}`);
      const measured = watch.run(() => measure(port, driver, device, file, options));
      compared.push(measured);
      progress.clear();
      const remark = burstRemark(device, options, measured.report);
      if (remark !== null) complain(`waveport: warning: ${port}: ${remark}`);
      await watch.look();
    }
  } catch (error) {
    progress.clear();
    const fault = faultOf(error, { name: device.name });
    if (fault === null) throw error;
    complain(`waveport: ${fault.message}`);
    if (options.json === true) printJson(jsonFault(fault, null));
    return fault.exitCode;
  } finally {
    progress.clear();
    watch.close();
    source.close();
  }
  if (options.json === true) printJson(compareJson(device.description, compared));
  else print(compareText(device.description, compared));
  return compared.every(({ report }) => isClean(report)) ? EXIT_CLEAN : EXIT_FAULT;
}

function measure(
  port: string,
  driver: DriverModule,
  device: DeviceKind,
  file: WavFile,
  { bufferMs, seed }: CompareOptions,
): ComparedPort {
  const config: PlayConfig = {
    file,
    device,
    driver,
    match: nativeMatcher(),
    ...(bufferMs === undefined ? {} : { bufferMs }),
    ...(seed === undefined ? {} : { seed }),
  };
  playOnce(config);
  const cpuBefore = process.cpuUsage();
  const report = playOnce(config);
  const { system, user } = process.cpuUsage(cpuBefore);
  // The first time warms up what only a machine with a timing does.
  timeInDpcs(config);
  return { port, report, cpuMs: (user + system) / 1000, dpcMs: timeInDpcs(config) };
}

function playOnce(config: PlayConfig): PlayReport {
  const started = performance.now();
  const session = new PlaySession(config);
  while (!session.step());
  return session.finish((performance.now() - started) / 1000);
}

/** Host time that the driver's and the port's DPCs take. */
function timeInDpcs(config: PlayConfig): number {
  const machine = bootForPlay({ ...config, timing: {} });
  const meter = DpcMeter.attach(machine.kernel, () => performance.now() * NS_PER_MS);
  const session = new PlaySession(config, machine);
  while (!session.step());
  session.finish(1);
  return meter.spentNs / NS_PER_MS;
}
