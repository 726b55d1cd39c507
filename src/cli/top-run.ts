/**
 * One run of `waveport top`: virtual time is kept at its pace behind the wall clock, and after each
 * interval there is a table. The machine runs an interval at a time, when its end has come, so that
 * what a table shows does not depend on how fast this computer is.
 */
import { isClean } from '../machine/play-report.ts';
import type { StreamRow, StreamTable } from '../machine/stream-table.ts';
import type { WavFile } from '../wav/wav-reader.ts';
import { type Fault, faultOf, type RunningDriver } from './fault.ts';
import { InterruptWatch } from './interrupt.ts';
import { jsonFault } from './json-report.ts';
import { EXIT_CLEAN, EXIT_FAULT } from './outcome.ts';
import { complain, print, printJson } from './terminal.ts';
import { TopScreen } from './top-screen.ts';
import { rowJson, tableLines } from './top-table.ts';
import { type StreamReport, verdictOf } from './verdict.ts';

const NS_PER_MS = 1e6;
const NS_PER_SECOND = 1e9;
/** Wall time after which Ctrl-C is looked for while nothing runs. */
const LOOK_MS = 50;
/** The machine runs so much at a time, so that the last interval ends where the streams do. */
const SLICE_NS = 10 * NS_PER_MS;

export interface TopStreams {
  /** What the device calls itself. */
  readonly device: string;
  readonly session: {
    /** Plays on for so many nanoseconds. True when the stream has come to its end. */
    step(durationNs: number): boolean;
    finish(wallSeconds: number): StreamReport;
  };
  readonly table: StreamTable;
}

export interface TopRequest {
  /** Of the files, one for each session. */
  readonly names: readonly string[];
  readonly nameOf: (file: WavFile) => string;
  readonly driver: RunningDriver;
  /** Of wall time; of virtual time where nothing waits. */
  readonly intervalMs: number;
  /** Infinity waits for nothing. */
  readonly speed: number;
  readonly isOnce: boolean;
  /** Boots the machine and opens the streams. */
  readonly open: () => TopStreams;
}

export class TopRun {
  readonly #request: TopRequest;
  readonly #rows: StreamRow[] = [];
  readonly #screen = new TopScreen();
  #device: string | null = null;
  #startMs = 0;
  /** Virtual time at which the streams were opened. */
  #startNs = 0;

  constructor(request: TopRequest) {
    this.#request = request;
  }

  /** Returns the exit code. @throws only what is a mistake of Waveport's own */
  async run(asJson: boolean): Promise<number> {
    let report: StreamReport;
    try {
      report = await this.#stream(asJson);
    } catch (error) {
      return this.#stopped(error, asJson);
    }
    if (asJson) printJson({ verdict: verdictOf(report), ...this.#json(), ...faultsOf(report) });
    else print(closingLines(report).join('\n'));
    return isClean(report) ? EXIT_CLEAN : EXIT_FAULT;
  }

  async #stream(asJson: boolean): Promise<StreamReport> {
    const { intervalMs, isOnce, open, speed } = this.#request;
    const stepNs = intervalMs * NS_PER_MS * (Number.isFinite(speed) ? speed : 1);
    const watch = new InterruptWatch();
    try {
      const { device, session, table } = watch.run(open);
      this.#device = device;
      this.#startNs = table.look().atNs;
      this.#startMs = performance.now();
      let isOver = false;
      for (let interval = 1; !isOver; interval++) {
        const isShown = !isOnce || interval === 1;
        if (isShown) await this.#waitUntil(watch, this.#startMs + interval * intervalMs);
        isOver = watch.run(() => playInterval(session, stepNs));
        if (isShown) this.#show(table.look(), asJson);
      }
      return watch.run(() => session.finish(this.#wallSeconds));
    } finally {
      watch.close();
    }
  }

  get #wallSeconds(): number {
    return (performance.now() - this.#startMs) / 1000;
  }

  /** @throws Interrupted */
  async #waitUntil(watch: InterruptWatch, dueMs: number): Promise<void> {
    await watch.look();
    if (!Number.isFinite(this.#request.speed)) return;
    for (let left = dueMs - performance.now(); left > 0; left = dueMs - performance.now()) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, LOOK_MS)));
      await watch.look();
    }
  }

  #show(row: StreamRow, asJson: boolean): void {
    if (asJson) {
      this.#rows.push(row);
      return;
    }
    const { driver, names } = this.#request;
    const seconds = this.#secondsAt(row);
    const speed = seconds / this.#wallSeconds;
    const title = { device: this.#device ?? '', driver: driver.name, seconds, speed };
    this.#screen.draw(tableLines(title, row, names));
  }

  /** Virtual seconds since the streams were opened. */
  #secondsAt(row: StreamRow): number {
    return (row.atNs - this.#startNs) / NS_PER_SECOND;
  }

  #json(): object {
    const { driver, intervalMs, names, speed } = this.#request;
    return {
      device: this.#device,
      driver: driver.name,
      intervalMs,
      speed: Number.isFinite(speed) ? speed : 'max',
      intervals: this.#rows.map((row) => rowJson(this.#secondsAt(row), row, names)),
    };
  }

  #stopped(error: unknown, asJson: boolean): number {
    const found = faultOf(error, this.#request.driver);
    if (found === null) throw error;
    const fault = { ...found, message: this.#describe(found) };
    complain(`waveport: ${fault.message}`);
    if (fault.bugCheck !== null) {
      complain('the last things that happened:');
      for (const line of fault.bugCheck.traceTail) complain(`  ${line}`);
    }
    if (asJson) printJson({ ...jsonFault(fault, null), ...this.#json() });
    return fault.exitCode;
  }

  /** What a format needs is told by the device; which file has it, only here. */
  #describe(fault: Fault): string {
    if (fault.format === null) return fault.message;
    const { nameOf, names } = this.#request;
    const { file } = fault.format;
    return `${file === null ? names.join(', ') : nameOf(file)}: ${fault.message}`;
  }
}

/** True when the streams have come to their end, be it before the interval has. */
function playInterval(session: TopStreams['session'], durationNs: number): boolean {
  for (let left = durationNs; left > 0; left -= SLICE_NS) {
    if (session.step(Math.min(left, SLICE_NS))) return true;
  }
  return false;
}

function faultsOf({ findings, leaks }: StreamReport): object {
  return { findings, leaks };
}

function closingLines(report: StreamReport): string[] {
  const isFine = isClean(report);
  return [
    ...report.findings.map((text) => `broken rule: ${text}`),
    ...report.leaks.map((text) => `left behind: ${text}`),
    isFine ? 'clean' : `FAULT: ${verdictOf(report)}`,
  ];
}
