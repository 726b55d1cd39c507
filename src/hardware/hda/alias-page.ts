/**
 * The page of copies at 0x2000, HDA 1.0a 3.3.44 and 3.3.45: wall clock and link positions, alone
 * on their page, so that it can be mapped to a client that must not reach any other register.
 */
import { RegisterBank } from '../../base/registers.ts';
import { HDA_ALIAS_BASE, HDA_ALIAS_REGISTERS } from '../../standards/hda/controller-registers.ts';

export type AliasPage = RegisterBank<typeof HDA_ALIAS_REGISTERS>;

/** @param linkPosition SDnLPIB of a stream */
export function makeAliasPage(
  wallClock: () => number,
  linkPosition: (stream: number) => number,
): AliasPage {
  const read = {
    WALCLKA: wallClock,
    SD0LPIBA: () => linkPosition(0),
    SD1LPIBA: () => linkPosition(1),
    SD2LPIBA: () => linkPosition(2),
    SD3LPIBA: () => linkPosition(3),
    SD4LPIBA: () => linkPosition(4),
    SD5LPIBA: () => linkPosition(5),
    SD6LPIBA: () => linkPosition(6),
    SD7LPIBA: () => linkPosition(7),
  };
  return new RegisterBank(HDA_ALIAS_REGISTERS, { read }, HDA_ALIAS_BASE);
}
