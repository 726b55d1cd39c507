/**
 * One run of `waveport play`, from booting the machine to the report. However it ends, the output
 * files are completed and the one place that prints is here: a report when the stream came to its
 * end, else what stopped it, with what is known until then.
 */
import type { AudioDevice } from '../machine/devices.ts';
import type { Machine } from '../machine/machine.ts';
import { isClean, type PlayReport } from '../machine/play-report.ts';
import { bootForPlay, type PlayConfig, PlaySession } from '../machine/play-session.ts';
import { type Fault, faultOf, type RunningDriver } from './fault.ts';
import { InterruptWatch } from './interrupt.ts';
import { jsonFault, jsonReport } from './json-report.ts';
import { nativeMatcher } from './native-match.ts';
import { EXIT_CLEAN, EXIT_FAULT, EXIT_INTERRUPTED, EXIT_USAGE } from './outcome.ts';
import type { PlayOutputs } from './play-outputs.ts';
import { ProgressLine } from './progress.ts';
import { complain, print, printJson } from './terminal.ts';
import { textReport } from './text-report.ts';

/** Wall time after which the progress is shown and Ctrl-C looked for. */
const SLICE_MS = 50;

export interface PlayRequest {
  /** The played file's name, for messages. */
  readonly path: string;
  readonly config: PlayConfig;
  readonly outputs: PlayOutputs;
  readonly driver: RunningDriver;
}

export class PlayRun {
  readonly #request: PlayRequest;
  readonly #started = performance.now();
  #machine: Machine<AudioDevice> | null = null;
  #session: PlaySession | null = null;

  constructor(request: PlayRequest) {
    this.#request = request;
  }

  /** Returns the exit code. @throws only what is a mistake of Waveport's own */
  async play(asJson: boolean): Promise<number> {
    let report: PlayReport;
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

  async #stream(asJson: boolean): Promise<PlayReport> {
    const watch = new InterruptWatch();
    const progress = new ProgressLine(!asJson);
    try {
      const session = watch.run(() => this.#open());
      this.#request.outputs.begin();
      const showProgress = (): void => {
        const percent = Math.floor((100 * session.heardFrames) / this.#request.config.file.frames);
        progress.show(`playing ${this.#request.path}: ${percent} %`);
      };
      showProgress();
      while (!watch.run(() => playSlice(session))) {
        showProgress();
        await watch.look();
      }
      const report = watch.run(() => session.finish(this.#wallSeconds()));
      return this.#withShortfall(report);
    } finally {
      progress.clear();
      watch.close();
    }
  }

  #open(): PlaySession {
    const config = { ...this.#request.config, match: nativeMatcher() };
    this.#machine = bootForPlay(config);
    this.#session = new PlaySession(config, this.#machine);
    return this.#session;
  }

  #wallSeconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** A file that somebody cut short meanwhile was played as far as it went. */
  #withShortfall(report: PlayReport): PlayReport {
    const { config, path } = this.#request;
    if (!report.bitExact || report.frames === config.file.frames) return report;
    const warning =
      `The file became shorter while it was played: ${config.file.frames} frames were there, ` +
      `${report.frames} could be read.`;
    complain(`waveport: warning: ${path}: ${warning}`);
    return { ...report, warnings: [...report.warnings, warning] };
  }

  #stopped(error: unknown, asJson: boolean): number {
    const fault = faultOf(error, this.#request.driver);
    if (fault === null) throw error;
    const isRunFault = fault.exitCode !== EXIT_USAGE;
    if (isRunFault) this.#completeOutputs();
    const report = isRunFault ? (this.#session?.report(this.#wallSeconds()) ?? null) : null;
    complain(`waveport: ${this.#describe(fault)}`);
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
    if (fault.exitCode === EXIT_USAGE && this.#session === null) {
      return `${this.#request.path}: ${fault.message}`;
    }
    if (fault.exitCode !== EXIT_INTERRUPTED || this.#session === null) return fault.message;
    const heard = this.#session.heardFrames;
    return `${fault.message}: ${heard} of ${this.#request.config.file.frames} frames were heard`;
  }

  #completeOutputs(): void {
    try {
      this.#request.outputs.begin();
      this.#machine?.trace.flush();
      this.#request.outputs.finish();
    } catch (error) {
      // The run's own fault is the news; a full disk comes second.
      complain(`waveport: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Plays for a slice of wall time. True when the stream has come to its end. */
function playSlice(session: PlaySession): boolean {
  const until = performance.now() + SLICE_MS;
  do {
    if (session.step()) return true;
  } while (performance.now() < until);
  return false;
}
