/** KSPROPSETID_Connection on a WaveRT pin: STATE, DATAFORMAT, PROPOSEDATAFORMAT. */
import { virtual } from '../../base/brand.ts';
import type { PropertySet } from '../../ks/property-table.ts';
import { KSDATAFORMAT } from '../../standards/ks/formats.ts';
import { KSPROPSETID_Connection } from '../../standards/ks/guids.ts';
import { KSPROPERTY, KSPROPERTY_CONNECTION, KSSTATE } from '../../standards/ks/requests.ts';
import {
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { WaveRtPin } from './wavert-pin.ts';

const STATE_BYTES = 4;

export function connectionPropertySet(pin: WaveRtPin): PropertySet {
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
        set: (request) => {
          const newBytes = request.view.getUint32(request.valueAt, true);
          const isWhole = newBytes >= KSDATAFORMAT.size && newBytes <= request.valueBytes;
          if (request.valueBytes < KSDATAFORMAT.size || !isWhole) return STATUS_INVALID_PARAMETER;
          if (!format.reserve(newBytes)) return STATUS_INSUFFICIENT_RESOURCES;
          const status = pin.stream.setFormat(virtual(request.valueAt));
          if (!ntSuccess(status)) return status;
          if (pin.state.current === KSSTATE.RUN) {
            port.portClass.findings.report('SetFormat changed the format of a running stream');
          }
          format.replace(request.valueAt, newBytes);
          return status;
        },
        request: KSPROPERTY,
        value: 0,
      },
      {
        id: KSPROPERTY_CONNECTION.PROPOSEDATAFORMAT,
        set: (request) => filter.proposeFormat(pinId, request.valueAt, request.valueBytes),
        request: KSPROPERTY,
        value: KSDATAFORMAT,
      },
    ],
  };
}
