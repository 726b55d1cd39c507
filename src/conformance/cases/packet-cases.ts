/**
 * Packets: counts and numbers without gap or repeat, at real-time rate whether the client keeps up
 * or not, from 0 after each STOP; and what was heard or captured when, to the frame. The statuses
 * of the protocol have a file of their own.
 */
import { KSSTATE } from '../../standards/ks/requests.ts';
import { ntSuccess, statusName } from '../../standards/nt/ntstatus.ts';
import type { Bench } from '../bench.ts';
import type { BenchStream } from '../bench-stream.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { heardFrames, storedFrames } from '../exact-frames.ts';
import { openPackets, runToPacket } from '../packet-clock.ts';
import { heardPattern, PatternReader } from '../pattern-run.ts';
import { inFrames } from '../quantity.ts';
import { fail, judge, type Outcome, pass } from '../verdict.ts';
import { judgePattern } from './data-cases.ts';

const PACKETS = 20;
const NS_PER_TICK = 100;

function send(stream: BenchStream, packet: number): void {
  stream.writePatternUpTo((packet + 1) * stream.packetFrames);
  stream.pin.check(`SETWRITEPACKET ${packet}`, stream.pin.setWritePacket(packet, 0, 0));
}

function count(stream: BenchStream): number {
  const answer = stream.pin.tryPacketCount();
  stream.pin.check('PACKETCOUNT', answer.status);
  return answer.count;
}

/** The client writes each packet in time, and asks for the count in the middle of each. */
function countsPackets(bench: Bench): Outcome {
  const stream = openPackets(bench);
  send(stream, 0);
  stream.run();
  for (let packet = 0; packet < PACKETS; packet++) {
    runToPacket(stream, packet);
    const counted = count(stream);
    if (counted !== packet) {
      return fail(`${counted} after ${packet} packets`, 'PACKETCOUNT is not what was moved');
    }
    send(stream, packet + 1);
  }
  return pass(`0 to ${PACKETS - 1}`);
}

function numbersPackets(bench: Bench): Outcome {
  const stream = openPackets(bench);
  stream.run();
  for (let packet = 0; packet < PACKETS; packet++) {
    runToPacket(stream, packet + 1);
    const { packetNumber, status } = stream.pin.tryReadPacket();
    if (!ntSuccess(status)) return fail(statusName(status), `packet ${packet} cannot be read`);
    if (packetNumber !== packet) {
      return fail(`${packetNumber} instead of ${packet}`, 'GETREADPACKET skips or repeats');
    }
  }
  return pass(`0 to ${PACKETS - 1}`);
}

/** The client stops writing after the first packet. */
function countsInUnderflow(bench: Bench): Outcome {
  const stream = openPackets(bench);
  send(stream, 0);
  stream.run();
  runToPacket(stream, 2);
  const before = count(stream);
  runToPacket(stream, 2 + PACKETS);
  const advanced = count(stream) - before;
  const reason = 'the count does not go on at real-time rate without new packets';
  return judge(advanced === PACKETS, `${advanced} in the time of ${PACKETS} packets`, reason);
}

/** At each notification the client hands over the next packet, or takes the one that is ready. */
function packetDriven(bench: Bench): Outcome {
  const stream = openPackets(bench);
  const reader = new PatternReader(stream);
  const { events, packetFrames } = stream;
  const faults: string[] = [];
  let nextRead = 0;
  events.notified = () => {
    if (bench.isCapture) {
      const { packetNumber, status } = stream.pin.tryReadPacket();
      if (!ntSuccess(status)) faults.push(`GETREADPACKET: ${statusName(status)}`);
      else if (packetNumber !== nextRead) faults.push(`packet ${packetNumber}, not ${nextRead}`);
      else reader.readUpTo((packetNumber + 1) * packetFrames);
      nextRead = packetNumber + 1;
      return;
    }
    const packet = events.times.length + 1;
    stream.writePatternUpTo((packet + 1) * packetFrames);
    const status = stream.pin.setWritePacket(packet, 0, 0);
    if (!ntSuccess(status)) faults.push(`SETWRITEPACKET ${packet}: ${statusName(status)}`);
  };
  if (!bench.isCapture) for (const packet of [0, 1]) send(stream, packet);
  stream.run();
  runToPacket(stream, PACKETS);
  const [fault] = faults;
  const result = bench.isCapture ? reader.result : heardPattern(stream);
  if (fault !== undefined) return fail(inFrames(result.frames), fault);
  return judgePattern(result, `the sound is broken at frame ${result.frames}`);
}

/** Counts and numbers start over at STOP. */
function zeroAfterStop(bench: Bench): Outcome {
  const stream = openPackets(bench);
  stream.run();
  runToPacket(stream, 5);
  stream.setState(KSSTATE.STOP);
  const reason = 'packets do not start at 0 after STOP';
  if (!bench.isCapture) {
    const counted = count(stream);
    return judge(counted === 0, `PACKETCOUNT is ${counted}`, reason);
  }
  stream.run();
  runToPacket(stream, 1);
  const { packetNumber, status } = stream.pin.tryReadPacket();
  if (!ntSuccess(status)) return fail(statusName(status), 'no packet can be read after STOP');
  return judge(packetNumber === 0, `the first packet is ${packetNumber}`, reason);
}

