import { Button } from "@mantine/core";
import { text } from "../text";
import { Empty } from "./Empty";

/** What Vite and the browsers say of a page's file that does not come: its message is all it has. */
const IS_FILE_MISSING = /preload CSS|dynamically imported module|module script failed/i;

/** Instead of a page that threw, or whose files could not be loaded: Darkroom is away, or newer. */
export function Crash({ error }: { error: unknown }) {
  const isMissing = IS_FILE_MISSING.test(String(error));
  return (
    <div role="alert">
      <Empty
        title={isMissing ? text.problems.title : text.problems.crashed}
        body={isMissing ? text.problems.fileMissing : String(error)}
      >
        <Button variant="default" onClick={() => location.reload()}>
          {text.problems.reload}
        </Button>
      </Empty>
    </div>
  );
}
