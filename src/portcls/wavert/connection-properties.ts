/** KSPROPSETID_Connection on a WaveRT pin: STATE, DATAFORMAT, PROPOSEDATAFORMAT. */
import { virtual } from '../../base/brand.ts';
import type { PropertySet } from '../../ks/property-table.ts';
import { KSDATAFORMAT } from '../../standards/ks/formats.ts';
import { KSPROPSETID_Connection } from '../../standards/ks/guids.ts';
import { KSPROPERTY, KSPROPERTY_CONNECTION } from '../../standards/ks/requests.ts';
import {
  ntSuccess,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { WaveRtPin } from './wavert-pin.ts';

const STATE_BYTES = 4;

export function connectionPropertySet(pin: WaveRtPin): PropertySet {
  const { filter, formatAt, formatBytes, pinId, port } = pin.parts;
  const bytes = port.kernel.memory.ram.bytes;
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
          const status = request.answer(request.view.getUint32(formatAt, true));
          if (status !== STATUS_SUCCESS) return status;
          bytes.copyWithin(request.valueAt, formatAt, formatAt + request.information);
          return STATUS_SUCCESS;
        },
        set: (request) => {
          const newBytes = request.view.getUint32(request.valueAt, true);
          const isWhole = newBytes >= KSDATAFORMAT.size && newBytes <= request.valueBytes;
          if (request.valueBytes < KSDATAFORMAT.size || !isWhole || newBytes > formatBytes) {
            return STATUS_INVALID_PARAMETER;
          }
          const status = pin.stream.setFormat(virtual(request.valueAt));
          if (ntSuccess(status)) {
            bytes.copyWithin(formatAt, request.valueAt, request.valueAt + newBytes);
          }
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
