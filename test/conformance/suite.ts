/** The suite on a device and a driver, and its results the way that tables in tests write them. */
import { conformanceCases } from '../../src/conformance/catalogue.ts';
import type { Direction } from '../../src/conformance/conformance-case.ts';
import { type CaseResult, ConformanceRun } from '../../src/conformance/conformance-run.ts';
import type { Verdict } from '../../src/conformance/verdict.ts';
import type { DeviceSlot } from '../../src/hardware/device.ts';
import type { AudioDevice } from '../../src/machine/devices.ts';
import type { DriverModule } from '../../src/portcls/ddi/index.ts';

/** Runs all cases, or those whose ids begin with one of `only`. */
export function runSuite(
  create: (slot: DeviceSlot) => AudioDevice,
  driver: DriverModule,
  only: readonly string[] = [''],
  direction?: Direction,
): readonly CaseResult[] {
  const cases = conformanceCases.filter(({ id }) => only.some((start) => id.startsWith(start)));
  const choice = direction === undefined ? {} : { direction };
  const run = new ConformanceRun({ create, driver, seed: 1 }, cases, choice);
  for (let isDone = run.next === null; !isDone; ) isDone = run.step();
  return run.results;
}

/** The ids with that verdict on any subject, each once and in order, as one line. */
export function idsWith(verdict: Verdict, results: readonly CaseResult[]): string {
  const ids = results.filter((result) => result.verdict === verdict).map(({ id }) => id);
  return [...new Set(ids)].sort().join(' ');
}
