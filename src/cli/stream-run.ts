/**
 * One run of a command that streams, from booting the machine to the report. However it ends, the
 * output files are completed and the one place that prints is here: a report when the stream came
 * to its end, else what stopped it, with what is known until then.
 */
import type { AudioDevice } from '../machine/devices.ts';
import type { Machine } from '../machine/machine.ts';
import { isClean } from '../machine/play-report.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { type Fault, faultOf, type RunningDriver } from './fault.ts';
import { InterruptWatch } from './interrupt.ts';
import { jsonFault, jsonReport } from './json-report.ts';
import { EXIT_CLEAN, EXIT_FAULT, EXIT_INTERRUPTED, EXIT_USAGE } from './outcome.ts';
import { ProgressLine } from './progress.ts';
import type { StreamOutputs } from './stream-outputs.ts';
import { complain, print, printJson } from './terminal.ts';
import { textReport } from './text-report.ts';
import type { StreamReport } from './verdict.ts';

/** Wall time after which the progress is shown and Ctrl-C looked for. */
const SLICE_MS = 50;

/** A stream that is being played or recorded, as the sessions offer it. */
interface Session {
  /** Streams on for a slice of virtual time. True when it has come to its end. */
  step(): boolean;
  finish(wallSeconds: number): StreamReport;
  report(wallSeconds: number): StreamReport;
}

export interface Streaming {
  readonly session: Session;
  /** Frames heard or recorded so far, and how many there will be. */
  readonly progress: () => readonly [number, number];
}

export const streaming = (session: Session, progress: Streaming['progress']): Streaming => ({
  session,
  progress,
});

export interface StreamRequest {
  /** What the progress line says: `playing speech.wav`. */
  readonly doing: string;
  /** The files by name, for messages. */
  readonly path: string;
  /** The name of one of several. */
  readonly nameOf?: (file: WavFile) => string;
  /** What was done with a frame: `heard`, `recorded`. */
  readonly done: string;
  /** Boots the machine. */
  readonly boot: () => Machine<AudioDevice>;
  /** Opens the stream. */
  readonly open: (machine: Machine<AudioDevice>) => Streaming;
  /** What there is to say about a report that nothing else said. */
  readonly remark?: (report: StreamReport) => string | null;
  readonly outputs: StreamOutputs;
  readonly driver: RunningDriver;
}

export class StreamRun {
  readonly #request: StreamRequest;
  readonly #started = performance.now();
  #machine: Machine<AudioDevice> | null = null;
  #current: Streaming | null = null;

  constructor(request: StreamRequest) {
    this.#request = request;
  }

  /** Returns the exit code. @throws only what is a mistake of Waveport's own */
  async run(asJson: boolean): Promise<number> {
    let report: StreamReport;
    try {
      report = await this.#stream(asJson);
      this.#request.outputs.finish();
    } catch (error) {
      return this.#stopped(error, asJson);
    }
    if (asJson) printJson(jsonReport(report));
    else print(textReport(report));
    return isClean(report) ? EXIT_CLEAN : EXIT_FAULT;
  }

  async #stream(asJson: boolean): Promise<StreamReport> {
    const watch = new InterruptWatch();
    const progress = new ProgressLine(!asJson);
    try {
      const current = watch.run(() => this.#open());
      const { session } = current;
      this.#request.outputs.begin();
      const showProgress = (): void => {
        const [done, expected] = current.progress();
        const percent = Math.floor((100 * done) / Math.max(1, expected));
        progress.show(`${this.#request.doing}: ${percent} %`);
      };
      showProgress();
      while (!watch.run(() => streamSlice(session))) {
        showProgress();
        await watch.look();
      }
      const report = watch.run(() => session.finish(this.#wallSeconds()));
      return this.#withRemark(report);
    } finally {
      progress.clear();
      watch.close();
    }
  }

  #open(): Streaming {
    this.#machine = this.#request.boot();
    this.#current = this.#request.open(this.#machine);
    return this.#current;
  }

  #wallSeconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  #withRemark(report: StreamReport): StreamReport {
    const { path, remark } = this.#request;
    const warning = remark?.(report) ?? null;
    if (warning === null) return report;
    complain(`waveport: warning: ${path}: ${warning}`);
    return { ...report, warnings: [...report.warnings, warning] };
  }

  #stopped(error: unknown, asJson: boolean): number {
    const found = faultOf(error, this.#request.driver);
    if (found === null) throw error;
    const fault = found.format === null ? found : { ...found, message: this.#describe(found) };
    const isRunFault = fault.exitCode !== EXIT_USAGE;
    if (isRunFault) this.#completeOutputs();
    const report = isRunFault ? (this.#current?.session.report(this.#wallSeconds()) ?? null) : null;
    complain(`waveport: ${this.#describe(found)}`);
    if (fault.bugCheck !== null) {
      complain('the last things that happened:');
      for (const line of fault.bugCheck.traceTail) complain(`  ${line}`);
    }
    if (asJson) printJson(jsonFault(fault, report));
    else if (report !== null && fault.exitCode === EXIT_FAULT) {
      print(textReport(report, fault.message));
    }
    return fault.exitCode;
  }

  #describe(fault: Fault): string {
    // What a format needs is told by the device; which file has it, only here.
    if (fault.format !== null) {
      const { nameOf, path } = this.#request;
      const { file } = fault.format;
      return `${file === null ? path : (nameOf?.(file) ?? path)}: ${fault.message}`;
    }
    if (fault.exitCode !== EXIT_INTERRUPTED || this.#current === null) return fault.message;
    const [done, expected] = this.#current.progress();
    return `${fault.message}: ${done} of ${expected} frames were ${this.#request.done}`;
  }

  #completeOutputs(): void {
    try {
      this.#request.outputs.begin();
      this.#machine?.trace.flush();
      this.#request.outputs.cutShort();
    } catch (error) {
      // The run's own fault is the news; a full disk comes second.
      complain(`waveport: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Streams for a slice of wall time. True when the stream has come to its end. */
function streamSlice(session: Session): boolean {
  const until = performance.now() + SLICE_MS;
  do {
    if (session.step()) return true;
  } while (performance.now() < until);
  return false;
}
