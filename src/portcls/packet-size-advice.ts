/**
 * Holds what a driver declares of its packets against the rules for it: the property is whole, a
 * bound leaves room for 10 ms of every format that a pin of the filter takes, and the property
 * stays as it is while the interface is enabled. Windows ignores a broken one, or reads it too
 * early, and tells nobody. Source: KSAUDIO_PACKETSIZE_CONSTRAINTS2, "Voice Activation".
 */
import type { DeviceInterface } from '../kernel/pnp/device-interfaces.ts';
import {
  PACKET_SIZE_KEYS,
  readPacketSizeConstraints,
} from '../standards/ks/packet-size-constraints.ts';
import {
  DEVPROP_TYPE_BINARY,
  type DevicePropertyKey,
  isSameKey,
  LOCALE_NEUTRAL,
} from '../standards/nt/device-properties.ts';
import type { PcFilterDescriptor } from './ddi/descriptors.ts';
import type { Findings } from './findings.ts';

const PERIODS_PER_SECOND = 100;

/** A filter with this interface is about to be found. */
export function advisePacketSizes(
  { properties, referenceString }: DeviceInterface,
  description: Pick<PcFilterDescriptor, 'pins'>,
  findings: Findings,
): void {
  for (const key of PACKET_SIZE_KEYS) {
    const found = properties.get(key, LOCALE_NEUTRAL);
    if (found === null) continue;
    const constraints =
      found.type === DEVPROP_TYPE_BINARY ? readPacketSizeConstraints(found.data, key) : null;
    if (constraints === null) {
      findings.report(`${key.fmtid.name} of ${referenceString} is broken, and will be ignored`);
      continue;
    }
    const { maximumBytes } = constraints;
    const tenMs = tenMsOfLargestFormat(description);
    if (maximumBytes === 0 || maximumBytes >= tenMs) continue;
    findings.report(
      `${key.fmtid.name} of ${referenceString} allows ${maximumBytes} bytes, and 10 ms are ${tenMs}`,
    );
  }
}

/** A property changed; who reads it read it when the interface was enabled. */
export function adviseChange(
  { isEnabled, referenceString }: DeviceInterface,
  key: DevicePropertyKey,
  findings: Findings,
): void {
  if (!isEnabled || !PACKET_SIZE_KEYS.some((each) => isSameKey(each, key))) return;
  findings.report(`${key.fmtid.name} of ${referenceString} changed while the filter is registered`);
}

function tenMsOfLargestFormat({ pins }: Pick<PcFilterDescriptor, 'pins'>): number {
  let most = 0;
  for (const range of pins.flatMap(({ dataRanges }) => dataRanges)) {
    const { audio } = range;
    if (audio === undefined) continue;
    const bytes = Math.ceil(audio.maximumBitsPerSample / 8) * audio.maximumChannels;
    most = Math.max(most, (audio.maximumSampleFrequency / PERIODS_PER_SECOND) * bytes);
  }
  return most;
}
