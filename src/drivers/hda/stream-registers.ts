/**
 * The registers that a client may read for itself: the copies of SDnLPIB and of the wall clock on
 * the page of the BAR that holds nothing else (HDA 1.0a 3.3.44, 3.3.45). Both answer
 * STATUS_NOT_SUPPORTED when the BAR has no such page. Source: KSRTAUDIO_HWREGISTER.
 */
import type { KsRtAudioHwRegister } from '../../portcls/ddi/index.ts';
import {
  HDA_ALIAS_BASE,
  HDA_ALIAS_REGISTERS,
  HDA_WALL_CLOCK_HZ,
} from '../../standards/hda/index.ts';
import {
  type NtStatus,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { HdaRegisters } from './hda-registers.ts';
import type { StreamEngine } from './stream-engine.ts';

const REGISTER_BITS = 32;

/** It counts whole frames, so a reading is never wrong by more than one. */
export function describePositionRegister(
  register: KsRtAudioHwRegister,
  registers: HdaRegisters | null,
  engine: StreamEngine,
  frameBytes: number,
): NtStatus {
  if (registers?.hasAliasPage !== true) return STATUS_NOT_SUPPORTED;
  register.register = engine.linkPositionAlias;
  register.width = REGISTER_BITS;
  register.accuracy = frameBytes;
  return STATUS_SUCCESS;
}

/**
 * The link's bit clock, which the converters' sample clocks are made from, so position and clock
 * never drift apart. Every tick of it is counted, hence accuracy 1.
 */
export function describeClockRegister(
  register: KsRtAudioHwRegister,
  registers: HdaRegisters | null,
): NtStatus {
  if (registers?.hasAliasPage !== true) return STATUS_NOT_SUPPORTED;
  const offset = HDA_ALIAS_BASE + HDA_ALIAS_REGISTERS.WALCLKA.offset;
  register.register = registers.addressOf(offset);
  register.width = REGISTER_BITS;
  register.numerator = HDA_WALL_CLOCK_HZ;
  register.denominator = 1;
  register.accuracy = 1;
  return STATUS_SUCCESS;
}
