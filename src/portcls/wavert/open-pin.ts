/**
 * Opening a pin of a WaveRT filter: the checks of KsCreatePin, the instance limits, and then
 * NewStream with the client's format. A create that fails leaves nothing behind.
 */

import { defined } from '../../base/assert.ts';
import { Out } from '../../base/out.ts';
import type { Irp } from '../../kernel/io/irp.ts';
import type { PinConnect } from '../../ks/pin-connect.ts';
import { KSPIN_DATAFLOW } from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { IID_IMiniportWaveRTStream, type IMiniportWaveRTStream } from '../ddi/miniport.ts';
import { IID_IPortWaveRTStream } from '../ddi/port.ts';
import type { FilterInstance } from '../filter-instance.ts';
import { adviseAccess, checkConnect, hasRoom, STATUS_TOO_MANY_INSTANCES } from '../pin-checks.ts';
import { isWaveFormat, PinFormat, processingModeOf } from '../pin-format.ts';
import type { PinOpen } from '../port-object.ts';
import type { PortWaveRT } from './port-wavert.ts';
import { PortWaveRtStream } from './port-wavert-stream.ts';
import { StreamInterfaces } from './stream-interfaces.ts';
import { WaveRtPin } from './wavert-pin.ts';

const refused = (status: NtStatus): PinOpen => ({ status, pin: null });

export function openWaveRtPin(
  port: PortWaveRT,
  filter: FilterInstance,
  connect: PinConnect,
  irp: Irp,
): PinOpen {
  const factory = port.description.pins[connect.pinId];
  if (factory === undefined) return refused(STATUS_INVALID_PARAMETER);
  const checked = checkConnect(factory, connect);
  if (checked !== STATUS_SUCCESS) return refused(checked);
  if (!hasRoom(filter, connect.pinId)) return refused(STATUS_TOO_MANY_INSTANCES);
  const format = PinFormat.keep(port.kernel.memory, connect.format);
  if (format === null) return refused(STATUS_INSUFFICIENT_RESOURCES);
  const isTaken =
    isWaveFormat(connect.format) &&
    filter.formatFits(connect.pinId, format.address, connect.format.length);
  const opened = isTaken
    ? openStream(port, filter, connect.pinId, format, irp)
    : refused(STATUS_NO_MATCH);
  if (opened.pin === null) format.free();
  const mode = opened.pin === null ? null : processingModeOf(connect.format);
  if (mode !== null) {
    port.signalProcessing?.checkOpened(connect.pinId, mode, format.address);
  }
  return opened;
}

/** NewStream, and the pin round the stream. Unless it succeeds the format stays the caller's. */
function openStream(
  port: PortWaveRT,
  filter: FilterInstance,
  pinId: number,
  format: PinFormat,
  irp: Irp,
): PinOpen {
  const factory = defined(port.description.pins[pinId], 'pin factory');
  const isCapture = factory.dataFlow === KSPIN_DATAFLOW.OUT;
  adviseAccess(port, irp, isCapture);
  const portStream = new PortWaveRtStream(port.portClass, port.deviceObject.name);
  const guardedPortStream = port.portClass.guard.guard(IID_IPortWaveRTStream, portStream);
  const out = new Out<IMiniportWaveRTStream | null>(null);
  const status = port.miniport.newStream(out, guardedPortStream, pinId, isCapture, format.address);
  const stream = out.value;
  const fault = streamFault(status, stream);
  if (fault !== null) port.portClass.findings.report(`NewStream ${fault}`);
  if (!ntSuccess(status) || stream === null || fault !== null) {
    stream?.release();
    portStream.close();
    return refused(ntSuccess(status) ? STATUS_UNSUCCESSFUL : status);
  }
  const pin = new WaveRtPin({
    port,
    filter,
    pinId,
    process: irp.process,
    format,
    stream,
    guardedStream: port.portClass.guard.guard(IID_IMiniportWaveRTStream, stream),
    interfaces: new StreamInterfaces(port.portClass, stream, isCapture),
    portStream,
  });
  filter.pinOpened(pinId);
  return { status: STATUS_SUCCESS, pin };
}

/** What is wrong with what NewStream returned; null when nothing is. */
function streamFault(status: NtStatus, stream: IMiniportWaveRTStream | null): string | null {
  if (stream === null) return ntSuccess(status) ? 'succeeded without a stream' : null;
  if (!ntSuccess(status)) return 'failed and returned a stream all the same';
  const answer = stream.queryInterface(IID_IMiniportWaveRTStream);
  if (answer === null) return 'returned an object without IMiniportWaveRTStream';
  answer.release();
  return null;
}
