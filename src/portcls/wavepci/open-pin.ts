/**
 * Opening a pin of a WavePci filter: the checks of KsCreatePin, the instance limits, and then
 * NewStream with the client's format. A create that fails leaves nothing behind. Source:
 * IMiniportWavePci::NewStream.
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
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MATCH,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import type { IDmaChannel } from '../ddi/dma-channel.ts';
import type { IServiceGroup } from '../ddi/port.ts';
import {
  IID_IMiniportWavePciStream,
  IID_IPortWavePciStream,
  type IMiniportWavePciStream,
  type IPortWavePciStream,
} from '../ddi/wavepci.ts';
import type { FilterInstance } from '../filter-instance.ts';
import { adviseAccess, checkConnect, hasRoom, STATUS_TOO_MANY_INSTANCES } from '../pin-checks.ts';
import { isWaveFormat, PinFormat } from '../pin-format.ts';
import type { PinOpen } from '../port-object.ts';
import { MappingQueue } from './mapping-queue.ts';
import type { PortWavePci } from './port-wavepci.ts';
import { PortWavePciStream } from './port-wavepci-stream.ts';
import { WavePciPin } from './wavepci-pin.ts';

const NONPAGED_POOL = 0;

const refused = (status: NtStatus): PinOpen => ({ status, pin: null });

export function openWavePciPin(
  port: PortWavePci,
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
  port: PortWavePci,
  filter: FilterInstance,
  connect: PinConnect,
  format: PinFormat,
  irp: Irp,
): PinOpen {
  const { pinId } = connect;
  const factory = defined(port.description.pins[pinId], 'pin factory');
  const isRender = factory.dataFlow === KSPIN_DATAFLOW.IN;
  const isLooped = connect.interfaceId === KSINTERFACE_STANDARD.LOOPED_STREAMING;
  adviseAccess(port, irp, !isRender);
  let pin: WavePciPin | null = null;
  const portStream = newPortStream(port, isRender, isLooped, () => pin);
  const { status, stream, group } = newStream(port, portStream, connect, isRender, format);
  if (stream === null) {
    portStream.release();
    return refused(status);
  }
  pin = new WavePciPin({
    port,
    filter,
    pinId,
    process: irp.process,
    format,
    isRender,
    isLooped,
    portStream,
    stream,
    guardedStream: port.portClass.guard.guard(IID_IMiniportWavePciStream, stream),
    group,
  });
  filter.pinOpened(pinId);
  return { status, pin };
}

/** The port's side of the stream, which is there before the miniport's. */
function newPortStream(
  port: PortWavePci,
  isRender: boolean,
  isLooped: boolean,
  pin: () => WavePciPin | null,
): PortWavePciStream {
  const { kernel, portClass, settings } = port;
  const mappings = new MappingQueue({
    kernel,
    isRender,
    isLooped,
    mostPages: settings.joinsPages ? settings.mappingPages : 1,
    report: (text) => portClass.findings.report(text),
    admit: () => pin()?.admitPacket() ?? STATUS_INVALID_DEVICE_STATE,
    changeFormat: (address, bytes) =>
      pin()?.changeFormat(address, bytes) ?? STATUS_INVALID_DEVICE_STATE,
    endOfStream: () => pin()?.endOfStream(),
  });
  return new PortWavePciStream(portClass, mappings, settings.version !== 'win2000');
}

interface NewStream {
  readonly status: NtStatus;
  /** Null unless the status is a success. */
  readonly stream: IMiniportWavePciStream | null;
  readonly group: IServiceGroup | null;
}

/** The DMA channel that NewStream outputs carries no reference, and the port has no use for it. */
function newStream(
  port: PortWavePci,
  portStream: PortWavePciStream,
  { pinId }: PinConnect,
  isRender: boolean,
  format: PinFormat,
): NewStream {
  const stream = new Out<IMiniportWavePciStream | null>(null);
  const group = new Out<IServiceGroup | null>(null);
  const status = port.miniport.newStream(
    stream,
    null,
    NONPAGED_POOL,
    port.portClass.guard.guard(IID_IPortWavePciStream, portStream as IPortWavePciStream),
    pinId,
    !isRender,
    format.address,
    new Out<IDmaChannel | null>(null),
    group,
  );
  const fault = streamFault(status, stream.value);
  if (fault !== null) port.portClass.findings.report(`NewStream ${fault}`);
  // What a failed call leaves in its outputs means nothing.
  if (!ntSuccess(status)) return { status, stream: null, group: null };
  if (fault === null) return { status, stream: stream.value, group: group.value };
  stream.value?.release();
  group.value?.release();
  return { status: STATUS_UNSUCCESSFUL, stream: null, group: null };
}

/** What is wrong with what NewStream returned; null when nothing is. */
function streamFault(status: NtStatus, stream: IMiniportWavePciStream | null): string | null {
  if (!ntSuccess(status)) return null;
  if (stream === null) return 'succeeded without a stream';
  const answer = stream.queryInterface(IID_IMiniportWavePciStream);
  if (answer === null) return 'returned an object without IMiniportWavePciStream';
  answer.release();
  return null;
}
