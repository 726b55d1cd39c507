/**
 * The properties of KSPROPSETID_RTAudio that need a packet interface: PACKETCOUNT,
 * PRESENTATION_POSITION and SETWRITEPACKET of render streams, GETREADPACKET of capture streams. A
 * packet is a part of a buffer that notifies, so with any other buffer they are not supported. A
 * running client asks once per packet, so nothing is allocated here.
 */
import { Out } from '../../base/out.ts';
import { writeU64 } from '../../base/struct.ts';
import type { PropertyHandler, PropertyItem } from '../../ks/property-table.ts';
import type { KsRequest } from '../../ks/request.ts';
import {
  KSAUDIO_PRESENTATION_POSITION,
  KSPROPERTY,
  KSPROPERTY_RTAUDIO,
  KSPROPERTY_TYPE_GET,
  KSPROPERTY_TYPE_SET,
  KSRTAUDIO_GETREADPACKET_INFO,
  KSRTAUDIO_SETWRITEPACKET_INFO,
} from '../../standards/ks/requests.ts';
import { KSSTREAM_HEADER_OPTIONSF } from '../../standards/ks/stream-packets.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_DEVICE_NOT_READY,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { KsAudioPresentationPosition } from '../ddi/structs.ts';
import type {
  IMiniportWaveRTInputStream,
  IMiniportWaveRTOutputStream,
} from '../ddi/wavert-streams.ts';
import { unsupportedProperty } from './unsupported-property.ts';
import type { WaveRtPin } from './wavert-pin.ts';

const { GETREADPACKET, PACKETCOUNT, PACKETVREGISTER, PRESENTATION_POSITION, SETWRITEPACKET } =
  KSPROPERTY_RTAUDIO;
const READ = KSRTAUDIO_GETREADPACKET_INFO;
const WRITE = KSRTAUDIO_SETWRITEPACKET_INFO;
const PRESENTED = KSAUDIO_PRESENTATION_POSITION;
const COUNT_BYTES = 4;

export function packetProperties(pin: WaveRtPin): PropertyItem[] {
  const { input, output } = pin.parts.interfaces;
  const read =
    input === null ? unsupportedProperty(GETREADPACKET, KSPROPERTY_TYPE_GET) : reads(pin, input);
  const written =
    output === null
      ? [
          unsupportedProperty(PACKETCOUNT, KSPROPERTY_TYPE_GET),
          unsupportedProperty(PRESENTATION_POSITION, KSPROPERTY_TYPE_GET),
          unsupportedProperty(SETWRITEPACKET, KSPROPERTY_TYPE_SET),
        ]
      : [counts(pin, output), presents(pin, output), writes(pin, output)];
  // Described for another driver framework, as a register that takes the place of the others.
  const register = unsupportedProperty(PACKETVREGISTER, KSPROPERTY_TYPE_GET);
  return [read, ...written, register];
}

/** A stream whose buffer has no packets answers as one without the interface. */
function inPackets(pin: WaveRtPin, handler: PropertyHandler): PropertyHandler {
  return (request) =>
    pin.buffer.notificationCount === 0 ? STATUS_NOT_SUPPORTED : handler(request);
}

function reads(pin: WaveRtPin, stream: IMiniportWaveRTInputStream): PropertyItem {
  const packetNumber = new Out(0);
  const flags = new Out(0);
  const performanceCounter = new Out(0);
  const moreData = new Out(false);
  const get = (request: KsRequest): NtStatus => {
    const status = stream.getReadPacket(packetNumber, flags, performanceCounter, moreData);
    if (status === STATUS_DEVICE_NOT_READY) pin.packetWatch.hadNothingToRead();
    if (!ntSuccess(status)) return status;
    pin.packetWatch.wasRead(packetNumber.value, flags.value, moreData.value);
    request.information = READ.size;
    const { valueAt, view } = request;
    view.setUint32(valueAt + READ.offsets.PacketNumber, packetNumber.value, true);
    view.setUint32(valueAt + READ.offsets.Flags, flags.value, true);
    writeU64(view, valueAt + READ.offsets.PerformanceCounterValue, performanceCounter.value);
    view.setUint32(valueAt + READ.offsets.MoreData, moreData.value ? 1 : 0, true);
    return STATUS_SUCCESS;
  };
  return { id: GETREADPACKET, get: inPackets(pin, get), request: KSPROPERTY, value: READ };
}

function writes(pin: WaveRtPin, stream: IMiniportWaveRTOutputStream): PropertyItem {
  const { portStream } = pin.parts;
  const set = ({ valueAt, view }: KsRequest): NtStatus => {
    const packetNumber = view.getUint32(valueAt + WRITE.offsets.PacketNumber, true);
    const flags = view.getUint32(valueAt + WRITE.offsets.Flags, true);
    const eosLength = view.getUint32(valueAt + WRITE.offsets.EosPacketLength, true);
    portStream.isEnding = (flags & KSSTREAM_HEADER_OPTIONSF.ENDOFSTREAM) !== 0;
    const status = stream.setWritePacket(packetNumber, flags, eosLength);
    portStream.isEnding = false;
    if (ntSuccess(status)) {
      pin.packetWatch.wasWritten(packetNumber, flags, eosLength, pin.buffer.packetBytes);
    }
    return status;
  };
  return { id: SETWRITEPACKET, set: inPackets(pin, set), request: KSPROPERTY, value: WRITE };
}

function counts(pin: WaveRtPin, stream: IMiniportWaveRTOutputStream): PropertyItem {
  const count = new Out(0);
  const get = (request: KsRequest): NtStatus => {
    const status = stream.getPacketCount(count);
    if (!ntSuccess(status)) return status;
    pin.packetWatch.wasCounted(count.value);
    return request.answerUlong(count.value);
  };
  return { id: PACKETCOUNT, get: inPackets(pin, get), request: KSPROPERTY, value: COUNT_BYTES };
}

function presents(pin: WaveRtPin, stream: IMiniportWaveRTOutputStream): PropertyItem {
  const position: KsAudioPresentationPosition = { positionInBlocks: 0, qpcPosition: 0 };
  const get = (request: KsRequest): NtStatus => {
    const status = stream.getOutputStreamPresentationPosition(position);
    if (!ntSuccess(status)) return status;
    request.information = PRESENTED.size;
    const { valueAt, view } = request;
    writeU64(view, valueAt + PRESENTED.offsets.u64PositionInBlocks, position.positionInBlocks);
    writeU64(view, valueAt + PRESENTED.offsets.u64QPCPosition, position.qpcPosition);
    return STATUS_SUCCESS;
  };
  return {
    id: PRESENTATION_POSITION,
    get: inPackets(pin, get),
    request: KSPROPERTY,
    value: PRESENTED,
  };
}
