/**
 * PCPROPERTY_REQUEST: what a miniport's property handler is given. Instance and value lie in the
 * machine's memory; read and write them through `viewAt` of the driver's kernel functions.
 */
import type { VirtualAddress } from '../../base/brand.ts';
import type { Irp } from '../../kernel/ddi/index.ts';
import type { PcPropertyItem } from './descriptors.ts';
import type { IUnknown } from './unknown.ts';

/** Flags of a PCPROPERTY_ITEM, which are the KSPROPERTY_TYPE bits of the requests it serves. */
export const PCPROPERTY_ITEM_FLAG_GET = 0x00000001;
export const PCPROPERTY_ITEM_FLAG_SET = 0x00000002;
export const PCPROPERTY_ITEM_FLAG_BASICSUPPORT = 0x00000200;
export const PCPROPERTY_ITEM_FLAG_SERIALIZERAW = 0x00002000;
export const PCPROPERTY_ITEM_FLAG_UNSERIALIZERAW = 0x00004000;
export const PCPROPERTY_ITEM_FLAG_SERIALIZESIZE = 0x00008000;
export const PCPROPERTY_ITEM_FLAG_DEFAULTVALUES = 0x00010000;
export const PCPROPERTY_ITEM_FLAG_SERIALIZE =
  PCPROPERTY_ITEM_FLAG_SERIALIZERAW |
  PCPROPERTY_ITEM_FLAG_UNSERIALIZERAW |
  PCPROPERTY_ITEM_FLAG_SERIALIZESIZE;

export interface PcPropertyRequest {
  /** The miniport that was given to IPort::Init. */
  readonly majorTarget: IUnknown;
  /** The stream of the pin that is asked, or null when a filter is asked. */
  readonly minorTarget: IUnknown | null;
  /** The node that is asked, or 0xFFFFFFFF. */
  readonly node: number;
  readonly propertyItem: PcPropertyItem;
  /** KSPROPERTY_TYPE bits. */
  readonly verb: number;
  /** Bytes behind the KSPROPERTY, or behind the KSNODEPROPERTY. */
  readonly instanceSize: number;
  readonly instance: VirtualAddress | null;
  /** Bytes of the output buffer; a GET handler leaves here how many it produced. */
  valueSize: number;
  readonly value: VirtualAddress | null;
  readonly irp: Irp;
}
