/**
 * KSPROPERTY_PIN_PROPOSEDATAFORMAT of the wave filter: whether a streaming pin could be opened with
 * a format. The port would judge by the pin's data ranges, which cannot say what container a depth
 * lies in; the part gives each depth one. Source: KSPROPERTY_PIN_PROPOSEDATAFORMAT.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  PCPROPERTY_ITEM_FLAG_SET,
  type PcPropertyItem,
  type PcPropertyRequest,
} from '../../portcls/ddi/index.ts';
import { KSDATAFORMAT } from '../../standards/ks/formats.ts';
import { KSPROPSETID_Pin } from '../../standards/ks/guids.ts';
import { KSPROPERTY_PIN } from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { DmaCapabilities } from './dma-registers.ts';
import { WAVE_PIN } from './wave-filter.ts';
import { readFormat } from './wave-format.ts';

const PIN_BYTES = 4;

/** For the pins that stream; others take no format. */
export function formatProposal(wdk: KernelDdi, capabilities: DmaCapabilities): PcPropertyItem {
  const handler = (request: PcPropertyRequest): NtStatus => {
    const { instance, instanceSize, value, valueSize } = request;
    if (instance === null || instanceSize < PIN_BYTES) return STATUS_INVALID_PARAMETER;
    if (value === null || valueSize < KSDATAFORMAT.size) return STATUS_BUFFER_TOO_SMALL;
    const formatBytes = wdk.viewAt(value, KSDATAFORMAT.size).getUint32(0, true);
    const pin = wdk.viewAt(instance, PIN_BYTES).getUint32(0, true);
    const isCapture = pin === WAVE_PIN.CAPTURE;
    const isStreaming = isCapture || pin === WAVE_PIN.PLAYBACK;
    if (formatBytes > valueSize || !isStreaming) return STATUS_NO_MATCH;
    const format = readFormat(wdk, value, capabilities, isCapture);
    return format === null ? STATUS_NO_MATCH : STATUS_SUCCESS;
  };
  return {
    set: KSPROPSETID_Pin,
    id: KSPROPERTY_PIN.PROPOSEDATAFORMAT,
    flags: PCPROPERTY_ITEM_FLAG_SET,
    handler,
  };
}
