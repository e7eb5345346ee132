import { Button } from "@mantine/core";
import { IconPhoto, IconPhotoSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { text } from "../../text";
import { Empty } from "../../ui/Empty";
import { type GallerySearch, isFiltering } from "./search";

export function NoImages({ search, onClear }: { search: GallerySearch; onClear: () => void }) {
  if (isFiltering(search)) {
    return (
      <Empty
        icon={<IconPhotoSearch size={36} stroke={1.25} aria-hidden />}
        title={text.gallery.noMatch}
        body={text.gallery.noMatchBody}
      >
        <Button variant="default" onClick={onClear}>
          {text.gallery.clear}
        </Button>
      </Empty>
    );
  }
  return (
    <Empty
      icon={<IconPhoto size={36} stroke={1.25} aria-hidden />}
      title={text.gallery.none}
      body={text.gallery.noneBody}
    >
      <Button component={Link} to="/generate">
        {text.gallery.generate}
      </Button>
    </Empty>
  );
}
