/**
 * A miniport's filter descriptor, checked and put into kernel streaming's terms. A descriptor that
 * contradicts itself makes IPort::Init fail: the port would index out of its arrays later.
 * Source: the PCFILTER_DESCRIPTOR, PCPIN_DESCRIPTOR and PCCONNECTION_DESCRIPTOR pages.
 */
import type { FilterDescription, PinFactory, PinIdentifier } from '../standards/ks/descriptors.ts';
import { KSINTERFACESETID_Standard, KSMEDIUMSETID_Standard } from '../standards/ks/guids.ts';
import { KSINTERFACE_STANDARD, KSPIN_COMMUNICATION } from '../standards/ks/requests.ts';
import { PCFILTER_NODE, type PcFilterDescriptor, type PcPinDescriptor } from './ddi/descriptors.ts';

/** The pages do not name the interface of a WaveRT pin; its positions are buffer-relative. */
export const LOOPED_STREAMING_INTERFACE: PinIdentifier = {
  set: KSINTERFACESETID_Standard,
  id: KSINTERFACE_STANDARD.LOOPED_STREAMING,
};
/** Packets that are processed once each. */
export const STREAMING_INTERFACE: PinIdentifier = {
  set: KSINTERFACESETID_Standard,
  id: KSINTERFACE_STANDARD.STREAMING,
};
export const STANDARD_MEDIUM: PinIdentifier = { set: KSMEDIUMSETID_Standard, id: 0 };

/** What is wrong with the descriptor, for all ports or for this kind; null when nothing is. */
export function descriptorFault(
  descriptor: PcFilterDescriptor,
  portFault: (pin: PcPinDescriptor) => string | null,
): string | null {
  if (descriptor.version !== 0) return `Version is ${descriptor.version}, not 0`;
  for (const [index, pin] of descriptor.pins.entries()) {
    const fault = pinFault(pin) ?? portFault(pin);
    if (fault !== null) return `pin ${index}: ${fault}`;
  }
  for (const [index, connection] of descriptor.connections.entries()) {
    const ends = [
      [connection.fromNode, connection.fromNodePin],
      [connection.toNode, connection.toNodePin],
    ] as const;
    for (const [node, pin] of ends) {
      if (node === PCFILTER_NODE) {
        if (pin >= descriptor.pins.length) return `connection ${index}: there is no pin ${pin}`;
      } else if (node >= descriptor.nodes.length) {
        return `connection ${index}: there is no node ${node}`;
      }
    }
  }
  return factoryFault(descriptor) ?? nodeFault(descriptor);
}

function pinFault(pin: PcPinDescriptor): string | null {
  for (const range of pin.dataRanges) {
    const audio = range.audio;
    if (audio === undefined) continue;
    if (audio.minimumBitsPerSample > audio.maximumBitsPerSample) {
      return 'a data range has MinimumBitsPerSample above MaximumBitsPerSample';
    }
    if (audio.minimumSampleFrequency > audio.maximumSampleFrequency) {
      return 'a data range has MinimumSampleFrequency above MaximumSampleFrequency';
    }
  }
  const isBridge =
    pin.communication === KSPIN_COMMUNICATION.NONE ||
    pin.communication === KSPIN_COMMUNICATION.BRIDGE;
  const { maxFilterInstanceCount, maxGlobalInstanceCount, minFilterInstanceCount } = pin;
  const mayOpen = maxFilterInstanceCount + maxGlobalInstanceCount + minFilterInstanceCount > 0;
  if (!isBridge) return null;
  if (mayOpen) return 'a bridge pin has instance counts above 0';
  const hasTable = (pin.automationTable ?? null) !== null;
  return hasTable ? 'a bridge pin has an automation table' : null;
}

/** Category and Name together identify a factory. */
function factoryFault(descriptor: PcFilterDescriptor): string | null {
  const seen = new Map<string, number>();
  for (const [index, pin] of descriptor.pins.entries()) {
    const key = `${pin.dataFlow} ${pin.category?.text} ${pin.name?.text}`;
    const other = seen.get(key);
    if (other !== undefined && pin.category !== null) {
      return `pins ${other} and ${index} have the same category and name`;
    }
    seen.set(key, index);
  }
  return null;
}

/** Two nodes of one type need names that differ. */
function nodeFault(descriptor: PcFilterDescriptor): string | null {
  const seen = new Map<string, number>();
  for (const [index, node] of descriptor.nodes.entries()) {
    const key = `${node.type.text} ${node.name?.text}`;
    const other = seen.get(key);
    if (other !== undefined) return `nodes ${other} and ${index} have the same type and name`;
    seen.set(key, index);
  }
  return null;
}

/** The description that clients see. A pin's interface list is the port's, not the driver's. */
export function describeFilter(
  descriptor: PcFilterDescriptor,
  interfaces: readonly PinIdentifier[],
): FilterDescription {
  const pins = descriptor.pins.map((pin): PinFactory => {
    const mediums = pin.mediums ?? [];
    return {
      maxGlobalInstanceCount: pin.maxGlobalInstanceCount,
      maxFilterInstanceCount: pin.maxFilterInstanceCount,
      minFilterInstanceCount: pin.minFilterInstanceCount,
      interfaces,
      mediums: mediums.length === 0 ? [STANDARD_MEDIUM] : mediums,
      dataRanges: pin.dataRanges,
      dataFlow: pin.dataFlow,
      communication: pin.communication,
      category: pin.category,
      name: pin.name ?? null,
    };
  });
  const nodes = descriptor.nodes.map((node) => ({ type: node.type, name: node.name ?? null }));
  return {
    pins,
    nodes,
    connections: descriptor.connections,
    categories: descriptor.categories,
  };
}
