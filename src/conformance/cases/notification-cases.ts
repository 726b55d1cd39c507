/**
 * Notification events: N per pass of the buffer, at the frame that ends a packet, in RUN and at no
 * other time; and a client that knows nothing but these events streams without a glitch. Events
 * carry no number, so one too many or too few is heard.
 */
import { framesIn } from '../../base/frame-time.ts';
import { KSSTATE } from '../../standards/ks/requests.ts';
import type { Bench } from '../bench.ts';
import type { BenchStream } from '../bench-stream.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { sleepInPause } from '../device-sleep.ts';
import { heardPattern, PatternReader } from '../pattern-run.ts';
import { inFrames } from '../quantity.ts';
import { fail, judge, type Outcome } from '../verdict.ts';
import { judgePattern } from './data-cases.ts';

const BUFFER_MS = 20;
const PASSES = 25;
/** A packet ends at a whole frame; the nanosecond may be the next one's. */
const ACCURACY_FRAMES = 1;

/** Once per pass and twice: both counts that there are. */
function atTheExactFrame(bench: Bench): Outcome {
  const measured: string[] = [];
  for (const notifications of [1, 2]) {
    const other = bench.another();
    const stream = other.openMs(BUFFER_MS, { notifications });
    const { times } = stream.events;
    stream.run();
    other.runForMs(PASSES * BUFFER_MS + BUFFER_MS / 10);
    const fault = faultOf(stream, times, measured);
    other.close();
    if (fault !== null) return fail(measured.join('; '), fault);
  }
  return judge(true, measured.join('; '), '');
}

/** What is wrong with the moments of notification; null when nothing is. */
function faultOf(stream: BenchStream, times: readonly number[], measured: string[]): string | null {
  const { format, packetFrames } = stream;
  const due = Math.floor(stream.elapsedFrames / packetFrames);
  measured.push(`${times.length} of ${due} for ${stream.notifications} per pass`);
  const { chipsetDelay100ns, codecDelay100ns, fifoBytes } = stream.pin.hardwareLatency();
  const held = fifoBytes / stream.frameBytes;
  const delay = ((chipsetDelay100ns + codecDelay100ns) * format.rateHz) / 1e7;
  let offset: number | null = null;
  for (const [index, timeNs] of times.entries()) {
    const frame = framesIn(timeNs - stream.runNs, format.rateHz);
    // Memory may be ahead of the clock or behind it by what the hardware holds, always alike.
    const off = frame - (index + 1) * packetFrames;
    if (off < -held - ACCURACY_FRAMES || off > held + delay + ACCURACY_FRAMES) {
      return `notification ${index + 1} came ${inFrames(off)} beside its packet`;
    }
    offset ??= off;
    if (Math.abs(off - offset) > ACCURACY_FRAMES) {
      return `notification ${index + 1} came ${inFrames(off - offset)} beside the others`;
    }
  }
  return times.length === due ? null : `${times.length} notifications instead of ${due}`;
}

const STANDING_MS = 100;

/** In every state but RUN, on the way up and on the way down. */
function onlyInRun(bench: Bench): Outcome {
  const stream = bench.openMs(BUFFER_MS);
  const { times } = stream.events;
  const seen: string[] = [];
  const stand = (state: KSSTATE, name: string): void => {
    stream.setState(state);
    const before = times.length;
    bench.runForMs(STANDING_MS);
    if (times.length > before) seen.push(`${times.length - before} in ${name}`);
  };
  stand(KSSTATE.ACQUIRE, 'ACQUIRE');
  stand(KSSTATE.PAUSE, 'PAUSE before RUN');
  stream.setState(KSSTATE.RUN);
  bench.runForMs(2.6 * BUFFER_MS);
  const running = times.length;
  stand(KSSTATE.PAUSE, 'PAUSE after RUN');
  stand(KSSTATE.ACQUIRE, 'ACQUIRE after RUN');
  stand(KSSTATE.STOP, 'STOP after RUN');
  const measured = seen.length === 0 ? `0, and ${running} in RUN` : seen.join(', ');
  return judge(seen.length === 0, measured, 'events are set while the stream does not run');
}

/** Halves of a packet: the device sleeps in the midst of one. */
const BEFORE_SLEEP_PACKETS = 5.5;
const AFTER_SLEEP_PACKETS = 6;

/** A registered event stays registered while the device sleeps, and none comes twice. */
function afterSleep(bench: Bench): Outcome {
  const stream = bench.openMs(BUFFER_MS);
  const { times } = stream.events;
  const packetMs = BUFFER_MS / stream.notifications;
  stream.run();
  bench.runForMs(BEFORE_SLEEP_PACKETS * packetMs);
  const asleep = sleepInPause(stream);
  if (asleep !== null) return asleep;
  bench.runForMs(AFTER_SLEEP_PACKETS * packetMs);
  const due = Math.floor(stream.elapsedFrames / stream.packetFrames);
  const reason = 'notifications are lost or repeated when the device sleeps';
  return judge(times.length === due, `${times.length} of ${due}`, reason);
}

const CLIENT_MS = 500;

/** At each event one packet is over, and the client fills or empties that packet's place. */
function eventDriven(bench: Bench): Outcome {
  const stream = bench.openMs(BUFFER_MS);
  const reader = new PatternReader(stream);
  const { events, packetFrames } = stream;
  events.notified = () => {
    const over = events.times.length;
    if (bench.isCapture) reader.readUpTo(over * packetFrames);
    else stream.writePatternUpTo((over + stream.notifications) * packetFrames);
  };
  if (!bench.isCapture) stream.writePatternUpTo(stream.bufferFrames);
  stream.run();
  bench.runForMs(CLIENT_MS);
  const result = bench.isCapture ? reader.result : heardPattern(stream);
  return judgePattern(result, `the sound is broken at frame ${result.frames}`);
}

const common = { on: ['notification'] } as const;

export const notificationCases: readonly ConformanceCase[] = [
  {
    ...common,
    id: 'C-NTF-01',
    title: 'N notifications per pass, at the frame',
    checks: '25 passes of the buffer with one and with two notifications each',
    limit: 'exactly N per pass, each at the frame that ends its packet',
    source: 'WRT-NTF-019, WRT-NTF-008',
    run: atTheExactFrame,
  },
  {
    ...common,
    id: 'C-NTF-02',
    title: 'no notification outside RUN',
    checks: '100 ms in each other state, before RUN and after it',
    limit: 'no event is set',
    source: 'WRT-NTF-019',
    run: onlyInRun,
  },
  {
    ...common,
    id: 'C-NTF-03',
    title: 'an event-driven client',
    checks: 'half a second of sound by a client that counts nothing but events',
    limit: 'every frame bit for bit',
    source: 'WRT-NTF-017, WRT-LAT-011',
    run: eventDriven,
  },
  {
    ...common,
    id: 'C-NTF-04',
    title: 'notifications after D3 and D0',
    checks: '5.5 packets in RUN, PAUSE with 100 ms in D3, 6 packets in RUN',
    limit: 'one for each packet of the whole',
    source: 'WRT-PWR-003',
    run: afterSleep,
  },
];
