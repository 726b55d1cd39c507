/**
 * The packet protocol's statuses, request by request: which packet numbers are taken before RUN and
 * in it, what late, early and malformed ones are answered, and what ends a stream.
 */
import { KSSTATE } from '../../standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../standards/ks/stream-packets.ts';
import {
  type NtStatus,
  STATUS_DATA_LATE_ERROR,
  STATUS_DATA_OVERRUN,
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  statusName,
} from '../../standards/nt/ntstatus.ts';
import type { Bench } from '../bench.ts';
import type { BenchStream } from '../bench-stream.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { openPackets, runToPacket } from '../packet-clock.ts';
import { judge, type Outcome } from '../verdict.ts';

const { ENDOFSTREAM, SPLICEPOINT } = KSSTREAM_HEADER_OPTIONSF;

/** Requests and what they were answered, against what the documents say. */
class Protocol {
  #asked = 0;
  readonly #faults: string[] = [];

  expect(request: string, answer: NtStatus, due: NtStatus): void {
    this.#asked++;
    if (answer === due) return;
    this.#faults.push(`${request}: ${statusName(answer)}, not ${statusName(due)}`);
  }

  holds(statement: string, isSo: boolean): void {
    this.#asked++;
    if (!isSo) this.#faults.push(statement);
  }

  get outcome(): Outcome {
    const measured = `${this.#asked - this.#faults.length} of ${this.#asked} answers`;
    return judge(this.#faults.length === 0, measured, this.#faults.join('; '));
  }
}

function renderStatuses(bench: Bench): Outcome {
  const protocol = new Protocol();
  const stream = openPackets(bench);
  const { pin } = stream;
  const write = (when: string, packet: number, due: NtStatus, flags = 0, bytes = 0): void => {
    const request = `packet ${packet}${flags === 0 ? '' : ` flags ${flags}`} ${when}`;
    protocol.expect(request, pin.setWritePacket(packet, flags, bytes), due);
  };
  write('before RUN', 2, STATUS_DATA_OVERRUN);
  write('before RUN', 0, STATUS_INVALID_PARAMETER, SPLICEPOINT);
  write('before RUN', 0, STATUS_SUCCESS);
  stream.run();
  write('at RUN', 0, STATUS_DATA_LATE_ERROR);
  write('at RUN', 1, STATUS_SUCCESS);
  write('at RUN', 2, STATUS_DATA_OVERRUN);
  runToPacket(stream, 4);
  write('in packet 4', 3, STATUS_DATA_LATE_ERROR);
  write('in packet 4', 4, STATUS_DATA_LATE_ERROR);
  write('in packet 4', 6, STATUS_DATA_OVERRUN);
  const packetBytes = stream.packetFrames * stream.frameBytes;
  write('in packet 4', 5, STATUS_INVALID_PARAMETER, ENDOFSTREAM, packetBytes + stream.frameBytes);
  write('in packet 4', 5, STATUS_SUCCESS, ENDOFSTREAM, packetBytes / 2);
  write('after the end', 6, STATUS_INVALID_DEVICE_STATE);
  stream.setState(KSSTATE.STOP);
  write('after STOP', 0, STATUS_SUCCESS);
  return protocol.outcome;
}

/** The last reader is so late that packets are lost; the newest one survives. */
function captureStatuses(bench: Bench): Outcome {
  const protocol = new Protocol();
  const stream = openPackets(bench);
  stream.run();
  const read = (packet: number, due: NtStatus): void => {
    protocol.expect(`a read in packet ${packet}`, stream.pin.tryReadPacket().status, due);
  };
  runToPacket(stream, 0);
  read(0, STATUS_DEVICE_NOT_READY);
  runToPacket(stream, 1);
  read(1, STATUS_SUCCESS);
  read(1, STATUS_DEVICE_NOT_READY);
  runToPacket(stream, 2);
  const { flags, moreData, packetNumber } = stream.pin.tryReadPacket();
  protocol.holds(`Flags is ${flags}, not 0`, flags === 0);
  protocol.holds('MoreData is TRUE with nothing more to read', !moreData);
  runToPacket(stream, LATE_PACKET);
  const newest = newestPacket(stream) - packetNumber;
  const due = LATE_PACKET - 2;
  protocol.holds(`a late reader gets ${newest} packets further, not ${due}`, newest === due);
  return protocol.outcome;
}

const LATE_PACKET = 9;

/** The number of the last packet that can be read now; -1 when there is none. */
function newestPacket({ notifications, pin }: BenchStream): number {
  let newest = -1;
  for (let read = 0; read < notifications; read++) {
    const { packetNumber, status } = pin.tryReadPacket();
    if (status !== STATUS_SUCCESS) break;
    newest = packetNumber;
  }
  return newest;
}

const common = {
  on: ['packets'],
  id: 'C-WVP-05',
  title: 'packet protocol',
  limit: 'each answer is the documented one',
} as const;

export const protocolCases: readonly ConformanceCase[] = [
  {
    ...common,
    checks: 'SETWRITEPACKET in time, late, early, malformed, as the last one and behind it',
    source: 'WRT-PKT-015 to WRT-PKT-019',
    direction: 'render',
    run: renderStatuses,
  },
  {
    ...common,
    checks: 'GETREADPACKET before there is one, once and twice for each, and far too late',
    source: 'WRT-PKT-007, WRT-PKT-009, WRT-PKT-010, WRT-PKT-012',
    direction: 'capture',
    run: captureStatuses,
  },
];
