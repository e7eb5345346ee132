import { Button } from "@mantine/core";
import { text } from "../text";
import { Empty } from "./Empty";

/** Instead of a page that threw. */
export function Crash({ error }: { error: unknown }) {
  return (
    <div role="alert">
      <Empty title={text.problems.crashed} body={String(error)}>
        <Button variant="default" onClick={() => location.reload()}>
          {text.problems.reload}
        </Button>
      </Empty>
    </div>
  );
}
