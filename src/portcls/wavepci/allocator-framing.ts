/**
 * KSPROPERTY_CONNECTION_ALLOCATORFRAMING: how the miniport would like the client's buffers. A wish
 * only; the port itself keeps to its frame size where it cuts a looped buffer. Zeros mean that
 * there is no wish. Source: IMiniportWavePciStream::GetAllocatorFraming, KSALLOCATOR_FRAMING.
 */
import type { PropertyItem } from '../../ks/property-table.ts';
import { KSPROPERTY, KSPROPERTY_CONNECTION } from '../../standards/ks/requests.ts';
import { KSALLOCATOR_FRAMING } from '../../standards/ks/stream-packets.ts';
import { ntSuccess, STATUS_SUCCESS } from '../../standards/nt/ntstatus.ts';
import type { IMiniportWavePciStream, KsAllocatorFraming } from '../ddi/wavepci.ts';

const noWish = (): KsAllocatorFraming => ({
  requirementsFlags: 0,
  poolType: 0,
  frames: 0,
  frameSize: 0,
  fileAlignment: 0,
  reserved: 0,
});

/** Bytes of one allocator frame; 0 when the miniport has no wish. PASSIVE_LEVEL. */
export function allocatorFrameBytes(stream: IMiniportWavePciStream): number {
  const framing = noWish();
  return ntSuccess(stream.getAllocatorFraming(framing)) ? framing.frameSize : 0;
}

/** The property, which asks the miniport each time. */
export function allocatorFraming(stream: IMiniportWavePciStream): PropertyItem {
  return {
    id: KSPROPERTY_CONNECTION.ALLOCATORFRAMING,
    get: (request) => {
      const framing = noWish();
      const status = stream.getAllocatorFraming(framing);
      if (!ntSuccess(status)) return status;
      request.information = KSALLOCATOR_FRAMING.size;
      KSALLOCATOR_FRAMING.write(request.view, request.valueAt, {
        RequirementsFlags: framing.requirementsFlags,
        PoolType: framing.poolType,
        Frames: framing.frames,
        FrameSize: framing.frameSize,
        FileAlignment: framing.fileAlignment,
        Reserved: framing.reserved,
      });
      return STATUS_SUCCESS;
    },
    request: KSPROPERTY,
    value: KSALLOCATOR_FRAMING,
  };
}
