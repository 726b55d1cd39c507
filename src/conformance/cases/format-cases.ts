/**
 * Formats and rates: everything that the data ranges of a pin claim opens, is read back as it was
 * asked for, and runs; and at each rate the position is a clock of that rate. Claims that do not
 * hold are among the commonest faults that ChromiumOS' conformance test has found.
 */

import type { KsPin } from '../../client/ks-pin.ts';
import { KSPROPSETID_Connection } from '../../standards/ks/guids.ts';
import { KSPROPERTY_CONNECTION, KSSTATE } from '../../standards/ks/requests.ts';
import { readWaveDataFormat, waveDataFormatBytes } from '../../standards/ks/wave-data-format.ts';
import { type NtStatus, ntSuccess, statusName } from '../../standards/nt/ntstatus.ts';
import { describeFormat, frameBytes, type PcmFormat } from '../../standards/pcm/format.ts';
import type { Bench } from '../bench.ts';
import type { ClaimedFormat } from '../claimed-formats.ts';
import { ALSA_CONFORMANCE, type ConformanceCase, WAVE_TEST } from '../conformance-case.ts';
import { judge, type Outcome } from '../verdict.ts';

const BUFFER_MS = 20;
/** Two odd moments after RUN; the first lies behind what a pipeline holds. */
const FIRST_LOOK_MS = 7.3;
const SECOND_LOOK_MS = 3.1;
const SHOWN_FAULTS = 3;

/** Opens each claimed format on the bench's pin and judges what `check` says of it. */
function eachFormat(bench: Bench, check: (pin: KsPin) => string | null): Outcome {
  const formats = bench.claimedFormats;
  const faults: string[] = [];
  for (const format of formats) {
    const { pin, status } = openClaimed(bench, format);
    const fault = pin === null ? statusName(status) : check(pin);
    pin?.close();
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

function openClaimed(
  bench: Bench,
  [first, ...others]: ClaimedFormat,
): { status: NtStatus; pin: KsPin | null } {
  const { id } = bench.subject.endpoint.streamingPin;
  const answer = bench.filter.tryOpenPin(id, first);
  for (const other of others) {
    if (answer.pin !== null) break;
    const again = bench.filter.tryOpenPin(id, other);
    if (again.pin !== null) return again;
  }
  return answer;
}

function opensAsClaimed(bench: Bench): Outcome {
  return eachFormat(bench, (pin) => {
    const bytes = waveDataFormatBytes(pin.format);
    const status = pin.get(KSPROPSETID_Connection, KSPROPERTY_CONNECTION.DATAFORMAT, bytes);
    if (!ntSuccess(status)) return `DATAFORMAT answers ${statusName(status)}`;
    const format = readWaveDataFormat(pin.view, pin.valueAt);
    return isSame(format, pin.format) ? null : 'DATAFORMAT is another one';
  });
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
  return eachFormat(bench, (pin) => {
    const frames = Math.round((pin.format.rateHz * BUFFER_MS) / 1000);
    const { status } = pin.tryAllocateBuffer(frames * frameBytes(pin.format));
    if (!ntSuccess(status)) return `BUFFER answers ${statusName(status)}`;
    const run = pin.setState(KSSTATE.RUN);
    if (!ntSuccess(run)) return `RUN answers ${statusName(run)}`;
    bench.runForMs(FIRST_LOOK_MS);
    const first = place(pin);
    bench.runForMs(SECOND_LOOK_MS);
    const second = place(pin);
    pin.setState(KSSTATE.STOP);
    return first === second ? 'the position stands in RUN' : null;
  });
}

function place(pin: KsPin): string {
  pin.check('AUDIO_POSITION', pin.readPosition());
  return `${pin.playOffset}/${pin.writeOffset}`;
}

export const formatCases: readonly ConformanceCase[] = [
  {
    on: ['timer'],
    id: 'C-WAV-06',
    title: 'advertised formats run',
    checks: 'every rate, size and number of channels of the data ranges runs',
    limit: 'each runs',
    source: WAVE_TEST,
    run: runs,
  },
  {
    on: ['timer'],
    id: 'C-ACT-01',
    title: 'claimed parameters open',
    checks: 'every claimed format is accepted and read back by DATAFORMAT',
    limit: 'each opens and is read back unchanged',
    source: ALSA_CONFORMANCE,
    run: opensAsClaimed,
  },
];
