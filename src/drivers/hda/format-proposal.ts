/**
 * KSPROPERTY_PIN_PROPOSEDATAFORMAT of a wave filter: whether a streaming pin could be opened with a
 * format. The port would judge by the pin's data ranges, which cannot say what container a depth
 * lies in; HD Audio gives each depth one. Source: KSPROPERTY_PIN_PROPOSEDATAFORMAT.
 */

import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  PCPROPERTY_ITEM_FLAG_BASICSUPPORT,
  PCPROPERTY_ITEM_FLAG_SET,
  type PcPropertyItem,
  type PcPropertyRequest,
} from '../../portcls/ddi/index.ts';
import { KSDATAFORMAT } from '../../standards/ks/formats.ts';
import { KSPROPSETID_Pin } from '../../standards/ks/guids.ts';
import { KSPROPERTY_PIN } from '../../standards/ks/requests.ts';
import { VARIANT_TYPE } from '../../standards/ks/topology-controls.ts';
import {
  type NtStatus,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import { answerBasicSupport } from './basic-support.ts';
import { readPlayableFormat, type StreamCapabilities } from './stream-format.ts';

const PIN_BYTES = 4;
const ACCESS_FLAGS = PCPROPERTY_ITEM_FLAG_SET | PCPROPERTY_ITEM_FLAG_BASICSUPPORT;

/** `capabilitiesOf` gives null for a pin that is no streaming pin. */
export function formatProposal(
  wdk: KernelDdi,
  capabilitiesOf: (pin: number) => StreamCapabilities | null,
): PcPropertyItem {
  return {
    set: KSPROPSETID_Pin,
    id: KSPROPERTY_PIN.PROPOSEDATAFORMAT,
    flags: ACCESS_FLAGS,
    handler: (request) => answer(wdk, request, capabilitiesOf),
  };
}

function answer(
  wdk: KernelDdi,
  request: PcPropertyRequest,
  capabilitiesOf: (pin: number) => StreamCapabilities | null,
): NtStatus {
  const { instance, instanceSize, value, valueSize, verb } = request;
  if ((verb & PCPROPERTY_ITEM_FLAG_BASICSUPPORT) !== 0) {
    const type = VARIANT_TYPE.VT_ILLEGAL;
    const support = { accessFlags: ACCESS_FLAGS, type, channels: 0, range: null };
    return answerBasicSupport(wdk, request, support);
  }
  if (instance === null || instanceSize < PIN_BYTES) return STATUS_INVALID_PARAMETER;
  if (value === null || valueSize < KSDATAFORMAT.size) return STATUS_BUFFER_TOO_SMALL;
  if (wdk.viewAt(value, KSDATAFORMAT.size).getUint32(0, true) > valueSize) return STATUS_NO_MATCH;
  const capabilities = capabilitiesOf(wdk.viewAt(instance, PIN_BYTES).getUint32(0, true));
  const format = capabilities === null ? null : readPlayableFormat(wdk, value, capabilities);
  return format === null ? STATUS_NO_MATCH : STATUS_SUCCESS;
}
