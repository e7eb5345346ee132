/** The gallery's filters, as they stand in the address. */
import { wordsIn } from "../../ui/wordsIn";

export interface GallerySearch {
  q?: string;
  tag?: string[];
  favorite?: true;
}

export function gallerySearchOf(search: Record<string, unknown>): GallerySearch {
  const tags = (Array.isArray(search.tag) ? search.tag : [search.tag]).map(wordsIn);
  const chosen = [...new Set(tags)].filter((tag) => tag !== "");
  const q = wordsIn(search.q);
  return {
    ...(q !== "" ? { q } : {}),
    ...(chosen.length > 0 ? { tag: chosen } : {}),
    ...(search.favorite === true ? { favorite: true } : {}),
  };
}

export function isFiltering({ q, tag, favorite }: GallerySearch): boolean {
  return q !== undefined || tag !== undefined || favorite !== undefined;
}

export function withTag(search: GallerySearch, tag: string): GallerySearch {
  return gallerySearchOf({ ...search, tag: [...(search.tag ?? []), tag] });
}

export function withoutTag(search: GallerySearch, tag: string): GallerySearch {
  return gallerySearchOf({ ...search, tag: search.tag?.filter((one) => one !== tag) });
}
