/**
 * KSPROPSETID_Connection on the pin of a wave port: STATE, DATAFORMAT, PROPOSEDATAFORMAT, and what
 * the kind of port adds to them.
 */
import { type VirtualAddress, virtual } from '../base/brand.ts';
import type { PinState } from '../ks/pin-state.ts';
import type { PropertyItem, PropertySet } from '../ks/property-table.ts';
import { KSDATAFORMAT } from '../standards/ks/formats.ts';
import { KSPROPSETID_Connection } from '../standards/ks/guids.ts';
import { KSPROPERTY, KSPROPERTY_CONNECTION, KSSTATE } from '../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { FilterInstance } from './filter-instance.ts';
import type { PinFormat } from './pin-format.ts';
import type { PortObject } from './port-object.ts';

const STATE_BYTES = 4;

/** What the set needs of a pin. */
export interface ConnectedPin {
  readonly state: PinState;
  readonly stream: { setFormat(dataFormat: VirtualAddress): NtStatus };
  readonly parts: {
    readonly filter: FilterInstance;
    readonly format: PinFormat;
    readonly pinId: number;
    readonly port: PortObject;
  };
}

export function connectionPropertySet(
  pin: ConnectedPin,
  further: readonly PropertyItem[] = [],
): PropertySet {
  const { filter, format, pinId, port } = pin.parts;
  const { memory } = port.kernel;
  return {
    set: KSPROPSETID_Connection,
    items: [
      {
        id: KSPROPERTY_CONNECTION.STATE,
        get: (request) => request.answerUlong(pin.state.current),
        set: (request) => pin.state.walkTo(request.view.getUint32(request.valueAt, true)),
        request: KSPROPERTY,
        value: STATE_BYTES,
      },
      {
        id: KSPROPERTY_CONNECTION.DATAFORMAT,
        get: (request) => {
          const status = request.answer(format.bytes);
          if (status !== STATUS_SUCCESS) return status;
          memory.copy(request.valueAt, format.address, request.information);
          return STATUS_SUCCESS;
        },
        set: (request) => changePinFormat(pin, request.valueAt, request.valueBytes),
        request: KSPROPERTY,
        value: 0,
      },
      {
        id: KSPROPERTY_CONNECTION.PROPOSEDATAFORMAT,
        set: (request) => filter.proposeFormat(pinId, request.valueAt, request.valueBytes),
        request: KSPROPERTY,
        value: KSDATAFORMAT,
      },
      ...further,
    ],
  };
}

/** The KSDATAFORMAT at `at`, of at most `roomBytes`, becomes the stream's if it takes it. */
export function changePinFormat(pin: ConnectedPin, at: number, roomBytes: number): NtStatus {
  const { format, port } = pin.parts;
  if (roomBytes < KSDATAFORMAT.size) return STATUS_INVALID_PARAMETER;
  const newBytes = port.kernel.memory.ram.view.getUint32(at, true);
  if (newBytes < KSDATAFORMAT.size || newBytes > roomBytes) return STATUS_INVALID_PARAMETER;
  if (!format.reserve(newBytes)) return STATUS_INSUFFICIENT_RESOURCES;
  const status = pin.stream.setFormat(virtual(at));
  if (!ntSuccess(status)) return status;
  if (pin.state.current === KSSTATE.RUN) {
    port.portClass.findings.report('SetFormat changed the format of a running stream');
  }
  format.replace(at, newBytes);
  return status;
}
