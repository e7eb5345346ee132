import { Skeleton, Stack } from "@mantine/core";

export function FormSkeleton() {
  return (
    <Stack aria-busy>
      <Skeleton height={120} />
      <Skeleton height={64} />
      <Skeleton height={58} />
      <Skeleton height={96} />
      <Skeleton height={42} />
    </Stack>
  );
}
