import { useNavigate } from "@tanstack/react-router";
import type { ContentDetail } from "../../api/schema";

/** To the neighbours in the gallery; Back still leads to where one came from, not through all of them. */
export function useNeighbours({
  previous_id,
  next_id,
}: Pick<ContentDetail, "previous_id" | "next_id">) {
  const navigate = useNavigate();
  const goTo = (id: number | null) => {
    if (id === null) return;
    void navigate({ to: "/$contentId", params: { contentId: String(id) }, replace: true });
  };
  return { goNewer: () => goTo(previous_id), goOlder: () => goTo(next_id) };
}
