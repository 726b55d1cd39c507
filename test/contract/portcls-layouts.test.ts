/** The structs and numbers of PortCls and kernel streaming, held against the catalogue. */
import { describe, expect, it } from 'vitest';
import * as events from '../../src/portcls/ddi/event-request.ts';
import {
  PORT_CLASS_DEVICE_EXTENSION_SIZE,
  PORT_CLASS_DEVICE_EXTENSION_WORDS,
} from '../../src/portcls/ddi/functions.ts';
import {
  KSPIN_DESCRIPTOR,
  PCAUTOMATION_TABLE,
  PCCONNECTION_DESCRIPTOR,
  PCEVENT_ITEM,
  PCEVENT_REQUEST,
  PCFILTER_DESCRIPTOR,
  PCFILTER_NODE,
  PCMETHOD_ITEM,
  PCMETHOD_REQUEST,
  PCNODE_DESCRIPTOR,
  PCPIN_DESCRIPTOR,
  PCPROPERTY_ITEM,
  PCPROPERTY_REQUEST,
} from '../../src/portcls/ddi/index.ts';
import * as properties from '../../src/portcls/ddi/property-request.ts';
import { KSDATAFORMAT, KSDATARANGE_AUDIO } from '../../src/standards/ks/formats.ts';
import * as guids from '../../src/standards/ks/guids.ts';
import * as requests from '../../src/standards/ks/requests.ts';
import * as packets from '../../src/standards/ks/stream-packets.ts';
import { expectLayout, facts, numbers } from '../support/catalogue-facts.ts';

/** `{ PREFIX_NAME: value }` of a table without its prefix. */
const prefixed = (prefix: string, table: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(table).map(([name, value]) => [prefix + name, value]));

describe('structs for 32-bit and 64-bit readers', () => {
  it('PCFILTER_DESCRIPTOR [PCL-DESC-001]', () => {
    expectLayout('PCL-DESC-001', PCFILTER_DESCRIPTOR);
  });

  it('PCPIN_DESCRIPTOR [PCL-DESC-002]', () => {
    expectLayout('PCL-DESC-002', PCPIN_DESCRIPTOR, { KsPinDescriptor: 'InterfacesCount' });
  });

  it('PCNODE_DESCRIPTOR [PCL-DESC-003]', () => {
    expectLayout('PCL-DESC-003', PCNODE_DESCRIPTOR);
  });

  it('PCCONNECTION_DESCRIPTOR, with -1 for a pin of the filter [PCL-DESC-004]', () => {
    expectLayout('PCL-DESC-004', PCCONNECTION_DESCRIPTOR);
    expect(PCFILTER_NODE).toBe(0xffff_ffff);
  });

  it('PCAUTOMATION_TABLE [PCL-DESC-005]', () => {
    expectLayout('PCL-DESC-005', PCAUTOMATION_TABLE);
  });

  it('PCPROPERTY_ITEM, PCEVENT_ITEM, PCMETHOD_ITEM [PCL-DESC-006 PCL-DESC-007 PCL-DESC-008]', () => {
    expectLayout('PCL-DESC-006', PCPROPERTY_ITEM);
    expectLayout('PCL-DESC-007', PCEVENT_ITEM);
    expectLayout('PCL-DESC-008', PCMETHOD_ITEM);
  });

  it('PCPROPERTY_REQUEST [PCL-PROP-001]', () => {
    expectLayout('PCL-PROP-001', PCPROPERTY_REQUEST);
  });

  it('PCEVENT_REQUEST and PCMETHOD_REQUEST [PCL-EVT-006 PCL-METH-001]', () => {
    expectLayout('PCL-EVT-006', PCEVENT_REQUEST);
    expectLayout('PCL-METH-001', PCMETHOD_REQUEST);
  });

  it('KSPROPERTY_DESCRIPTION [PCL-PROP-022]', () => {
    expectLayout('PCL-PROP-022', requests.KSPROPERTY_DESCRIPTION);
  });

  it('KSNODEPROPERTY and KSP_PIN [PCL-PROP-032 PCL-PROP-033]', () => {
    expectLayout('PCL-PROP-032', requests.KSNODEPROPERTY, { Property: 'Set' });
    expectLayout('PCL-PROP-033', requests.KSP_PIN, { Property: 'Set' });
  });

  it('KSPIN_CINSTANCES [PCL-PIN-004]', () => {
    expectLayout('PCL-PIN-004', requests.KSPIN_CINSTANCES);
  });

  it('KSPIN_CONNECT [PCL-PIN-014]', () => {
    const nested = { Interface: 'InterfaceSet', Medium: 'MediumSet', Priority: 'PriorityClass' };
    expectLayout('PCL-PIN-014', requests.KSPIN_CONNECT, nested);
  });

  it('KSSTREAM_HEADER and KSTIME [PCL-KS-001 PCL-KS-006]', () => {
    expectLayout('PCL-KS-001', packets.KSSTREAM_HEADER);
    expectLayout('PCL-KS-006', packets.KSTIME);
  });

  it('KSALLOCATOR_FRAMING [PCL-KS-013]', () => {
    expectLayout('PCL-KS-013', packets.KSALLOCATOR_FRAMING);
  });

  it('KSDATAFORMAT and KSDATARANGE_AUDIO [PCL-KS-017 PCL-KS-019]', () => {
    expectLayout('PCL-KS-017', KSDATAFORMAT);
    expectLayout('PCL-KS-019', KSDATARANGE_AUDIO, { DataRange: 'FormatSize' });
  });

  it('the two wave formats, packed [PCL-KS-022 PCL-KS-023]', () => {
    const header = {
      DataFormat: 'FormatSize',
      WaveFormatEx: 'wFormatTag',
      BufferDesc: 'BufferFlags',
    };
    expectLayout('PCL-KS-022', packets.KSDATAFORMAT_WAVEFORMATEX, header);
    expectLayout('PCL-KS-023', packets.KSDATAFORMAT_DSOUND, header);
  });

  it('KSPIN_DESCRIPTOR [PCL-KS-024]', () => {
    expectLayout('PCL-KS-024', KSPIN_DESCRIPTOR, { Reserved: 'ConstrainedDataRangesCount' });
  });

  it('KSMULTIPLE_ITEM [PCL-KS-027]', () => {
    expectLayout('PCL-KS-027', requests.KSMULTIPLE_ITEM);
  });
});

