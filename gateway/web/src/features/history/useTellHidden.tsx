import { Anchor } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { JobView } from "../../api/schema";
import { text } from "../../text";
import { historySearchOf, lets } from "./search";

const SHOWN_MS = 10_000;

/** Says that there is a new job where the filters do not show it, and leads to it. */
export function useTellHidden() {
  const search = historySearchOf(useSearch({ strict: false }));
  const navigate = useNavigate();
  return (job: JobView) => {
    if (lets(search, job)) return;
    const id = `retried-${job.id}`;
    const showAll = () => {
      notifications.hide(id);
      void navigate({ to: "/generate/history" });
    };
    notifications.show({
      id,
      autoClose: SHOWN_MS,
      title: text.history.retriedHidden,
      message: (
        <Anchor component="button" type="button" size="sm" onClick={showAll}>
          {text.history.clear}
        </Anchor>
      ),
    });
  };
}
