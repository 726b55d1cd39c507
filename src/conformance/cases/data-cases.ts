/**
 * Data integrity: what was sent is heard, what was spoken is captured, every channel of every
 * frame; and moving a sound takes as long as it lasts. After Linux' ALSA selftests and ChromiumOS'
 * conformance test; in virtual time a single wrong frame is a failure.
 */
import { KsError } from '../../client/ks-object.ts';
import { describeFormat, type PcmFormat } from '../../standards/pcm/format.ts';
import type { Bench } from '../bench.ts';
import {
  ALSA_CONFORMANCE,
  ALSA_SELFTEST,
  ANY_STREAM,
  type ConformanceCase,
} from '../conformance-case.ts';
import { type PatternResult, runPattern } from '../pattern-run.ts';
import { PositionTrack } from '../position-track.ts';
import { inFrames, inMs } from '../quantity.ts';
import { fail, judge, type Outcome } from '../verdict.ts';

const SOUND_MS = 4000;
const DURATION_TOLERANCE_MS = 100;
const PATIENCE_MS = 1000;
/** Period and buffer in frames. */
const SHAPES: readonly (readonly [number, number])[] = [
  [512, 4096],
  [24_000, 192_000],
];
const MOST_POLL_MS = 5;

function duration(bench: Bench): Outcome {
  const measured: string[] = [];
  let isWithin = true;
  let granted = 0;
  for (const [periodFrames, bufferFrames] of SHAPES) {
    const other = bench.another();
    try {
      const tookMs = moveSound(other, periodFrames, bufferFrames);
      granted++;
      isWithin &&= tookMs !== null && Math.abs(tookMs - SOUND_MS) <= DURATION_TOLERANCE_MS;
      measured.push(`${periodFrames}/${bufferFrames}: ${tookMs === null ? 'never' : inMs(tookMs)}`);
    } catch (error) {
      if (!(error instanceof KsError)) throw error;
      measured.push(`${periodFrames}/${bufferFrames}: ${error.message}`);
    } finally {
      other.close();
    }
  }
  if (granted === 0) return fail(measured.join('; '), 'no buffer of these sizes is given');
  return judge(isWithin, measured.join('; '), '4 s of sound do not take 4 s');
}

/** Milliseconds until the position has moved by 4 s of sound; null when that does not happen. */
function moveSound(bench: Bench, periodFrames: number, bufferFrames: number): number | null {
  const stream = bench.openAny({ bufferFrames, packetFrames: periodFrames });
  const { rateHz } = stream.format;
  const due = (SOUND_MS * rateHz) / 1000;
  const pollMs = Math.min(MOST_POLL_MS, (1000 * periodFrames) / rateHz);
  const track = new PositionTrack(stream);
  stream.run();
  const first = track.read().playFrames;
  while (bench.now - stream.runNs < (SOUND_MS + PATIENCE_MS) * 1e6) {
    bench.runForMs(pollMs);
    if (track.read().playFrames - first >= due) return (bench.now - stream.runNs) / 1e6;
  }
  return null;
}

const PATTERN_PERIOD = 4096;
const PATTERN_BUFFER = 16_384;
const PATTERN_RATE_HZ = 8000;
const PATTERN_CHANNELS = 4;

function integrity(bench: Bench): Outcome {
  const format = patternFormat(bench);
  const stream = bench.openAny({ bufferFrames: PATTERN_BUFFER, format });
  const result = runPattern(stream, PATTERN_PERIOD, SOUND_MS);
  const where = bench.isCapture ? 'captured as it was spoken' : 'heard as it was sent';
  const outcome = judgePattern(result, `frame ${result.frames} was not ${where}`);
  return { ...outcome, measured: `${outcome.measured}, ${describeFormat(format)}` };
}

/** Four channels at 8 kHz, as the selftest has it, where the pin claims that. */
function patternFormat(bench: Bench): PcmFormat {
  const isPublished = ({ channels, float, rateHz, validBits }: PcmFormat): boolean =>
    rateHz === PATTERN_RATE_HZ && channels === PATTERN_CHANNELS && validBits === 16 && !float;
  const claimed = bench.claimedFormats.find(([format]) => isPublished(format));
  return claimed?.[0] ?? bench.subject.format;
}

/** All frames that were due have to be right, and some have to be. */
export function judgePattern({ due, frames }: PatternResult, reason: string): Outcome {
  if (due === 0) return fail('0 frames', 'nothing came through');
  return judge(frames === due, `${frames} of ${inFrames(due)} bit for bit`, reason);
}

/** Period and block of 240 frames for one second, as alsa_conformance_test does it by default. */
const SHORT_PERIOD = 240;
const SHORT_MS = 1000;

function noXruns(bench: Bench): Outcome {
  const stream = bench.openAny({ bufferFrames: 2 * SHORT_PERIOD, packetFrames: SHORT_PERIOD });
  const result = runPattern(stream, SHORT_PERIOD, SHORT_MS);
  const what = bench.isCapture ? 'overrun' : 'underrun';
  return judgePattern(result, `${what} at frame ${result.frames}`);
}

export const dataCases: readonly ConformanceCase[] = [
  {
    on: ANY_STREAM,
    id: 'C-ACT-04',
    title: 'no underruns and overruns',
    checks: 'one second in periods of 240 frames, each frame followed to its end',
    limit: '0 underruns, 0 overruns',
    source: ALSA_CONFORMANCE,
    run: noXruns,
  },
  {
    on: ANY_STREAM,
    id: 'C-LNX-01',
    title: 'four seconds take four seconds',
    checks: 'the position moves 4 s of sound, with periods/buffers of 512/4096 and 24000/192000',
    limit: '4 s +- 100 ms',
    source: `${ALSA_SELFTEST} (pcm-test)`,
    run: duration,
  },
  {
    on: ANY_STREAM,
    id: 'C-LNX-02',
    title: 'sound is intact',
    checks:
      'four seconds of a pattern for each channel through 16384 frames, 4 at 8 kHz if claimed',
    limit: 'every frame bit for bit',
    source: `${ALSA_SELFTEST} (test-pcmtest-driver)`,
    run: integrity,
  },
];
