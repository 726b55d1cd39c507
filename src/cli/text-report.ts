/** The report of a stream for a person: what a driver engineer wants to see at a glance. */
import { isClean, type ReportedFormat } from '../machine/play-report.ts';
import type { SharedPlayReport } from '../machine/shared-play-report.ts';
import { counted, kilohertz, milliseconds, thousands } from './quantities.ts';
import { isRecording, type StreamReport, verdictOf } from './verdict.ts';

const LABEL_WIDTH = 14;
const SHOWN_GLITCHES = 5;

/** Lines of label and fact, the verdict last. `stoppedBy` is what ended the run early. */
export function textReport(report: StreamReport, stoppedBy?: string): string {
  const rows: [string, string][] = [
    ['endpoint', `${report.endpoint}, driver ${report.driver}`],
    ['stream', streamText(report)],
    ['format', formatText(report)],
    ...('sessions' in report ? sessionRows(report) : []),
    ['buffer', bufferText(report)],
    ...latencyRows(report),
    isRecording(report) ? ['first frame', mouthText(report)] : ['at the ear', earText(report)],
    ...packetRows(report),
    ['interrupts', interruptText(report)],
    ['driver calls', callsText(report)],
    ['copied', copiedText(report)],
    ['glitches', glitchText(report)],
    [isRecording(report) ? 'got = spoken' : 'heard = sent', matchText(report)],
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

/** `shared mode, driven by packets of 480 frames (10 ms)` */
function streamText(report: StreamReport): string {
  const kinds = {
    timer: 'a timer',
    event: 'events',
    packet: 'packets',
    irp: 'stream packets (IRPs)',
  } as const;
  const period = framesText(report.periodFrames, report);
  return `${report.mode} mode, driven by ${kinds[report.stream]}, every ${period}`;
}

function soundText(format: ReportedFormat): string {
  const channels = counted(format.channels, 'channel');
  return `${kilohertz(format.rateHz)}, ${channels}, ${sampleText(format)}`;
}

function formatText(report: StreamReport): string {
  const text = soundText(report.format);
  if (!('fileFormat' in report) || isConverted(report)) return text;
  const { fileFormat, format } = report;
  const isRepacked = format.containerBits !== fileFormat.containerBits;
  return isRepacked ? `${text} (file: ${sampleText(fileFormat)}, repacked losslessly)` : text;
}

const isConverted = (report: StreamReport): boolean =>
  'sessions' in report && report.sessions.some((session) => session.isConverted);

/** The sessions of a mix, or the one that is not played as it is. */
function sessionRows(report: SharedPlayReport): [string, string][] {
  if (report.bitExact !== null) return [];
  return report.sessions.map((session, index) => {
    const converted = session.isConverted ? ', converted' : '';
    const starved =
      session.starvedFrames === 0 ? '' : `, ${thousands(session.starvedFrames)} missed`;
    const text = `${soundText(session.format)}${converted}: ${counted(session.frames, 'frame')}`;
    return [`session ${index + 1}`, `${text}${starved}`];
  });
}

function bufferText({ buffer, stream }: StreamReport): string {
  if (stream === 'irp') {
    return (
      `${counted(buffer.requestedBytes, 'byte')} in packets, ${counted(buffer.pages, 'page')} in ` +
      `${counted(buffer.contiguousRuns, 'run')}`
    );
  }
  return (
    `${counted(buffer.requestedBytes, 'byte')} requested, ${thousands(buffer.actualBytes)} given ` +
    `at offset ${thousands(buffer.offsetBytes)}; ${counted(buffer.pages, 'page')} in ` +
    `${counted(buffer.contiguousRuns, 'run')}, ${buffer.cacheType}`
  );
}

/** What became of stream packets and their mappings, where the pin takes them. */
function packetRows({ irps, mappings, starvations }: StreamReport): [string, string][] {
  if (irps === undefined) return [];
  const dry = starvations === 0 ? 'never starved' : `starved ${counted(starvations ?? 0, 'time')}`;
  const rows: [string, string][] = [
    [
      'packets',
      `${thousands(irps.completed)} completed, ${thousands(irps.cancelled)} cancelled; ${dry}`,
    ],
  ];
  if (mappings === undefined) return rows;
  const { bytesMax, bytesMin, handedOut, outstandingMax, released, revoked } = mappings;
  rows.push([
    'mappings',
    `${thousands(handedOut)} handed out, ${thousands(released)} released, ` +
      `${thousands(revoked)} revoked; ${thousands(bytesMin)} to ${thousands(bytesMax)} bytes, ` +
      `${thousands(outstandingMax)} at once at most`,
  ]);
  return rows;
}

function copiedText({ bouncedBytes = 0, bytesCopiedByDriverStack }: StreamReport): string {
  const text = `${counted(bytesCopiedByDriverStack, 'byte')} of sound by the driver stack`;
  return bouncedBytes === 0 ? text : `${text}, to bounce what the device cannot reach`;
}

function durationOf(count: number, report: StreamReport): string {
  return milliseconds((1000 * count) / report.format.rateHz);
}

function framesText(count: number, report: StreamReport): string {
  return `${counted(count, 'frame')} (${durationOf(count, report)})`;
}

function latencyRows(report: StreamReport): [string, string][] {
  const { chipsetDelay100ns, clientBytes, codecDelay100ns, fifoBytes, totalFrames } =
    report.latency;
  const frameBytes = (report.format.channels * report.format.containerBits) / 8;
  const bytes = (count: number): string =>
    `${counted(count, 'byte')} (${durationOf(count / frameBytes, report)})`;
  const delay = (delay100ns: number): string => milliseconds(delay100ns / 10_000);
  if (report.stream === 'irp') {
    return [
      ['latency', `packets under way ${bytes(clientBytes)}; what the hardware holds is not told`],
      ['', `= ${framesText(totalFrames, report)} predicted`],
    ];
  }
  return [
    ['latency', `cyclic buffer ${bytes(clientBytes)} + FIFO ${bytes(fifoBytes)}`],
    ['', `+ chipset ${delay(chipsetDelay100ns)} + codec ${delay(codecDelay100ns)}`],
    ['', `= ${framesText(totalFrames, report)} predicted`],
  ];
}

function mouthText(report: StreamReport): string {
  if (report.delayFrames === null) return 'nothing was recorded';
  return `spoken ${framesText(report.delayFrames, report)} after the start of the stream`;
}

function earText(report: StreamReport): string {
  if (report.delayFrames === null) return 'nothing was heard';
  const agrees = report.delayFrames === report.latency.totalFrames;
  const predicted = agrees ? 'as predicted' : `predicted ${thousands(report.latency.totalFrames)}`;
  return `first frame after ${framesText(report.delayFrames, report)}, ${predicted}`;
}

function interruptText({ interrupts, interruptsBeforeRun }: StreamReport): string {
  return `${thousands(interrupts)} while running, ${thousands(interruptsBeforeRun)} before`;
}

function callsText(report: StreamReport): string {
  const calls = Object.entries(report.callsWhileRunning);
  if (calls.length === 0) return 'none while running';
  const periods = Math.max(1, report.wakeUps);
  const texts = calls.map(([name, count]) => `${name} ${(count / periods).toFixed(2)}`);
  return `per period of ${durationOf(report.periodFrames, report)}: ${texts.join(', ')}`;
}

function glitchText(report: StreamReport): string {
  if (report.glitches === 0) return 'none';
  const shown = report.glitchList.slice(0, SHOWN_GLITCHES).map(({ atFrame, cause, frames }) => {
    return `${cause} at frame ${thousands(atFrame)} for ${thousands(frames)}`;
  });
  const more = report.glitches > SHOWN_GLITCHES ? ', ...' : '';
  return `${thousands(report.glitches)}: ${shown.join(', ')}${more}`;
}

function matchText(report: StreamReport): string {
  const isRecorded = isRecording(report);
  const arrived = isRecorded ? report.recordedFrames : report.heardFrames;
  const sent = counted(report.frames, 'frame');
  if (report.bitExact === null) {
    return `not compared, because the engine changed the sound; ${thousands(arrived)} of ${sent} heard`;
  }
  if (report.bitExact) return `yes, ${sent} bit for bit`;
  if (report.firstDifference === null) {
    return `NO: ${thousands(arrived)} of ${sent} ${isRecorded ? 'recorded' : 'heard'}`;
  }
  return `NO: first difference at frame ${thousands(report.firstDifference)} of ${sent}`;
}

function speedText(report: StreamReport): string {
  const speed = report.speed < 10 ? report.speed.toFixed(1) : thousands(Math.round(report.speed));
  return (
    `${speed} x real time (${report.virtualSeconds.toFixed(3)} s in ` +
    `${report.wallSeconds.toFixed(3)} s)`
  );
}
