/** `waveport conform`: the conformance suite on a device and its driver. */
import { writeSync } from 'node:fs';
import type { TestedMachine } from '../conformance/bench.ts';
import { conformanceCases } from '../conformance/catalogue.ts';
import type { ConformanceCase, Direction } from '../conformance/conformance-case.ts';
import { ConformanceRun, type RunChoice } from '../conformance/conformance-run.ts';
import { type ConformFacts, conformJson, conforms, conformText } from './conform-report.ts';
import { whyRefused } from './disk-errors.ts';
import { faultOf } from './fault.ts';
import { InterruptWatch } from './interrupt.ts';
import { jsonFault } from './json-report.ts';
import { junitXml } from './junit-report.ts';
import { EXIT_CLEAN, EXIT_FAULT, FileError, UsageError } from './outcome.ts';
import { OutputFile } from './output-file.ts';
import { chooseDevice } from './play-command.ts';
import { ProgressLine } from './progress.ts';
import { chooseDriver } from './stream-config.ts';
import { complain, print, printJson } from './terminal.ts';

export interface ConformOptions {
  readonly device: string;
  readonly driver?: string;
  readonly port?: string;
  /** Ids, or what several of them begin with. */
  readonly only?: readonly string[];
  /** Both directions if absent. */
  readonly direction?: Direction;
  readonly seed?: number;
  readonly junit?: string;
  readonly json?: boolean;
}

const DEFAULT_SEED = 1;

/**
 * Runs the suite and prints what it found. Returns the exit code.
 * @throws UsageError, FileError, DriverLoadError when the run cannot begin
 */
export async function conform(options: ConformOptions): Promise<number> {
  const kind = chooseDevice(options.device);
  const cases = chooseCases(options.only);
  const driver = await chooseDriver(kind, options);
  const taken =
    options.driver === undefined ? [] : [{ role: "the driver's module", path: options.driver }];
  const junit = options.junit === undefined ? null : new OutputFile(options.junit, taken, false);
  const seed = options.seed ?? DEFAULT_SEED;
  const running = { name: driver.name, path: options.driver };
  try {
    // An exception out of the driver fails the case that it came in, and the others go on.
    const readError = (error: unknown): string | null => faultOf(error, running)?.message ?? null;
    const { direction } = options;
    const choice = { readError, ...(direction === undefined ? {} : { direction }) };
    const run = await runCases({ create: kind.create, driver, seed }, cases, choice);
    const { results } = run;
    const facts = { device: kind.description, driver: driver.name, seed, results };
    if (junit !== null) writeJunit(junit, facts);
    if (options.json === true) printJson(conformJson(facts));
    else print(conformText(facts));
    return conforms(results) ? EXIT_CLEAN : EXIT_FAULT;
  } catch (error) {
    const fault = faultOf(error, running);
    if (fault === null) throw error;
    complain(`waveport: ${fault.message}`);
    if (options.json === true) printJson(jsonFault(fault, null));
    return fault.exitCode;
  } finally {
    junit?.close();
  }
}

/** The cases named, in the suite's order; all of them when none is. @throws UsageError */
function chooseCases(only: readonly string[] | undefined): readonly ConformanceCase[] {
  if (only === undefined) return conformanceCases;
  const isNamed = (id: string, name: string): boolean => id === name || id.startsWith(`${name}-`);
  for (const name of only) {
    if (conformanceCases.some(({ id }) => isNamed(id, name))) continue;
    const groups = new Set(conformanceCases.map(({ id }) => id.slice(0, id.lastIndexOf('-'))));
    throw new UsageError(
      `there is no case '${name}'; the groups are ${[...groups].join(', ')}, ` +
        'and a case is named such as C-POS-02',
    );
  }
  return conformanceCases.filter(({ id }) => only.some((name) => isNamed(id, name)));
}

async function runCases(
  tested: TestedMachine,
  cases: readonly ConformanceCase[],
  choice: RunChoice,
): Promise<ConformanceRun> {
  const watch = new InterruptWatch();
  const progress = new ProgressLine(true);
  try {
    const run = watch.run(() => new ConformanceRun(tested, cases, choice));
    for (let isDone = run.next === null; !isDone; ) {
      progress.show(`${run.results.length + 1} of ${run.total}: ${run.next}`);
      isDone = watch.run(() => run.step());
      await watch.look();
    }
    return run;
  } finally {
    progress.clear();
    watch.close();
  }
}

/** @throws FileError */
function writeJunit(file: OutputFile, facts: ConformFacts): void {
  file.begin();
  try {
    const bytes = Buffer.from(junitXml(facts));
    for (let at = 0; at < bytes.length; ) at += writeSync(file.file, bytes, at);
  } catch (error) {
    throw new FileError(`cannot write ${file.path}: ${whyRefused(error)}`);
  }
}
