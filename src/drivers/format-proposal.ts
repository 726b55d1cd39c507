/**
 * KSPROPERTY_PIN_PROPOSEDATAFORMAT of our wave filters: whether a streaming pin could be opened with
 * a format. A port would judge by the pin's data ranges, which can tell neither what container a
 * depth lies in nor a least number of channels. Source: KSPROPERTY_PIN_PROPOSEDATAFORMAT.
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { KernelDdi } from '../kernel/ddi/index.ts';
import {
  PCPROPERTY_ITEM_FLAG_SET,
  type PcPropertyItem,
  type PcPropertyRequest,
} from '../portcls/ddi/index.ts';
import { KSDATAFORMAT } from '../standards/ks/formats.ts';
import { KSPROPSETID_Pin } from '../standards/ks/guids.ts';
import { KSPROPERTY_PIN } from '../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';

const PIN_BYTES = 4;

/**
 * @param takes whether `pin` streams, and takes the KSDATAFORMAT at `dataFormat`, all of whose
 * FormatSize bytes are there
 */
export function formatProposal(
  wdk: KernelDdi,
  takes: (pin: number, dataFormat: VirtualAddress) => boolean,
): PcPropertyItem {
  const handler = (request: PcPropertyRequest): NtStatus => {
    const { instance, instanceSize, value, valueSize } = request;
    if (instance === null || instanceSize < PIN_BYTES) return STATUS_INVALID_PARAMETER;
    if (value === null || valueSize < KSDATAFORMAT.size) return STATUS_BUFFER_TOO_SMALL;
    const formatBytes = wdk.viewAt(value, KSDATAFORMAT.size).getUint32(0, true);
    const pin = wdk.viewAt(instance, PIN_BYTES).getUint32(0, true);
    return formatBytes <= valueSize && takes(pin, value) ? STATUS_SUCCESS : STATUS_NO_MATCH;
  };
  return {
    set: KSPROPSETID_Pin,
    id: KSPROPERTY_PIN.PROPOSEDATAFORMAT,
    flags: PCPROPERTY_ITEM_FLAG_SET,
    handler,
  };
}
