/** `waveport crosscheck`: our model of a device and QEMU's, held against each other. */
import { planAc97Crosscheck } from '../crosscheck/ac97-crosscheck.ts';
import { Crosscheck, type CrosscheckPlan } from '../crosscheck/crosscheck.ts';
import { planHdaCrosscheck } from '../crosscheck/hda-crosscheck.ts';
import { qemuAc97Profile } from '../crosscheck/qemu-ac97-profile.ts';
import { qemuHdaProfile } from '../crosscheck/qemu-hda-profile.ts';
import { namesOf } from '../crosscheck/stream-steps.ts';
import type { DriverModule } from '../portcls/ddi/driver.ts';
import { crosscheckJson, crosscheckText, isExplained } from './crosscheck-report.ts';
import { type DeviceKind, deviceKind } from './device-kinds.ts';
import { faultOf } from './fault.ts';
import { InterruptWatch } from './interrupt.ts';
import { jsonFault } from './json-report.ts';
import { EXIT_CLEAN, EXIT_FAULT, UsageError } from './outcome.ts';
import { ProgressLine } from './progress.ts';
import { chooseDriver } from './stream-config.ts';
import { complain, print, printJson } from './terminal.ts';

export interface CrosscheckOptions {
  readonly device: string;
  readonly driver?: string;
  readonly port?: string;
  readonly json?: boolean;
}

/** Nodes of the codecs that sound goes through. */
const OUR_HDA_NODES = { converter: 2, pin: 4 } as const;
const QEMU_HDA_NODES = { converter: 2, pin: 3 } as const;

type Planner = (
  ours: DeviceKind,
  theirs: DeviceKind,
  drivers: readonly DriverModule[],
) => CrosscheckPlan;

/** Devices of which there are two. */
const planners: ReadonlyMap<string, Planner> = new Map([
  [
    'hda',
    (ours, theirs, drivers) =>
      planHdaCrosscheck({
        ours: { kind: ours, nodes: OUR_HDA_NODES },
        theirs: { kind: theirs, nodes: QEMU_HDA_NODES },
        profile: qemuHdaProfile,
        drivers,
      }),
  ],
  [
    'ac97',
    (ours, theirs, drivers) =>
      planAc97Crosscheck({ ours, theirs, profile: qemuAc97Profile, drivers }),
  ],
]);

/**
 * The drivers that stream: the one that the command line names, or ours, one for each port.
 * @throws UsageError, FileError, DriverLoadError
 */
export async function chooseDrivers(
  kind: DeviceKind,
  options: CrosscheckOptions,
): Promise<readonly DriverModule[]> {
  const { driver, port } = options;
  if (driver !== undefined || port !== undefined) return [await chooseDriver(kind, options)];
  return kind.ports === undefined ? [kind.driver] : [...kind.ports.values()];
}

/**
 * Compares and prints what it found. Returns the exit code.
 * @throws UsageError, FileError, DriverLoadError when it cannot begin
 */
export async function crosscheck(options: CrosscheckOptions): Promise<number> {
  const ours = deviceKind(options.device);
  const theirs = deviceKind(`qemu:${options.device}`);
  const makePlan = planners.get(options.device);
  if (ours === null || theirs === null || makePlan === undefined) {
    const known = [...planners.keys()].join(', ');
    throw new UsageError(
      `there are not two of a device '${options.device}'; there are of ${known}`,
    );
  }
  const drivers = await chooseDrivers(ours, options);
  try {
    const plan = makePlan(ours, theirs, drivers);
    const report = (await runSteps(new Crosscheck(plan))).report();
    if (options.json === true) printJson(crosscheckJson(report));
    else print(crosscheckText(report));
    return isExplained(report) ? EXIT_CLEAN : EXIT_FAULT;
  } catch (error) {
    const fault = faultOf(error, { name: namesOf(drivers), path: options.driver });
    if (fault === null) throw error;
    complain(`waveport: ${fault.message}`);
    if (options.json === true) printJson(jsonFault(fault, null));
    return fault.exitCode;
  }
}

async function runSteps(run: Crosscheck): Promise<Crosscheck> {
  const watch = new InterruptWatch();
  const progress = new ProgressLine(true);
  try {
    for (let isDone = false; !isDone; ) {
      progress.show(`${run.done + 1} of ${run.total}: ${run.next}`);
      isDone = watch.run(() => run.step());
      await watch.look();
    }
    return run;
  } finally {
    progress.clear();
    watch.close();
  }
}
