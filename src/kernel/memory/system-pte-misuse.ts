/**
 * SYSTEM_PTE_MISUSE (bug check 0xDA): a mapping is ended that is not there, or is another one.
 * The faults below are its first parameter, numbered as in Microsoft's bug check reference.
 */
export const SYSTEM_PTE_MISUSE = 0xda;

/** The MDL is mapped, but not at this address. */
export const PTE_WRONG_ADDRESS = 0x03;
/** The MDL was never mapped, or is not any more. */
export const PTE_MDL_NOT_MAPPED = 0x06;
/** No mapping begins at the address. */
export const PTE_NOT_MAPPED = 0x302;
/** A mapping begins at the address, but it has another size. */
export const PTE_WRONG_SIZE = 0x305;
