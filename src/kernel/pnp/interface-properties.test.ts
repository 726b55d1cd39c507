import { describe, expect, it } from 'vitest';
import { guid } from '../../base/guid.ts';
import { Out } from '../../base/out.ts';
import { Clock } from '../../sim/clock.ts';
import { Random } from '../../sim/random.ts';
import { Trace } from '../../sim/trace.ts';
import {
  DEVPROP_TYPE_BINARY,
  LOCALE_NEUTRAL,
  LOCALE_SYSTEM_DEFAULT,
  LOCALE_USER_DEFAULT,
  PLUGPLAY_PROPERTY_PERSISTENT,
} from '../../standards/nt/device-properties.ts';
import {
  STATUS_INVALID_PARAMETER,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';
import { kernelDdi } from '../ddi/kernel-routines.ts';
import type { DeviceObject } from '../io/device.ts';
import { DISPATCH_LEVEL } from '../irql.ts';
import { Kernel } from '../kernel.ts';
import { DeviceInterfaces } from './device-interfaces.ts';

const AUDIO = guid('{6994AD04-93EF-11D0-A3CC-00A0C9223196}', 'KSCATEGORY_AUDIO');
const KEY = { fmtid: guid('{00000000-0000-4000-8000-000000000001}'), pid: 2 };
const GERMAN = 0x407;

/** An interface of a device that stays, and whoever else takes its place. */
function register() {
  const interfaces = new DeviceInterfaces(new Trace(new Clock()), () => 'PCI\\CARD\\0');
  const arrive = (pdo: DeviceObject): string => {
    const link = new Out('');
    expect(interfaces.IoRegisterDeviceInterface(pdo, AUDIO, 'Wave', link)).toBe(STATUS_SUCCESS);
    return link.value;
  };
  const pdo = {} as DeviceObject;
  const link = arrive(pdo);
  const set = (bytes: number[] | null, lcid = LOCALE_NEUTRAL, flags = 0, pid = 2) => {
    const data = bytes === null ? null : Uint8Array.from(bytes);
    const key = { fmtid: guid(KEY.fmtid.text), pid };
    const type = DEVPROP_TYPE_BINARY;
    return interfaces.IoSetDeviceInterfacePropertyData(link, key, lcid, flags, type, data);
  };
  const get = (lcid = LOCALE_NEUTRAL, pid = 2): number[] | null => {
    const found = interfaces.propertyOf(link, { ...KEY, pid }, lcid);
    return found === null ? null : [...found.data];
  };
  return { arrive, get, interfaces, link, pdo, set };
}

describe('a property of an interface', () => {
  it('is kept by key and language, and deleted by null', () => {
    const { get, set } = register();
    expect(get()).toBeNull();
    expect([set([1]), set([2], GERMAN), set([3], LOCALE_NEUTRAL, 0, 3)]).toEqual(
      Array(3).fill(STATUS_SUCCESS),
    );
    expect([get(), get(GERMAN), get(LOCALE_NEUTRAL, 3)]).toEqual([[1], [2], [3]]);
    set([4, 5]);
    expect(get()).toEqual([4, 5]);
    expect(set(null)).toBe(STATUS_SUCCESS);
    expect([get(), get(GERMAN)]).toEqual([null, [2]]);
  });

  it('is a copy', () => {
    const { interfaces, link, get } = register();
    const data = Uint8Array.of(1, 2);
    interfaces.IoSetDeviceInterfacePropertyData(link, KEY, 0, 0, DEVPROP_TYPE_BINARY, data);
    data.fill(9);
    expect(get()).toEqual([1, 2]);
  });

  it('has no language of the user, no other flags, and an interface', () => {
    const { interfaces, set } = register();
    expect([set([1], LOCALE_USER_DEFAULT), set([1], LOCALE_SYSTEM_DEFAULT)]).toEqual([
      STATUS_UNSUCCESSFUL,
      STATUS_UNSUCCESSFUL,
    ]);
    expect(set([1], LOCALE_NEUTRAL, 2)).toBe(STATUS_INVALID_PARAMETER);
    const nowhere = '\\\\?\\nothing#{0}';
    const type = DEVPROP_TYPE_BINARY;
    expect(interfaces.IoSetDeviceInterfacePropertyData(nowhere, KEY, 0, 0, type, null)).toBe(
      STATUS_OBJECT_NAME_NOT_FOUND,
    );
    expect(interfaces.propertyOf(nowhere, KEY, 0)).toBeNull();
  });

  it('outlives the device where it is persistent', () => {
    const { arrive, get, interfaces, pdo, set } = register();
    set([1]);
    set([2], LOCALE_NEUTRAL, PLUGPLAY_PROPERTY_PERSISTENT, 3);
    interfaces.disableAll({} as DeviceObject);
    expect([get(), get(LOCALE_NEUTRAL, 3)]).toEqual([[1], [2]]);
    interfaces.disableAll(pdo);
    arrive({} as DeviceObject);
    expect([get(), get(LOCALE_NEUTRAL, 3)]).toEqual([null, [2]]);
  });

  it('is told to the one who listens, when it was set', () => {
    const { interfaces, link, set } = register();
    const heard: string[] = [];
    interfaces.propertyListener = ({ symbolicLinkName }, { pid }) =>
      heard.push(`${symbolicLinkName === link} ${pid}`);
    set([1]);
    set([1], LOCALE_USER_DEFAULT);
    set(null);
    expect(heard).toEqual(['true 2', 'true 2']);
  });

  it('is set by drivers at PASSIVE_LEVEL', () => {
    const clock = new Clock();
    const trace = new Trace(clock);
    const kernel = new Kernel({ clock, trace, random: new Random(1), ramBytes: 1 << 20 });
    const ddi = kernelDdi(kernel);
    const set = () => ddi.IoSetDeviceInterfacePropertyData('nothing', KEY, 0, 0, 0, null);
    expect(set()).toBe(STATUS_OBJECT_NAME_NOT_FOUND);
    const irql = ddi.KeRaiseIrql(DISPATCH_LEVEL);
    expect(set).toThrow(/IoSetDeviceInterfacePropertyData at IRQL 2/);
    ddi.KeLowerIrql(irql);
  });
});
