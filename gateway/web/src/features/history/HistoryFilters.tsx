import { Chip } from "@mantine/core";
import { text } from "../../text";
import { CancelAllButton } from "../../ui/CancelAllButton";
import { SearchField } from "../../ui/SearchField";
import classes from "./HistoryFilters.module.css";
import { type HistorySearch, searchWith, STATUSES } from "./search";

interface Props {
  search: HistorySearch;
  onSearch: (search: HistorySearch) => void;
}

export function HistoryFilters({ search, onSearch }: Props) {
  const { q = "", status = [] } = search;
  return (
    <div className={classes.filters} role="search">
      <SearchField
        label={text.history.search}
        q={q}
        onSearch={(words) => onSearch(searchWith(words, status))}
      />
      <Chip.Group multiple value={status} onChange={(wanted) => onSearch(searchWith(q, wanted))}>
        <div className={classes.statuses} role="group" aria-label={text.history.byStatus}>
          {STATUSES.map((one) => (
            <Chip key={one} value={one} size="sm" variant="light" radius="xl">
              {text.status[one]}
            </Chip>
          ))}
        </div>
      </Chip.Group>
      <div className={classes.end}>
        <CancelAllButton />
      </div>
    </div>
  );
}