describe('numbers', () => {
  it('bits of a property request, which a table of a driver uses too [PCL-PROP-003]', () => {
    expect(requests).toMatchObject(numbers('PCL-PROP-003'));
  });

  it('flags of a property item, which are bits of a request [PCL-PROP-004]', () => {
    for (const [name, value] of Object.entries(properties)) {
      const verb = name.replace('PCPROPERTY_ITEM_FLAG', 'KSPROPERTY_TYPE');
      if (!name.endsWith('_SERIALIZE')) expect(requests).toHaveProperty(verb, value);
    }
    expect(Object.keys(properties)).toHaveLength(8);
    expect(properties.PCPROPERTY_ITEM_FLAG_SERIALIZE).toBe(0xe000);
  });

  it('options of a stream header and of an allocator [PCL-KS-003 PCL-KS-014]', () => {
    expect(packets.KSSTREAM_HEADER_OPTIONSF).toEqual(numbers('PCL-KS-003'));
    expect({
      ...prefixed('REQUIREMENTF_', packets.KSALLOCATOR_REQUIREMENTF),
      ...prefixed('OPTIONF_', packets.KSALLOCATOR_OPTIONF),
    }).toEqual(numbers('PCL-KS-014'));
  });

  it('data flow, communication and states [PCL-KS-025 PCL-KS-026]', () => {
    expect({
      ...prefixed('KSPIN_DATAFLOW_', requests.KSPIN_DATAFLOW),
      ...prefixed('KSPIN_COMMUNICATION_', requests.KSPIN_COMMUNICATION),
    }).toEqual(numbers('PCL-KS-025'));
    expect(prefixed('KSSTATE_', requests.KSSTATE)).toEqual(numbers('PCL-KS-026'));
  });

  it('flags that tell how a method uses its buffer, the same for an item [PCL-METH-003]', () => {
    for (const [index, name] of ['NONE', 'READ', 'WRITE', 'MODIFY', 'SOURCE'].entries()) {
      expect(requests).toHaveProperty(`KSMETHOD_TYPE_${name}`, index);
      expect(events).toHaveProperty(`PCMETHOD_ITEM_FLAG_${name}`, index);
    }
  });

  it('a device extension of 64 words [PCL-DRV-014]', () => {
    expect(PORT_CLASS_DEVICE_EXTENSION_WORDS * 4).toBe(256);
    expect(PORT_CLASS_DEVICE_EXTENSION_SIZE).toBe(512);
  });

  it('the property set of real-time audio under both spellings [PCL-IID-010]', () => {
    expect(guids.KSPROPSETID_RTAudio.text).toBe(
      facts('PCL-IID-010').values?.['KSPROPSETID_RtAudio'],
    );
  });
});
