/**
 * What to say about a stream that glitched on a device which takes much at once: that it does, how
 * much was ready, and which option helps. The report knows where it glitched, and not that.
 */
import { ampleBufferMs } from '../machine/device-burst.ts';
import type { PlayReport } from '../machine/play-report.ts';
import type { SharedPlayReport } from '../machine/shared-play-report.ts';
import type { DeviceKind } from './device-kinds.ts';
import { thousands } from './quantities.ts';
import type { StreamOptions } from './stream-config.ts';

type Lateness = Pick<StreamOptions, 'dpcJitterUs' | 'interruptJitterUs' | 'wakeJitterUs'>;
type Asked = Pick<StreamOptions, 'bufferMs' | 'port' | 'stream'> & Lateness;

/** The port that lends the device what there is, and loses nothing when that is little. */
const LENDING_PORT = 'wavepci';

/**
 * Null when nothing was wrong with the sound, when the device takes nothing at once, or when
 * lateness was asked for, which is as good a reason.
 */
export function burstRemark(
  device: DeviceKind,
  options: Asked,
  report: PlayReport | SharedPlayReport,
): string | null {
  const { burst } = device;
  const isFine = report.glitches === 0 && report.bitExact !== false;
  if (burst === undefined || isFine || isLate(options)) return null;
  const helps = whatHelps(device, options, report);
  if (helps.length === 0) return null;
  const frameBytes = (report.format.channels * report.format.containerBits) / 8;
  const ready = Math.round(report.latency.clientBytes / frameBytes);
  const who = report.mode === 'shared' ? 'the engine' : 'the client';
  return (
    `${report.device} takes ${thousands(burst.frames)} frames for itself when a stream begins, and ` +
    `${who} keeps ${thousands(ready)} ready; what helps: ${helps.join(', or ')}`
  );
}

const isLate = ({ dpcJitterUs, interruptJitterUs, wakeJitterUs }: Lateness): boolean =>
  [dpcJitterUs, interruptJitterUs, wakeJitterUs].some((us) => us !== undefined);

function whatHelps(
  device: DeviceKind,
  { bufferMs, port, stream }: Asked,
  { format, mode, stream: kind }: PlayReport | SharedPlayReport,
): string[] {
  const lends = device.ports?.has(LENDING_PORT) === true && (port ?? LENDING_PORT) !== LENDING_PORT;
  const byPort = lends ? [`--port ${LENDING_PORT}`] : [];
  if (mode === 'shared') {
    const byDrive = stream === 'timer' ? ['another --stream than timer'] : [];
    return [...byDrive, ...byPort, '--exclusive'];
  }
  if (kind === 'irp') return byPort;
  const ampleMs = ampleBufferMs(device, format.rateHz);
  const isShort = bufferMs !== undefined && bufferMs < ampleMs;
  return isShort ? [`--buffer-ms ${ampleMs}`, ...byPort] : [];
}
