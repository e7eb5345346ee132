import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useIsMutating, useMutation } from "@tanstack/react-query";
import { sentenceOf } from "../api/problems";
import { cancelAll } from "../live/cancelAll";
import { useJobs, useLive } from "../live/LiveContext";
import { text } from "../text";
import { complain } from "./complain";
import { ConfirmButton } from "./ConfirmButton";

const KEY = ["jobs", "cancel all"];
const NOTE = "cancel-all"; // it goes on, and is told, also where this button has gone
const SHOWN_MS = 8_000;
const FEWEST = 2; // one alone has a button of its own

/** Cancels all that waits, whatever of it is listed here. */
export function CancelAllButton() {
  const { store } = useLive();
  const waiting = useJobs().filter(({ status }) => status === "pending").length;
  const isBusy = useIsMutating({ mutationKey: KEY }) > 0;
  const cancelling = useMutation({
    mutationKey: KEY,
    mutationFn: () => {
      tell(text.cancelAll.busy);
      return cancelAll({
        onCancelled: (job) => store.take(job),
        onProgress: (done, all) => tell(text.cancelAll.progress(done, all)),
      });
    },
    onSuccess: ({ cancelled, left, error }) =>
      notifications.update({
        id: NOTE,
        loading: false,
        autoClose: SHOWN_MS,
        title: text.cancelAll.done(cancelled),
        message: left > 0 ? text.cancelAll.left(left, sentenceOf(error)) : null,
        ...(left > 0 ? { color: "red" } : {}),
      }),
    onError: (error) => {
      notifications.hide(NOTE);
      complain(text.job.cancelFailed, error);
    },
  });
  if (waiting < FEWEST && !isBusy) return null;
  return (
    <ConfirmButton
      question={text.cancelAll.question(waiting)}
      action={text.cancelAll.confirm(waiting)}
      onConfirm={() => cancelling.mutate()}
    >
      {(opener) => (
        <Button variant="default" size="compact-sm" loading={isBusy} {...opener}>
          {text.cancelAll.button}
        </Button>
      )}
    </ConfirmButton>
  );
}

function tell(message: string) {
  const note = { id: NOTE, loading: true, autoClose: false, withCloseButton: false, message };
  notifications.show(note); // does nothing where it is shown already
  notifications.update(note);
}
