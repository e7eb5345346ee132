import { Button, Loader } from "@mantine/core";
import { sentenceOf } from "../../api/problems";
import { text } from "../../text";
import classes from "./GalleryEnd.module.css";

interface Props {
  count: number;
  hasMore: boolean;
  error: unknown;
  onRetry: () => void;
}

/** Below the last row: more is coming, could not come, or there is no more. */
export function GalleryEnd({ count, hasMore, error, onRetry }: Props) {
  if (error !== null) {
    return (
      <div className={classes.end} role="alert">
        <span>
          {text.gallery.moreFailed} {sentenceOf(error)}
        </span>
        <Button variant="default" size="xs" onClick={onRetry}>
          {text.problems.again}
        </Button>
      </div>
    );
  }
  return (
    <div className={classes.end} role="status">
      {hasMore ? (
        <>
          <Loader size={16} color="gray" aria-hidden />
          {text.gallery.more}
        </>
      ) : (
        text.gallery.end(count)
      )}
    </div>
  );
}
