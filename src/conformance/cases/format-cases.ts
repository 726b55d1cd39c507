/**
 * Formats and rates: everything that the data ranges of a pin claim opens, is read back as it was
 * asked for, and runs; and at each rate the position is a clock of that rate. Claims that do not
 * hold are among the commonest faults that ChromiumOS' conformance test has found.
 */

import { KsError } from '../../client/ks-object.ts';
import type { KsPin } from '../../client/ks-pin.ts';
import type { StreamPin } from '../../client/stream-pin.ts';
import { KSPROPSETID_Connection } from '../../standards/ks/guids.ts';
import { KSPROPERTY_CONNECTION, KSSTATE } from '../../standards/ks/requests.ts';
import { readWaveDataFormat, waveDataFormatBytes } from '../../standards/ks/wave-data-format.ts';
import { type NtStatus, ntSuccess, statusName } from '../../standards/nt/ntstatus.ts';
import { describeFormat, type PcmFormat } from '../../standards/pcm/format.ts';
import type { Bench } from '../bench.ts';
import type { ClaimedFormat } from '../claimed-formats.ts';
import {
  ALSA_CONFORMANCE,
  type ConformanceCase,
  ONE_STREAM,
  WAVE_TEST,
} from '../conformance-case.ts';
import { judge, type Outcome } from '../verdict.ts';

const BUFFER_MS = 20;
/** Two odd moments after RUN; the first lies behind what a pipeline holds. */
const FIRST_LOOK_MS = 7.3;
const SECOND_LOOK_MS = 3.1;
const SHOWN_FAULTS = 3;

type OpenPin = KsPin | StreamPin;

/** Judges what `check` says of each claimed format; null is good. */
function eachFormat(bench: Bench, check: (format: ClaimedFormat) => string | null): Outcome {
  const formats = bench.claimedFormats;
  const faults: string[] = [];
  for (const format of formats) {
    const fault = check(format);
    if (fault !== null) faults.push(`${describeFormat(format[0])}: ${fault}`);
  }
  const more = faults.length > SHOWN_FAULTS ? `; and ${faults.length - SHOWN_FAULTS} more` : '';
  const measured = `${formats.length - faults.length} of ${formats.length} formats`;
  const isGood = faults.length === 0 && formats.length > 0;
  const reason =
    formats.length === 0
      ? 'no wave format is claimed'
      : faults.slice(0, SHOWN_FAULTS).join('; ') + more;
  return judge(isGood, measured, reason);
}

/** The pin in the first container that it takes. */
function openClaimed(
  bench: Bench,
  [first, ...others]: ClaimedFormat,
): { status: NtStatus; pin: OpenPin | null } {
  const answer = bench.tryOpenPin(first);
  for (const other of others) {
    if (answer.pin !== null) break;
    const again = bench.tryOpenPin(other);
    if (again.pin !== null) return again;
  }
  return answer;
}

function opensAsClaimed(bench: Bench): Outcome {
  return eachFormat(bench, (claimed) => {
    const { pin, status } = openClaimed(bench, claimed);
    if (pin === null) return statusName(status);
    const fault = readBack(pin);
    pin.close();
    return fault;
  });
}

function readBack(pin: OpenPin): string | null {
  const bytes = waveDataFormatBytes(pin.format);
  const status = pin.get(KSPROPSETID_Connection, KSPROPERTY_CONNECTION.DATAFORMAT, bytes);
  if (!ntSuccess(status)) return `DATAFORMAT answers ${statusName(status)}`;
  const format = readWaveDataFormat(pin.view, pin.valueAt);
  return isSame(format, pin.format) ? null : 'DATAFORMAT is another one';
}

function isSame(left: PcmFormat | null, right: PcmFormat): boolean {
  return (
    left !== null &&
    left.rateHz === right.rateHz &&
    left.channels === right.channels &&
    left.validBits === right.validBits &&
    left.containerBits === right.containerBits &&
    left.float === right.float
  );
}

function runs(bench: Bench): Outcome {
  return eachFormat(bench, (claimed) => {
    const { pin, status } = openClaimed(bench, claimed);
    if (pin === null) return statusName(status);
    pin.close();
    try {
      return runsIn(bench, pin.format);
    } catch (error) {
      if (!(error instanceof KsError)) throw error;
      return error.message;
    }
  });
}

/** @throws KsError */
function runsIn(bench: Bench, format: PcmFormat): string | null {
  const stream = bench.openAnyMs(BUFFER_MS, format);
  try {
    stream.run();
    bench.runForMs(FIRST_LOOK_MS);
    const first = place(stream.pin);
    bench.runForMs(SECOND_LOOK_MS);
    const second = place(stream.pin);
    stream.setState(KSSTATE.STOP);
    return first === second ? 'the position stands in RUN' : null;
  } finally {
    stream.close();
  }
}

function place(pin: OpenPin): string {
  pin.check('AUDIO_POSITION', pin.readPosition());
  return `${pin.playOffset}/${pin.writeOffset}`;
}

export const formatCases: readonly ConformanceCase[] = [
  {
    on: ONE_STREAM,
    id: 'C-WAV-06',
    title: 'advertised formats run',
    checks: 'every rate, size and number of channels of the data ranges runs',
    limit: 'each runs',
    source: WAVE_TEST,
    run: runs,
  },
  {
    on: ONE_STREAM,
    id: 'C-ACT-01',
    title: 'claimed parameters open',
    checks: 'every claimed format is accepted and read back by DATAFORMAT',
    limit: 'each opens and is read back unchanged',
    source: ALSA_CONFORMANCE,
    run: opensAsClaimed,
  },
];
