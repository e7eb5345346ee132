import { Button } from "@mantine/core";
import { IconHeart, IconHeartFilled } from "@tabler/icons-react";
import type { RefObject } from "react";
import type { ContentView } from "../../api/schema";
import { text } from "../../text";
import { SearchField } from "../../ui/SearchField";
import { Shortcuts } from "../../ui/Shortcuts";
import { FreshImages } from "./FreshImages";
import classes from "./GalleryToolbar.module.css";
import { type GallerySearch, gallerySearchOf, withoutTag, withTag } from "./search";
import { TagFilter } from "./TagFilter";

interface Props {
  search: GallerySearch;
  items: readonly ContentView[];
  searchField: RefObject<HTMLInputElement | null>;
  /** `replace`: the address before this one is not worth going back to. */
  onChange: (search: GallerySearch, replace?: boolean) => void;
  /** How many new images wait at the top. */
  waiting: number;
}

const SHORTCUTS = [
  { keys: [text.keys.arrows], does: text.gallery.keys.move },
  { keys: [text.keys.enter], does: text.gallery.keys.open },
  { keys: ["F"], does: text.gallery.keys.favor },
  { keys: ["/"], does: text.gallery.keys.search },
];

export function GalleryToolbar({ search, items, searchField, onChange, waiting }: Props) {
  const isFavorites = search.favorite ?? false;
  return (
    <div className={classes.toolbar} role="search">
      <div className={classes.first}>
        <SearchField
          ref={searchField}
          label={text.gallery.search}
          q={search.q ?? ""}
          onSearch={(q) => onChange(gallerySearchOf({ ...search, q }), search.q !== undefined)}
        />
        <Button
          variant={isFavorites ? "light" : "default"}
          className={classes.favorites}
          aria-pressed={isFavorites}
          leftSection={isFavorites ? <IconHeartFilled size={16} /> : <IconHeart size={16} />}
          onClick={() => onChange(gallerySearchOf({ ...search, favorite: !isFavorites }))}
        >
          {text.gallery.favorites}
        </Button>
        <Shortcuts shortcuts={SHORTCUTS} />
      </div>
      <TagFilter
        chosen={search.tag ?? []}
        items={items}
        onAdd={(tag) => onChange(withTag(search, tag))}
        onRemove={(tag) => onChange(withoutTag(search, tag))}
      />
      <FreshImages count={waiting} />
    </div>
  );
}
