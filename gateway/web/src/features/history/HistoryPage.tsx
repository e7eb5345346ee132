import { Button, VisuallyHidden } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { text } from "../../text";
import { Empty } from "../../ui/Empty";
import { GenerateTabs } from "../../ui/GenerateTabs";
import { LoadFailed } from "../../ui/LoadFailed";
import { HistoryFilters } from "./HistoryFilters";
import { HistoryList } from "./HistoryList";
import { HistorySkeleton } from "./HistorySkeleton";
import type { HistorySearch } from "./search";
import { useHistory } from "./useHistory";

export function HistoryPage() {
  const search = useSearch({ from: "/app/generate/history" });
  const navigate = useNavigate({ from: "/generate/history" });
  const look = (next: HistorySearch) => void navigate({ search: next, replace: true });
  return (
    <>
      <VisuallyHidden>
        <h1>{text.history.title}</h1>
      </VisuallyHidden>
      <GenerateTabs />
      <HistoryFilters search={search} onSearch={look} />
      <Jobs search={search} onClear={() => look({})} />
    </>
  );
}

function Jobs({ search, onClear }: { search: HistorySearch; onClear: () => void }) {
  const history = useHistory(search);
  const { rows } = history;
  if (rows === null) {
    if (!history.error) return <HistorySkeleton />;
    return <LoadFailed error={history.error} onRetry={() => void history.refetch()} />;
  }
  if (rows.length === 0 && !history.hasNextPage) {
    return Object.keys(search).length > 0 ? (
      <Empty title={text.history.nothingFound} body={text.history.nothingFoundHelp}>
        <Button variant="default" onClick={onClear}>
          {text.history.clear}
        </Button>
      </Empty>
    ) : (
      <Empty title={text.history.empty} body={text.history.emptyHelp}>
        <Button component={Link} to="/generate">
          {text.history.create}
        </Button>
      </Empty>
    );
  }
  return (
    <HistoryList
      rows={rows}
      retriedIds={history.retriedIds}
      hasMore={history.hasNextPage}
      isReading={history.isFetchingNextPage}
      error={history.isFetchNextPageError ? history.error : null}
      onMore={() => void history.fetchNextPage()}
    />
  );
}
