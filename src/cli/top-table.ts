/** The table of `waveport top`, for a person and for a program. */

import { reportedFormat } from '../machine/session-facts.ts';
import type { SessionRow, StreamRow } from '../machine/stream-table.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import { thousands } from './quantities.ts';

export interface TopTitle {
  readonly device: string;
  readonly driver: string;
  /** Of virtual time, since the streams were opened. */
  readonly seconds: number;
  /** Times as fast as real time. */
  readonly speed: number;
}

/** Width of each column of numbers; what stands behind them is as wide as it is. */
const WIDTHS = [7, 7, 8, 8, 6, 6, 8] as const;
const STATE_WIDTH = 8;
const FORMAT_WIDTH = 18;
const STREAM_HEADS = ['PERIOD', 'LEAD', 'MS', 'GLITCHES', 'INT/S', 'DPC/S', 'DPC US/S'];
const SESSION_HEADS = ['PADDING', 'BUFFER', 'VOLUME', 'STARVED'];

/** `names` are those of the sessions. */
export function tableLines(title: TopTitle, row: StreamRow, names: readonly string[]): string[] {
  const lines = [
    titleLine(title),
    line('STATE', STREAM_HEADS, 'FORMAT', 'STREAM'),
    line(row.state, streamCells(row), formatText(row.format), streamName(row)),
  ];
  if (row.mode === 'exclusive') {
    return [...lines.slice(0, 2), `${lines[2]}: ${names.join(', ')}`];
  }
  lines.push(line('', SESSION_HEADS, '', 'SESSION'));
  row.sessions.forEach((session, index) => {
    const name = `+ ${names[index] ?? `session ${index + 1}`}`;
    lines.push(line(session.state, sessionCells(session), formatText(session.format), name));
  });
  return lines;
}

export function rowJson(seconds: number, row: StreamRow, names: readonly string[]): object {
  const { atNs, format, sessions, ...facts } = row;
  return {
    seconds,
    atNs,
    ...facts,
    format: reportedFormat(format),
    sessions: sessions.map((session, index) => ({
      name: names[index] ?? null,
      ...session,
      format: reportedFormat(session.format),
    })),
  };
}

function titleLine({ device, driver, seconds, speed }: TopTitle): string {
  const pace = speed < 10 ? speed.toFixed(1) : thousands(Math.round(speed));
  return `${device}, driver ${driver}: ${seconds.toFixed(3)} s, ${pace} x real time`;
}

function line(state: string, cells: readonly string[], format: string, name: string): string {
  const numbers = WIDTHS.map((width, index) => (cells[index] ?? '').padStart(width)).join(' ');
  return `${state.padEnd(STATE_WIDTH)}${numbers}  ${format.padEnd(FORMAT_WIDTH)} ${name}`;
}

function streamCells(row: StreamRow): string[] {
  const { leadFrames, leadMs } = row;
  return [
    thousands(row.periodFrames),
    leadFrames === null ? '-' : thousands(leadFrames),
    leadMs === null ? '-' : leadMs.toFixed(3),
    thousands(row.glitches),
    row.interruptsPerSecond.toFixed(1),
    row.dpcsPerSecond.toFixed(1),
    row.dpcUsPerSecond.toFixed(1),
  ];
}

function sessionCells(session: SessionRow): string[] {
  const { bufferFrames, isMuted, paddingFrames, starvedFrames, volume } = session;
  return [
    thousands(paddingFrames),
    thousands(bufferFrames),
    isMuted ? 'muted' : volume.toFixed(2),
    thousands(starvedFrames),
  ];
}

/** `48 kHz 2ch 16`, `44.1 kHz 6ch 24/32` for 24 bits in 32, `96 kHz 8ch f32` for float. */
function formatText({ channels, containerBits, float, rateHz, validBits }: PcmFormat): string {
  const padded = validBits === containerBits ? '' : `/${containerBits}`;
  return `${rateHz / 1000} kHz ${channels}ch ${float ? 'f' : ''}${validBits}${padded}`;
}

const streamName = ({ direction, drive, endpoint, mode }: StreamRow): string =>
  `${endpoint}, ${direction}, ${mode} by ${drive}`;
