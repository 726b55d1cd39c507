/**
 * First parameters of bug check SYSTEM_PTE_MISUSE, which says that a mapping was ended that is not
 * there, or is another one. Numbered as in Microsoft's bug check reference.
 */

/** The MDL is mapped, but not at this address. */
export const PTE_WRONG_ADDRESS = 0x03;
/** The MDL was never mapped, or is not any more. */
export const PTE_MDL_NOT_MAPPED = 0x06;
/** No mapping begins at the address. */
export const PTE_NOT_MAPPED = 0x302;
/** A mapping begins at the address, but it has another size. */
export const PTE_WRONG_SIZE = 0x305;
