/**
 * The latency of a stream through the audio engine, in shared mode. To play, B is two buffers in a
 * row: the session's, which the client keeps full, and what the engine keeps ahead of the device;
 * to record, it is the period that a pass hands on. Both are measured as exclusive streams are: at
 * the ear against what is written next, and at the mouth. Source: "Low Latency Audio".
 */
import { defined } from '../base/assert.ts';
import { enumerateFilters, findEndpoints } from '../client/endpoints.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { chooseEndpoint } from './choose-endpoint.ts';
import type { AudioDevice } from './devices.ts';
import { ReadAges, SPARE_FRAMES } from './latency-capture.ts';
import { leftBehind } from './latency-check.ts';
import { type LatencyConfig, measuredFrames } from './latency-render.ts';
import { type LatencyRow, latencyRow, SeenFrames } from './latency-row.ts';
import { latencySound } from './latency-sound.ts';
import { hardwareFrames, latencyTerms } from './latency-terms.ts';
import type { Machine } from './machine.ts';
import { bootForPlay } from './play-session.ts';
import { SharedPlay } from './shared-play.ts';
import { SharedRecord } from './shared-record.ts';

/** `bufferMs` is two periods of the engine, of which it takes the nearest that it has. */
export type SharedLatencyConfig = Omit<LatencyConfig, 'stream'>;

/** @throws StartError, NoEndpointError, FormatRefusedError, WasapiError */
export function measureSharedRenderLatency(config: SharedLatencyConfig): LatencyRow {
  const { bufferMs, format } = config;
  const machine = bootForPlay(config);
  checkFormat(machine, format);
  const { speaker } = machine.device;
  const ahead = new SeenFrames();
  let writtenNs = -1;
  let aheadFrames = 0;
  let sessionFrames = 0;
  const file = latencySound(format, measuredFrames(config), (first, frames, wanted) => {
    // Before it starts, the client fills all of the session's buffer: nothing is under way yet.
    if (first === 0) sessionFrames = wanted;
    if (first === 0) return;
    if (machine.now !== writtenNs && writtenNs >= 0) ahead.see(aheadFrames);
    if (frames < wanted) return;
    writtenNs = machine.now;
    aheadFrames = first + frames - (speaker.heardFrames + speaker.silentFrames);
  });
  const session = new SharedPlay({ ...config, files: [file], periodMs: bufferMs / 2 }, machine);
  const engine = defined(session.endpoint.renderEngine, 'engine of the endpoint');
  while (!session.step());
  const report = session.finish(0);
  const size = frameBytes(session.format);
  const clientFrames = sessionFrames + engine.leadFrames;
  const terms = latencyTerms(clientFrames * size, report.latency, session.format);
  return latencyRow({
    direction: 'render',
    stream: 'shared',
    rateHz: session.format.rateHz,
    requestedMs: bufferMs,
    bufferFrames: report.buffer.actualBytes / size,
    wakeUps: report.wakeUps,
    terms,
    leastClientFrames: clientFrames,
    // The client's first frames are in the pass that comes before RUN.
    fromRunFrames: engine.passToDeviceFrames + hardwareFrames(terms),
    measured: {
      ...ahead.plus(report.delayFrames ?? Number.NaN),
      fromRunFrames: report.delayFrames,
    },
    left: leftBehind({ ...report, bitExact: report.bitExact === true }),
  });
}

/** @throws StartError, NoEndpointError, FormatRefusedError, WasapiError */
export function measureSharedCaptureLatency(config: SharedLatencyConfig): LatencyRow {
  const { bufferMs, format } = config;
  const machine = bootForPlay(config);
  const frames = measuredFrames(config);
  const size = frameBytes(format);
  const ages = new ReadAges(frames);
  const session = new SharedRecord(
    {
      ...config,
      periodMs: bufferMs / 2,
      spoken: latencySound(format, frames + SPARE_FRAMES),
      frames,
      captured: () => ({
        write: (_bytes, _offset, byteLength) =>
          ages.took(byteLength / size, machine.device.lineIn.spokenFrames, machine.now),
      }),
    },
    machine,
  );
  while (!session.step());
  const report = session.finish(0);
  return latencyRow({
    direction: 'capture',
    stream: 'shared',
    rateHz: format.rateHz,
    requestedMs: bufferMs,
    bufferFrames: report.buffer.actualBytes / size,
    wakeUps: report.wakeUps,
    terms: latencyTerms(report.periodFrames * size, report.latency, format),
    leastClientFrames: report.periodFrames,
    measured: { ...ages.oldest.plus(0), newest: ages.newest.plus(0) },
    left: leftBehind(report),
  });
}

/** The engine converts what the endpoint does not take, and then measures something else. */
function checkFormat(machine: Machine<AudioDevice>, format: PcmFormat): void {
  const home = { process: machine.openProcess('latency'), ram: machine.kernel.ram };
  const endpoints = findEndpoints(enumerateFilters(home, machine.kernel.interfaces));
  chooseEndpoint(endpoints, 'render', format);
}
