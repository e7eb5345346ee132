/** Width by height, for a row of images of one height. */
export function ratioOf({
  width,
  height,
}: {
  width: number | null;
  height: number | null;
}): number {
  return width && height ? width / height : 1;
}