const STEP_NS = 1_234_567;
const READINGS = 60;
/** A position is a whole frame. */
const ACCURACY_FRAMES = 1;

function presentation(bench: Bench): Outcome {
  const stream = openPackets(bench);
  stream.writeAhead();
  stream.run();
  let worst = 0;
  for (let reading = 0; reading < READINGS; reading++) {
    bench.machine.runFor(STEP_NS);
    stream.writeAhead();
    const { positionInBlocks, qpcPosition, status } = stream.pin.tryPresentationPosition();
    stream.pin.check('PRESENTATION_POSITION', status);
    const askedTicks = Math.floor(bench.now / NS_PER_TICK);
    if (qpcPosition !== askedTicks) {
      return fail(
        `${qpcPosition} at ${askedTicks}`,
        'u64QPCPosition is not the time of the reading',
      );
    }
    worst = Math.max(worst, Math.abs(positionInBlocks - heardFrames(stream)));
  }
  const reason = 'u64PositionInBlocks is not what has left the output';
  return judge(worst <= ACCURACY_FRAMES, `off by ${inFrames(worst)} at most`, reason);
}

/** When the first sample of a packet was taken, against when the mouth spoke that frame. */
function readTimes(bench: Bench): Outcome {
  const leading = pipelineFrames(bench);
  const stream = openPackets(bench);
  stream.run();
  const { packetFrames, format } = stream;
  let worst = 0;
  for (let packet = 0; packet < PACKETS; packet++) {
    runToPacket(stream, packet + 1);
    const { performanceCounter, status } = stream.pin.tryReadPacket();
    stream.pin.check('GETREADPACKET', status);
    const spokenAt = (packet * packetFrames - leading) / format.rateHz;
    const saidAt = (performanceCounter * NS_PER_TICK - stream.runNs) / 1e9;
    worst = Math.max(worst, Math.abs(saidAt - spokenAt) * format.rateHz);
  }
  const reason = 'PerformanceCounterValue is not when the first sample was taken';
  return judge(worst <= ACCURACY_FRAMES, `off by ${inFrames(worst)} at most`, reason);
}

/** Places of the buffer before the first spoken frame, found out on a bench of its own. */
function pipelineFrames(bench: Bench): number {
  const other = bench.another();
  const stream = openPackets(other);
  stream.run();
  runToPacket(stream, 1);
  const { leadingFrames } = storedFrames(stream);
  other.close();
  return leadingFrames;
}

const common = { on: ['packets'] } as const;

export const packetCases: readonly ConformanceCase[] = [
  {
    ...common,
    id: 'C-PKT-01',
    title: 'packet count',
    checks: 'PACKETCOUNT in the middle of 20 packets that were all written in time',
    limit: 'the number of packets moved, without gap or repeat',
    source: 'WRT-PKT-022',
    direction: 'render',
    run: countsPackets,
  },
  {
    ...common,
    id: 'C-PKT-02',
    title: 'packet numbers',
    checks: 'GETREADPACKET in the middle of 20 packets',
    limit: '0, 1, 2, ... without gap or repeat',
    source: 'WRT-PKT-006',
    direction: 'capture',
    run: numbersPackets,
  },
  {
    ...common,
    id: 'C-PKT-03',
    title: 'count in underflow',
    checks: 'PACKETCOUNT over 20 packets that the client did not write',
    limit: 'advances at nominal rate',
    source: 'WRT-PKT-020',
    direction: 'render',
    run: countsInUnderflow,
  },
  {
    ...common,
    id: 'C-PKT-04',
    title: 'a packet-driven client',
    checks: '20 packets by a client that acts on notifications and packet requests alone',
    limit: 'every frame bit for bit',
    source: 'WRT-PKT-003, WRT-PKT-004',
    run: packetDriven,
  },
  {
    ...common,
    id: 'C-PKT-05',
    title: 'packets after STOP',
    checks: 'five packets, STOP, and the count or the first number then',
    limit: '0',
    source: 'WRT-STA-014',
    run: zeroAfterStop,
  },
  {
    ...common,
    id: 'C-PKT-06',
    title: 'presentation position',
    checks: 'PRESENTATION_POSITION at 60 odd moments against frames counted at the ear',
    limit: 'exact to one frame in virtual time',
    source: 'WRT-PKT-025',
    direction: 'render',
    run: presentation,
  },
  {
    ...common,
    id: 'C-PKT-07',
    title: 'time of captured packets',
    checks: 'PerformanceCounterValue of 20 packets against when their first frames were spoken',
    limit: 'exact to one frame in virtual time',
    source: 'WRT-PKT-008',
    direction: 'capture',
    run: readTimes,
  },
];
