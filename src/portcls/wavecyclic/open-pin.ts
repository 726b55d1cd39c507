/**
 * Opening a pin of a WaveCyclic filter: the checks of KsCreatePin, the instance limits, and then
 * NewStream with the client's format, which brings a stream, its DMA channel and its service
 * group. A create that fails leaves nothing behind. Source: IMiniportWaveCyclic::NewStream.
 */
import { defined } from '../../base/assert.ts';
import { Out } from '../../base/out.ts';
import type { Irp } from '../../kernel/io/irp.ts';
import type { PinConnect } from '../../ks/pin-connect.ts';
import { KSINTERFACE_STANDARD, KSPIN_DATAFLOW } from '../../standards/ks/requests.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { type IDmaChannel, IID_IDmaChannel } from '../ddi/dma-channel.ts';
import type { IServiceGroup } from '../ddi/port.ts';
import {
  IID_IMiniportWaveCyclicStream,
  type IMiniportWaveCyclicStream,
} from '../ddi/wavecyclic.ts';
import type { FilterInstance } from '../filter-instance.ts';
import { adviseAccess, checkConnect, hasRoom, STATUS_TOO_MANY_INSTANCES } from '../pin-checks.ts';
import { isWaveFormat, PinFormat } from '../pin-format.ts';
import type { PinOpen } from '../port-object.ts';
import { CyclicBuffer } from './cyclic-buffer.ts';
import type { PortWaveCyclic } from './port-wavecyclic.ts';
import { WaveCyclicPin } from './wavecyclic-pin.ts';

const NONPAGED_POOL = 0;

const refused = (status: NtStatus): PinOpen => ({ status, pin: null });

export function openWaveCyclicPin(
  port: PortWaveCyclic,
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
    ? openStream(port, filter, connect, format, irp)
    : refused(STATUS_NO_MATCH);
  if (opened.pin === null) format.free();
  return opened;
}

/** NewStream, and the pin round the stream. Unless it succeeds the format stays the caller's. */
function openStream(
  port: PortWaveCyclic,
  filter: FilterInstance,
  connect: PinConnect,
  format: PinFormat,
  irp: Irp,
): PinOpen {
  const { pinId } = connect;
  const factory = defined(port.description.pins[pinId], 'pin factory');
  const isRender = factory.dataFlow === KSPIN_DATAFLOW.IN;
  adviseAccess(port, irp, !isRender);
  const made = newStream(port, pinId, isRender, format);
  if (made.outputs === null) return refused(made.status);
  const { stream, channel, group } = made.outputs;
  const { findings, guard } = port.portClass;
  const guardedStream = guard.guard(IID_IMiniportWaveCyclicStream, stream);
  const buffer = new CyclicBuffer(guardedStream, guard.guard(IID_IDmaChannel, channel), findings);
  if (!buffer.agree(format.frameBytes)) {
    for (const unknown of [stream, channel, group]) unknown?.release();
    return refused(STATUS_UNSUCCESSFUL);
  }
  const pin = new WaveCyclicPin({
    port,
    filter,
    pinId,
    process: irp.process,
    format,
    isRender,
    isLooped: connect.interfaceId === KSINTERFACE_STANDARD.LOOPED_STREAMING,
    stream,
    guardedStream,
    channel,
    buffer,
    group,
  });
  filter.pinOpened(pinId);
  return { status: STATUS_SUCCESS, pin };
}

/** Each comes with a reference, which is the port's. */
interface StreamOutputs {
  readonly stream: IMiniportWaveCyclicStream;
  readonly channel: IDmaChannel;
  readonly group: IServiceGroup | null;
}

interface NewStream {
  readonly status: NtStatus;
  /** Null unless the status is a success. */
  readonly outputs: StreamOutputs | null;
}

function newStream(
  port: PortWaveCyclic,
  pinId: number,
  isRender: boolean,
  format: PinFormat,
): NewStream {
  const stream = new Out<IMiniportWaveCyclicStream | null>(null);
  const channel = new Out<IDmaChannel | null>(null);
  const group = new Out<IServiceGroup | null>(null);
  const status = port.miniport.newStream(
    stream,
    null,
    NONPAGED_POOL,
    pinId,
    !isRender,
    format.address,
    channel,
    group,
  );
  // What a failed call leaves in its outputs means nothing.
  if (!ntSuccess(status)) return { status, outputs: null };
  const fault = outputFault(stream.value, channel.value);
  if (stream.value !== null && channel.value !== null && fault === null) {
    const outputs = { stream: stream.value, channel: channel.value, group: group.value };
    return { status, outputs };
  }
  port.portClass.findings.report(`NewStream ${fault}`);
  for (const { value } of [stream, channel, group]) value?.release();
  return { status: STATUS_UNSUCCESSFUL, outputs: null };
}

/** What is wrong with what a NewStream returned that succeeded; null when nothing is. */
function outputFault(
  stream: IMiniportWaveCyclicStream | null,
  channel: IDmaChannel | null,
): string | null {
  if (stream === null) return 'succeeded without a stream';
  if (channel === null) return 'succeeded without a DMA channel';
  const answer = stream.queryInterface(IID_IMiniportWaveCyclicStream);
  if (answer === null) return 'returned an object without IMiniportWaveCyclicStream';
  answer.release();
  return null;
}
