import { Button } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { sentenceOf } from "../api/problems";
import { text } from "../text";
import { Empty } from "./Empty";

/** Instead of what could not be read. */
export function LoadFailed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div role="alert">
      <Empty title={text.problems.title} body={sentenceOf(error)}>
        <Button variant="default" leftSection={<IconRefresh size={16} />} onClick={onRetry}>
          {text.problems.again}
        </Button>
      </Empty>
    </div>
  );
}
