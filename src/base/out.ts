/** A caller-owned out parameter, as `T *` is in C: the callee fills `value`. */
export class Out<T> {
  value: T;

  constructor(initial: T) {
    this.value = initial;
  }
}
