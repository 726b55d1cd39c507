/** The play report for a person: what a driver engineer wants to see at a glance. */
import { isClean, type PlayReport, type ReportedFormat } from '../machine/play-report.ts';
import { counted, kilohertz, milliseconds, thousands } from './quantities.ts';
import { verdictOf } from './verdict.ts';

const LABEL_WIDTH = 14;
const SHOWN_GLITCHES = 5;

/** Lines of label and fact, the verdict last. `stoppedBy` is what ended the run early. */
export function textReport(report: PlayReport, stoppedBy?: string): string {
  const rows: [string, string][] = [
    ['endpoint', `${report.endpoint} (${report.device}, driver ${report.driver})`],
    ['format', formatText(report)],
    ['buffer', bufferText(report)],
    ...latencyRows(report),
    ['at the ear', earText(report)],
    ['interrupts', interruptText(report)],
    ['driver calls', callsText(report)],
    ['copied', `${counted(report.bytesCopiedByDriverStack, 'byte')} of sound by the driver stack`],
    ['glitches', glitchText(report)],
    ['heard = sent', matchText(report)],
    ['speed', speedText(report)],
    ...report.findings.map((text): [string, string] => ['broken rule', text]),
    ...report.leaks.map((text): [string, string] => ['left behind', text]),
  ];
  const lines = rows.map(([label, text]) => `${label.padEnd(LABEL_WIDTH)}${text}`);
  const isFine = stoppedBy === undefined && isClean(report);
  lines.push(isFine ? 'clean' : `FAULT: ${stoppedBy ?? verdictOf(report)}`);
  return lines.join('\n');
}

function sampleText(format: ReportedFormat): string {
  const bits = format.float ? '32-bit float' : `${format.validBits}-bit`;
  const isPadded = format.validBits !== format.containerBits;
  return `${bits}${isPadded ? ` in ${format.containerBits}` : ''}`;
}

function formatText({ format, fileFormat }: PlayReport): string {
  const channels = counted(format.channels, 'channel');
  const text = `${kilohertz(format.rateHz)}, ${channels}, ${sampleText(format)}`;
  const isRepacked = format.containerBits !== fileFormat.containerBits;
  return isRepacked ? `${text} (file: ${sampleText(fileFormat)}, repacked losslessly)` : text;
}

function bufferText({ buffer }: PlayReport): string {
  return (
    `${counted(buffer.requestedBytes, 'byte')} requested, ${thousands(buffer.actualBytes)} given ` +
    `at offset ${thousands(buffer.offsetBytes)}; ${counted(buffer.pages, 'page')} in ` +
    `${counted(buffer.contiguousRuns, 'run')}, ${buffer.cacheType}`
  );
}

function durationOf(count: number, report: PlayReport): string {
  return milliseconds((1000 * count) / report.format.rateHz);
}

function framesText(count: number, report: PlayReport): string {
  return `${counted(count, 'frame')} (${durationOf(count, report)})`;
}

function latencyRows(report: PlayReport): [string, string][] {
  const { chipsetDelay100ns, clientBytes, codecDelay100ns, fifoBytes, totalFrames } =
    report.latency;
  const frameBytes = (report.format.channels * report.format.containerBits) / 8;
  const bytes = (count: number): string =>
    `${counted(count, 'byte')} (${durationOf(count / frameBytes, report)})`;
  const delay = (delay100ns: number): string => milliseconds(delay100ns / 10_000);
  return [
    ['latency', `cyclic buffer ${bytes(clientBytes)} + FIFO ${bytes(fifoBytes)}`],
    ['', `+ chipset ${delay(chipsetDelay100ns)} + codec ${delay(codecDelay100ns)}`],
    ['', `= ${framesText(totalFrames, report)} predicted`],
  ];
}

function earText(report: PlayReport): string {
  if (report.delayFrames === null) return 'nothing was heard';
  const agrees = report.delayFrames === report.latency.totalFrames;
  const predicted = agrees ? 'as predicted' : `predicted ${thousands(report.latency.totalFrames)}`;
  return `first frame after ${framesText(report.delayFrames, report)}, ${predicted}`;
}

function interruptText({ interrupts, interruptsBeforeRun }: PlayReport): string {
  return `${thousands(interrupts)} while running, ${thousands(interruptsBeforeRun)} before`;
}

function callsText(report: PlayReport): string {
  const calls = Object.entries(report.callsWhileRunning);
  if (calls.length === 0) return 'none while running';
  const periods = Math.max(1, report.wakeUps);
  const texts = calls.map(([name, count]) => `${name} ${(count / periods).toFixed(2)}`);
  return `per period of ${durationOf(report.periodFrames, report)}: ${texts.join(', ')}`;
}

function glitchText(report: PlayReport): string {
  if (report.glitches === 0) return 'none';
  const shown = report.glitchList.slice(0, SHOWN_GLITCHES).map(({ atFrame, cause, frames }) => {
    return `${cause} at frame ${thousands(atFrame)} for ${thousands(frames)}`;
  });
  const more = report.glitches > SHOWN_GLITCHES ? ', ...' : '';
  return `${thousands(report.glitches)}: ${shown.join(', ')}${more}`;
}

function matchText(report: PlayReport): string {
  const sent = counted(report.frames, 'frame');
  if (report.bitExact) return `yes, ${sent} bit for bit`;
  if (report.firstDifference === null) {
    return `NO: ${thousands(report.heardFrames)} of ${sent} heard`;
  }
  return `NO: first difference at frame ${thousands(report.firstDifference)} of ${sent}`;
}

function speedText(report: PlayReport): string {
  const speed = report.speed < 10 ? report.speed.toFixed(1) : thousands(Math.round(report.speed));
  return (
    `${speed} x real time (${report.virtualSeconds.toFixed(3)} s in ` +
    `${report.wallSeconds.toFixed(3)} s)`
  );
}
