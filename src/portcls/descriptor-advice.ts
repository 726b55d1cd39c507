/**
 * What a filter descriptor should not hold although a port works with it, and the means to see
 * that it stays as it is. Source: "Wild Cards", "Data Range Properties", "DirectSound Stream Data
 * Range", "Installing Device Interfaces for an Audio Adapter", IMiniport::GetDescription.
 */
import type { DataRange } from '../standards/ks/descriptors.ts';
import {
  KSCATEGORY_AUDIO_DEVICE,
  KSDATAFORMAT_SPECIFIER_DSOUND,
  KSDATAFORMAT_TYPE_WILDCARD,
} from '../standards/ks/guids.ts';
import { KSPIN_COMMUNICATION } from '../standards/ks/requests.ts';
import type { PcFilterDescriptor } from './ddi/descriptors.ts';

/** Every such thing in words; empty when there is none. */
export function descriptorAdvice(descriptor: PcFilterDescriptor): string[] {
  const advice: string[] = [];
  if (descriptor.categories.includes(KSCATEGORY_AUDIO_DEVICE)) {
    advice.push('KSCATEGORY_AUDIO_DEVICE is reserved for the graph builder');
  }
  const { BOTH, SINK } = KSPIN_COMMUNICATION;
  for (const [index, pin] of descriptor.pins.entries()) {
    const canOpen = pin.communication === SINK || pin.communication === BOTH;
    if (canOpen && pin.dataRanges.length === 0) advice.push(`pin ${index} has no data ranges`);
    for (const fault of pin.dataRanges.flatMap(rangeAdvice)) {
      advice.push(`pin ${index} has a data range with ${fault}`);
    }
  }
  return advice;
}

function rangeAdvice(range: DataRange): string[] {
  const advice: string[] = [];
  const guids = [range.majorFormat, range.subFormat, range.specifier];
  if (guids.includes(KSDATAFORMAT_TYPE_WILDCARD)) advice.push('a wild card');
  const isDirectSound = range.specifier === KSDATAFORMAT_SPECIFIER_DSOUND;
  const bits = range.audio?.maximumBitsPerSample ?? 0;
  if (isDirectSound && bits % 8 !== 0) advice.push(`${bits} bits, which is no container size`);
  return advice;
}

/** What the descriptor says, as text: two of them are the same when nothing was changed. */
export function descriptorPrint(descriptor: PcFilterDescriptor): string {
  return JSON.stringify(descriptor);
}
