/** The gallery's filters, as they stand in the address. */
export interface GallerySearch {
  q?: string;
  tag?: string[];
  favorite?: true;
}

export function gallerySearchOf(search: Record<string, unknown>): GallerySearch {
  const { q, tag, favorite } = search;
  const tags = (Array.isArray(tag) ? tag : [tag]).filter(
    (one) => typeof one === "string" && one !== "",
  );
  return {
    ...(typeof q === "string" && q !== "" ? { q } : {}),
    ...(tags.length > 0 ? { tag: tags as string[] } : {}),
    ...(favorite === true ? { favorite } : {}),
  };
}
