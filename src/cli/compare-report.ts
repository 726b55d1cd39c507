/** What `waveport compare` found: a column for each port, all of it per second of sound. */
import type { PlayReport } from '../machine/play-report.ts';
import { nestCalls } from './json-report.ts';
import { milliseconds, thousands } from './quantities.ts';
import { verdictOf } from './verdict.ts';

export interface ComparedPort {
  readonly port: string;
  readonly report: PlayReport;
  /** Processor time of the whole run, from boot to shutdown. */
  readonly cpuMs: number;
  /** Host time inside DPCs. */
  readonly dpcMs: number;
}

const COLUMN_WIDTH = 16;

/** Everything that is counted, divided by the time in KSSTATE_RUN. */
function ratesOf({ cpuMs, dpcMs, report }: ComparedPort) {
  const { runSeconds } = report;
  const perSecond = (count: number): number => (runSeconds > 0 ? count / runSeconds : 0);
  const calls = Object.fromEntries(
    Object.entries(report.callsWhileRunning).map(([name, count]) => [name, perSecond(count)]),
  );
  return {
    calls,
    callsTotal: Object.values(calls).reduce((sum, rate) => sum + rate, 0),
    callsIntoMiniport: Object.entries(calls).reduce(
      (sum, [name, rate]) => (name.startsWith('IMiniport') ? sum + rate : sum),
      0,
    ),
    bytesCopied: perSecond(report.bytesCopiedByDriverStack),
    bytesBounced: perSecond(report.bouncedBytes ?? 0),
    interrupts: perSecond(report.interrupts),
    wakeUps: perSecond(report.wakeUps),
    dpcMicroseconds: perSecond(1000 * dpcMs),
    cpuMilliseconds: perSecond(cpuMs),
  };
}

export function compareJson(device: string, compared: readonly ComparedPort[]): object {
  return {
    device,
    ports: compared.map((each) => {
      const { delayFrames, format, latency } = each.report;
      const { calls, ...rates } = ratesOf(each);
      return {
        port: each.port,
        driver: each.report.driver,
        verdict: verdictOf(each.report),
        bitExact: each.report.bitExact,
        runSeconds: each.report.runSeconds,
        latencyFrames: delayFrames,
        latencyMs: delayFrames === null ? null : (1000 * delayFrames) / format.rateHz,
        predictedFrames: latency.totalFrames,
        perSecond: { ...rates, calls: nestCalls(calls) },
      };
    }),
  };
}

export function compareText(device: string, compared: readonly ComparedPort[]): string {
  const rates = compared.map(ratesOf);
  const names = [...new Set(rates.flatMap(({ calls }) => Object.keys(calls)))].sort();
  const width = Math.max(0, ...names.map((name) => name.length)) + 4;
  const row = (label: string, cells: readonly string[]): string =>
    label.padEnd(width) + cells.map((cell) => cell.padStart(COLUMN_WIDTH)).join('');
  const numbers = (label: string, values: readonly number[]): string =>
    row(label, values.map(rounded));
  const lines = [
    `${device}, per second of sound`,
    row(
      '',
      compared.map(({ port }) => port),
    ),
    numbers(
      'calls into the miniport',
      rates.map(({ callsIntoMiniport }) => callsIntoMiniport),
    ),
    numbers(
      'calls between it and PortCls',
      rates.map(({ callsTotal }) => callsTotal),
    ),
    ...names.map((name) =>
      numbers(
        `  ${name}`,
        rates.map(({ calls }) => calls[name] ?? 0),
      ),
    ),
    numbers(
      'bytes copied by the stack',
      rates.map(({ bytesCopied }) => bytesCopied),
    ),
    ...(rates.some(({ bytesBounced }) => bytesBounced > 0)
      ? [
          numbers(
            '  to bounce what DMA cannot reach',
            rates.map(({ bytesBounced }) => bytesBounced),
          ),
        ]
      : []),
    numbers(
      'interrupts',
      rates.map(({ interrupts }) => interrupts),
    ),
    numbers(
      'client wake-ups',
      rates.map(({ wakeUps }) => wakeUps),
    ),
    numbers(
      'us in DPCs',
      rates.map(({ dpcMicroseconds }) => dpcMicroseconds),
    ),
    numbers(
      'ms of processor time',
      rates.map(({ cpuMilliseconds }) => cpuMilliseconds),
    ),
    row(
      'latency at the ear',
      compared.map(({ report }) => latencyText(report)),
    ),
    row(
      'heard = sent',
      compared.map(({ report }) => (report.bitExact ? 'bit for bit' : 'NO')),
    ),
  ];
  const faults = compared.filter(({ report }) => verdictOf(report) !== 'clean');
  for (const { port, report } of faults) lines.push(`FAULT: ${port}: ${verdictOf(report)}`);
  if (faults.length === 0) lines.push('clean');
  return lines.join('\n');
}

const rounded = (value: number): string =>
  thousands(value >= 100 ? Math.round(value) : Number(value.toFixed(1)));

const latencyText = ({ delayFrames, format }: PlayReport): string =>
  delayFrames === null ? 'not heard' : milliseconds((1000 * delayFrames) / format.rateHz);
