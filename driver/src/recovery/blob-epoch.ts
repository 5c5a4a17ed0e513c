/** Driver epoch of the attempt that wrote a state blob, `<job>/<operator>/<batch>/<attempt>`; NaN for a name of another form. */
export function blobEpoch(name: string): number {
  return Number(/\/(\d+)\.[^/]*$/.exec(name)?.[1]);
}
