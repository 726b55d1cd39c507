/**
 * What a driver says of the packets that a client may ask for: a property of its wave filter's
 * interface, which the audio engine reads before it offers periods. The old structure has no
 * greatest packet. Source: KSAUDIO_PACKETSIZE_CONSTRAINTS2, KSAUDIO_PACKETSIZE_CONSTRAINTS,
 * "Low Latency Audio"; the keys are ksmedia.h's, the alignments wdm.h's.
 */
import { type Guid, guid } from '../../base/guid.ts';
import { struct } from '../../base/struct.ts';
import { type DevicePropertyKey, isSameKey } from '../nt/device-properties.ts';

export const DEVPKEY_KsAudio_PacketSize_Constraints: DevicePropertyKey = {
  fmtid: guid('{13E004D6-B066-43BD-913B-A415CD13DA87}', 'DEVPKEY_KsAudio_PacketSize_Constraints'),
  pid: 2,
};
export const DEVPKEY_KsAudio_PacketSize_Constraints2: DevicePropertyKey = {
  fmtid: guid('{9404F781-7191-409B-8B0B-80BF6EC229AE}', 'DEVPKEY_KsAudio_PacketSize_Constraints2'),
  pid: 2,
};
/** The newer one counts where a driver sets both. */
export const PACKET_SIZE_KEYS: readonly DevicePropertyKey[] = [
  DEVPKEY_KsAudio_PacketSize_Constraints2,
  DEVPKEY_KsAudio_PacketSize_Constraints,
];

/** Masks: a packet's size is a multiple of the mask and one. */
export const FILE_BYTE_ALIGNMENT = 0x00;
export const FILE_128_BYTE_ALIGNMENT = 0x7f;
export const FILE_512_BYTE_ALIGNMENT = 0x1ff;

/** Without the entries that follow it, which are ProcessingModeConstraints[] in C. */
export const KSAUDIO_PACKETSIZE_CONSTRAINTS2 = struct('KSAUDIO_PACKETSIZE_CONSTRAINTS2', {
  MinPacketPeriodInHns: 'u32',
  PacketSizeFileAlignment: 'u32',
  /** Reserved in the old structure. */
  MaxPacketSizeInBytes: 'u32',
  NumProcessingModeConstraints: 'u32',
});
export const KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT = struct(
  'KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT',
  {
    ProcessingMode: 'guid',
    SamplesPerProcessingPacket: 'u32',
    ProcessingPacketDurationInHns: 'u32',
  },
);

/** Packets of one signal processing mode: of so many frames, or of a duration if that is 0. */
export interface ProcessingModeConstraint {
  readonly mode: Guid;
  readonly samples: number;
  /** 100 ns. */
  readonly duration100ns: number;
}

export interface PacketSizeConstraints {
  /** The shortest packet in 100 ns; 0 for any. */
  readonly minimum100ns: number;
  /** FILE_*_ALIGNMENT. */
  readonly alignmentMask: number;
  /** The greatest packet; 0 for any. */
  readonly maximumBytes: number;
  readonly modes: readonly ProcessingModeConstraint[];
}

const HEADER = KSAUDIO_PACKETSIZE_CONSTRAINTS2;
const ENTRY = KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT;

/** Either structure. Null for bytes that are shorter than they say, and for no alignment mask. */
export function readPacketSizeConstraints(
  bytes: Uint8Array,
  key: DevicePropertyKey,
): PacketSizeConstraints | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER.size) return null;
  const header = HEADER.read(view, 0);
  const { NumProcessingModeConstraints: count, PacketSizeFileAlignment: alignmentMask } = header;
  if (bytes.length < HEADER.size + ENTRY.size * count) return null;
  if ((alignmentMask & (alignmentMask + 1)) !== 0 || alignmentMask > FILE_512_BYTE_ALIGNMENT) {
    return null;
  }
  const hasMaximum = isSameKey(key, DEVPKEY_KsAudio_PacketSize_Constraints2);
  const modes = Array.from({ length: count }, (_, index) => {
    const entry = ENTRY.read(view, HEADER.size + ENTRY.size * index);
    const { ProcessingMode, ProcessingPacketDurationInHns, SamplesPerProcessingPacket } = entry;
    return {
      mode: ProcessingMode,
      samples: SamplesPerProcessingPacket,
      duration100ns: ProcessingPacketDurationInHns,
    };
  });
  return {
    minimum100ns: header.MinPacketPeriodInHns,
    alignmentMask,
    maximumBytes: hasMaximum ? header.MaxPacketSizeInBytes : 0,
    modes,
  };
}

/** As a driver sets the property; the old structure's Reserved takes the greatest packet's place. */
export function packetSizeConstraints(constraints: PacketSizeConstraints): Uint8Array {
  const { alignmentMask, maximumBytes, minimum100ns, modes } = constraints;
  const bytes = new Uint8Array(HEADER.size + ENTRY.size * modes.length);
  const view = new DataView(bytes.buffer);
  HEADER.write(view, 0, {
    MinPacketPeriodInHns: minimum100ns,
    PacketSizeFileAlignment: alignmentMask,
    MaxPacketSizeInBytes: maximumBytes,
    NumProcessingModeConstraints: modes.length,
  });
  for (const [index, { duration100ns, mode, samples }] of modes.entries()) {
    ENTRY.write(view, HEADER.size + ENTRY.size * index, {
      ProcessingMode: mode,
      SamplesPerProcessingPacket: samples,
      ProcessingPacketDurationInHns: duration100ns,
    });
  }
  return bytes;
}
